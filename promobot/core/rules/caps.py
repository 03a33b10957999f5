"""How many values may move at once and in a day. The only rules that look at all candidates together.

Places are given in the order of the targets, so the same cycle always gives them to the same values.
"""

from __future__ import annotations

from collections.abc import Iterable

from promobot.core.facts import Facts
from promobot.core.models import Reason


def caps(targets: Iterable[str], facts: Facts) -> dict[str, tuple[Reason, ...]]:
    """For each target that finds no place: the reasons (`quota`, `over_limit`). Targets are counted once."""
    day, cycle = facts.policy.auto_apply.max_per_day, facts.policy.max_per_proposal
    left_today = max(0, day - facts.landed_today)
    quota = Reason("quota", f"the {day} values of a day are taken ({facts.landed_today} have landed today)")
    over_limit = Reason("over_limit", f"a proposal applies at most {cycle} values")
    refused: dict[str, tuple[Reason, ...]] = {}
    for place, target in enumerate(sorted(set(targets)), start=1):
        reasons = [reason for reason, most in ((quota, left_today), (over_limit, cycle)) if place > most]
        if reasons:
            refused[target] = tuple(reasons)
    return refused
