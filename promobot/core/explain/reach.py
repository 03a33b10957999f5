"""The numbers worth asking for: from the live value as far as bounds, step and hard limit let one cycle go."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from promobot.core.policy.bounds import Limits

Number = int | float
GRAINS = 100
"""Into how many parts a way is divided when only a part of it can be gone."""


def ways(live: Number, limits: Limits, ceilings: tuple[float, ...]) -> list[list[Number]]:
    """Values on the way down and on the way up, the nearest to the live value first; a way that is closed is left out.

    They are of the live value's type, inside the bounds, at most one step away and not above a ceiling.
    """
    at, (least, most, step) = Decimal(repr(live)), limits
    low = _inside(max(least, at - step), live, up=True)
    high = _inside(min(most, at + step, *(Decimal(repr(ceiling)) for ceiling in ceilings)), live, up=False)
    if low is None or high is None or low > high:
        return []
    if live > high:
        return [_way(high, low, live)]
    if live < low:
        return [_way(low, high, live)]
    return [way for way in (_way(live, low, live), _way(live, high, live)) if way]


def extent(way: Sequence[Number], passes: Callable[[Number], bool]) -> tuple[Number, ...]:
    """The two ends of the part that passes, () where neither end does.

    Whatever grows along a way only grows (the risk score does), so the part touches one of the ends.
    """
    first, last = passes(way[0]), passes(way[-1])
    if first and last:
        return way[0], way[-1]
    if not first and not last:
        return ()
    turn = bisect_left(way, True, key=lambda value: passes(value) is not first)
    return (way[0], way[turn - 1]) if first else (way[turn], way[-1])


def beside(live: Number) -> list[Number]:
    """The next numbers of the same type, for a live value that no bounds lead away from."""
    if isinstance(live, int):
        return [live + 1, live - 1]
    return [math.nextafter(live, math.inf), math.nextafter(live, -math.inf)]


def _inside(end: Decimal, live: Number, *, up: bool) -> Number | None:
    """The nearest number of the live value's type that is not beyond an end."""
    if isinstance(live, int):
        return int(end.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR))
    near = float(end)
    if not math.isfinite(near):
        return None
    beyond = Decimal(repr(near)) < end if up else Decimal(repr(near)) > end
    return math.nextafter(near, math.inf if up else -math.inf) if beyond else near


def _way(start: Number, end: Number, live: Number) -> list[Number]:
    """From start to end in at most GRAINS parts, without the live value itself."""
    begin, length = Decimal(repr(start)), Decimal(repr(end)) - Decimal(repr(start))
    whole = isinstance(live, int)
    grains = min(GRAINS, abs(int(length))) if whole else GRAINS
    points = (begin + length * part / grains for part in range(1, grains))
    values = [start, *(int(point) if whole else float(point) for point in points), end]
    return [value for value in dict.fromkeys(values) if value != live]
