"""Whether a value is near enough to the live one to be applied without a person typing it.

All arithmetic is exact, on the decimals that the numbers are written as, against the live value and never
against what an export says was live. Several bounds on one target must all be satisfied.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.policy import AutoApplyBounds
from promobot.core.rules.base import by_hand_rule
from promobot.core.values import as_decimal, shown, shown_decimal


def bounds_of(candidate: PromotionCandidate, facts: Facts) -> tuple[AutoApplyBounds, ...]:
    """The bounds that hold for the candidate's target."""
    return facts.policy.bounds_of(candidate.patch.target, candidate.tags)


def _measured(candidate: PromotionCandidate, facts: Facts) -> Iterator[tuple[Decimal, AutoApplyBounds]]:
    new = as_decimal(facts.new_value(candidate))
    if new is not None:
        yield from ((new, bounds) for bounds in bounds_of(candidate, facts))


@by_hand_rule("No bounds", "[bounds], [[bounds_for]]")
def no_bounds(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Without bounds nobody has said how far is too far."""
    return None if bounds_of(candidate, facts) else "no bounds are set for this target"


@by_hand_rule("Below the minimum", "[bounds] min_value")
def below_min(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Inclusive: the minimum itself passes."""
    for new, bounds in _measured(candidate, facts):
        if new < Decimal(repr(bounds.min_value)):
            return f"below the minimum {shown(bounds.min_value)}"
    return None


@by_hand_rule("Above the maximum", "[bounds] max_value")
def above_max(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Inclusive: the maximum itself passes."""
    for new, bounds in _measured(candidate, facts):
        if new > Decimal(repr(bounds.max_value)):
            return f"above the maximum {shown(bounds.max_value)}"
    return None


@by_hand_rule("Step too large", "[bounds] max_step")
def step_too_large(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Small steps keep a wrong idea cheap. Inclusive: 0.35 -> 0.45 is a step of exactly 0.1."""
    live = as_decimal(facts.live.value(candidate.patch.target))
    for new, bounds in _measured(candidate, facts):
        if live is not None and abs(Fraction(new) - Fraction(live)) > Fraction(repr(bounds.max_step)):
            return f"a step of {shown_decimal(abs(new - live))} is over the limit {shown(bounds.max_step)}"
    return None


@by_hand_rule("Not a number", "the seed: only numeric values are applied")
def not_numeric(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Only a number can be measured against bounds; `true` is none."""
    return None if as_decimal(facts.new_value(candidate)) is not None else "only numbers are applied automatically"


@by_hand_rule("No live number to step from", "DESIGN 3.3")
def no_live_value(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Without a live number there is no step to measure."""
    live = as_decimal(facts.live.value(candidate.patch.target))
    return "the base branch has no live number to measure the step from" if live is None else None
