"""How long a finding of the loop stays true."""

from __future__ import annotations

from datetime import timedelta

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.rules.base import sanity_rule

SKEW = timedelta(hours=1)


@sanity_rule("Patch too old", "[patches] max_age_days")
def expired_patch(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """What was best for the market of last spring says little about today's. A time that is missing, or that has not
    come yet, tells no age; the clock of the loop may be an hour ahead."""
    days, made, at = facts.policy.patches.max_age_days, candidate.patch.generated_at, facts.evaluated_at
    if days is None:
        return None
    if made is None:
        return f"generated_at is missing; a patch may be at most {days} days old"
    if at is not None and made > at + SKEW:
        return f"generated_at lies in the future, so it tells no age; a patch may be at most {days} days old"
    if at is None or at - made > timedelta(days=days):
        return f"the patch is older than {days} days"
    return None
