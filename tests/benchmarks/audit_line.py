"""The base branch as it grows, kept in memory: what `read_base` would read at its head, without reading it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from promobot.adapters.live_config import live_overrides
from promobot.core.base_state import BaseState, Landed
from promobot.core.changes import Change, by_hand_key, overrides_of
from promobot.core.facts import LiveValues
from promobot.core.landing import Landing
from promobot.core.lately import Lately, Step, lately
from promobot.core.overrides import read_overrides
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.file import parse_policy
from promobot.core.prepared import Proposed
from promobot.core.values import same
from tests.benchmarks.audit_stream import blob_id
from tests.support.gate import AUTO, CONFIG, POLICY

Values = dict[str, Any]


class Moved(NamedTuple):
    """One step of the line that changed live values: those that differ, before and after."""

    at: datetime
    before: Values
    after: Values
    promoted: frozenset[str]

    @property
    def targets(self) -> list[str]:
        """Whose override differs."""
        return [t for t in self.before.keys() | self.after.keys() if not same(self.before.get(t), self.after.get(t))]

    def step(self) -> Step:
        """As the core reads it."""
        return Step(self.at, lambda: (self.before, self.after), self.promoted)


@dataclass
class Line:
    """Head, protected files and what has landed. `moves` is every change of live values, the oldest first."""

    head: str
    files: dict[str, bytes]
    digests: set[str] = field(default_factory=set)
    by_hand: set[str] = field(default_factory=set)
    predecessors: dict[str, str] = field(default_factory=dict)
    moves: list[Moved] = field(default_factory=list)
    latest: dict[str, list[Moved]] = field(default_factory=dict)

    def state(self, at: datetime, *, whole: bool = False) -> BaseState:
        """What a proposal made now depends on. The questions that landed are no part of it: only `whole` copies them,
        which for each of 10,000 proposals would take minutes."""
        policy, live = _policy(self.files[POLICY]), _live(self.files[CONFIG], self.files[AUTO])
        landed = Landed(
            digests=frozenset(self.digests if whole else ()),
            by_hand=frozenset(self.by_hand if whole else ()),
            predecessors=dict(self.predecessors),
            values_today=self._values_on(at),
            lately=self._lately(at, policy.lately_days, live.base or {}),
        )
        return BaseState(
            branch="main",
            commit=self.head,
            policy=policy,
            policy_path=POLICY,
            policy_blob=blob_id(self.files[POLICY]),
            live=live,
            base_config=_config(self.files[CONFIG]),
            overrides=self.files[AUTO].decode(),
            overrides_blob=blob_id(self.files[AUTO]),
            landed=landed,
        )

    def asked_before(self, made: Proposed, changes: tuple[Change, ...]) -> bool:
        """Whether promobot would not ask this again."""
        keys = _left(changes)
        return made.digest in self.digests or (not overrides_of(changes) and keys <= self.by_hand)

    def landed(self, made: Proposed, changes: tuple[Change, ...], commit: str, at: datetime) -> Landing:
        """A proposal is on the line now, at this commit of this date."""
        before = _overrides(self.files[AUTO])
        self.digests.add(made.digest)
        self.by_hand |= _left(changes)
        plan = overrides_of(changes)
        self.predecessors.update(dict.fromkeys(plan, made.digest))
        promoted = frozenset(plan if made.proposal.meta["kind"] == "promotion" else ())
        after = self.moved(made.files.get(AUTO, self.files[AUTO]), commit, at, promoted)
        return Landing(made.proposal.proposal_id, made.digest, changes, before, after, commit)

    def moved(self, overrides: bytes, commit: str, at: datetime, promoted: frozenset[str] = frozenset()) -> Values:
        """The head moves to a commit with this auto.toml; its values."""
        before, after = _overrides(self.files[AUTO]), _overrides(overrides)
        self.head, self.files[AUTO] = commit, overrides
        differing = Moved(at, before, after, promoted).targets
        if differing:
            was, now = ({t: side[t] for t in differing if t in side} for side in (before, after))
            move = Moved(at, was, now, promoted)
            self.moves.append(move)
            for target in differing:
                self.latest.setdefault(target, []).append(move)
        return after

    def _values_on(self, at: datetime) -> int:
        count = 0
        for move in reversed(self.moves):
            if move.at.date() < at.date():
                break
            count += len(move.targets) * (move.at.date() == at.date())
        return count

    def _lately(self, at: datetime, days: int, base: Mapping[str, Any]) -> Lately:
        recent, since = [], at.replace(microsecond=0) - timedelta(days=days)
        for move in reversed(self.moves):
            if move.at < since:
                break
            recent.append(move)
        # Of older steps only the last one of a target that a person changed lately says anything.
        waiting = {target for move in recent for target in move.targets if target not in move.promoted}
        older = {id(move): move for target in waiting for move in self._older(target, since, base)}
        steps = [*recent, *sorted(older.values(), key=lambda move: move.at, reverse=True)]
        return lately([move.step() for move in steps], at, days, base)

    def _older(self, target: str, since: datetime, base: Mapping[str, Any]) -> Iterator[Moved]:
        """The newest step before a time that changed what the live system reads."""
        for move in reversed(self.latest[target]):
            if move.at >= since:
                continue
            yield move
            if not same(*(side.get(target, base.get(target)) for side in (move.before, move.after))):
                return


def _left(changes: tuple[Change, ...]) -> set[str]:
    return {by_hand_key(c.target, c.old, c.new, c.predecessor) for c in changes if not c.automatic}


@lru_cache(maxsize=4)
def _policy(data: bytes) -> PromotionPolicy:
    return parse_policy(data, POLICY)


@lru_cache(maxsize=4)
def _config(data: bytes) -> dict[str, Any]:
    return tomllib.loads(data.decode())


@lru_cache(maxsize=4)
def _overrides(data: bytes) -> Values:
    return read_overrides(data.decode(), AUTO)


@lru_cache(maxsize=4)
def _live(config: bytes, overrides: bytes) -> LiveValues:
    taken, ignored = live_overrides(_config(config), overrides)
    assert not ignored, ignored
    return LiveValues.of({target: override.live for target, override in taken.items()}, _config(config))
