"""The risk score: a few dimensions from 0 to 1, weighted, as a number from 0 (calm) to 100.

Every dimension only grows when its cause grows, and so does the score; what cannot be measured counts in full. The
points of a dimension are exact, then rounded up to two decimals, so that the ones shown add up to the score judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate, RiskScore
from promobot.core.policy.bounds import strictest
from promobot.core.policy.evidence import Risk
from promobot.core.values import as_decimal

NONE, FULL = Fraction(0), Fraction(1)


def risk_of(candidate: PromotionCandidate, facts: Facts) -> RiskScore | None:
    """The candidate's score; None where the policy has no [risk]."""
    policy = facts.policy.risk
    if policy is None:
        return None
    weights = {name: Fraction(repr(weight)) for name, weight in policy.weights.model_dump().items()}
    whole = sum(weights.values())
    shares = {name: measure(candidate, facts, policy) * weights[name] / whole for name, measure in MEASURES.items()}
    return RiskScore({name: Decimal(ceil(share * 10_000)).scaleb(-2) for name, share in shares.items()})


def _step_size(candidate: PromotionCandidate, facts: Facts) -> Fraction | None:
    new, live = as_decimal(facts.new_value(candidate)), as_decimal(facts.live.value(candidate.patch.target))
    return None if new is None or live is None else abs(Fraction(new) - Fraction(live))


def _step(candidate: PromotionCandidate, facts: Facts, _: Risk) -> Fraction:
    """How much of the allowed step is used."""
    size = _step_size(candidate, facts)
    limits = strictest(facts.policy.bounds_of(candidate.patch.target, candidate.tags))
    return FULL if size is None or limits is None else min(FULL, size / Fraction(limits[2]))


def _bound(candidate: PromotionCandidate, facts: Facts, _: Risk) -> Fraction:
    """0 where nothing moves or another such step would still fit inside the bounds, 1 at a bound or beyond."""
    size, new = _step_size(candidate, facts), as_decimal(facts.new_value(candidate))
    limits = strictest(facts.policy.bounds_of(candidate.patch.target, candidate.tags))
    if size is None or new is None or limits is None:
        return FULL
    room = min(Fraction(new) - Fraction(limits[0]), Fraction(limits[1]) - Fraction(new))
    return NONE if size == 0 else min(FULL, max(NONE, 1 - room / size))


def _confidence(candidate: PromotionCandidate, _: Facts, __: Risk) -> Fraction:
    """How much confidence is missing."""
    score = candidate.patch.confidence_score
    return FULL if score is None else 1 - Fraction(repr(score))


def _churn(candidate: PromotionCandidate, facts: Facts, policy: Risk) -> Fraction:
    """How often the target changed lately."""
    if facts.evaluated_at is None:
        return FULL
    since = facts.evaluated_at - timedelta(days=policy.window_days)
    return min(FULL, Fraction(facts.lately.changes(candidate.patch.target, since), policy.full_churn))


def _breadth(_: PromotionCandidate, facts: Facts, policy: Risk) -> Fraction:
    """How many other parameters this cycle wants to move. All that are asked count, also what other rules refuse:
    otherwise a stricter rule elsewhere could lower the score here."""
    return min(FULL, Fraction(max(0, len(facts.asked) - 1), policy.full_breadth))


Measure = Callable[[PromotionCandidate, Facts, Risk], Fraction]

# By the names of the policy's weights.
MEASURES: Mapping[str, Measure] = {
    "step": _step,
    "bound": _bound,
    "confidence": _confidence,
    "churn": _churn,
    "breadth": _breadth,
}
