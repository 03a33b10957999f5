"""DESIGN 3.3 as data: the codes that exist today and the status that each gives. Written by hand, on purpose."""

from __future__ import annotations

POLICY, SANITY, BY_HAND = "REJECTED_BY_POLICY", "REJECTED_BY_SANITY_CHECK", "ACCEPTED_FOR_PROPOSAL"

# Asked of every candidate by itself.
STATUS_OF = {
    **dict.fromkeys(
        ("not_eligible", "low_confidence", "not_live_ready", "blacklisted_target", "blacklisted_tag", "research"),
        POLICY,
    ),
    **dict.fromkeys(("performance", "risk", "test_health", "refused"), POLICY),
    **dict.fromkeys(
        ("hard_limit", "type_mismatch", "stale_old_value", "unknown_target", "conflict", "no_change"), SANITY
    ),
    **dict.fromkeys(("expired_patch", "on_hold"), SANITY),
    **dict.fromkeys(
        ("no_bounds", "below_min", "above_max", "step_too_large", "not_numeric", "no_live_value", "not_allowed"),
        BY_HAND,
    ),
    **dict.fromkeys(("auto_confidence", "lock", "mode"), BY_HAND),
}

# Asked of all candidates together.
CAPS = ("quota", "over_limit")
