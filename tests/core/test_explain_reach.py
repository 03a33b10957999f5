"""What is said to be reachable, held against the engine: the ends pass, and nothing beyond them does."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from promobot.core.explain import Parameter
from tests.core.test_explain import state, told
from tests.support.builders import applied, decide, patch, policy


def test_no_end_lies_beyond_what_a_float_can_say_exactly() -> None:
    """Live value plus and minus the step are no float64s here, and the nearest ones lie just beyond."""
    base = state({"macro": {"weight": 0.21438111063522633}})
    assert told(base).parameters[0].reachable == (0.11438111063522634, 0.3143811106352263)


NUMBERS = st.integers(-40, 40) | st.decimals(-40, 40, places=2).map(float)


@given(NUMBERS, NUMBERS, NUMBERS, st.decimals("0.01", 30, places=2).map(float), NUMBERS | st.none())
def test_what_is_reachable_is_applied_and_what_lies_just_beyond_is_not(
    live: float, one: float, other: float, step: float, ceiling: float | None
) -> None:
    low, high = sorted((one, other))
    rules = policy(
        bounds={"leverage": {"min_value": low, "max_value": high, "max_step": step}},
        hard_limits={"leverage": 1e9 if ceiling is None else ceiling},
    )
    base = state({"x": {"leverage": live}})
    (found,) = told(replace(base, policy=rules)).parameters
    takes = {
        value: bool(applied(decide(patch("x.leverage", value), rules=rules, live={"x.leverage": live})))
        for value in {*(found.reachable or ()), *_around(found, live)}
    }
    if found.reachable is None:
        assert not any(takes.values())
        return
    for end in found.reachable:
        assert takes[end] or end == live
    assert not any(takes[value] for value in takes if not found.reachable[0] <= value <= found.reachable[1])
    assert any(takes.values())


def _around(found: Parameter, live: float) -> list[int | float]:
    """The next values of the live value's type beyond either end, and beside the live value where there is no way."""
    low, high = found.reachable or (live, live)
    if isinstance(live, int):
        return [int(low) - 1, int(high) + 1]
    return [math.nextafter(low, -math.inf), math.nextafter(high, math.inf)]


@given(st.decimals(1, 2, places=2).map(float), st.integers(1, 60))
def test_under_a_risk_score_the_ends_pass_and_a_hundredth_of_the_way_further_does_not(live: float, most: int) -> None:
    rules = policy(risk={"max_score": most, "weights": {"step": 60, "bound": 40, "confidence": 1}})
    (found,) = told(replace(state({"x": {"leverage": live}}), policy=rules)).parameters
    assume(found.reachable is not None and found.limits is not None)
    assert found.reachable is not None
    least, top = max(1.0, live - 0.25), min(2.0, live + 0.25)
    for end, last in zip(found.reachable, (least, top), strict=True):
        way = Decimal(repr(last)) - Decimal(repr(live))
        further = float(Decimal(repr(end)) + way / 100)
        ask = {"rules": rules, "live": {"x.leverage": live}}
        one = {value: bool(applied(decide(patch("x.leverage", value, confidence_score=1.0), **ask)))  # type: ignore[arg-type]
               for value in (end, further)}  # fmt: skip
        assert one[end] or end == live
        assert not one[further] or abs(end - last) < 1e-9
