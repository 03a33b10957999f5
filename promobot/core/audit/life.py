"""The life of one live value along the first-parent line: what held at a time, since when, and until when. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from promobot.core.audit.entries import Entry
from promobot.core.audit.events import Moment
from promobot.core.values import Scalar, same

OVERRIDE, BASE_CONFIG = "override", "base_config"


class Reading(NamedTuple):
    """What the live system reads of a version of its files.

    `source` is OVERRIDE or BASE_CONFIG, None where there is no such value; `note` says what could not be read.
    """

    value: Scalar | None
    source: str | None
    note: str | None = None


class Version(NamedTuple):
    """A commit of the line that changed one of the files, and who its author says to be."""

    at: Moment
    author: tuple[str, str]


@dataclass(frozen=True)
class Held:
    """A value, and how long it held.

    `commit` is where the line stood at the time that was asked for; `since` is the commit that brought the value and
    `until` the one that changed it (None: it holds at the newest commit). `entry` is the log's entry for `since`, None
    where that is no event of the proved history; `given` says that it lies before it, in what is taken as given.
    """

    target: str
    reading: Reading
    commit: Moment
    since: Version
    until: Version | None
    entry: Entry | None
    given: bool


def place_at(line: Sequence[Moment], seconds: float) -> int | None:
    """Where a line (newest first) stood at a time: its newest commit that is not later; None: it had not begun.

    Only the committer's dates tell, and where they go back the first-parent order has the last word.
    """
    dates = (moment.committed for moment in line)
    return next((place for place, date in enumerate(dates) if date is not None and date <= seconds), None)


def span(versions: int, here: int, read: Callable[[int], Reading]) -> tuple[int, int | None]:
    """The versions (counted from the oldest) between which the value of version `here` held: first, and the next that
    differs in value, type or source; None where none does."""
    value = read(here)
    first = here
    while first > 0 and _alike(read(first - 1), value):
        first -= 1
    after = next((place for place in range(here + 1, versions) if not _alike(read(place), value)), None)
    return first, after


def _alike(one: Reading, other: Reading) -> bool:
    return one.source == other.source and same(one.value, other.value)
