"""The ledger's entries: named by what they say, readable, ASCII, and without a word of an export in them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.base_state import BaseState
from promobot.core.canonical import sha256_of
from promobot.core.changes import Change, by_hand_key
from promobot.core.ledger import (
    Claimant,
    Whole,
    cycle_entry,
    entry_message,
    pause,
    refusal_entry,
    refusal_key,
    refused_keys,
)
from promobot.core.models import PromotionDecision, PromotionProposal
from promobot.core.version import __version__
from tests.support.builders import NOW, decide, patch, policy

DIGEST = "ab" * 32
STATE = BaseState("mäin", "c" * 40, policy(), "config/promobot.toml", "b" * 40)
FREE = "free text of the export: ünïcode {}"
DECISIONS = decide(
    patch(id="p-1", reason=FREE, source_experiment_id=FREE, meta={"tags": [FREE], FREE: FREE}),
    patch("strategy.trigger_name", FREE, id="p-2"),
    patch("portfolio.max_leverage", 9.0, id="p-3"),
)
PROPOSAL = PromotionProposal(
    "live_promotion_20261122T120000Z_abababababababab", "t", "d", (), {"digest": DIGEST, "evidence_digest": "e" * 64}
)
PLAIN: dict[str, Any] = {"export_sha256": "e" * 64, "mode": "bounded_auto", "outcome": "opened", "evaluated_at": NOW}


def entry(
    decisions: list[PromotionDecision] = DECISIONS, state: BaseState = STATE, **changed: Any
) -> tuple[str, bytes]:
    return cycle_entry(state, decisions, **{**PLAIN, **changed})


def read(data: bytes) -> Any:
    """The document, which must be plain: ASCII, sorted, indented, one newline at the end."""
    told = json.loads(data.decode("ascii"))
    assert data.decode() == json.dumps(told, indent=2, sort_keys=True) + "\n"
    return told


def test_a_cycle_is_told_in_full() -> None:
    path, data = entry(proposal=PROPOSAL, run_url="https://forge.example/run/1")
    told = read(data)
    first = told["decisions"][0]
    assert {name: told[name] for name in told if name != "decisions"} == {
        "schema_version": 1, "kind": "promotion", "mode": "bounded_auto", "outcome": "opened",
        "base": {"branch": "mäin", "commit": "c" * 40},
        "policy": {"path": "config/promobot.toml", "blob": "b" * 40}, "export": {"sha256": "e" * 64},
        "proposal_id": PROPOSAL.proposal_id, "digest": DIGEST, "evidence_digest": "e" * 64,
        "branch": "promobot/abababababababab", "evaluated_at": "2026-11-22T12:00:00Z",
        "engine_version": __version__, "run_url": "https://forge.example/run/1",
    }  # fmt: skip
    assert first == {
        "patch_id": "p-1", "target": "portfolio.leverage", "status": "ACCEPTED_FOR_PROPOSAL",
        "reasons": [], "auto_apply": True, "auto_apply_reasons": [],
    }  # fmt: skip
    assert [decision["patch_id"] for decision in told["decisions"]] == ["p-1", "p-3", "p-2"]
    assert [reason["code"] for reason in told["decisions"][1]["reasons"]] == ["hard_limit"]
    assert told["decisions"][1]["reasons"][0]["message"]
    assert "not_numeric" in [reason["code"] for reason in told["decisions"][2]["auto_apply_reasons"]]
    assert re.fullmatch(r"cycles/[0-9a-f]{64}\.json", path)


def test_the_name_is_the_digest_of_the_ingredients() -> None:
    """Written out here, so that another program can find a cycle's file."""
    (decision,) = decide(patch(confidence_score=0.5))
    path, _ = entry([decision])
    row = ["p-1", "portfolio.leverage", "ACCEPTED_FOR_PROPOSAL", [], False, ["auto_confidence"]]
    asked = {"base": "c" * 40, "policy": "b" * 40, "export": "e" * 64, "decisions": [row]}
    assert path == f"cycles/{sha256_of(asked)}.json"


def test_no_word_of_the_export_gets_in() -> None:
    _, data = entry(proposal=PROPOSAL)
    assert b"free text" not in data
    assert json.dumps(FREE)[1:-1].encode() not in data


def test_nothing_to_propose_is_a_cycle_too() -> None:
    told = read(entry([], outcome="nothing_to_propose", export_sha256=None)[1])
    assert [told[name] for name in ("proposal_id", "digest", "evidence_digest", "branch", "run_url")] == [None] * 5
    assert (told["decisions"], told["outcome"], told["export"]) == ([], "nothing_to_propose", {"sha256": None})


