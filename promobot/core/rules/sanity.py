"""Checks against the live system itself: what is there, of what type, and what no policy may pass."""

from __future__ import annotations

from decimal import Decimal

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.rules.base import sanity_rule
from promobot.core.values import as_decimal, fitted, same, shown

TYPE_NAMES = {bool: "boolean", int: "integer", float: "float", str: "string"}


@sanity_rule("Hard limit exceeded", "[hard_limits], the seed's leverage limit 3.0")
def hard_limit(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """A ceiling that no bound, grant or person's wish passes. Inclusive."""
    new = as_decimal(facts.new_value(candidate))
    for limit in facts.policy.limits_of(candidate.tags):
        if new is not None and new > Decimal(repr(limit)):
            return f"the value is above the hard limit {shown(limit)}"
    return None


@sanity_rule("Type differs from the live value", "DESIGN 3.3: an integer is welcome for a float key, nothing else")
def type_mismatch(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """A value of another type makes the live system fail at its next start, or worse, understand it differently."""
    live = facts.live.raw(candidate.patch.target)
    new = facts.new_value(candidate)
    if live is None or type(live) is type(new):
        return None
    return f"the live value is of type {_type_name(live)}, the patch's of type {_type_name(new)}"


def _type_name(value: object) -> str:
    return TYPE_NAMES.get(type(value), "that no patch can have")


@sanity_rule("The loop saw another live value", "DESIGN 3.3: old_value is compared, never believed")
def stale_old_value(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """A patch found against another value was never tried against the one that is live."""
    old, live = candidate.patch.old_value, facts.live.value(candidate.patch.target)
    if old is None or live is None or same(fitted(old, live), live):
        return None
    if isinstance(old, str) or isinstance(live, str):
        return "old_value is not what is live on the base branch; the loop must look again"
    return f"old_value is {shown(old)} and {shown(live)} is live on the base branch; the loop must look again"


@sanity_rule("No such parameter", "DESIGN 3.3: the base config names every parameter")
def unknown_target(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """A target that differs by a letter would be written and never read."""
    if facts.live.knows(candidate.patch.target):
        return None
    return "the base config has no such parameter"


@sanity_rule("Patches disagree", "DESIGN 3.3: one target, one value")
def conflict(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """When the loop wants two values for one target, nobody can say which; none of them is taken."""
    count = len(facts.asked.get(candidate.patch.target, ()))
    return f"{count} different values are asked for this target in one cycle" if count > 1 else None


@sanity_rule("Nothing would change", "DESIGN 3.3")
def no_change(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """A proposal that changes nothing wastes the operator's attention."""
    live = facts.live.value(candidate.patch.target)
    return "this value is live already" if same(facts.new_value(candidate), live) else None
