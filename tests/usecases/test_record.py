"""`promobot record`: what the forge knows of each landing, written once to the ledger and copied to the notes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from github.PullRequest import PullRequest as Pull

from promobot.usecases import record as story
from promobot.usecases.desk import Desk
from promobot.usecases.record import Recorded, Request
from tests.support.fake_github import FakeGitHub, Fault
from tests.support.fake_github.fixtures import client
from tests.support.hosted import NAME, OVERRIDES_FILE, POLICY_FILE, Team, host, long_ago, run_here, without_waits
from tests.support.workspace import NOW, POLICY, Ran, make_workspace, patch, small_files

LATER = NOW + timedelta(hours=1)
LEVERAGE = patch("portfolio.leverage", 1.75, old_value=1.5)
WEIGHT = patch("macro.regime_weight", 0.3)
NOTES = "refs/notes/promobot"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with FakeGitHub(clock=long_ago) as fake, without_waits():
        yield host(fake, tmp_path)


def merged(team: Team, number: int, how: str = "squash", by: str = "ann") -> Pull:
    """The pull request, merged by a person, and the checkout brought up to it."""
    pull = team.person(number, by)
    pull.merge(merge_method=how)
    team.space.git("pull", "--quiet", "--ff-only")
    return pull


def landed(team: Team, *patches: dict[str, object], how: str = "squash") -> Any:
    """A proposal of these patches that ann merged."""
    result = team.proposes(*patches)
    merged(team, result["pull_request"]["number"], how)
    return result


def record(team: Team, *words: str) -> Any:
    return team.did("record", *words, now=LATER)


def ledger_record(team: Team, digest: str) -> Any:
    return json.loads(team.space.ledger()[f"records/{digest}.json"])


def records(team: Team) -> list[str]:
    return [path for path in team.space.ledger() if path.startswith("records/")]


def head(team: Team) -> str:
    return team.space.git("rev-parse", "main", at=team.space.origin)


def note(team: Team, commit: str) -> str:
    """As an auditor's clone shows it, after the fetch that the README tells of."""
    team.space.git("fetch", "--quiet", "--force", "origin", f"{NOTES}:{NOTES}")
    return team.space.git("notes", "--ref=promobot", "show", commit)


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


def test_a_merge_that_the_forge_noticed_has_no_merger(team: Team) -> None:
    """Merged in plain git and pushed: the forge says which pull request it was, and not who."""
    result = team.proposes(LEVERAGE)
    by_plain_git(team, result["branch"], "merge")
    [one] = record(team)["recorded"]
    assert (one["pull_request"], one["merger"]) == (result["pull_request"], None)


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


@pytest.mark.parametrize("rev", ["nowhere", "--all", "promobot-ledger"])
def test_a_revision_that_is_not_of_the_base_is_refused(team: Team, rev: str) -> None:
    landed(team, LEVERAGE)
    team.space.git("fetch", "--quiet", "origin", "promobot-ledger:promobot-ledger")
    ran = team.ran("record", f"--since={rev}")
    assert (ran.code, ran.json["error"]["code"]) == (2, "usage")
    assert records(team) == []


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


def by_plain_git(team: Team, branch: str, how: str) -> None:
    team.space.merge(branch, how, long_ago())


def test_a_merge_in_plain_git_has_no_approver(team: Team) -> None:
    """The pull request was closed by a person, and its commit pushed past it."""
    result = team.proposes(LEVERAGE)
    team.person(result["pull_request"]["number"]).edit(state="closed")
    by_plain_git(team, result["branch"], "squash")
    [one] = record(team)["recorded"]
    assert (one["pull_request"], one["merger"], one["approvers"]) == (None, None, [])
    said = ledger_record(team, one["digest"])["predicate"]
    assert said["forge"] == {"asked": True, "unmatched_pull_requests": []}
    assert said["landing"]["committer"] == {"name": "A Person", "email": "person@example.invalid", "verified": False}
    assert [said[name] for name in ("pull_request", "merger", "ticks", "checks", "reviewed_head")] == [None] * 5


