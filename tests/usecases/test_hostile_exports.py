"""The table of hostile exports, from bytes to the bytes of auto.toml: nothing unsafe is written, nothing crashes.

A case is one line in `tests/support/hostile_exports/`; a rule that an operator adds gets its cases there, with
`under(section=...)` for the policy that switches it on.
"""

from __future__ import annotations

import io
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from promobot.adapters.exports import read_exports
from promobot.core.prepared import Prepared, prepare
from promobot.errors import PromobotError
from tests.support.hostile_exports import CASES
from tests.support.hostile_exports.case import REFUSED, Case, as_bytes, p
from tests.support.hostile_exports.oracle import differing, flat, overrides_in, unsafe
from tests.support.hostile_exports.scene import BASE, NOW, OVERRIDES, POLICY, state_of

AUTO = "config/live_overrides/auto.toml"
LEVERAGE = "portfolio.leverage"
SANITY = {
    "hard_limit", "type_mismatch", "stale_old_value", "unknown_target", "conflict", "no_change",
    "expired_patch", "on_hold",
}  # fmt: skip
BY_HAND = {
    "no_bounds", "below_min", "above_max", "step_too_large", "not_numeric", "no_live_value", "not_allowed",
    "auto_confidence", "quota", "over_limit", "lock", "mode",
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What came of an export: a refusal, a crash, or a cycle and the text of auto.toml after it."""

    prepared: Prepared | None = None
    error: BaseException | None = None
    written: str | None = None

    @property
    def crashed(self) -> bool:
        return self.error is not None and not isinstance(self.error, PromobotError)


@cache
def outcome_of(story: str) -> Outcome:
    """One case, run once in a process; the summary looks at all of them."""
    [case] = [case for case in CASES if case.id == story]
    with TemporaryDirectory() as folder:
        return run(case, Path(folder))


def run(case: Case, folder: Path) -> Outcome:
    """Read the export's files and decide, as `propose` does."""
    data = case.data if isinstance(case.data, bytes) else case.data()
    files = {case.name: data, **case.more}
    names = ["-" if name == "-" else str(folder / name) for name in files]
    for name, content in files.items():
        if name != "-":
            (folder / name).write_bytes(content)
    try:
        with mock.patch("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data))):
            prepared = prepare(state_of(case.policy, case.base, case.overrides), read_exports(names), None, NOW)
    except Exception as error:
        # Not the traceback: its frames would keep 64 MiB of each large export.
        return Outcome(error=error.with_traceback(None))
    files_written = prepared.proposed.files if prepared.proposed else {}
    text = files_written[AUTO].decode() if AUTO in files_written else None
    return Outcome(prepared, written=text)


def text_before(case: Case) -> str | None:
    return OVERRIDES if case.overrides == "" else case.overrides


def changed(case: Case, outcome: Outcome) -> dict[str, Any]:
    """What merging would change in auto.toml; what is lost is there with None."""
    before = text_before(case)
    after = before if outcome.written is None else outcome.written
    return differing(overrides_in(before), overrides_in(after))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_export_comes_to_what_the_contract_says(case: Case) -> None:
    outcome = outcome_of(case.id)
    if outcome.crashed:
        raise AssertionError("a crash") from outcome.error
    if case.exit_code:
        assert isinstance(outcome.error, PromobotError), "it was read"
        assert outcome.error.exit_code == case.exit_code
        check_problems(case, outcome.error)
        return
    assert outcome.error is None, getattr(outcome.error, "details", outcome.error)
    assert outcome.prepared is not None
    decided = {decision.candidate.patch.id: decision for decision in outcome.prepared.decisions}
    told = {one: {r.code for r in (*d.reasons, *d.auto_apply_reasons)} for one, d in decided.items()}
    assert told == {one: set(codes.split()) for one, codes in case.decided.items()}
    assert {one: str(d.status) for one, d in decided.items()} == {one: status(codes) for one, codes in told.items()}
    assert {one for one, d in decided.items() if d.auto_apply} == {one for one, codes in told.items() if not codes}
    assert repr(dict(sorted(changed(case, outcome).items()))) == repr(dict(sorted(case.applied.items())))
    assert tuple(text for text in outcome.prepared.warnings if text.startswith("patch ")) == case.warns


def check_problems(case: Case, error: PromobotError) -> None:
    """Exactly the problems of the case, in any order, each with pointer, line and words."""
    found = [(detail.pointer, detail.line, detail.message) for detail in error.details]
    found = found or [(None, None, error.message)]
    assert Counter(place[:2] for place in found) == Counter(place[:2] for place in case.problems)
    for (*place, words), (*_, message) in zip(sorted(case.problems, key=str), sorted(found, key=str), strict=True):
        assert words in message, place
    if case.exit_code == REFUSED:
        assert all(detail.file and len(detail.message) < 500 for detail in error.details)


def status(codes: set[str]) -> str:
    """The status that DESIGN 3.3 gives to reasons."""
    if codes <= BY_HAND:
        return "ACCEPTED_FOR_PROPOSAL"
    return "REJECTED_BY_SANITY_CHECK" if codes <= SANITY | BY_HAND else "REJECTED_BY_POLICY"


def patches_in(case: Case) -> list[dict[str, Any]]:
    """What the export asks for, by the standard parser; only for exports that are read."""
    data = case.data if isinstance(case.data, bytes) else case.data()
    found: list[dict[str, Any]] = []
    for name, content in {case.name: data, **case.more}.items():
        texts = [line for line in content.splitlines() if line.strip()] if name.endswith(".jsonl") else [content]
        for document in map(json.loads, texts):
            listed = document.get("patches", [document]) if isinstance(document, dict) else document
            found.extend(listed)
    return found


def unsafe_in(case: Case, outcome: Outcome) -> Iterator[str]:
    """Everything unsafe that merging would do, by the independent oracle."""
    values = changed(case, outcome)
    base = BASE if case.base == "" else case.base
    leaves = dict(flat(tomllib.loads(base or "")))
    live = leaves | overrides_in(text_before(case)) if values else {}
    asked = patches_in(case) if values else []
    for target, value in values.items():
        for why in unsafe(target, value, live.get(target), base=base, policy={**POLICY, **case.policy}, patches=asked):
            yield f"{case.id}: {target} = {value!r}: {why}"


def test_no_case_is_unsafe_and_none_crashes() -> None:
    """`pytest -rP` shows the sum."""
    crashes = [case.id for case in CASES if outcome_of(case.id).crashed]
    accepted = [case for case in CASES if outcome_of(case.id).error is None]
    found = [why for case in accepted for why in unsafe_in(case, outcome_of(case.id))]
    writing = sum(bool(changed(case, outcome_of(case.id))) for case in accepted)
    sys.stdout.write(
        f"{len(CASES)} hostile exports: {len(CASES) - len(accepted)} refused, {len(accepted)} judged, "
        f"{writing} of them write; {len(found)} unsafe acceptances, {len(crashes)} crashes\n"
    )
    assert (found, crashes) == ([], [])
    assert len(CASES) >= 120
    assert writing >= 40, "an oracle that sees nothing proves nothing"


def test_every_case_has_a_story_of_its_own() -> None:
    assert [story for story, times in Counter(case.id for case in CASES).items() if times > 1] == []


def test_every_reason_that_an_export_can_meet_is_in_the_table() -> None:
    met = {code for case in CASES for codes in case.decided.values() for code in codes.split()}
    policy = {"not_eligible", "low_confidence", "not_live_ready", "blacklisted_target", "blacklisted_tag", "research"}
    assert policy | SANITY - {"expired_patch", "on_hold"} | BY_HAND <= met


UNSAFE: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a step of 0.5": ({LEVERAGE: 1.5}, {"new_value": 1.5}),
    "an integer for a float": ({LEVERAGE: 1}, {"new_value": 1}),
    "true for a float": ({LEVERAGE: True}, {"new_value": True}),
    "a value that nobody asked for": ({LEVERAGE: 1.2}, {}),
    "below the minimum": ({LEVERAGE: 0.9}, {"new_value": 0.9}),
    "above the limit": ({"option.leverage": 3.1}, {"target": "option.leverage", "new_value": 3.1}),
    "no bounds": ({"desk.size": 4.1}, {"target": "desk.size", "new_value": 4.1}),
    "no such target": ({"portfolio.leverages": 1.2}, {"target": "portfolio.leverages", "new_value": 1.2}),
    "no grant": ({"ungranted.leverage": 1.2}, {"target": "ungranted.leverage", "new_value": 1.2}),
    "blacklisted": ({"risk.stop_loss": 0.03}, {"target": "risk.stop_loss", "new_value": 0.03}),
    "research": ({"lab.leverage": 1.2}, {"target": "lab.leverage", "new_value": 1.2}),
    "unsure": ({LEVERAGE: 1.25}, {"confidence_score": 0.7}),
    "not ready for live": ({"ready.macro_weight": 0.45}, {"target": "ready.macro_weight", "new_value": 0.45}),
    "another old value": ({LEVERAGE: 1.25}, {"old_value": 1.9}),
    "no candidate": ({LEVERAGE: 1.25}, {"status": "REJECTED"}),
    "a lost override": ({LEVERAGE: None}, {}),
}


@pytest.mark.parametrize("story", UNSAFE)
def test_the_oracle_sees_what_must_not_be_written(story: str) -> None:
    """An oracle that answers nothing would let everything pass."""
    values, changes = UNSAFE[story]
    case = Case(story, as_bytes([p() | changes]))
    lines = "".join(f'"{target}" = {str(value).lower()}\n' for target, value in values.items() if value is not None)
    kept = "".join(line for line in OVERRIDES.splitlines(keepends=True) if not any(t in line for t in values))
    assert list(unsafe_in(case, Outcome(written=kept + lines)))
    locked = replace(case, data=as_bytes([p()]), policy={"mode": "manual_only"})
    assert list(unsafe_in(locked, Outcome(written=OVERRIDES.replace("= 1.0", "= 1.25"))))


def test_the_oracle_lets_an_honest_value_pass() -> None:
    written = Outcome(written=OVERRIDES.replace("= 1.0", "= 1.25"))
    assert list(unsafe_in(Case("honest", as_bytes([p()])), written)) == []
