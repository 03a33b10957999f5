"""Every governance rule, in the order in which its reasons are shown. A new rule is one file and one line here."""

from __future__ import annotations

from promobot.core.rules.base import Rule
from promobot.core.rules.blacklist import blacklisted_tag, blacklisted_target
from promobot.core.rules.bounds import above_max, below_min, no_bounds, no_live_value, not_numeric, step_too_large
from promobot.core.rules.eligibility import low_confidence, not_eligible, not_live_ready
from promobot.core.rules.freshness import expired_patch
from promobot.core.rules.health import test_health
from promobot.core.rules.hold import on_hold
from promobot.core.rules.performance import performance
from promobot.core.rules.permission import auto_confidence, lock, mode, not_allowed
from promobot.core.rules.refusals import refused
from promobot.core.rules.research import research
from promobot.core.rules.risk import risk
from promobot.core.rules.sanity import conflict, hard_limit, no_change, stale_old_value, type_mismatch, unknown_target

# Any reason here rejects the candidate.
PROPOSAL_RULES: tuple[Rule, ...] = (
    not_eligible,
    low_confidence,
    not_live_ready,
    blacklisted_target,
    blacklisted_tag,
    research,
    performance,
    risk,
    test_health,
    refused,
    hard_limit,
    type_mismatch,
    stale_old_value,
    unknown_target,
    conflict,
    no_change,
    expired_patch,
    on_hold,
)

# Any reason here leaves an accepted candidate to a person.
AUTO_APPLY_RULES: tuple[Rule, ...] = (
    mode,
    lock,
    not_allowed,
    auto_confidence,
    no_bounds,
    not_numeric,
    no_live_value,
    below_min,
    above_max,
    step_too_large,
)
