"""`promobot audit show --target`: the value that was live at a time, and what made it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from promobot.adapters.repository import Entry, Repository
from promobot.adapters.repository.entries import EXECUTABLE, REGULAR
from promobot.adapters.repository.moments import steps_of
from promobot.core.audit.entries import Entry as LogEntry
from promobot.core.audit.events import NO_BLOB, Landing, Moment
from promobot.core.audit.life import BASE_CONFIG, OVERRIDE, Held, Reading, Version, place_at, span
from promobot.core.audit.steps import Entry as TreeEntry
from promobot.core.audit.steps import Standing, Step, entry_of, following
from promobot.core.base_state import BaseState
from promobot.core.facts import LiveValues
from promobot.core.gate.protected import POLICY
from promobot.core.policy import PromotionPolicy
from promobot.core.values import as_scalar
from promobot.errors import PolicyError, RepositoryRefused, UsageError
from promobot.usecases.audit.history import Progress
from promobot.usecases.audit.listing import listing
from promobot.usecases.audit.shelves import Shelves
from promobot.usecases.audit.verify import Asked, verify
from promobot.usecases.base import with_values

AT_ONCE = 128
"""How many versions' files are read in one call of git."""


def live(repository: Repository, asked: Asked, target: str, at: datetime | None, progress: Progress) -> Held:
    """Prove the history and tell what was live of `target` at a time (None: at the newest commit).

    Raises what `verify` raises, and UsageError for a time before the first commit or a target that never was live.
    """
    proof = verify(repository, asked, progress)
    listed, line = listing(repository, proof)
    place = 0 if at is None else place_at(line, at.timestamp())
    if place is None:
        raise UsageError("that time lies before the first commit of this line; give a later --at")
    files = _Files(repository, proof.chronicle.head, target)
    order = {moment.commit: len(line) - number for number, moment in enumerate(line)}
    here = max((n for n, step in enumerate(files.steps) if order[step.commit] <= len(line) - place), default=None)
    if here is None or not files.ever():
        raise UsageError(f"{target!a} was never live here; promobot doctor lists the parameters of today")
    first, after = span(len(files.steps), here, files.read)
    since = files.steps[first]
    return Held(
        target=target,
        reading=files.read(here),
        commit=line[place],
        since=_version(since),
        until=None if after is None else _version(files.steps[after]),
        entry=_entry(listed, since.commit, target),
        given=order[since.commit] <= order.get(proof.chronicle.baseline, 0),
    )


def _version(step: Step) -> Version:
    return Version(Moment(step.commit, step.committed), step.author)


def _entry(listed: Sequence[LogEntry], commit: str, target: str) -> LogEntry | None:
    """The event of a commit; of several the landing that changed the target."""
    found = [entry for entry in listed if entry.event.at.commit == commit]
    changed = [one for one in found if any(change.target == target for change in one.changes)]
    return next(iter((*changed, *(one for one in found if not isinstance(one.event, Landing)), *found)), None)


@dataclass
class _Files:
    """The versions of policy, overrides and base config along the line, oldest first, each read only when asked for."""

    repository: Repository
    head: str
    target: str
    steps: list[Step] = field(init=False)
    _standings: list[Standing] = field(init=False, default_factory=list)
    _known: dict[tuple[TreeEntry, TreeEntry], Reading] = field(init=False, default_factory=dict)
    _fetched: int = field(init=False, default=-1)

    def __post_init__(self) -> None:
        self._shelves = Shelves(self.repository, self.head)
        paths = set(self._shelves.protected(NO_BLOB).files())
        for step in steps_of(self.repository, self.head, [POLICY]):
            for one in step.touched:
                paths |= set(self._shelves.protected(entry_of(one.new_mode, one.new)[1]).files())
        self.steps = steps_of(self.repository, self.head, sorted(paths))
        standing = Standing()
        for step in self.steps:
            standing = following(standing, step, self._shelves)
            self._standings.append(standing)

    def ever(self) -> bool:
        """Whether any version has such a value."""
        return any(self.read(place).source for place in reversed(range(len(self.steps))))

    def read(self, place: int) -> Reading:
        """What the live system reads of a version."""
        standing = self._standings[place]
        key = standing.overrides, standing.config
        if key not in self._known:
            self._prefetch(place)
            self._known[key] = self._read(standing)
        return self._known[key]

    def _prefetch(self, place: int) -> None:
        start = place - place % AT_ONCE
        if start != self._fetched:
            some = self._standings[start : start + AT_ONCE]
            self._shelves.keep(self._shelves.read(blob for one in some for _, blob in (one.overrides, one.config)))
            self._fetched = start

    def _read(self, standing: Standing) -> Reading:
        ground = BaseState("", "", self._policy(standing), POLICY, standing.policy[1])
        overrides, config = (self._file(one) for one in (standing.overrides, standing.config))
        try:
            return _reading(with_values(ground, overrides, config).live, self.target)
        except RepositoryRefused as error:
            note = error.message
        if overrides is not None and overrides.mode != REGULAR:
            return Reading(None, None, f"what was read cannot be told: {note}")
        try:
            # The live system ignores overrides that it cannot read.
            return _reading(with_values(ground, None, config).live, self.target)._replace(note=note)
        except RepositoryRefused as error:
            return Reading(None, None, error.message)

    def _policy(self, standing: Standing) -> PromotionPolicy:
        """The policy, for its paths; of one that cannot be read, what can be understood of them."""
        try:
            return self._shelves.policy(standing.policy[1])
        except (PolicyError, RepositoryRefused):
            return PromotionPolicy(version=1)

    def _file(self, entry: TreeEntry) -> Entry | None:
        # A reader minds no executable bit; that it is there is the proof's to tell.
        mode = REGULAR if entry[0] == EXECUTABLE else entry[0]
        return None if entry[1] == NO_BLOB else Entry(mode, entry[1], self._shelves.data(entry[1]))


def _reading(values: LiveValues, target: str) -> Reading:
    if target in values.overrides:
        return _of(values.overrides[target], OVERRIDE)
    return _of((values.base or {}).get(target), BASE_CONFIG)


def _of(value: object, source: str) -> Reading:
    if value is None:
        return Reading(None, None)
    found = as_scalar(value)
    return Reading(found, source, None if found is not None else "it is of a type that no proposal can set")
