"""The road of a branch to main: brought up to date or not, judged by the gate, merged some way, written down."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from promobot.cli.gate import Request, answer
from promobot.core.changes import Change
from promobot.core.gate.protected import POLICY
from promobot.core.gate.verdict import Verdict
from promobot.core.rendering.artifacts import META
from tests.support.honest.loop import Loop, Open
from tests.support.honest.people import People
from tests.support.honest.rules import Rules
from tests.support.honest.store import Files
from tests.support.honest.world import Conflict, Work, World

STALE = {"stale_path", "conflict", "other_question", "already_landed", "changed_since"}
"""Why an open proposal is made again, or is no longer needed, when another one landed first."""


class Played(NamedTuple):
    """A thing that landed: what, at which first-parent commit, of which kind and digest, with which changes, and the
    blobs of the overrides before and after."""

    what: str
    commit: str
    kind: str = ""
    digest: str = ""
    changes: tuple[Change, ...] = ()
    overrides: tuple[str | None, ...] = ()


@dataclass
class Road:
    """`told` is the story, for the one who debugs it; `at` the time; `newest` the landing that a button could revert,
    `opened` the proposals in flight."""

    folder: Path
    seed: int
    dice: random.Random
    world: World
    at: datetime
    rules: Rules = field(default_factory=Rules)
    told: list[str] = field(default_factory=list)
    played: list[Played] = field(default_factory=list)
    opened: list[Open] = field(default_factory=list)
    newest: Open | None = None

    def __post_init__(self) -> None:
        self.loop, self.people = Loop(self.world), People(self.world)

    def say(self, what: str) -> None:
        """One more word of the story."""
        self.told.append(what)

    def wait(self) -> None:
        """Time goes on: minutes, hours, days, often to the last minutes before midnight UTC."""
        midnight = self.at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        late = midnight - self.at - timedelta(minutes=6)
        step = self.dice.choice((timedelta(minutes=20), timedelta(hours=3), timedelta(days=2), late))
        self.at += max(timedelta(minutes=15), step)
        for _ in range(self.dice.choice((0, 1, 2))):
            self.people.sideways()
        proposals = [*self.loop.landed[-2:], *self.opened]
        if self.people.side and proposals and self.dice.random() < 0.15:
            with suppress(Conflict):
                self.people.side[0] = self.world.trying(self.people.side[0], self.dice.choice(proposals).work)

    def proposal(self, one: Open | None) -> bool:
        """Judge a proposal and land it; made again where another one landed first. False where it is of no use."""
        if one is None:
            return False
        work = self.meanwhile(one.work)
        verdict = self.check(work)
        if not verdict.ok:
            codes = {violation.code for violation in verdict.violations}
            assert codes & STALE, (self.told, verdict.violations)
            self.say(f"stale: {', '.join(sorted(codes))}")
            again = self.loop.again(one, self.at)
            if again is None:
                return False
            one, work = again, again.work
            verdict = self.check(work)
        self.say(one.made.proposal.title)
        return self.passed(work, verdict, one)

    def judged(self, work: Work, what: str, undone: Open | None = None, *, meanwhile: bool = True) -> bool:
        """Anything else, judged and landed. `undone` is the landing that it takes back."""
        work = self.meanwhile(work) if meanwhile else work
        self.say(what)
        return self.passed(work, self.check(work), undone, undone=undone is not None)

    def passed(self, work: Work, verdict: Verdict, one: Open | None, *, undone: bool = False) -> bool:
        """Through the gate, then to main."""
        assert verdict.ok, (self.told, verdict.violations)
        assert self.result(work) == verdict.result, (self.told, "the gate judged another result than what is merged")
        # The bot's lone commit may be what main moves to: its date is in order.
        alone = one is not None and not undone and work.straight and work.base == self.world.main
        ways = ("merge", "squash", "rebase", *(("forward",) if alone else ()))
        self.land(work, self.dice.choice(ways), one, undone=undone)
        return True

    def result(self, work: Work) -> str | None:
        """The tree that merging a branch makes; None where it conflicts."""
        try:
            return self.world.store.tree(self.world.merged(work.base, self.world.main, work.head))
        except Conflict:
            return None

    def land(self, work: Work, how: str, one: Open | None = None, *, undone: bool = False) -> None:
        """Merge, and write down what came with it."""
        # A queue lands several in one second.
        self.at += timedelta(minutes=self.dice.choice((0, 1, 4)))
        added = self.world.land(work, how, self.at)
        self.say(how)
        for commit in added:
            before, after = self.world.trees[self.world.parents[commit][0]], self.world.trees[commit]
            if before.get(POLICY) != after.get(POLICY):
                self.played.append(Played("policy", commit))
            place = f"{one.made.proposal.output_dir}/{META}" if one else ""
            if one is not None and (place in before) != (place in after):
                what = "undoing" if undone else "landing"
                told = (one.kind, one.made.digest, one.changes, self._overrides(before, after))
                self.played.append(Played(what, commit, *told))
        if one is not None:
            self.newest = None if undone else one
            self.loop.landed += [] if undone else [one]

    def meanwhile(self, work: Work) -> Work:
        """The base moves, and the branch is brought up to date, or not."""
        for _ in range(self.dice.choice((0, 0, 1, 2))):
            self.at += timedelta(minutes=1)
            self.world.land(self.people.pushed(self.at), "forward", self.at)
            self.say("pushed")
            if self.dice.random() < 0.6:
                work = self.updated(work)
        return work

    def updated(self, work: Work) -> Work:
        """By the forge's "Update branch" button, which is not there where it would conflict."""
        with suppress(Conflict):
            work = self.world.update(work)
            self.say("update branch")
        return work

    def check(self, work: Work) -> Verdict:
        """`promobot check` in this process."""
        self.at += timedelta(minutes=self.dice.choice((0, 1)))
        now = self.at.isoformat()
        return answer(Request(self.world.main, work.head, "main", repo=str(self.folder), now=now))

    def _overrides(self, *trees: Files) -> tuple[str | None, ...]:
        entries = (tree.get(self.rules.path("live_overrides")) for tree in trees)
        return tuple(entry and entry.blob for entry in entries)
