"""What the policy lets happen to one live value, by the engine's own word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from promobot.core.candidates import tags_of
from promobot.core.explain.ideal import ask
from promobot.core.explain.reach import beside, extent, ways
from promobot.core.facts import Facts
from promobot.core.models import PromotionDecision, Reason
from promobot.core.policy.bounds import Limits, strictest
from promobot.core.policy.types import AutoApplyMode
from promobot.core.values import Scalar, is_number

DISABLED = Reason("disabled", "the mode is disabled: nothing is judged and nothing is proposed")
NO_NAME = Reason("no_name", "no export can name this key: segments are of A-Z, a-z, 0-9, _ and -, 255 in all")


class Verdict(StrEnum):
    """How far the best imaginable patch comes; listed from the least to the most."""

    NEVER = "never"
    BY_HAND = "by_hand"
    AUTO = "auto"


@dataclass(frozen=True)
class Parameter:
    """A live value and what may happen to it.

    `live` is None where no patch could have set it; `reasons` say why it is not `auto`; `limits` are the bounds that
    must all be satisfied as one (smallest value, largest value, largest step); `reachable` are the least and the
    greatest value that merging one proposal could leave there, None where it can set none. Where evidence such as the
    risk score ends the way before the bounds do, they are exact to a hundredth of the way, and never beyond it.
    """

    target: str
    live: Scalar | None
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    limits: Limits | None = None
    reachable: tuple[int | float, int | float] | None = None


def parameter(target: str, facts: Facts) -> Parameter:
    """Ask the engine how far a patch for this target could come."""
    live, limits = facts.live.value(target), strictest(facts.policy.bounds_of(target, tags_of(target)))
    if facts.mode is AutoApplyMode.DISABLED:
        return Parameter(target, live, Verdict.NEVER, (DISABLED,), limits)
    open_ways = ways(live, limits, facts.policy.limits_of(tags_of(target))) if is_number(live) and limits else []
    passed = [value for way in open_ways for value in extent(way, lambda value: _passes(target, value, facts))]
    if passed and is_number(live) and limits:
        stay = [live] if limits[0] <= Decimal(repr(live)) <= limits[1] else []
        return Parameter(target, live, Verdict.AUTO, (), limits, (min(passed + stay), max(passed + stay)))
    tried = [value for way in open_ways for value in (way[0], way[-1])] or _others(live, facts.live.raw(target))
    verdict, reasons = _best(ask(target, value, facts) for value in tried)
    return Parameter(target, live, verdict, reasons, limits)


def _passes(target: str, value: Scalar, facts: Facts) -> bool:
    decision = ask(target, value, facts)
    return decision is not None and decision.auto_apply


def _others(live: Scalar | None, raw: object) -> list[Scalar]:
    """Values that a patch could ask for where no bounds lead anywhere; the engine says what it thinks of them."""
    if isinstance(live, bool):
        return [not live]
    if is_number(live):
        return [*beside(live)]
    if isinstance(live, str):
        return ["a" if live != "a" else "b"]
    return [0.0 if isinstance(raw, float) else 0]


def _best(decisions: Iterable[PromotionDecision | None]) -> tuple[Verdict, tuple[Reason, ...]]:
    """The furthest that any of them comes; where several come as far, the one with the fewest reasons against it."""
    found = [
        (_verdict(decision), decision.reasons or decision.auto_apply_reasons) for decision in decisions if decision
    ]
    order = list(Verdict)
    return max(found, key=lambda told: (order.index(told[0]), -len(told[1])), default=(Verdict.NEVER, (NO_NAME,)))


def _verdict(decision: PromotionDecision) -> Verdict:
    if decision.auto_apply:
        return Verdict.AUTO
    return Verdict.BY_HAND if decision.accepted else Verdict.NEVER
