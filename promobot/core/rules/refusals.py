"""What a person said no to stays no, whatever export asks for it and however often."""

from __future__ import annotations

from promobot.core.changes import by_hand_key
from promobot.core.facts import Facts
from promobot.core.models import PromotionCandidate
from promobot.core.rules.base import policy_rule


def key_today(target: str, new: object, facts: Facts) -> str:
    """The key under which this step from today's live value would have been refused."""
    return by_hand_key(target, facts.live.value(target), new, facts.predecessors.get(target))


@policy_rule("A person said no to this value", "promobot reject; DESIGN 3.5 refusals/ on promobot-ledger")
def refused(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """The same step from the same landing was refused; only another ground makes it a new question."""
    if not facts.refused or key_today(candidate.patch.target, facts.new_value(candidate), facts) not in facts.refused:
        return None
    return (
        "a person refused this step (promobot reject); --reconsider does not lift it, "
        "a new live value or a newer landing on this target does"
    )
