"""What the audit remembers of the line behind it: what landed where, who spoke last on a target, how much in a day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from promobot.core.audit.events import Landing, Undoing

DAY = 24 * 60 * 60


@dataclass
class Memory:
    """Places are counted along the first-parent line; 0 is everything up to the baseline."""

    place: int = 0
    landings: dict[str, Landing] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)
    latest: Landing | Undoing | None = None
    last_date: int | None = None
    parent_date: int | None = None
    _by_id: dict[str, Landing] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _spoken: dict[str, tuple[list[int], list[str]]] = field(default_factory=dict)
    # By the UTC day; under None what has no date.
    _days: dict[int | None, tuple[list[int], list[int]]] = field(default_factory=dict)

    def begin(self, commit: str) -> None:
        """The commit before the line, at whose place everything that was recalled stands."""
        self._places[commit] = 0

    def step(self, commit: str) -> None:
        """The next commit of the line."""
        self.place += 1
        self._places[commit] = self.place

    def place_of(self, commit: str) -> int | None:
        """Where on the line a commit is; None: not on what was read of it."""
        return self._places.get(commit)

    def landed(self, landing: Landing) -> None:
        """A proposal is on the line from here on."""
        self.landings.setdefault(landing.digest, landing)
        self._by_id.setdefault(landing.proposal_id, landing)
        self.standing.add(landing.folder.rpartition("/")[2])
        self.latest = landing
        for change in landing.changes:
            if change.automatic:
                places, digests = self._spoken.setdefault(change.target, ([], []))
                places.append(self.place)
                digests.append(landing.digest)

    def named(self, name: str) -> Landing | None:
        """The landing with this digest or this proposal id."""
        return self.landings.get(name) or self._by_id.get(name)

    def undone(self, undoing: Undoing) -> None:
        """A landing was taken back whole; its question stays asked, and its word on its targets the last one."""
        self.standing.discard(undoing.landing.folder.rpartition("/")[2])
        self.latest = undoing

    def counted(self, committed: int | None, values: int) -> None:
        """So many live values changed in a landing; one without a date counts on every day, so that none is gained."""
        day = None if committed is None else committed // DAY
        places, sums = self._days.setdefault(day, ([], []))
        places.append(self.place)
        sums.append((sums[-1] if sums else 0) + values)
        if committed is not None:
            self.last_date = committed if self.last_date is None else max(committed, self.last_date)

    def forget_days(self) -> None:
        """The overrides have another path: promobot itself counts from here on."""
        self._days.clear()

    def values_on(self, at: datetime | int, place: int) -> int:
        """How many values landed on the UTC day of a time, up to a place of the line."""
        seconds = int(at.astimezone(UTC).timestamp()) if isinstance(at, datetime) else at
        total = 0
        for day in (seconds // DAY, None):
            places, sums = self._days.get(day, ([], []))
            count = bisect_right(places, place)
            total += sums[count - 1] if count else 0
        return total

    def predecessors(self, targets: Iterable[str], place: int) -> dict[str, str]:
        """For each target the digest of the proposal that last changed it, up to a place of the line."""
        found = {}
        for target in targets:
            places, digests = self._spoken.get(target, ([], []))
            count = bisect_right(places, place)
            if count:
                found[target] = digests[count - 1]
        return found
