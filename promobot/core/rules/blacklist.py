"""What is never proposed, whoever grants it."""

from __future__ import annotations

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.rules.base import policy_rule
from promobot.core.rules.claims import claimed_tags


@policy_rule("Target is blacklisted", "[blacklist] targets")
def blacklisted_target(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Some parameters are a person's alone. Whole leading segments: `risk.stop_loss` also bars `risk.stop_loss.pct`."""
    target = f"{candidate.patch.target}.".lower()
    barred = [entry for entry in facts.policy.blacklist.targets if target.startswith(f"{entry.rstrip('.')}.".lower())]
    return f"the policy's [blacklist] bars {barred[0]}" if barred else None


@policy_rule("Tag is blacklisted", "[blacklist] tags")
def blacklisted_tag(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """A tag bars a whole family of parameters, whether derived from the target or claimed in meta.tags."""
    tags = {tag.lower() for tag in (*candidate.tags, *claimed_tags(candidate.patch))}
    barred = [tag for tag in facts.policy.blacklist.tags if tag.lower() in tags]
    return f"the policy's [blacklist] bars the tag {barred[0]}" if barred else None
