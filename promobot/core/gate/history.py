"""What was said before: a question that landed, was taken back, is held or was refused is not asked again like this."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from promobot.core.base_state import BaseState
from promobot.core.changes import Change, by_hand_key
from promobot.core.found import HOLD, REJECTED
from promobot.core.gate.verdict import Touched, Violation


def landed_before(state: BaseState, digest: str, changes: Iterable[Change], path: str) -> Iterator[Violation]:
    """A question lands once in a history; a proposal of by-hand values only is done when each of them was proposed."""
    told = tuple(changes)
    keys = {by_hand_key(c.target, c.old, c.new, c.predecessor) for c in told if not c.automatic}
    if digest in state.landed.digests:
        yield Violation("already_landed", "the same question has landed before", path)
    elif told and len(keys) == len(told) and keys <= state.landed.by_hand:
        yield Violation("already_landed", "each of its by-hand values was proposed by an earlier landing", path)


def labelled(labels: Collection[str], path: str) -> Iterator[Violation]:
    """A person's word on the pull request itself."""
    if HOLD in labels:
        yield Violation("held", f"the label {HOLD} is on the pull request", path)
    if REJECTED in labels:
        yield Violation("refused_digest", f"the label {REJECTED} is on the pull request", path)


def refused_before(
    refusals: Mapping[str, bytes], digest: str, made: datetime, path: str
) -> tuple[list[Violation], list[Violation]]:
    """A whole proposal that a person said no to: (violations, warnings).

    Only asking anew on purpose (propose --reconsider, or a person's own command) makes one after its refusal, so that
    one is shown as a warning. `made` is the time of the decision that stands in the proposal.
    """
    content = refusals.get(f"{digest}.json")
    if content is None:
        return [], []
    at = _refused_at(content)
    if at is None or made <= at:
        return [Violation("refused_digest", "a person said no to this very proposal (promobot reject)", path)], []
    return [], [Violation("asked_again", "a person said no to the same question before; it was asked again", path)]


def _refused_at(content: bytes) -> datetime | None:
    try:
        at = datetime.fromisoformat(json.loads(content)["at"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def is_inverse(now: Iterable[Touched], landing: Iterable[Touched]) -> bool:
    """Whether a pull request does exactly what undoes a landing: every path back to what it was, and nothing else."""
    back = {one.path: (one.old_mode, one.old, one.new_mode, one.new) for one in now}
    there = {one.path: (one.new_mode, one.new, one.old_mode, one.old) for one in landing}
    return bool(back) and back == there
