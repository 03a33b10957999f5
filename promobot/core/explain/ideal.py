"""The best imaginable patch, and what the engine says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from promobot.core.base_state import BaseState
from promobot.core.candidates import build_promotion_candidates_from_patches
from promobot.core.facts import Facts, asked_values
from promobot.core.filters import judge
from promobot.core.health import HealthReport
from promobot.core.models import ConfigPatch, PatchStatus, PromotionCandidate, PromotionDecision
from promobot.core.policy import PromotionPolicy, effective_mode
from promobot.core.values import Scalar


def ideal_facts(state: BaseState, at: datetime) -> Facts:
    """The base branch on a day on which nothing has landed, nothing was taken back and all tests are green."""
    return Facts(
        policy=state.policy,
        mode=effective_mode(state.policy, None)[0],
        live=state.live,
        evaluated_at=at,
        health=HealthReport("0" * 64, score=100.0, passed=1, failed=0, finished_at=at),
    )


def ideal_candidate(target: str, value: Scalar, facts: Facts) -> PromotionCandidate | None:
    """A patch that claims all that a policy can ask for; None where no export could hold it."""
    claims: dict[str, Any] = {"is_live_ready": True, "metrics": _metrics(facts.policy)}
    try:
        patch = ConfigPatch(
            id="ideal",
            target=target,
            new_value=value,
            status=PatchStatus.PROMOTED,
            confidence_score=1.0,
            generated_at=facts.evaluated_at,
            meta=claims,
        )
    except ValidationError:
        return None
    return build_promotion_candidates_from_patches([patch])[0]


def ask(target: str, value: Scalar, facts: Facts) -> PromotionDecision | None:
    """The engine's decision on the best imaginable patch, alone in its cycle; None where no export could hold it."""
    candidate = ideal_candidate(target, value, facts)
    if candidate is None:
        return None
    return judge([candidate], replace(facts, asked=asked_values([candidate], facts.live)))[0]


def _metrics(policy: PromotionPolicy) -> dict[str, float | None]:
    wanted = policy.performance.metrics if policy.performance else {}
    return {name: limits.max if limits.min is None else limits.min for name, limits in wanted.items()}
