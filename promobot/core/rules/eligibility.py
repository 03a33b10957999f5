"""Who may be proposed at all: the grants on the base branch. The seed's default is that nobody may."""

from __future__ import annotations

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.policy import EligibilityGrant
from promobot.core.policy.types import matches
from promobot.core.rules.base import policy_rule
from promobot.core.values import shown


def _grants(candidate: PromotionCandidate, facts: Facts) -> list[EligibilityGrant]:
    """The grants in force for the candidate's target."""
    target, at = candidate.patch.target, facts.evaluated_at
    return [grant for grant in facts.policy.eligibility if grant.in_force(at) and matches(target, grant.targets)]


def _confident(candidate: PromotionCandidate, grant: EligibilityGrant) -> bool:
    score = candidate.patch.confidence_score
    return grant.min_confidence is None or (score is not None and score >= grant.min_confidence)


def _live_ready(candidate: PromotionCandidate, grant: EligibilityGrant) -> bool:
    return not grant.require_live_ready or candidate.patch.claim("is_live_ready") is True


def _settled(candidate: PromotionCandidate, grants: list[EligibilityGrant]) -> bool:
    """Whether code that uses the library set the flag itself, or one grant is met whole."""
    return candidate.eligible_for_live or any(_confident(candidate, g) and _live_ready(candidate, g) for g in grants)


@policy_rule("Not eligible for live", "[[eligibility]] targets")
def not_eligible(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """The loop may propose, never authorize: without a grant on the base branch the answer is no."""
    if candidate.eligible_for_live or _grants(candidate, facts):
        return None
    return "no grant in the policy's [[eligibility]] covers this target today"


@policy_rule("Confidence too low", "[[eligibility]] min_confidence")
def low_confidence(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """A grant may ask how sure the loop is; a missing confidence is below any minimum."""
    grants = _grants(candidate, facts)
    if _settled(candidate, grants) or all(_confident(candidate, grant) for grant in grants):
        return None
    score = candidate.patch.confidence_score
    least = min(grant.min_confidence for grant in grants if grant.min_confidence is not None)
    given = "is missing" if score is None else f"{shown(score)} is too low"
    return f"confidence {given}; the grant asks for at least {shown(least)}"


@policy_rule("Not marked ready for live", "[[eligibility]] require_live_ready")
def not_live_ready(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """A grant may ask the loop to say that a patch is ready; anything but a plain `true` counts as no."""
    grants = _grants(candidate, facts)
    if _settled(candidate, grants) or all(_live_ready(candidate, grant) for grant in grants):
        return None
    return "the grant asks for meta.is_live_ready = true, and the export does not say so"
