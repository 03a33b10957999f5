"""`promobot audit verify --checkpoint`: what a force push took away shows against the file of the last run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from promobot.core.ledger import LEDGER
from tests.support.hosted import Team, run_here
from tests.support.recording import LEVERAGE, WEIGHT, head, landed, ledger_record, record, team
from tests.support.workspace import Ran, patch

__all__ = ["team"]  # a fixture

LATER = patch("strategy.trigger_count", 6)


def verified(team: Team, revision: str = "origin/main") -> Ran:
    """In an auditor's clone, brought up to date first, whatever was forced upon the origin."""
    team.space.git("fetch", "--quiet", "--force", "origin")
    words = ("audit", "verify", revision, "--checkpoint", str(point(team)), "--format", "json")
    return run_here(team.space.clone, {}, *words)


def point(team: Team) -> Path:
    return team.space.folder / "checkpoint.json"


def found(ran: Ran) -> list[tuple[str, str | None]]:
    assert ran.code == (1 if ran.json["violations"] else 0), ran.err
    return [(one["code"], one["commit"]) for one in ran.json["violations"]]


@pytest.fixture
def audited(team: Team) -> Team:
    """Two landings with their records, in the order in which they landed, and a checkpoint behind them."""
    landed(team, LEVERAGE)
    landed(team, WEIGHT)
    record(team)
    assert found(verified(team)) == []
    return team


def test_the_first_run_writes_it(audited: Team) -> None:
    told = json.loads(point(audited).read_bytes())
    git = audited.space.git
    assert told["commit"] == head(audited)
    assert told["tree"] == git("rev-parse", "main^{tree}")
    assert told["baseline"] == git("rev-list", "--max-parents=0", "main")
    assert told["records"]["count"] == 2


def test_the_next_run_goes_on_from_there(audited: Team) -> None:
    before = point(audited).read_bytes()
    assert found(verified(audited)) == []
    assert point(audited).read_bytes() == before
    landed(audited, LATER)
    record(audited)
    ran = verified(audited)
    assert (found(ran), ran.json["commits"]) == ([], 1), "only what is new is judged"
    told = json.loads(point(audited).read_bytes())
    assert (told["commit"], told["records"]["count"]) == (head(audited), 3)
    assert told["baseline"] == json.loads(before)["baseline"]


def test_with_findings_it_stays_as_it_was(audited: Team) -> None:
    before = point(audited).read_bytes()
    commit = audited.space.commit({"config/live_overrides/auto.toml": "[auto_applied]\n"}, "by hand")
    told = found(verified(audited))
    assert told
    assert {one[1] for one in told} == {commit}
    assert point(audited).read_bytes() == before


def test_a_base_branch_that_was_rewritten_names_what_is_gone(audited: Team) -> None:
    """The newest landing was taken out of the history, and its record with it."""
    gone, git = head(audited), audited.space.git
    git("push", "--quiet", "--force", "origin", f"{gone}^:main")
    told = found(verified(audited))
    assert ("rewritten", gone) in told
    assert [code for code, _ in told] == ["rewritten", "record_of_nothing"]


def rewritten(team: Team, *records: tuple[str, str]) -> str:
    """The ledger pushed anew by force, with these files, one commit each; its head."""
    git = team.space.git
    git("switch", "--quiet", "--orphan", "forged")
    for name, text in records:
        team.space.write({name: text})
        git("add", "--all")
        git("commit", "--quiet", "--message", name)
    commit = git("rev-parse", "HEAD")
    git("push", "--quiet", "--force", "origin", f"{commit}:{LEDGER}")
    git("switch", "--quiet", "main")
    return commit


Records = list[tuple[str, str]]


def altered(records: Records) -> Records:
    """Another merger: nothing that git could know."""
    name, text = records[0]
    assert '"login": "ann"' in text
    return [(name, text.replace('"login": "ann"', '"login": "eve"')), *records[1:]]


FORGED: dict[str, Callable[[Records], Records]] = {
    "altered": altered,
    "dropped": lambda records: records[:1],
    "in another order": lambda records: records[::-1],
    "one put before them": lambda records: [(f"records/{'0' * 64}.json", records[0][1]), *records],
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_a_ledger_that_was_rewritten_shows(audited: Team, change: Callable[[Records], Records]) -> None:
    order = [one["digest"] for one in ledger_order(audited)]
    records = [(f"records/{digest}.json", audited.space.ledger()[f"records/{digest}.json"]) for digest in order]
    commit = rewritten(audited, *change(records))
    told = found(verified(audited))
    assert told[0] == ("records_rewritten", commit)
    point(audited).unlink()
    without = found(verified(audited))
    assert "records_rewritten" not in [code for code, _ in without], "nobody can see that without the checkpoint"


def ledger_order(team: Team) -> list[dict[str, str]]:
    """The proposals as they were recorded, oldest first."""
    names = team.space.git("log", "--reverse", "--diff-filter=A", "--name-only", "--format=", LEDGER, "--", "records",
                           at=team.space.origin).splitlines()  # fmt: skip
    told: list[dict[str, str]] = [ledger_record(team, name[8:-5])["predicate"]["proposal"] for name in names]
    return told


def test_the_same_records_in_new_commits_are_the_same(audited: Team) -> None:
    """What is held fast is what was recorded and in which order, not who wrote the ledger's commits."""
    names = [f"records/{one['digest']}.json" for one in ledger_order(audited)]
    rewritten(audited, *((name, audited.space.ledger()[name] + "\n") for name in names))
    assert found(verified(audited)) == []


def test_a_ledger_that_is_gone_shows(audited: Team) -> None:
    git = audited.space.git
    git("push", "--quiet", "origin", f":{LEDGER}")
    git("fetch", "--quiet", "--prune", "origin")
    assert found(verified(audited)) == [("records_rewritten", None)]


def test_what_is_no_checkpoint_stops_the_run(audited: Team) -> None:
    point(audited).write_text("{}")
    ran = verified(audited)
    assert (ran.code, ran.json["error"]["code"]) == (2, "usage")
    assert "checkpoint.json is no checkpoint" in ran.json["error"]["message"]
    assert point(audited).read_text() == "{}"
