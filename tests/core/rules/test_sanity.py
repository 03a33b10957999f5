"""Checks against the live system: hard limits, types, what the loop believed, what is there at all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from promobot.core.facts import LiveValues
from tests.core.rules.contract import STATUS_OF
from tests.support.builders import LIVE, Case, check_case, codes, decide, patch

COUNT, NAME, ON = "strategy.trigger_count", "strategy.trigger_name", "strategy.trigger_on"
BASE = LiveValues.of({"portfolio.leverage": 1.5, "only.here": 1.0}, {"portfolio": {"leverage": 1.0}, "b": {"c": 1}})


def to(target: str, new_value: Any, **given: Any) -> dict[str, Any]:
    return {"target": target, "new_value": new_value, **given}


def leverage(new_value: Any, **given: Any) -> dict[str, Any]:
    return to("portfolio.leverage", new_value, **given)


CASES = [
    Case("hard_limit", True, "just above the seed's 3.0", patch=leverage(3.0000000000000004)),
    Case("hard_limit", False, "exactly 3.0", patch=leverage(3.0)),
    Case("hard_limit", False, "an integer 3", patch=leverage(3)),
    Case("hard_limit", True, "an integer 4", patch=leverage(4)),
    Case("hard_limit", False, "below", patch=leverage(2.9999999999999996)),
    Case("hard_limit", False, "far below zero: it is a ceiling", patch=leverage(-1e308)),
    Case("hard_limit", True, "a tag is a substring in any case", patch=to("x.maxLeverageNow", 5)),
    Case("hard_limit", False, "no tag, no limit", patch=to("desk.size", 1e300)),
    Case("hard_limit", True, "a limit of the policy", patch=to("x.risk", 0.2), policy={"hard_limits": {"risk": 0.1}}),
    Case("hard_limit", True, "the seed's limit stays beside others", patch=leverage(3.5),
         policy={"hard_limits": {"risk": 9}}),
    Case("hard_limit", False, "a given limit replaces the seed's", patch=leverage(3.5),
         policy={"hard_limits": {"leverage": 3.5}}),
    Case("hard_limit", True, "one of several tags", patch=to("macro.leverage", 3.5),
         policy={"hard_limits": {"macro": 9}}),
    Case("hard_limit", False, "true is no number", patch=leverage(True), policy={"hard_limits": {"leverage": 0.5}}),
    Case("type_mismatch", True, "true for a float", patch=leverage(True)),
    Case("type_mismatch", True, "text for a float", patch=leverage("1.6")),
    Case("type_mismatch", False, "an integer is welcome for a float", patch=leverage(2)),
    Case("type_mismatch", False, "an integer for an integer", patch=to(COUNT, 6)),
    Case("type_mismatch", True, "a float for an integer, even a whole one", patch=to(COUNT, 6.0)),
    Case("type_mismatch", True, "true for an integer", patch=to(COUNT, True)),
    Case("type_mismatch", True, "an integer for a boolean", patch=to(ON, 1)),
    Case("type_mismatch", False, "a boolean for a boolean", patch=to(ON, True)),
    Case("type_mismatch", True, "a number for a text", patch=to(NAME, 1)),
    Case("type_mismatch", False, "a text for a text", patch=to(NAME, "fast")),
    Case("type_mismatch", True, "an array cannot be patched", patch=leverage(1.6), live={"portfolio.leverage": [1.5]}),
    Case("type_mismatch", True, "a date cannot be patched", patch=leverage("2026-11-22"),
         live={"portfolio.leverage": date(2026, 11, 21)}),
    Case("type_mismatch", False, "nothing is live", patch=leverage("x"), live={}),
    Case("stale_old_value", True, "another value", patch=leverage(1.6, old_value=1.4)),
    Case("stale_old_value", True, "the next float", patch=leverage(1.6, old_value=1.5000000000000002)),
    Case("stale_old_value", False, "the live value", patch=leverage(1.6, old_value=1.5)),
    Case("stale_old_value", False, "not given", patch=leverage(1.6)),
    Case("stale_old_value", False, "an integer for a live float", patch=to("strategy.trigger_delay", 9, old_value=10)),
    Case("stale_old_value", True, "false is not 0", patch=to(ON, True, old_value=0)),
    Case("stale_old_value", True, "text is not a number", patch=leverage(1.6, old_value="1.5")),
    Case("stale_old_value", True, "overrides lie over the base", patch=leverage(1.6, old_value=1.0), live=BASE),
    Case("stale_old_value", False, "overrides lie over the base", patch=leverage(1.6, old_value=1.5), live=BASE),
    Case("unknown_target", True, "a letter off", patch=to("portfolio.leverag", 1.6), live=BASE),
    Case("unknown_target", False, "a leaf", patch=leverage(1.6), live=BASE),
    Case("unknown_target", True, "a table is no leaf", patch=to("portfolio", 1.6), live=BASE),
    Case("unknown_target", True, "case counts", patch=to("Portfolio.leverage", 1.6), live=BASE),
    Case("unknown_target", True, "only auto.toml has it", patch=to("only.here", 1.1), live=BASE),
    Case("unknown_target", False, "nobody can tell without a base config", patch=to("anything.at.all", 1)),
    Case("unknown_target", True, "an empty base config knows nothing", patch=leverage(1.6), live=LiveValues.of({}, {})),
    Case("no_change", True, "the live value", patch=leverage(1.5)),
    Case("no_change", True, "the live value as an integer", patch=to("strategy.trigger_delay", 10)),
    Case("no_change", True, "a text", patch=to(NAME, "slow")),
    Case("no_change", True, "a boolean", patch=to(ON, False)),
    Case("no_change", False, "the next float", patch=leverage(1.5000000000000002)),
    Case("no_change", False, "0 is not false", patch=to(ON, 0)),
    Case("no_change", False, "5.0 is not 5", patch=to(COUNT, 5.0)),
    Case("no_change", False, "nothing is live", live={}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sanity(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


def test_an_integer_for_a_float_key_becomes_a_float() -> None:
    (decision,) = decide(patch("strategy.trigger_delay", 8))
    assert (decision.new_value, type(decision.new_value), decision.auto_apply) == (8.0, float, True)


def test_a_path_that_the_base_config_spells_twice_is_unknown() -> None:
    twice = LiveValues.of({}, {"a.b": 1.0, "a": {"b": 2.0}, "c": 1.0})
    assert codes(decide(patch("a.b", 1.5), live=twice)[0]) == ["unknown_target"]
    assert "unknown_target" not in codes(decide(patch("c", 1.5), live=twice)[0])


CONFLICTS = {
    "two values": ([1.6, 1.7], True),
    "three patches, two values": ([1.6, 1.7, 1.6], True),
    "two equal ones": ([1.6, 1.6], False),
    "an integer and the float it becomes": ([2, 2.0], False),
    "floats that only look equal": ([0.3, 0.1 + 0.2], True),
    "true is not 1": ([1.0, True], True),
    "text is not a number": ([1.6, "1.6"], True),
    "one": ([1.6], False),
}


@pytest.mark.parametrize(("values", "fires"), CONFLICTS.values(), ids=CONFLICTS)
def test_conflict(values: list[Any], fires: bool) -> None:
    patches = [patch(new_value=value, id=f"p-{number}") for number, value in enumerate(values)]
    decisions = decide(*patches, patch("macro.regime_weight", 0.3, id="other"))
    assert all(("conflict" in codes(d)) is (fires and d.target == "portfolio.leverage") for d in decisions)
    if fires and all(isinstance(value, float) for value in values):
        assert {d.status for d in decisions if d.target == "portfolio.leverage"} == {STATUS_OF["conflict"]}


def test_conflict_marks_all_candidates_whatever_their_other_reasons() -> None:
    decisions = decide(patch(id="a", new_value=1.6), patch(id="b", new_value=3.5), patch(id="c", new_value=1.5))
    assert [codes(decision) for decision in decisions] == [["conflict"], ["hard_limit", "conflict"],
                                                          ["conflict", "no_change"]]  # fmt: skip


def test_what_the_loop_does_not_hold_for_ready_conflicts_with_nothing() -> None:
    (decision,) = decide(patch(id="a"), patch(id="b", new_value=1.7, status="REJECTED"))
    assert codes(decision) == [] and LIVE[decision.target] == 1.5
