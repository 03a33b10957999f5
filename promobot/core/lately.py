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

    A change is taken back by a later one that restores the value it replaced, by whatever way that one landed.
    """

    changed: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    taken_back: Mapping[str, datetime] = field(default_factory=dict)

    def changes(self, target: str, since: datetime) -> int:
        """How often the target changed since then."""
        return sum(at >= since for at in self.changed.get(target, ()))


@dataclass(frozen=True)
class Step:
    """One landing that touched the overrides. `versions` reads the values before and after, only where needed."""

    at: datetime
    versions: Callable[[], tuple[Values, Values]]


def lately(steps: Iterable[Step], now: datetime, days: int) -> Lately:
    """From the landings, newest first, those of the last `days`; older ones are read only as far as they explain one.

    A time in the future counts as lately: whoever bends a date gains nothing by it.
    """
    since = now - timedelta(days=days)
    changed: dict[str, tuple[datetime, ...]] = {}
    taken_back: dict[str, datetime] = {}
    # target -> (what its change restored, when): waiting for the change before it.
    waiting: dict[str, tuple[Any, datetime]] = {}
    for step in steps:
        recent = step.at >= since
        if not recent and not waiting:
            continue
        before, after = step.versions()
        for target in before.keys() | after.keys():
            old, new = before.get(target), after.get(target)
            if same(old, new):
                continue
            if target in waiting:
                restored, at = waiting.pop(target)
                if same(old, restored):
                    taken_back.setdefault(target, at)
            if recent:
                changed[target] = (*changed.get(target, ()), step.at)
                if target not in taken_back:
                    waiting[target] = (new, step.at)
    return Lately(changed, taken_back)
