"""The seed's "historical performance check": what experiments must have shown, and what lately went wrong live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.policy.evidence import MetricLimits, Performance
from promobot.core.rules.base import policy_rule
from promobot.core.rules.claims import claimed_metrics
from promobot.core.values import as_decimal, shown, shown_decimal


@policy_rule("Not proven", "[performance] metrics, cool_down_days")
def performance(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Numbers that are missing prove nothing, and a target whose last change was taken back gets a rest."""
    policy = facts.policy.performance
    if policy is None:
        return None
    return "; ".join([*_unmet(candidate, policy), *_resting(candidate, facts, policy)]) or None


def _unmet(candidate: PromotionCandidate, policy: Performance) -> Iterator[str]:
    metrics = claimed_metrics(candidate.patch)
    for name, limits in sorted(policy.metrics.items()):
        if name in metrics or limits.required:
            yield from _failure(name, as_decimal(metrics.get(name)), limits)


def _failure(name: str, value: Decimal | None, limits: MetricLimits) -> Iterator[str]:
    """What is not a number is as if it were missing."""
    if value is None:
        yield f"the metric {name} is missing or no number"
        return
    if limits.min is not None and value < Decimal(repr(limits.min)):
        yield f"{name} {shown_decimal(value)} is below {shown(limits.min)}"
    if limits.max is not None and value > Decimal(repr(limits.max)):
        yield f"{name} {shown_decimal(value)} is above {shown(limits.max)}"


def _resting(candidate: PromotionCandidate, facts: Facts, policy: Performance) -> Iterator[str]:
    at, back = facts.evaluated_at, facts.lately.taken_back.get(candidate.patch.target)
    if not policy.cool_down_days:
        return
    if at is None:
        yield "without a time of evaluation nobody can tell whether the target still rests"
    # Not `at < back + days`: a landing may be dated at the end of time.
    elif back is not None and at - back < timedelta(days=policy.cool_down_days):
        yield f"its last change was taken back on {back:%Y-%m-%d}; it rests for {policy.cool_down_days} days"
