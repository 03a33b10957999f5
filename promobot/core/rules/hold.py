"""The rest of a target whose last change was reverted: nobody reverts for fun, and the loop may not know why."""

from __future__ import annotations

from datetime import timedelta

from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.rules.base import sanity_rule


@sanity_rule("Target rests after a revert", "[patches] hold_days")
def on_hold(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """Who took a change back by whatever way needs time to find out why, before the loop asks for the next one."""
    days, at = facts.policy.patches.hold_days, facts.evaluated_at
    back = facts.lately.taken_back.get(candidate.patch.target)
    if not days or back is None:
        return None
    # Not `at < back + days`: a landing may be dated at the end of time.
    if at is not None and at - back >= timedelta(days=days):
        return None
    return (
        f"its last change was reverted on {back:%Y-%m-%d}; the target is on hold for {days} days "
        "(a person can still use promobot set)"
    )