def test_an_open_pull_request_is_waited_for(team: Team) -> None:
    """The forge needs a moment to see that what it has open was merged; a record is for ever."""
    result = team.proposes(LEVERAGE)
    by_plain_git(team, result["branch"], "squash")
    told = record(team)
    assert (told["recorded"], told["waiting"]) == ([], [result["proposal_id"]])
    assert records(team) == []
    team.person(result["pull_request"]["number"]).edit(state="closed")
    assert [one["pull_request"] for one in record(team)["recorded"]] == [None]


def test_a_merge_that_brought_nothing_is_not_the_landing(team: Team) -> None:
    """Pushed past the pull request, which was merged afterwards for the look of it."""
    result = team.proposes(LEVERAGE)
    number = result["pull_request"]["number"]
    by_plain_git(team, result["branch"], "squash")
    merged(team, number, "merge")
    [one] = record(team)["recorded"]
    said = ledger_record(team, one["digest"])["predicate"]
    assert (said["pull_request"], said["forge"]["unmatched_pull_requests"]) == (None, [number])


def test_a_rebase_of_two_commits_is_found_by_its_last(team: Team) -> None:
    result = team.proposes(LEVERAGE)
    team.on_branch(result["branch"], "commit", "--quiet", "--allow-empty", "--message", "a person's own")
    merged(team, result["pull_request"]["number"], "rebase")
    [one] = record(team)["recorded"]
    assert one["commit"] == team.space.git("rev-parse", "main^")
    assert one["merger"] == "ann"


def failing(team: Team, what: str, *, nth: int | None = None) -> None:
    team.forge.faults.add(match=what, nth=nth, fault=Fault.status(500))


@pytest.mark.parametrize(
    "what",
    ["GET /repos/*/pulls", "GET /repos/*/pulls/[0-9]", "GET /repos/*/reviews", "GET */check-runs", "GET */statuses/*"],
)
def test_a_failure_of_the_forge_records_nothing_and_later_all(team: Team, what: str) -> None:
    result = landed(team, LEVERAGE)
    failing(team, what)
    ran = team.ran("record")
    assert (ran.code, ran.json["error"]["code"]) == (5, "forge")
    assert ran.json["error"]["details"][0]["file"] == result["proposal_id"]
    assert records(team) == []
    team.forge.faults.clear()
    assert [one["merger"] for one in record(team)["recorded"]] == ["ann"]


def test_one_failure_keeps_none_of_the_others(team: Team) -> None:
    first, second = landed(team, LEVERAGE), landed(team, WEIGHT)
    failing(team, f"GET /repos/*/pulls/{first['pull_request']['number']}")
    ran = team.ran("record")
    assert ran.code == 5
    assert "1 of 2 landings recorded" in ran.json["error"]["message"]
    [path] = records(team)
    assert ledger_record(team, path[8:-5])["predicate"]["proposal"]["id"] == second["proposal_id"]
    assert note(team, head(team)), "what was recorded is copied all the same"


def test_notes_that_were_not_pushed_come_later(team: Team) -> None:
    landed(team, LEVERAGE)
    [one] = record(team)["recorded"]
    team.space.git("update-ref", "-d", NOTES, at=team.space.origin)
    told = record(team)
    assert (told["recorded"], told["noted"]) == ([], 1)
    assert note(team, one["commit"]) == team.space.ledger()[one["path"]]


def test_a_persons_note_is_left_alone(team: Team) -> None:
    landed(team, LEVERAGE)
    team.space.git("notes", "--ref=promobot", "add", "-m", "mine", "main")
    team.space.git("push", "--quiet", "origin", NOTES)
    told = record(team)
    assert (len(told["recorded"]), told["noted"]) == (1, 0)
    assert note(team, head(team)) == "mine"


