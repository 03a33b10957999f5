"""The records of a real ledger against a judged history: what agrees, and what each kind of tampering comes to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from promobot.adapters.repository import Repository
from promobot.adapters.repository.records import read_records
from promobot.core.audit.events import Moment
from promobot.core.ledger import LEDGER
from promobot.usecases.audit import records as story
from promobot.usecases.audit.history import first_policy, judged
from promobot.usecases.audit.records import Held, hold_records
from tests.support.hosted import Team
from tests.support.recording import LEVERAGE, WEIGHT, head, landed, ledger_record, record, team
from tests.support.workspace import patch

__all__ = ["team"]  # a fixture


def held(team: Team, revision: str = "HEAD", *, since: str | None = None, require: bool = False) -> Held:
    """As an auditor's clone tells, after a fetch."""
    team.space.git("fetch", "--quiet", "origin")
    repository = Repository(team.space.clone)
    at = team.space.git("rev-parse", revision)
    chronicle = judged(repository, "main", at, since or first_policy(repository, at), lambda *_: None)
    assert chronicle.findings == ()
    read = read_records(repository, "origin")
    return hold_records(repository, chronicle, read, branch="main", remote="origin", require_record=require)


def codes(told: Held) -> list[tuple[str, str | None]]:
    return [(one.code, one.commit) for one in told.findings]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_what_promobot_recorded_agrees(team: Team, how: str) -> None:
    result = team.proposes(LEVERAGE)
    team.approve(result["pull_request"]["number"], "ben")
    team.person(result["pull_request"]["number"]).merge(merge_method=how)
    team.space.git("pull", "--quiet", "--ff-only")
    landed(team, patch("strategy.trigger_count", 6), how=how)
    first, second = record(team)["recorded"]
    told = held(team, require=True)
    assert (told.findings, told.warnings) == ([], [])
    assert told.approvals.keys() == {first["digest"], second["digest"]}
    approval = told.approvals[first["digest"]]
    assert (approval.approvers, approval.merger) == (("ben",), "ann")
    assert approval.pull is not None
    assert approval.pull.url == result["pull_request"]["url"]


def test_reverts_wishes_and_what_is_by_hand_agree(team: Team) -> None:
    first = landed(team, LEVERAGE, patch("strategy.name", "slow"))
    for words in (("revert", first["proposal_id"], "--reason", "no"), ("set", "macro.tilt", "0.4", "--reason", "yes")):
        number = team.did(*words)["pull_request"]["number"]
        team.person(number).merge(merge_method="squash")
        team.space.git("pull", "--quiet", "--ff-only")
    assert len(record(team)["recorded"]) == 3
    told = held(team)
    assert (told.findings, len(told.approvals)) == ([], 3)


