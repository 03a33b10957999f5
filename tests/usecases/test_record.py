"""`promobot record`: what the forge knows of each landing, written once to the ledger and copied to the notes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.fake_github import FakeGitHub
from tests.support.fake_github.fixtures import client
from tests.support.hosted import NAME, OVERRIDES_FILE, POLICY_FILE, Team, host, long_ago, run_here, without_waits
from tests.support.recording import (
    LEVERAGE,
    NOTES,
    WEIGHT,
    head,
    landed,
    ledger_record,
    merged,
    note,
    record,
    team,
)  # fmt: skip
from tests.support.workspace import NOW, POLICY, Ran, Workspace, make_workspace, patch, small_files

__all__ = ["team"]  # a fixture


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_who_let_it_land_is_written_once(team: Team, how: str) -> None:
    result = team.proposes(LEVERAGE, WEIGHT)
    number = result["pull_request"]["number"]
    team.approve(number, "ben")
    pull = team.person(number)
    pull.edit(body=pull.body.replace("- [ ]", "- [x]", 2).replace("\n", "\r\n"))
    merged(team, number, how)

    told = record(team)
    [one] = told["recorded"]
    assert one == {
        "proposal_id": result["proposal_id"],
        "digest": one["digest"],
        "commit": head(team),
        "path": f"records/{one['digest']}.json",
        "pull_request": result["pull_request"],
        "merger": "ann",
        "approvers": ["ben"],
    }
    assert (told["already"], told["waiting"], told["noted"], told["warnings"]) == (0, [], 1, [])
    said = ledger_record(team, one["digest"])["predicate"]
    users = team.forge.world.user
    assert said["merger"] == {"login": "ann", "id": users("ann").id, "type": "User"}
    assert said["approvers"] == [
        {
            "by": {"login": "ben", "id": users("ben").id, "type": "User"},
            "state": "APPROVED",
            "commit": result["commit"],
            "at": "2026-01-01T00:00:00Z",
            "association": "COLLABORATOR",
            "counted": True,
        }
    ]
    assert said["reviewed_head"] == result["commit"]
    assert said["pull_request"]["merge_commit"] == said["landing"]["commit"] == head(team)
    assert (len(said["ticks"]["ticked"]), len(said["ticks"]["unticked"]), said["ticks"]["missing"]) == (2, 3, [])
    assert said["decision"] == {
        "applied": ["macro.regime_weight", "portfolio.leverage"],
        "by_hand": [],
        "patches": {"ACCEPTED_FOR_PROPOSAL": 2},
    }
    assert said["recorded_at"] == "2026-11-22T13:00:00Z"

    before = team.space.ledger()
    team.forge.requests.reset()
    again = record(team)
    assert (again["recorded"], again["already"], again["noted"]) == ([], 1, 0)
    assert team.space.ledger() == before
    assert list(team.forge.requests) == [], "what is recorded is asked about no more"


def test_the_subject_is_what_landed(team: Team) -> None:
    result = landed(team, LEVERAGE)
    [one] = record(team)["recorded"]
    statement = ledger_record(team, one["digest"])
    folder = f"reports/live_promotion/{result['proposal_id']}"
    names = [
        OVERRIDES_FILE,
        *(f"{folder}/{n}" for n in ("OPERATOR_CHECKLIST.md", "config_patches.json", "proposal_meta.json")),
    ]
    assert [part["name"] for part in statement["subject"]] == names
    for part in statement["subject"]:
        assert part["digest"]["gitBlob"] == team.space.git("rev-parse", f"main:{part['name']}")
    landing = statement["predicate"]["landing"]
    assert landing["overrides"]["after"] == statement["subject"][0]["digest"]["gitBlob"]
    assert landing["overrides"]["before"] == team.space.git("rev-parse", f"main^:{OVERRIDES_FILE}")
    blob = team.space.git("rev-parse", f"main:{POLICY_FILE}")
    assert statement["predicate"]["policy"] == {"path": POLICY_FILE, "decided_under": blob, "landed_under": blob}


def test_the_note_is_the_record(team: Team) -> None:
    landed(team, LEVERAGE)
    [one] = record(team)["recorded"]
    assert note(team, one["commit"]) == team.space.ledger()[one["path"]]
    shown = team.space.git("log", "-1", "--notes=promobot", "main")
    assert '"login": "ann"' in shown


def test_checks_and_statuses_of_the_reviewed_head(team: Team) -> None:
    result = team.proposes(LEVERAGE)
    forge, commit = team.forge, result["commit"]
    bot = client(forge.base_url, forge.token_for("ci[bot]")).get_repo(NAME)
    bot.create_check_run("tests", commit, conclusion="failure")
    bot.create_check_run("tests", commit, conclusion="success")
    bot.create_check_run("slow", commit, status="in_progress")
    bot.create_check_run("elsewhere", head(team), conclusion="failure")
    person = client(forge.base_url, forge.token_for("ben")).get_repo(NAME)
    statuses = [f"/repos/{NAME}/statuses/{commit}"] * 3
    for url, state, context in zip(statuses, ("failure", "success", "pending"), ("lint", "lint", "wait"), strict=True):
        person.requester.requestJsonAndCheck("POST", url, input={"state": state, "context": context})
    merged(team, result["pull_request"]["number"])
    [one] = record(team)["recorded"]
    assert ledger_record(team, one["digest"])["predicate"]["checks"] == [
        {"app": "ben", "conclusion": "success", "kind": "status", "name": "lint"},
        {"app": "ci", "conclusion": None, "kind": "check_run", "name": "slow"},
        {"app": "ci", "conclusion": "success", "kind": "check_run", "name": "tests"},
        {"app": "ben", "conclusion": None, "kind": "status", "name": "wait"},
    ]


def test_what_was_said_after_the_merge_approved_nothing(team: Team) -> None:
    result = landed(team, LEVERAGE)
    issue = team.pull(result["pull_request"]["number"])
    team.approve(issue.number)
    assert issue.pull
    [review] = issue.pull.reviews
    review.submitted_at = long_ago() + timedelta(seconds=1)
    [one] = record(team)["recorded"]
    assert ledger_record(team, one["digest"])["predicate"]["approvers"] == []


def test_every_word_is_kept_and_only_approvals_of_the_head_by_members_count(team: Team) -> None:
    result = team.proposes(LEVERAGE)
    number = result["pull_request"]["number"]
    team.approve(number, "ann")
    team.on_branch(result["branch"], "commit", "--quiet", "--allow-empty", "-m", "moved")
    team.approve(number, "mallory")
    team.approve(number, "helper[bot]")
    team.person(number, "ben").create_review(body="no", event="REQUEST_CHANGES")
    team.approve(number, "ben")
    merged(team, number)
    [one] = record(team)["recorded"]
    assert one["approvers"] == ["ben"]
    said = ledger_record(team, one["digest"])["predicate"]["approvers"]
    assert [(word["by"]["login"], word["counted"]) for word in said] == [
        ("ann", False), ("mallory", False), ("helper[bot]", False), ("ben", True)
    ]  # fmt: skip


def test_a_run_after_an_outage_catches_up(team: Team) -> None:
    first = landed(team, LEVERAGE)
    second = landed(team, WEIGHT, how="merge")
    team.space.commit({"README.md": "something else\n"})
    told = record(team)
    assert [one["proposal_id"] for one in told["recorded"]] == [first["proposal_id"], second["proposal_id"]]
    assert told["noted"] == 2
    assert len({one["commit"] for one in told["recorded"]}) == 2


def test_since_leaves_out_what_came_before(team: Team) -> None:
    landed(team, LEVERAGE)
    since = head(team)
    second = landed(team, WEIGHT)
    told = record(team, "--since", since)
    assert [one["proposal_id"] for one in told["recorded"]] == [second["proposal_id"]]
    assert [one["proposal_id"] for one in record(team)["recorded"]] != []


def test_a_dry_run_tells_and_writes_nothing(team: Team) -> None:
    landed(team, LEVERAGE)
    before = team.space.ledger()
    told = record(team, "--dry-run")
    assert (len(told["recorded"]), told["noted"], told["dry_run"]) == (1, 0, True)
    assert told["recorded"][0]["merger"] == "ann"
    assert team.space.ledger() == before
    assert team.space.git("for-each-ref", NOTES, at=team.space.origin) == ""


def test_the_checkout_stays_as_it_is(team: Team) -> None:
    landed(team, LEVERAGE)
    before = team.space.traces(), team.space.git("for-each-ref", "refs/notes")
    record(team)
    assert (team.space.traces(), team.space.git("for-each-ref", "refs/notes")) == before


def test_commits_made_through_the_api_are_recorded_alike(tmp_path: Path) -> None:
    with FakeGitHub(clock=long_ago) as fake, without_waits():
        by_api = POLICY + '[github]\ncommits = "api"\n'
        team = host(fake, tmp_path, small_files(policy=by_api))
        landed(team, LEVERAGE)
        [one] = record(team)["recorded"]
        assert ledger_record(team, one["digest"])["predicate"]["merger"]["login"] == "ann"
        assert note(team, one["commit"]) == team.space.ledger()[one["path"]]
        assert record(team)["already"] == 1


def test_people_read_it_as_text(team: Team) -> None:
    landed(team, LEVERAGE)
    words = ("record", "--forge", "github", "--now", NOW.isoformat())
    first = run_here(team.space.clone, team.space.env, *words).out
    assert "1 landing recorded, 0 had a record already." in first
    assert "#1, merged by ann, approved by nobody else" in first
    assert run_here(team.space.clone, team.space.env, *words).out == "0 landings recorded, 1 had a record already.\n"


def test_with_a_revert_each_landing_has_its_own_record(team: Team) -> None:
    first = landed(team, LEVERAGE)
    back = team.did("revert", first["proposal_id"], "--reason", "no")
    merged(team, back["pull_request"]["number"])
    one, two = record(team)["recorded"]
    said = ledger_record(team, two["digest"])["predicate"]["proposal"]
    assert (said["kind"], said["reverts"]) == ("revert", one["digest"])


def test_string_values_stay_where_they_are(team: Team) -> None:
    result = landed(team, patch("strategy.name", "rather-secret-word"), LEVERAGE)
    [one] = record(team)["recorded"]
    assert "rather-secret-word" in team.file_of(result, "proposal_meta.json")
    assert "rather-secret-word" not in team.space.ledger()[one["path"]]


def test_in_actions_the_step_has_outputs_and_a_summary(team: Team) -> None:
    landed(team, LEVERAGE)
    files = {name: team.space.folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    env = {**team.space.env, "GITHUB_ACTIONS": "true", **{name: str(path) for name, path in files.items()}}
    assert run_here(team.space.clone, env, "record").code == 0
    assert files["GITHUB_OUTPUT"].read_text() == "recorded=1\nwaiting=0\n"
    assert "1 landing recorded" in files["GITHUB_STEP_SUMMARY"].read_text()


# Work without a forge.


def plain(folder: Path, *words: str) -> Ran:
    space = make_workspace(folder, remote=False, files=small_files(policy=POLICY))
    result = space.proposed(LEVERAGE)
    space.merge(result["branch"])
    return space.promobot("record", "--format", "json", *words)


def test_that_nobody_was_asked_must_be_said(tmp_path: Path) -> None:
    ran = plain(tmp_path)
    assert (ran.code, ran.json["error"]["code"]) == (2, "usage")
    assert "--forge none" in ran.json["error"]["message"]


def test_without_a_forge_and_a_remote_all_is_local(tmp_path: Path) -> None:
    ran = plain(tmp_path, "--forge", "none")
    [one] = ran.json["recorded"]
    assert one["pull_request"] is None
    git = Workspace(tmp_path, None).git
    said = json.loads(git("show", f"promobot-ledger:{one['path']}"))["predicate"]
    assert said["forge"]["asked"] is False
    assert git("notes", "--ref=promobot", "show", one["commit"]) == git("show", f"promobot-ledger:{one['path']}")