def test_who_loses_the_race_takes_the_winners_record(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    landed(team, LEVERAGE)
    write = story._written

    def overtaken(desk: Desk, one: Recorded, request: Request) -> bool:
        monkeypatch.setattr(story, "_written", write)
        team.did("record", now=NOW)
        return write(desk, one, request)

    monkeypatch.setattr(story, "_written", overtaken)
    told = record(team)
    [path] = records(team)
    assert told["recorded"] == []
    said = ledger_record(team, path[8:-5])
    assert said["predicate"]["recorded_at"] == "2026-11-22T12:00:00Z"
    assert json.loads(note(team, head(team))) == said


def test_two_proposals_in_one_commit_share_its_note(team: Team) -> None:
    """Both merged into a person's branch, and this one squashed: rare, and nobody may be lost over it."""
    first = team.proposes(LEVERAGE)
    team.person(first["pull_request"]["number"]).edit(state="closed")
    second = team.proposes(WEIGHT)
    team.person(second["pull_request"]["number"]).edit(state="closed")
    for result in (first, second):
        team.space.git("fetch", "--quiet", "origin", result["branch"])
        team.space.git("checkout", "--quiet", "FETCH_HEAD", "--", "reports")
    team.space.commit({}, "both by hand")
    told = record(team)
    assert ({one["commit"] for one in told["recorded"]}, told["noted"]) == ({head(team)}, 1)
    ledger = team.space.ledger()
    assert note(team, head(team)) == "\n\n".join(ledger[one["path"]] for one in told["recorded"])


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


def test_a_record_that_is_there_is_never_written_again(team: Team) -> None:
    landed(team, LEVERAGE)
    [one] = record(team)["recorded"]
    commits = team.space.git("rev-list", "promobot-ledger", at=team.space.origin)
    team.person(one["pull_request"]["number"]).edit(body="all changed")
    assert record(team)["already"] == 1
    assert team.space.git("rev-list", "promobot-ledger", at=team.space.origin) == commits


FORGED: dict[str, dict[str, object]] = {
    "another digest": {"digest": "0" * 64},
    "another base": {"base": {"branch": "elsewhere", "commit": "0" * 40}},
    "another mode": {"mode": "manual_only"},
    "other values": {"changes": []},
    "another id": {"proposal_id": "live_promotion_20260101T000000Z_0123456789abcdef"},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_a_meta_that_claims_anothers_digest_takes_no_name(team: Team, change: dict[str, object]) -> None:
    """A record is for ever; whoever took a name first would keep the true one out."""
    result = team.proposes(LEVERAGE)
    path = f"reports/live_promotion/{result['proposal_id']}/proposal_meta.json"
    meta = json.loads(team.file_of(result, "proposal_meta.json"))
    team.space.commit({path: json.dumps(meta | change)}, "forged")
    told = record(team)
    assert told["recorded"] == []
    assert "is not recorded" in told["warnings"][0]
    assert records(team) == []


def test_a_meta_outside_the_reports_is_no_landing(team: Team) -> None:
    result = team.proposes(LEVERAGE)
    meta = json.loads(team.file_of(result, "proposal_meta.json"))
    meta["paths"]["reports"] = "docs"
    team.space.commit({f"docs/{result['proposal_id']}/proposal_meta.json": json.dumps(meta)}, "a copy")
    told = record(team)
    assert (told["recorded"], told["warnings"], records(team)) == ([], [], [])


def test_landings_below_an_older_reports_folder_are_recorded(team: Team) -> None:
    result = landed(team, LEVERAGE)
    moved = team.space.git("show", f"main:{POLICY_FILE}").replace("[github]", '[paths]\nreports = "audit"\n[github]')
    team.space.commit({POLICY_FILE: moved}, "the policy names another folder")
    assert [one["proposal_id"] for one in record(team)["recorded"]] == [result["proposal_id"]]


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
    git = make_git(tmp_path)
    said = json.loads(git("show", f"promobot-ledger:{one['path']}"))["predicate"]
    assert said["forge"]["asked"] is False
    assert git("notes", "--ref=promobot", "show", one["commit"]) == git("show", f"promobot-ledger:{one['path']}")


def make_git(folder: Path) -> Any:
    from tests.support.workspace import Workspace

    return Workspace(folder, None).git
