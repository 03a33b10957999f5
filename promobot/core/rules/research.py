"""The seed's "R&D-Strategy-Detection": research work never goes live by way of the loop."""

from __future__ import annotations

import re
from functools import lru_cache

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.policy.types import matches
from promobot.core.rules.base import policy_rule
from promobot.core.rules.claims import claimed_tags, claimed_tiers


@policy_rule("Research and development", "[research] tiers, segments, targets, experiments")
def research(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Untried strategies share a config with live ones; tier, tags, target or experiment give them away."""
    patch, policy = candidate.patch, facts.policy.research
    tiers = {_words(tier) for tier in policy.tiers}
    if any(_words(tier) in tiers for tier in claimed_tiers(patch)):
        return "meta.tier is one of the policy's research tiers"
    if any(_words(tag) in tiers for tag in claimed_tags(patch)):
        return "meta.tags holds one of the policy's research tiers"
    named = [_words(segment) for segment in patch.target.split(".")]
    if any(_words(name) in segment for name in policy.segments for segment in named):
        return "a segment of the target has the name of research work"
    if matches(patch.target.lower(), tuple(glob.lower() for glob in policy.targets)):
        return "the target is one of the policy's research targets"
    experiment = (patch.source_experiment_id or "").lower()
    if experiment and matches(experiment, tuple(glob.lower() for glob in policy.experiments)):
        return "the experiment is one of the policy's research experiments"
    return None


@lru_cache(maxsize=256)
def _words(text: str) -> str:
    """A name as its words, whatever case and separators: `R&D`, `r-and-d` and `RnD` are one, ` r and d `."""
    words = re.findall(r"[^\W_]+", text.casefold().replace("&", " and "))
    return re.sub(r" r ?n ?d(?= )", " r and d", f" {' '.join(words)} ")
