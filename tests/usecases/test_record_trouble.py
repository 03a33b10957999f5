"""`promobot record` where things go wrong: past the pull request, without an answer, too late, with forged metas."""

from __future__ import annotations

import json

import pytest

from promobot.usecases import record as story
from promobot.usecases.desk import Desk
from promobot.usecases.record import Recorded, Request
from tests.support.fake_github import Fault
from tests.support.hosted import POLICY_FILE, Team
from tests.support.recording import (
    LEVERAGE,
    NOTES,
    WEIGHT,
    by_plain_git,
    head,
    landed,
    ledger_record,
    merged,
    note,
    record,
    records,
    team,
)  # fmt: skip
from tests.support.workspace import NOW, patch

__all__ = ["team"]  # a fixture


def test_a_merge_that_the_forge_noticed_has_no_merger(team: Team) -> None:
    """Merged in plain git and pushed: the forge says which pull request it was, and not who."""
    result = team.proposes(LEVERAGE)
    by_plain_git(team, result["branch"], "merge")
    [one] = record(team)["recorded"]
    assert (one["pull_request"], one["merger"]) == (result["pull_request"], None)


@pytest.mark.parametrize("rev", ["nowhere", "--all", "promobot-ledger"])
def test_a_revision_that_is_not_of_the_base_is_refused(team: Team, rev: str) -> None:
    landed(team, LEVERAGE)
    team.space.git("fetch", "--quiet", "origin", "promobot-ledger:promobot-ledger")
    ran = team.ran("record", f"--since={rev}")
    assert (ran.code, ran.json["error"]["code"]) == (2, "usage")
    assert records(team) == []


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


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_a_merge_that_brought_nothing_is_not_the_landing(team: Team, how: str) -> None:
    """Pushed past the pull request, which was merged afterwards for the look of it."""
    result = team.proposes(LEVERAGE)
    number = result["pull_request"]["number"]
    by_plain_git(team, result["branch"], "squash")
    merged(team, number, how)
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


def test_a_forge_that_is_down_is_not_asked_for_ever(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    for new in (1.6, 1.7, 1.8):
        landed(team, patch("portfolio.leverage", new))
    monkeypatch.setattr(story, "FAILURES", 2)
    failing(team, "GET /repos/*/pulls")
    ran = team.ran("record")
    assert (ran.code, len(ran.json["error"]["details"])) == (5, 2)
    assert "0 of 3 landings recorded" in ran.json["error"]["message"]


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
    for one in (LEVERAGE, WEIGHT):
        result = team.proposes(one)
        team.space.git("fetch", "--quiet", "origin", result["branch"])
        team.space.git("checkout", "--quiet", "FETCH_HEAD", "--", "reports")
    team.space.commit({}, "both by hand")
    [still_open] = team.pulls()

    told = record(team)
    assert (len(told["recorded"]), len(told["waiting"]), told["noted"]) == (1, 1, 0), "a note is written once, whole"
    team.person(still_open).edit(state="closed")
    told = record(team)
    assert (len(told["recorded"]), told["already"], told["noted"]) == (1, 1, 1)
    ledger = team.space.ledger()
    texts = [ledger[path] for path in records(team)]
    assert sorted(note(team, head(team)).split("\n\n")) == sorted(texts)


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
    team.person(result["pull_request"]["number"]).edit(state="closed")
    team.space.commit({f"docs/{result['proposal_id']}/proposal_meta.json": json.dumps(meta)}, "a copy")
    told = record(team)
    assert (told["recorded"], told["waiting"], told["warnings"], records(team)) == ([], [], [], [])


def test_landings_below_an_older_reports_folder_are_recorded(team: Team) -> None:
    result = landed(team, LEVERAGE)
    moved = team.space.git("show", f"main:{POLICY_FILE}").replace("[github]", '[paths]\nreports = "audit"\n[github]')
    team.space.commit({POLICY_FILE: moved}, "the policy names another folder")
    assert [one["proposal_id"] for one in record(team)["recorded"]] == [result["proposal_id"]]
