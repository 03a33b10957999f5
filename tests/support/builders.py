"""Small builders for tests of the core: a patch, a policy, the decisions on them. What is not said is harmless."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from promobot.core.candidates import build_promotion_candidates_from_patches
from promobot.core.facts import LiveValues
from promobot.core.filters import filter_candidates_for_live
from promobot.core.health import Health, HealthReport
from promobot.core.lately import Lately
from promobot.core.models import ConfigPatch, PromotionDecision
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.types import AutoApplyMode

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

LIVE: Mapping[str, Any] = {
    "portfolio.leverage": 1.5,
    "strategy.trigger_delay": 10.0,
    "strategy.trigger_count": 5,
    "strategy.trigger_name": "slow",
    "strategy.trigger_on": False,
    "macro.regime_weight": 0.25,
    "desk.size": 4.0,
}


def patch(target: str = "portfolio.leverage", new_value: Any = 1.6, **given: Any) -> ConfigPatch:
    """A patch that the open policy below applies automatically: leverage 1.5 -> 1.6, confidence 0.9."""
    plain = {"id": "p-1", "status": "APPLIED_OFFLINE", "confidence_score": 0.9}
    return ConfigPatch.model_validate({**plain, "target": target, "new_value": new_value, **given})


def policy(**sections: Any) -> PromotionPolicy:
    """A policy that grants every target, applies what is in the default bounds and never runs out of places."""
    plain = {
        "mode": "bounded_auto",
        "eligibility": [{"targets": ["*"]}],
        "auto_apply": {"max_per_day": 100},
        "max_per_proposal": 100,
    }
    return PromotionPolicy.model_validate({**plain, **sections})


def decide(
    *patches: ConfigPatch,
    rules: PromotionPolicy | None = None,
    live: LiveValues | Mapping[str, Any] = LIVE,
    mode: AutoApplyMode | None = None,
    at: datetime | None = NOW,
    landed_today: int = 0,
    lately: Lately | None = None,
    health: Health | None = None,
    refused: frozenset[str] = frozenset(),
    predecessors: Mapping[str, str] | None = None,
) -> list[PromotionDecision]:
    """The decisions on the patches, sorted as the engine sorts them."""
    return filter_candidates_for_live(
        build_promotion_candidates_from_patches(patches),
        policy=rules or policy(),
        mode=mode,
        live=live,
        evaluated_at=at,
        landed_today=landed_today,
        lately=lately,
        health=health,
        refused=refused,
        predecessors=predecessors,
    )


def report(**given: Any) -> HealthReport:
    """A report that any [test_health] takes: 12 checks passed an hour ago."""
    plain: dict[str, Any] = {"sha256": "0" * 64, "score": 100.0, "passed": 12, "failed": 0}
    return HealthReport(**{**plain, "finished_at": NOW - timedelta(hours=1), **given})


def codes(decision: PromotionDecision) -> list[str]:
    """The codes of every reason, those against the proposal first, then those against applying automatically."""
    return [reason.code for reason in (*decision.reasons, *decision.auto_apply_reasons)]


def applied(decisions: Iterable[PromotionDecision]) -> dict[str, Any]:
    """What merging would write: target -> new value."""
    return {decision.target: decision.new_value for decision in decisions if decision.auto_apply}


@dataclass(frozen=True)
class Case:
    """One line of a rule's table: the code, whether it must fire, why, and what differs from the harmless builders."""

    code: str
    fires: bool
    story: str
    patch: Mapping[str, Any] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=dict)
    live: LiveValues | Mapping[str, Any] = field(default_factory=lambda: LIVE)
    at: datetime | None = NOW
    mode: AutoApplyMode | None = None
    lately: Lately | None = None
    health: Health | None = None
    refused: frozenset[str] = frozenset()
    predecessors: Mapping[str, str] = field(default_factory=dict)

    def decision(self) -> PromotionDecision:
        """The engine's decision on the case."""
        rules = policy(**self.policy)
        (decision,) = decide(
            patch(**self.patch),
            rules=rules,
            live=self.live,
            at=self.at,
            mode=self.mode,
            lately=self.lately,
            health=self.health,
            refused=self.refused,
            predecessors=self.predecessors,
        )
        return decision

    def __str__(self) -> str:
        return f"{self.code}: {self.story}"


def check_case(case: Case, status: str) -> None:
    """The rule speaks exactly when the case says so, and alone gives the status of DESIGN 3.3."""
    decision = case.decision()
    assert (case.code in codes(decision)) is case.fires, f"reasons: {codes(decision)}"
    if case.fires and codes(decision) == [case.code]:
        assert decision.status == status
        assert not decision.auto_apply
    if not codes(decision):
        assert decision.status == "ACCEPTED_FOR_PROPOSAL"
        assert decision.auto_apply
