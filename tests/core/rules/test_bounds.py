"""Near enough to the live value to be applied without a person typing it: exact decimals, bounds inclusive."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.rules.contract import STATUS_OF
from tests.support.builders import LIVE, Case, check_case, codes

DELAY, WEIGHT = "strategy.trigger_delay", "macro.regime_weight"


def move(target: str, live: Any, new_value: Any, **given: Any) -> dict[str, Any]:
    """A patch and the live value that it meets."""
    return {"patch": {"target": target, "new_value": new_value, **given}, "live": {target: live}}


def bounds(tag: str, **keys: float) -> dict[str, Any]:
    return {"bounds": {tag: keys}}


def own(*globs: str, low: float = -1e308, high: float = 1e308, step: float = 1e308) -> dict[str, Any]:
    return {"targets": list(globs), "min_value": low, "max_value": high, "max_step": step}


CASES = [
    Case("no_bounds", True, "no bounded tag", **move("desk.size", 4.0, 4.5)),
    Case("no_bounds", True, "the risk tag has no default bounds", **move("desk.risk", 4.0, 4.5)),
    Case("no_bounds", False, "a bounded tag", **move(WEIGHT, 0.25, 0.3)),
    Case("no_bounds", False, "bounds of its own", **move("desk.size", 4.0, 4.5),
         policy={"bounds_for": [own("desk.*")]}),
    Case("no_bounds", True, "globs of bounds mind case", **move("desk.size", 4.0, 4.5),
         policy={"bounds_for": [own("Desk.*")]}),
    Case("below_min", False, "exactly the minimum", **move(DELAY, 4.0, 3.0)),
    Case("below_min", True, "the float below it", **move(DELAY, 4.0, 2.9999999999999996)),
    Case("below_min", False, "an integer at the minimum of a float", **move(DELAY, 4.0, 3)),
    Case("below_min", True, "one of several tags", **move("macro.leverage", 1.05, 0.99),
         policy=bounds("macro", max_value=9)),
    Case("below_min", False, "no number cannot be below", **move(DELAY, "x", "a")),
    Case("above_max", False, "exactly the maximum", **move("portfolio.leverage", 1.75, 2.0)),
    Case("above_max", True, "the float above it", **move("portfolio.leverage", 1.9, 2.0000000000000004)),
    Case("above_max", False, "0.8 written as a sum that is a float less", **move(WEIGHT, 0.75, 0.7 + 0.1)),
    Case("above_max", True, "0.1 + 0.2 is above 0.3", **move(WEIGHT, 0.25, 0.1 + 0.2),
         policy=bounds("macro", max_value=0.3)),
    Case("above_max", True, "an integer too large for a float to hold exactly", **move("macro.n", 2**53, 2**53 + 1),
         policy=bounds("macro", max_value=2**53)),
    Case("above_max", True, "bounds of its own replace those of the tags", **move(WEIGHT, 0.25, 0.3),
         policy={"bounds_for": [own(WEIGHT, high=0.28)]}),
    Case("above_max", False, "bounds of its own replace those of the tags", **move(WEIGHT, 2.0, 3.0),
         policy={"bounds_for": [own(WEIGHT, high=3.0)]}),
    Case("above_max", True, "all bounds of its own hold", **move(WEIGHT, 2.0, 3.0),
         policy={"bounds_for": [own("macro.*"), own("*weight", high=2.5)]}),
    Case("step_too_large", False, "0.35 -> 0.45 is exactly 0.1", **move(WEIGHT, 0.35, 0.45)),
    Case("step_too_large", False, "0.45 -> 0.35 is exactly 0.1", **move(WEIGHT, 0.45, 0.35)),
    Case("step_too_large", False, "0.2 -> 0.3 is exactly 0.1", **move(WEIGHT, 0.2, 0.3)),
    Case("step_too_large", True, "0.2 -> 0.1 + 0.2 is more", **move(WEIGHT, 0.2, 0.1 + 0.2)),
    Case("step_too_large", True, "the next float after the step", **move(WEIGHT, 0.35, 0.45000000000000007)),
    Case("step_too_large", False, "exactly the step, down", **move(DELAY, 10.0, 8.0)),
    Case("step_too_large", True, "the seed's leverage 1.0 -> 1.75", **move("portfolio.leverage", 1.0, 1.75)),
    Case("step_too_large", False, "old_value is not what the step is measured from",
         **move("portfolio.leverage", 1.5, 1.75, old_value=-99.0)),
    Case("step_too_large", True, "huge numbers", **move("macro.n", 1e308, -1e308),
         policy=bounds("macro", max_step=1e308)),
    Case("step_too_large", True, "tiny numbers", **move("macro.n", 5e-324, 1.5e-323),
         policy=bounds("macro", max_step=5e-324)),
    Case("step_too_large", False, "tiny numbers", **move("macro.n", 5e-324, 1e-323),
         policy=bounds("macro", max_step=5e-324)),
    Case("step_too_large", True, "too far by less than any rounding would show", **move("macro.n", -1e-300, 1.0),
         policy=bounds("macro", max_step=1, max_value=1)),
    Case("step_too_large", True, "integers beyond what floats tell apart", **move("macro.n", 0, 2**53 + 1),
         policy=bounds("macro", max_step=2.0**53, max_value=1e30)),
    Case("step_too_large", True, "one of several tags", **move("macro.leverage", 1.0, 1.2),
         policy=bounds("macro", max_value=9)),
    Case("step_too_large", False, "nothing is live, nothing is measured", patch={"new_value": 1.75}, live={}),
    Case("not_numeric", True, "a text", **move(DELAY, "slow", "fast")),
    Case("not_numeric", True, "a boolean", **move(DELAY, False, True)),
    Case("not_numeric", False, "an integer", **move(DELAY, 10, 11)),
    Case("not_numeric", False, "a float", **move(DELAY, 10.0, 9.0)),
    Case("no_live_value", True, "nothing is live", live={}),
    Case("no_live_value", True, "a live text is no number", **move(DELAY, "slow", "fast")),
    Case("no_live_value", True, "a live boolean is no number", **move(DELAY, False, True)),
    Case("no_live_value", True, "not a number is no number", **move(DELAY, float("nan"), 10.0)),
    Case("no_live_value", False, "a live 0", **move(WEIGHT, 0.0, 0.1)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bounds(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


@pytest.mark.parametrize("old_value", [None, 1.5, 1.74, -1e308, 3, True, "1.5"])
def test_what_the_loop_believed_never_makes_a_step_pass(old_value: Any) -> None:
    case = Case("", True, "", patch={"new_value": 1.8, "old_value": old_value})
    decision = case.decision()
    assert not decision.auto_apply
    assert codes(decision) == ["step_too_large" if old_value in (None, 1.5) else "stale_old_value"]


def test_the_reason_tells_the_step_and_the_limit() -> None:
    reasons = Case("", True, "", patch={"new_value": 1.8}, live=LIVE).decision().auto_apply_reasons
    assert [reason.message for reason in reasons] == ["a step of 0.3 is over the limit 0.25"]


def test_every_bound_that_is_missed_is_told() -> None:
    case = Case("", True, "", patch={"target": DELAY, "new_value": 1.0})
    assert codes(case.decision()) == ["below_min", "step_too_large"]
