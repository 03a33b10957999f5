"""What happened to each live value lately: when it changed, and when somebody took a change back.

Read from the versions of the overrides file on the base branch, never from a message or a claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from promobot.core.values import same

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Lately:
    """By target: the times of its changes, newest first, and the last time one of them was taken back.

    A change is taken back by a later one that restores the value it replaced, by whatever way that one landed; only
    the loop's own promotions take nothing back, they go on.
    """

    changed: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    taken_back: Mapping[str, datetime] = field(default_factory=dict)

    def changes(self, target: str, since: datetime) -> int:
        """How often the target changed since then."""
        return sum(at >= since for at in self.changed.get(target, ()))


def moved_values(before: Values | None, after: Values | None) -> int:
    """How many values differ between two versions of the overrides; at least one where a version is unreadable."""
    if before is None or after is None:
        return max(1, len(before or {}), len(after or {}))
    return sum(not same(before.get(target), after.get(target)) for target in before.keys() | after.keys())


@dataclass(frozen=True)
class Step:
    """One landing that touched the overrides. `versions` reads the values before and after, only where needed;
    `promoted` are the targets that a promotion changed in it."""

    at: datetime
    versions: Callable[[], tuple[Values, Values]]
    promoted: frozenset[str] = frozenset()


def lately(steps: Iterable[Step], now: datetime, days: int, base: Values | None = None) -> Lately:
    """From the landings, newest first, those of the last `days`; older ones are read only as far as they explain one.

    `base` gives the values that hold where the overrides name none: going back to one by name is going back too.
    A time in the future counts as lately: whoever bends a date gains nothing by it.
    """
    # Rules judge in whole seconds, so that the same facts come out when a decision is computed again.
    since = now.replace(microsecond=0) - timedelta(days=days)
    changed: dict[str, tuple[datetime, ...]] = {}
    taken_back: dict[str, datetime] = {}
    # target -> what its recent changes restored -> when: waiting for an earlier change that had replaced it.
    waiting: dict[str, dict[str, datetime]] = {}
    for step in steps:
        recent = step.at >= since
        if not recent and not waiting:
            continue
        before, after = step.versions()
        for target in before.keys() | after.keys():
            if same(before.get(target), after.get(target)):
                continue
            old, new = (_told(values.get(target, (base or {}).get(target))) for values in (before, after))
            if old == new:
                continue
            found = waiting.get(target, {}).get(old)
            if found is not None:
                taken_back[target] = max(found, taken_back.get(target, found))
            if recent:
                changed[target] = (*changed.get(target, ()), step.at)
            if recent and target not in step.promoted:
                restored = waiting.setdefault(target, {})
                restored[new] = max(step.at, restored.get(new, step.at))
            elif not recent:
                waiting.pop(target, None)
    return Lately(changed, taken_back)


def _told(value: Any) -> str:
    """A value as a text that tells types apart; TOML's arrays cannot be keys themselves."""
    return f"{type(value).__name__} {0.0 if isinstance(value, float) and value == 0 else value!r}"
