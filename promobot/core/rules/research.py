"""The seed's "no R&D strategies": research work never goes live by way of the loop."""

from __future__ import annotations

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.policy.types import matches
from promobot.core.rules.base import policy_rule
from promobot.core.rules.claims import claimed_tags, claimed_tier


@policy_rule("Research and development", "[research] tiers, targets, experiments")
def research(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Untried strategies share a config with live ones; tier, tags, target or experiment give them away."""
    patch, policy = candidate.patch, facts.policy.research
    tiers = {tier.lower() for tier in policy.tiers}
    if (claimed_tier(patch) or "").lower() in tiers:
        return "meta.tier is one of the policy's research tiers"
    if any(tag.lower() in tiers for tag in claimed_tags(patch)):
        return "meta.tags holds one of the policy's research tiers"
    if matches(patch.target.lower(), tuple(glob.lower() for glob in policy.targets)):
        return "the target is one of the policy's research targets"
    experiment = (patch.source_experiment_id or "").lower()
    if experiment and matches(experiment, tuple(glob.lower() for glob in policy.experiments)):
        return "the experiment is one of the policy's research experiments"
    return None
