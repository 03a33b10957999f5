"""Whole honest histories, from one seed: a loop, its operators and a team at work, every merge judged by the gate.

What is honest is the gate's own word: a head that it does not pass is made again as promobot would, or left. What
landed is told in `played`, so that an audit of the repository can be held against it.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from promobot.adapters.repository import Repository
from promobot.core.gate.protected import DEFAULTS, POLICY
from promobot.core.wishes import standing_overrides
from tests.support.honest.road import Road
from tests.support.honest.store import Stamp, Store
from tests.support.honest.world import Edit, Work, World
from tests.support.workspace import NOW, make_workspace

ROUNDS = 14
AUTO = DEFAULTS["live_overrides"]
CONFIG = """\
[environment]
mode = "live"
[portfolio]
leverage = 1.5
[strategy]
trigger_delay = 10.0
trigger_count = 5
name = "trend"
[macro]
regime_weight = 0.25
tilt = 0.3
[desk]
size = 4.0
on = false
"""
SPACED = "[auto_applied]\n\n# one\n'macro.tilt' = 0.35\n\n\n# two\n\"portfolio.leverage\" = 1.25  # kept\n\n\n# end\n"
NESTED = "[auto_applied.macro]\ntilt = 0.25\n\n[other]\nx = 1\n"
IGNORED = '[auto_applied]\n"gone.key" = 1.0\n"strategy.trigger_count" = "seven"\n"macro.tilt" = 0.2\n'
OVERRIDES = ("# ours\n[auto_applied]\n", SPACED, SPACED.replace("\n", "\r\n"), NESTED, IGNORED, None)


class History(Road):
    """One history. Each of its turns says whether it could be had."""

    @classmethod
    def of(cls, folder: Path, seed: int) -> History:
        """An empty repository at a folder, and nothing decided but the seed."""
        shutil.copytree(_empty(), folder, symlinks=True)
        dice = random.Random(seed)
        world = World(Store(folder / ".git"), Repository(folder), dice, NOW - timedelta(days=3))
        return cls(folder, seed, dice, world, NOW)

    def play(self, rounds: int = ROUNDS) -> History:
        """From the first commit on."""
        self.start()
        turns: list[tuple[Callable[[], object], int]] = [
            (self.promotion, 6), (self.operator, 2), (self.applied, 3), (self.reverted, 4), (self.button, 2),
            (self.flying, 2), (self.refused, 1), (self.policy, 2), (self.moved, 1), (self.ordinary, 3),
        ]  # fmt: skip
        for _ in range(rounds):
            self.wait()
            (turn,) = self.dice.choices([turn for turn, _ in turns], [weight for _, weight in turns])
            if not turn():
                self.land_side()
        for one in self.opened[:1]:
            self.proposal(one)
        return self

    def start(self) -> None:
        """A repository with or without values, whose policy is there from the start or comes by a merge."""
        dice, world = self.dice, self.world
        self.rules = replace(self.rules, per_day=dice.choice((100, 100, 3, 2)))
        overrides = dice.choice(OVERRIDES)
        files = {"src/app.py": b"print(0)\n"}
        if dice.random() < 0.9:
            files["config/config.toml"] = CONFIG.encode()
        if overrides is not None:
            files[AUTO] = overrides.encode()
        first = {**files, POLICY: self.rules.text()} if dice.random() < 0.4 else files
        by = Stamp("A Person", "person@example.invalid", world.clock)
        world.line.append(world.commit(world.edited({}, first), (), by, "start"))
        world.store.point("refs/heads/main", world.main)
        if POLICY not in first:
            self.founded(overrides)

    def founded(self, overrides: str | None) -> None:
        """The policy comes to a team that has worked before; with `promobot init` it names where the audit begins."""
        if overrides is not None and self.dice.random() < 0.5:
            edited = {AUTO: overrides.replace("0.", "0.1").encode()}
            self.land(self.world.branch(edited), "squash")
        self.people.sideways()
        inited = self.dice.random() < 0.5
        self.rules = replace(self.rules, baseline=self.world.main if inited else None)
        edits: list[Edit] = [{POLICY: self.rules.text(), ".github/CODEOWNERS": b"* @team\n"}]
        empty: Edit = {AUTO: b"[auto_applied]\n"}
        if overrides is None:
            variants: list[list[Edit]] = [edits, [{**edits[0], **empty}], [empty, *edits]]
            edits = self.dice.choice(variants)
        self.judged(self.world.branch(*edits), "founded")
        if not inited:
            self.played.clear()

    def kinds(self) -> set[str]:
        """What happened, by name."""
        played = {f"{one.what} {one.kind}".strip() for one in self.played}
        return played | {said.partition(":")[0] for said in self.told}

    def founded_at(self) -> int:
        """The place on main's line of the commit that brought the policy."""
        return next(n for n, commit in enumerate(self.world.line) if POLICY in self.world.trees[commit])

    def promotion(self) -> bool:
        """What a run of promobot proposes: what has expired comes first."""
        return self.expired() or self.proposal(self.loop.promotion(self.at))

    def operator(self) -> bool:
        return self.proposal(self.loop.operator(self.at))

    def applied(self) -> bool:
        return self.proposal(self.loop.applied(self.at))

    def reverted(self) -> bool:
        return self.proposal(self.loop.reverted(self.at))

    def expired(self) -> bool:
        over = self.rules.ends is not None and self.rules.ends <= self.at
        return over and self.proposal(self.loop.expired(self.at))

    def flying(self) -> bool:
        """Several proposals in flight at once; they land one after another, some never."""
        several = [one for one in (self.loop.promotion(self.at), self.loop.operator(self.at)) if one]
        self.opened = [*several, *self.opened][:4]
        self.dice.shuffle(self.opened)
        landed = [self.proposal(self.opened.pop()) for _ in range(min(2, len(self.opened)))]
        return any(landed)

    def refused(self) -> bool:
        """Somebody says no, and the loop asks again."""
        one = self.loop.promotion(self.at)
        if one is None:
            return False
        self.loop.refuse(one, self.at)
        self.say("refused")
        self.at += timedelta(minutes=5)
        return self.proposal(self.loop.again(one, self.at))

    def button(self) -> bool:
        """The forge's Revert button on the newest landing."""
        if self.newest is None or self.dice.random() < 0.2:
            return False
        landing = next(one.commit for one in reversed(self.played) if one.digest == self.newest.made.digest)
        parent, world = self.world.parents[landing][0], self.world
        files = world.merged(landing, parent, world.main)
        title = self.newest.made.proposal.title
        message = f'Revert "{title}"\n\nThis reverts commit {landing}.\n'
        head = world.commit(files, (world.main,), world.somebody(), message)
        self.say("revert by the forge's button")
        return self.judged(Work(head, world.main, (head,)), "button", undone=self.newest)

    def policy(self) -> bool:
        self.rules = self.rules.turned(self.dice, self.at)
        return self.judged(self.people.policy(self.rules), "policy")

    def moved(self) -> bool:
        """auto.toml or the base config gets another place: copied, then named by the policy, then taken away."""
        name = self.dice.choice(("live_overrides", "base_config"))
        old, new = self.rules.path(name), f"live/{name}_{len(self.told)}.toml"
        content = self.world.content(old)
        if content is None:
            return False
        self.judged(self.world.branch({new: content}), f"copy of {name}", meanwhile=False)
        self.rules = self.rules.moved(name, new)
        self.judged(self.people.policy(self.rules, alone=True), f"move of {name}", meanwhile=False)
        self.newest = None
        if self.dice.random() < 0.7:
            self.judged(self.world.branch({old: None}), "the old one goes", meanwhile=False)
        return True

    def ordinary(self) -> bool:
        """Anything beside the loop."""
        state = self.loop.state(self.at)
        config = self.people.config
        kinds: list[tuple[str, Callable[[], Work]]] = [
            ("feature", self.people.feature), ("owners", self.people.owners), ("import", self.people.imported),
            ("config", lambda: config(self.rules.path("base_config"), frozenset(standing_overrides(state)))),
        ]  # fmt: skip
        what, make = self.dice.choice(kinds)
        return self.judged(make(), what)

    def land_side(self) -> bool:
        """A branch that has lived for a while lands. Who tried what never landed, or was taken back, gives it up."""
        if not self.people.side:
            return False
        work = self.people.side.pop(self.dice.randrange(len(self.people.side)))
        if work.tried:
            verdict = self.check(work)
            if not verdict.ok or self.result(work) != verdict.result:
                return False
        return self.judged(work, "tried" if work.tried else "long-lived", meanwhile=not work.tried)


@cache
def _empty() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="promobot-honest-tests-"))
    make_workspace(folder, remote=False, files={"x": "x"})
    for name in ("hooks", "index", "refs/heads/main", "logs"):
        place = folder / "clone/.git" / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    (folder / "clone/x").unlink()
    return folder / "clone"
