"""What accepted decisions add up to: one planned change for each target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from promobot.core.canonical import sha256_of
from promobot.core.models import PromotionDecision
from promobot.core.values import Scalar


@dataclass(frozen=True)
class Change:
    """One parameter's planned change: from the live value (None: none) to the new one.

    `new` is None where the override is taken away, so that the live system reads its base config again.
    """

    target: str
    old: Scalar | None
    new: Scalar | None
    automatic: bool
    predecessor: str | None = None


def changes_of(decisions: Iterable[PromotionDecision], predecessors: Mapping[str, str] | None = None) -> list[Change]:
    """The accepted values, one a target, sorted by target. Equal patches, which are decided alike, are one change."""
    changes: dict[str, Change] = {}
    for decision in decisions:
        if decision.accepted and decision.new_value is not None:
            target = decision.target
            before = (predecessors or {}).get(target)
            changes[target] = Change(target, decision.live_value, decision.new_value, decision.auto_apply, before)
    return [changes[target] for target in sorted(changes)]


def by_hand_key(target: object, old: object, new: object, predecessor: object) -> str:
    """What tells one by-hand change from another: the same step from the same landing is the same question."""
    return sha256_of([target, old, new, predecessor])


def overrides_of(changes: Iterable[Change]) -> dict[str, Scalar | None]:
    """What merging applies: target -> new value, or None where the override is taken away."""
    return {change.target: change.new for change in changes if change.automatic}
