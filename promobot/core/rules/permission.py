"""Whether anything, and this target, may be applied automatically at all."""

from __future__ import annotations

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.policy.types import AutoApplyMode, matches
from promobot.core.rules.base import by_hand_rule
from promobot.core.values import shown


@by_hand_rule("Not on the allow list", "[auto_apply] allow")
def not_allowed(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """An absent list allows every bounded target, an empty one none."""
    allow = facts.policy.auto_apply.allow
    if allow is None or matches(candidate.patch.target, allow):
        return None
    return "the policy's [auto_apply] allow does not name this target"


@by_hand_rule("Confidence too low to apply automatically", "[auto_apply] min_confidence")
def auto_confidence(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Being proposed takes less confidence than being applied; a missing confidence is below any minimum."""
    score, least = candidate.patch.confidence_score, facts.policy.auto_apply.min_confidence
    if score is not None and score >= least:
        return None
    given = "is missing" if score is None else f"{shown(score)} is too low"
    return f"confidence {given}; applying automatically takes at least {shown(least)}"


@by_hand_rule("Locked", "lock")
def lock(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """One line in the policy stops all automatic values, whatever the mode."""
    return "the policy is locked" if facts.policy.lock else None


@by_hand_rule("Mode applies nothing", "mode")
def mode(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Outside bounded_auto a proposal is advice; the lock has a reason of its own."""
    if facts.mode is AutoApplyMode.BOUNDED_AUTO or facts.policy.lock:
        return None
    return f"the mode is {facts.mode}, which applies nothing automatically"