def test_more_records_than_are_read_at_once(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in (LEVERAGE, WEIGHT):
        landed(team, one)
    record(team)
    monkeypatch.setattr(story, "AT_ONCE", 1)
    assert (held(team).findings, len(held(team).approvals)) == ([], 2)


def test_a_clone_without_the_ledger_says_so(team: Team) -> None:
    landed(team, LEVERAGE)
    record(team)
    team.space.git("config", "remote.origin.fetch", "+refs/heads/main:refs/remotes/origin/main")
    team.space.git("fetch", "--quiet", "--prune", "origin")
    team.space.git("update-ref", "-d", f"refs/remotes/origin/{LEDGER}")
    told = held(team)
    assert (told.findings, told.approvals) == ([], {})
    assert [one.code for one in told.warnings] == ["no_ledger"]
    assert codes(held(team, require=True)) == [("no_record", head(team))]


def test_where_nothing_landed_no_ledger_is_missed(team: Team) -> None:
    assert held(team).warnings == []


def test_the_record_of_what_landed_twice_is_that_of_the_first_time(team: Team) -> None:
    """That it landed twice is the history's own finding."""
    landed(team, LEVERAGE)
    record(team)
    team.space.git("fetch", "--quiet", "origin")
    repository, at = Repository(team.space.clone), head(team)
    chronicle = judged(repository, "main", at, first_policy(repository, at), lambda *_: None)
    [first] = chronicle.landings
    twice = replace(chronicle, events=(first, replace(first, at=Moment("0" * 40, 0))))
    read = read_records(repository, "origin")
    told = hold_records(repository, twice, read, branch="main", remote="origin", require_record=True)
    assert told.findings == []


def test_a_landing_that_is_not_recorded_yet(team: Team) -> None:
    landed(team, LEVERAGE)
    assert codes(held(team)) == []
    assert codes(held(team, require=True)) == [("no_record", head(team))]
    record(team)
    assert codes(held(team, require=True)) == []


def tampered(team: Team, change: Callable[[Any], object], *, digest: str | None = None) -> str:
    """A forged record for the newest landing, as somebody who may push to the ledger writes it; its digest."""
    [one] = record(team)["recorded"]
    told = ledger_record(team, one["digest"])
    change(told)
    name = digest or one["digest"]
    git = team.space.git
    git("fetch", "--quiet", "origin", f"{LEDGER}:{LEDGER}")
    git("switch", "--quiet", "--orphan", "forged")
    team.space.write({f"records/{name}.json": json.dumps(told)})
    git("add", "--all")
    git("commit", "--quiet", "--message", "forged")
    git("push", "--quiet", "--force", "origin", f"HEAD:{LEDGER}")
    git("switch", "--quiet", "main")
    git("branch", "--quiet", "--delete", "--force", LEDGER)
    return name


WRONG: dict[str, Callable[[Any], object]] = {
    "another landing": lambda told: told["predicate"]["landing"].update(commit="0" * 40),
    "another policy": lambda told: told["predicate"]["policy"].update(landed_under="0" * 40),
    "another file": lambda told: told["subject"][1]["digest"].update(sha256="0" * 64),
    "another kind": lambda told: told["predicate"]["proposal"].update(kind="operator"),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_record_that_is_not_of_its_landing_names_it(team: Team, change: Callable[[Any], object]) -> None:
    landed(team, LEVERAGE)
    tampered(team, change)
    assert codes(held(team)) == [("record_mismatch", head(team))]


def test_a_record_of_nothing_names_the_ledgers_commit(team: Team) -> None:
    """It claims a landing commit of the judged line, which brought another proposal."""
    landed(team, LEVERAGE)
    tampered(team, lambda _: None, digest="0" * 64)
    ledger = team.space.git("rev-parse", LEDGER, at=team.space.origin)
    assert codes(held(team)) == [("record_of_nothing", ledger)]


def test_a_landing_that_was_taken_out_of_the_history_leaves_its_record(team: Team) -> None:
    """The base branch was pushed anew by force; this clone's own branch, which still has it, is no witness for it."""
    before = head(team)
    landed(team, LEVERAGE)
    record(team)
    git = team.space.git
    git("push", "--quiet", "--force", "origin", f"{before}:main")
    git("fetch", "--quiet", "origin")
    ledger = git("rev-parse", LEDGER, at=team.space.origin)
    assert codes(held(team, "origin/main")) == [("record_of_nothing", ledger)]


def test_older_revisions_and_later_beginnings_know_of_the_others(team: Team) -> None:
    landed(team, LEVERAGE)
    middle = head(team)
    landed(team, WEIGHT)
    record(team)
    for told in (held(team, middle), held(team, since=middle)):
        assert (told.findings, len(told.approvals)) == ([], 1)


def test_a_branch_of_ones_own_is_behind_the_base(team: Team) -> None:
    """An auditor on a branch that began before the newest landing."""
    git = team.space.git
    git("switch", "--quiet", "--create", "mine")
    git("commit", "--quiet", "--allow-empty", "--message", "mine")
    git("switch", "--quiet", "main")
    landed(team, LEVERAGE)
    record(team)
    assert held(team, "mine").findings == []
