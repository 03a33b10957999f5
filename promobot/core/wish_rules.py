"""Which governance rules hold for a person's wish, and which only tell the person what it passes."""

from __future__ import annotations

from promobot.core.candidates import build_promotion_candidates_from_patches
from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate, Reason
from promobot.core.policy.types import AutoApplyMode
from promobot.core.rules import AUTO_APPLY_RULES, PROPOSAL_RULES
from promobot.core.rules.base import Rule
from promobot.core.values import Scalar
from promobot.core.wish import patch_of

_RULES: dict[str, Rule] = {rule.code: rule for rule in (*PROPOSAL_RULES, *AUTO_APPLY_RULES)}

# What no person's wish passes. Taking an override away asks for no value of its own: only the limit is left.
HOLD = ("hard_limit", "type_mismatch", "unknown_target", "no_change")
HOLD_FOR_REMOVAL = ("hard_limit",)

# What a wish may pass and a reader must see. The first ones look at the target, the others at the value.
OF_TARGET = ("lock", "not_eligible", "blacklisted_target", "blacklisted_tag", "research", "on_hold", "not_allowed")
OF_VALUE = ("no_bounds", "not_numeric", "no_live_value", "below_min", "above_max", "step_too_large")

MENDS = {
    "hard_limit": "ask for a value within it, or change [hard_limits] by a reviewed merge",
    "type_mismatch": "ask for a value of the live one's type",
    "unknown_target": "name a parameter that the base config has",
    "no_change": "there is nothing to do",
}


def objections(target: str, value: Scalar, facts: Facts, *, removal: bool) -> list[Reason]:
    """What speaks against an operator's wish, each with its mend; with `removal` the value is the base config's."""
    candidate = _candidate(target, value)
    codes = HOLD_FOR_REMOVAL if removal else HOLD
    found = [reason for code in codes if (reason := _RULES[code].reason(candidate, facts)) is not None]
    return [Reason(reason.code, f"{reason.message}; {MENDS[reason.code]}") for reason in found]


def notices(target: str, value: Scalar | None, facts: Facts, kind: str) -> list[Reason]:
    """Every bound that the wish for one target passes, but for those of `caps`.

    `value` is what the live system will read, None where nothing is left for it.
    """
    # A revert and an expiry pass the hard limit too, and so have to say it.
    codes = OF_TARGET + OF_VALUE + (() if kind == "operator" else ("hard_limit",))
    if value is None:
        codes = OF_TARGET
    candidate = _candidate(target, value)
    found = [reason for code in codes if (reason := _RULES[code].reason(candidate, facts)) is not None]
    disabled = [_DISABLED] if facts.policy.mode is AutoApplyMode.DISABLED else []
    return [*disabled, *found, *([_NOTHING_LEFT] if value is None else [])]


_DISABLED = Reason("mode", "the mode is disabled, which stops the loop and no person")
_NOTHING_LEFT = Reason("no_base_value", "the base branch has no value below the override: none is left to read")


def _candidate(target: str, value: Scalar | None) -> PromotionCandidate:
    return build_promotion_candidates_from_patches([patch_of(target, value)])[0]
