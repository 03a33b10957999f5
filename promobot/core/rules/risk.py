"""The seed's "multi-dimensional risk scoring", as one number with its parts; `core/risk.py` measures it."""

from __future__ import annotations

from decimal import Decimal

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.risk import risk_of
from promobot.core.rules.base import policy_rule
from promobot.core.values import shown, shown_decimal


@policy_rule("Too risky", "[risk] max_score")
def risk(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Several small worries together can be one large one. Inclusive: the highest score itself passes."""
    policy, found = facts.policy.risk, risk_of(candidate, facts)
    if policy is None or found is None or found.score <= Decimal(repr(policy.max_score)):
        return None
    parts = ", ".join(f"{name} {shown_decimal(points)}" for name, points in found.points.items() if points)
    return f"the risk score {shown_decimal(found.score)} is above {shown(policy.max_score)} ({parts})"