SAME: dict[str, dict[str, Any]] = {
    "a later time": {"evaluated_at": NOW + timedelta(days=1)},
    "another run": {"run_url": "https://forge.example/run/2"},
    "another outcome": {"outcome": "unchanged"},
    "a proposal": {"proposal": PROPOSAL},
    "another order": {"decisions": DECISIONS[::-1]},
    "other words": {"decisions": [
        replace(d, reasons=tuple(replace(reason, message="x") for reason in d.reasons)) for d in DECISIONS
    ]},
}  # fmt: skip
OTHER: dict[str, dict[str, Any]] = {
    "another base": {"state": replace(STATE, commit="d" * 40)},
    "another policy": {"state": replace(STATE, policy_blob="d" * 40)},
    "another export": {"export_sha256": "d" * 64},
    "a decision less": {"decisions": DECISIONS[1:]},
    "another patch": {"decisions": decide(patch(id="p-9"))},
    "locked": {"decisions": [replace(DECISIONS[0], auto_apply=False), *DECISIONS[1:]]},
    "without its reasons": {"decisions": [replace(decision, reasons=()) for decision in DECISIONS]},
    "without its reasons by hand": {"decisions": [replace(decision, auto_apply_reasons=()) for decision in DECISIONS]},
}


@pytest.mark.parametrize("story", SAME)
def test_the_same_cycle_has_the_same_name(story: str) -> None:
    assert entry(**SAME[story])[0] == entry()[0]


@pytest.mark.parametrize("story", OTHER)
def test_another_cycle_has_another_name(story: str) -> None:
    assert entry(**OTHER[story])[0] != entry()[0]


CHANGE = Change("portfolio.leverage", 1.5, 1.75, automatic=True, predecessor=DIGEST)
WORDS = 'too "fast"\nfor now: ünïcode \udcff ` $(x)'


def test_the_refusal_of_a_value() -> None:
    east = datetime(2026, 11, 22, 14, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))
    path, data = refusal_entry(CHANGE, reason=WORDS, at=east, by=Claimant("A Person", "person"))
    key = by_hand_key("portfolio.leverage", 1.5, 1.75, DIGEST)
    assert path == f"refusals/{key}.json"
    assert read(data) == {
        "schema_version": 1, "key": key, "engine_version": __version__, "at": "2026-11-22T12:00:00Z",
        "refused": {"target": "portfolio.leverage", "old": 1.5, "new": 1.75, "predecessor": DIGEST},
        "reason": WORDS, "by": {"name": "A Person", "login": "person", "verified": False},
    }  # fmt: skip


def test_by_hand_or_automatic_a_value_is_refused_alike() -> None:
    assert refusal_key(replace(CHANGE, automatic=False)) == refusal_key(CHANGE)
    assert refusal_key(replace(CHANGE, old=1)) != refusal_key(replace(CHANGE, old=1.0)), "of another type"


def test_the_refusal_of_a_whole_proposal() -> None:
    path, data = refusal_entry(Whole(PROPOSAL.proposal_id, DIGEST), reason="no", at=NOW, by=Claimant())
    told = read(data)
    assert path == f"refusals/{DIGEST}.json"
    assert told["refused"] == {"proposal_id": PROPOSAL.proposal_id, "digest": DIGEST}
    assert told["by"] == {"name": None, "login": None, "verified": False}


def test_the_keys_are_read_from_the_names_alone() -> None:
    names = {f"{DIGEST}.json": b"garbled", f"{'1' * 64}.json": b"", "README": b"", f"{'2' * 63}.json": b"{}",
             f"{'3' * 64}.json.bak": b"", f"{'A' * 64}.json": b"", f"x{'4' * 64}.json": b"", f"{'5' * 64}.json\n": b"",
             }  # fmt: skip
    assert refused_keys(names) == refused_keys(list(names)) == {DIGEST, "1" * 64}


@given(st.text(), st.datetimes(timezones=st.just(UTC)))
def test_whatever_a_person_writes_is_kept(words: str, at: datetime) -> None:
    path, data = refusal_entry(CHANGE, reason=words, at=at, by=Claimant(words, words))
    told = read(data)
    assert (told["reason"], told["by"]["name"], told["by"]["login"]) == (words, words, words)
    assert refused_keys([path.partition("/")[2]]) == {refusal_key(CHANGE)}


def test_the_message_names_the_entry_and_the_run() -> None:
    assert entry_message("cycles/a.json") == "ledger: cycles/a.json\n"
    assert entry_message("cycles/a.json", "https://forge.example/run/1") == (
        "ledger: cycles/a.json\n\nPromotion-Run: https://forge.example/run/1\n"
    )


@given(st.integers(1, 1000), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_random_grows_and_ends(attempt: int, dice: float) -> None:
    assert 0 <= pause(attempt, dice) <= 3
    assert pause(attempt, dice) <= pause(attempt + 1, dice)
    assert pause(1, 0.5) == 0.1
