"""Candidates -> decisions: every rule is asked, every reason is kept, the order of candidates does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from promobot.core.facts import Facts, LiveValues, asked_values
from promobot.core.health import Health
from promobot.core.lately import Lately
from promobot.core.models import DecisionStatus, PromotionCandidate, PromotionDecision, Reason
from promobot.core.policy import PromotionPolicy, effective_mode
from promobot.core.policy.types import AutoApplyMode
from promobot.core.risk import risk_of
from promobot.core.rules import AUTO_APPLY_RULES, PROPOSAL_RULES
from promobot.core.rules.base import Rule
from promobot.core.rules.caps import caps

ELIGIBILITY_CODES = frozenset({"not_eligible", "low_confidence", "not_live_ready"})

Asked = tuple[str, str, object]
"""Target, type and value: what makes two patches equal."""


def filter_candidates_for_live(
    candidates: Iterable[PromotionCandidate],
    *,
    policy: PromotionPolicy | None = None,
    mode: AutoApplyMode | None = None,
    live: LiveValues | Mapping[str, object] | None = None,
    evaluated_at: datetime | None = None,
    landed_today: int = 0,
    lately: Lately | None = None,
    health: Health | None = None,
    refused: frozenset[str] = frozenset(),
    predecessors: Mapping[str, str] | None = None,
) -> list[PromotionDecision]:
    """Decide on every candidate; the result is sorted by target and patch id.

    With no policy there is no grant, so only candidates whose `eligible_for_live` the caller has set can pass.
    `live` maps targets to live values (a mapping is taken as overrides over no base config). `mode` can only
    lower the policy's. Without `evaluated_at` a grant that expires does not count, and without `health` a policy with
    [test_health] lets nothing pass. `refused` and `predecessors` are as in `Facts`. Equal patches for one target are
    one: what speaks against one speaks against all.
    """
    policy = policy or PromotionPolicy()
    known = live if isinstance(live, LiveValues) else LiveValues(dict(live or {}))
    whole = tuple(candidates)
    facts = Facts(
        policy=policy,
        mode=effective_mode(policy, mode)[0],
        live=known,
        evaluated_at=evaluated_at,
        landed_today=landed_today,
        lately=lately or Lately(),
        health=health,
        asked=asked_values(whole, known),
        refused=refused,
        predecessors=predecessors or {},
    )
    return judge(whole, facts)


def judge(candidates: Iterable[PromotionCandidate], facts: Facts) -> list[PromotionDecision]:
    """The same on facts that stand already."""
    ordered = sorted(candidates, key=lambda candidate: (candidate.patch.target, candidate.patch.id))
    asked = [_asked(candidate, facts) for candidate in ordered]
    against = _reasons(PROPOSAL_RULES, ordered, asked, facts)
    by_hand = _reasons(AUTO_APPLY_RULES, ordered, asked, facts)
    free = (key[0] for key, *reasons in zip(asked, against, by_hand, strict=True) if not any(reasons))
    capped = caps(free, facts)
    return [
        _decision(candidate, facts, rejected, reasons or capped.get(candidate.patch.target, ()))
        for candidate, rejected, reasons in zip(ordered, against, by_hand, strict=True)
    ]


def _asked(candidate: PromotionCandidate, facts: Facts) -> Asked:
    value = facts.new_value(candidate)
    return candidate.patch.target, type(value).__name__, value


def _reasons(
    rules: tuple[Rule, ...], candidates: list[PromotionCandidate], asked: list[Asked], facts: Facts
) -> list[tuple[Reason, ...]]:
    """For each candidate the reasons against it and against its equals, one a rule, in the order of the rules."""
    own = [{rule.code: reason for rule in rules if (reason := rule.reason(c, facts))} for c in candidates]
    shared: dict[Asked, dict[str, Reason]] = {}
    for key, spoken in zip(asked, own, strict=True):
        for code, reason in spoken.items():
            shared.setdefault(key, {}).setdefault(code, Reason(code, f"of an equal patch: {reason.message}"))
    return [
        tuple((shared.get(key, {}) | spoken)[rule.code] for rule in rules if rule.code in shared.get(key, {}))
        for key, spoken in zip(asked, own, strict=True)
    ]


def _decision(
    candidate: PromotionCandidate, facts: Facts, against: tuple[Reason, ...], by_hand: tuple[Reason, ...]
) -> PromotionDecision:
    accepted = not against
    return PromotionDecision(
        replace(candidate, eligible_for_live=not any(reason.code in ELIGIBILITY_CODES for reason in against)),
        _status(against),
        against,
        auto_apply=accepted and not by_hand,
        auto_apply_reasons=by_hand if accepted else (),
        live_value=facts.live.value(candidate.patch.target),
        new_value=facts.new_value(candidate),
        risk=risk_of(candidate, facts),
    )


def _status(against: tuple[Reason, ...]) -> DecisionStatus:
    """Where both kinds of rejection apply, the policy's gives the status (DESIGN 3.3)."""
    codes = {reason.code for reason in against}
    statuses = {rule.status for rule in PROPOSAL_RULES if rule.code in codes}
    if DecisionStatus.REJECTED_BY_POLICY in statuses:
        return DecisionStatus.REJECTED_BY_POLICY
    return DecisionStatus.REJECTED_BY_SANITY_CHECK if statuses else DecisionStatus.ACCEPTED_FOR_PROPOSAL
