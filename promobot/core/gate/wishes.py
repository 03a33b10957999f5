"""What a wish says of itself: a revert restores what a landing replaced, an apply what one left, an expiry is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from promobot.core.base_state import BaseState
from promobot.core.gate.verdict import Violation
from promobot.core.landing import Landing, restoring
from promobot.core.values import same
from promobot.core.wish import Wish
from promobot.core.wishes import expired_overrides


def against_landing(wish: Wish, landing: Landing, path: str) -> Iterator[Violation]:
    """Where a revert or an apply does not do what the landing that it names bears out.

    Raises RepositoryRefused where nobody can tell what the landing replaced.
    """
    if wish.kind == "revert":
        if restoring(landing, wish.reason) != wish:
            message = f"it does not restore exactly what {landing.proposal_id} replaced"
            yield Violation("not_the_inverse", message, path)
        return
    left = {change.target: change.new for change in landing.changes if not change.automatic}
    for target, value in wish.values.items():
        if target not in left or not same(value, left[target]):
            message = f"{target}: {landing.proposal_id} did not leave this value to be set by hand"
            yield Violation("not_left_by_hand", message, path)


def against_dates(wish: Wish, state: BaseState, at: datetime, path: str) -> Iterator[Violation]:
    """Where an expiry takes back what has not expired by then, or does anything else."""
    due = expired_overrides(state, at)
    for target in sorted(set(wish.values) - set(due.values if due else ())):
        yield Violation("not_expired", f"{target}: no override_expires of its grants has passed", path)
    if any(value is not None for value in wish.values.values()):
        yield Violation("not_expired", "an expiry takes overrides away and sets none", path)
