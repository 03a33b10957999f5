"""Candidates -> decisions: every rule is asked, every reason is kept, the order of candidates does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from promobot.core.facts import Facts, LiveValues, asked_values
from promobot.core.models import DecisionStatus, PromotionCandidate, PromotionDecision, Reason
from promobot.core.policy import PromotionPolicy, effective_mode
from promobot.core.policy_types import AutoApplyMode
from promobot.core.rules import AUTO_APPLY_RULES, PROPOSAL_RULES
from promobot.core.rules.base import Rule
from promobot.core.rules.caps import caps


def filter_candidates_for_live(
    candidates: Iterable[PromotionCandidate],
    *,
    policy: PromotionPolicy | None = None,
    mode: AutoApplyMode | None = None,
    live: LiveValues | Mapping[str, object] | None = None,
    evaluated_at: datetime | None = None,
    landed_today: int = 0,
) -> list[PromotionDecision]:
    """Decide on every candidate; the result is sorted by target and patch id.

    With no policy there is no grant, so only candidates whose `eligible_for_live` the caller has set can pass.
    `live` maps targets to live values (a mapping is taken as overrides over no base config). `mode` can only
    lower the policy's. Without `evaluated_at` a grant that expires does not count.
    """
    policy = policy or PromotionPolicy()
    known = live if isinstance(live, LiveValues) else LiveValues(dict(live or {}))
    ordered = sorted(candidates, key=lambda candidate: (candidate.patch.target, candidate.patch.id))
    facts = Facts(
        policy, effective_mode(policy, mode)[0], known, evaluated_at, landed_today, asked_values(ordered, known)
    )
    return judge_auto_apply([_decide(candidate, facts) for candidate in ordered], facts)


def judge_auto_apply(decisions: Iterable[PromotionDecision], facts: Facts) -> list[PromotionDecision]:
    """Say of each accepted decision whether it is applied automatically, and if not, every reason why."""
    judged = [
        replace(d, auto_apply_reasons=_reasons(AUTO_APPLY_RULES, d.candidate, facts)) if d.accepted else d
        for d in decisions
    ]
    capped = caps((d.target for d in judged if d.accepted and not d.auto_apply_reasons), facts)
    return [_settled(decision, capped.get(decision.target, ())) for decision in judged]


def _settled(decision: PromotionDecision, caps_hit: tuple[Reason, ...]) -> PromotionDecision:
    if not decision.accepted:
        return decision
    reasons = decision.auto_apply_reasons or caps_hit
    return replace(decision, auto_apply=not reasons, auto_apply_reasons=reasons)


def _decide(candidate: PromotionCandidate, facts: Facts) -> PromotionDecision:
    failed = [(rule, reason) for rule in PROPOSAL_RULES if (reason := rule.reason(candidate, facts))]
    # Where both kinds of rejection apply, the policy's gives the status (DESIGN 3.3).
    statuses = [rule.status for rule, _ in failed]
    status = DecisionStatus.ACCEPTED_FOR_PROPOSAL
    if failed:
        policy_first = DecisionStatus.REJECTED_BY_POLICY in statuses
        status = DecisionStatus.REJECTED_BY_POLICY if policy_first else statuses[0]
    eligible = not any(reason.code in ELIGIBILITY_CODES for _, reason in failed)
    return PromotionDecision(
        replace(candidate, eligible_for_live=eligible),
        status,
        tuple(reason for _, reason in failed),
        live_value=facts.live.value(candidate.patch.target),
        new_value=facts.new_value(candidate),
    )


def _reasons(rules: tuple[Rule, ...], candidate: PromotionCandidate, facts: Facts) -> tuple[Reason, ...]:
    return tuple(reason for rule in rules if (reason := rule.reason(candidate, facts)))


ELIGIBILITY_CODES = frozenset({"not_eligible", "low_confidence", "not_live_ready"})
