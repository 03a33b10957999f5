"""What people do beside the loop: features, long-lived branches, imports, odd files, edits of protected files."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from promobot.core.gate.protected import POLICY
from tests.support.honest.rules import Rules
from tests.support.honest.store import EXECUTABLE, GITLINK, SYMLINK, Entry
from tests.support.honest.world import Conflict, Edit, Work, World

# None of these is protected, though most look as if they were.
ODD = (
    "src/näive name.py", 'src/quo"ted\ttab', "src/new\nline", "-leading", "src/caf\udce9.txt", "src/\U0001f680.md",
    "config/promobot.toml.orig", "config/live_overrides/auto.toml.bak", "x/config/live_overrides/auto.toml",
    "reports/live_promotions/x/proposal_meta.json", "reports/learning_snippets/export.json", "refs/heads/main",
    "docs/live_promotion_20260101T000000Z_0123456789abcdef/proposal_meta.json", "proposal_meta.json", "a b/c d",
)  # fmt: skip


@dataclass
class People:
    """A team. `side` are the branches that live for a while; `edits` counts, so that no two edits are alike."""

    world: World
    side: list[Work] = field(default_factory=list)
    edits: int = 0

    def feature(self) -> Work:
        """A small branch with a commit or two, or one that takes an old file away."""
        old = [path for path in self.world.files if path.startswith("src/new_")]
        if old and self.world.dice.random() < 0.2:
            return self.world.branch({self.world.dice.choice(old): None})
        return self.world.branch(*(self.change() for _ in range(self.world.dice.choice((1, 1, 2)))))

    def change(self) -> Edit:
        """A file of nobody else's; one in a few has an odd name or is no plain file."""
        dice, world = self.world.dice, self.world
        self.edits += 1
        text = f"print({self.edits})\n".encode()
        if dice.random() < 0.7:
            return {f"src/new_{self.edits}.py": text}
        if dice.random() < 0.7:
            folder, _, name = dice.choice(ODD).rpartition("/")
            return {f"{folder or 'odd'}/{self.edits}/{name}": text}
        strange = (
            Entry(EXECUTABLE, world.blob(text)),
            Entry(SYMLINK, world.blob(b"../config/live_overrides/auto.toml")),
            Entry(GITLINK, "1" * 40),
        )
        return {f"src/strange_{self.edits}": dice.choice(strange)}

    def owners(self) -> Work:
        """An edit of what its code owners review."""
        self.edits += 1
        path, text = self.world.dice.choice((
            (".github/CODEOWNERS", f"* @team-{self.edits}\n"),
            (".gitattributes", f"* text=auto eol=lf\n# {self.edits}\n"),
            (".mailmap", f"Promobot <bot@example.invalid> <promobot@noreply.invalid>\n# {self.edits}\n"),
            (".github/workflows/ci.yml", f"name: ci {self.edits}\n"),
        ))  # fmt: skip
        return self.world.branch({path: text.encode(), **self.change()})

    def config(self, path: str, overridden: frozenset[str]) -> Work:
        """An edit of the base config that no live override hides."""
        self.edits += 1
        text = (self.world.content(path) or b"").decode()
        if not text:
            return self.feature()
        values = tomllib.loads(text)
        free = values["strategy"]["trigger_count"]
        edits = [(text, f"{text}[more_{self.edits}]\nkey = {self.edits}\n")]
        if "strategy.trigger_count" not in overridden:
            edits.append((f"count = {free}", f"count = {free + 1}"))
        leverage = values["portfolio"]["leverage"]
        if "portfolio.leverage" not in overridden:
            edits.append((f"leverage = {leverage}", f"leverage = {1.4 if leverage == 1.5 else 1.5}"))
        old, new = self.world.dice.choice(edits)
        return self.world.branch({path: text.replace(old, new).encode()})

    def policy(self, rules: Rules, *, alone: bool = False) -> Work:
        """A reviewed change of the policy, now and then with a feature in it or in a second commit."""
        edit: Edit = {POLICY: rules.text()}
        if alone or self.world.dice.random() < 0.6:
            return self.world.branch(edit)
        first, second = ({**edit, **self.change()}, self.change())
        return self.world.branch(first, second) if self.world.dice.random() < 0.5 else self.world.branch(first)

    def sideways(self) -> None:
        """The long-lived branches get on: begun, worked on, brought up to date, joined; nothing lands."""
        dice, world = self.world.dice, self.world
        if len(self.side) < 2 or (len(self.side) < 4 and dice.random() < 0.3):
            self.side.append(self.feature())
            return
        at = dice.randrange(len(self.side))
        work, turn = self.side[at], dice.random()
        if turn < 0.35:
            self.side[at] = world.more(work, self.change(), message=dice.choice(("more", "Grüße, größer", "")))
        elif turn < 0.7 and work.base != world.main:
            with suppress(Conflict):
                self.side[at] = world.update(work)
        elif turn < 0.8:
            self.side[at] = world.more(work, {}, message="empty")
        else:
            others = [one for one in self.side if one is not work][: dice.choice((1, 2))]
            with suppress(Conflict):
                joined = world.joined(work, *others)
                self.side = [one for one in self.side if one is not work and one not in others] + [joined]

    def imported(self) -> Work:
        """Another project's history, with a root of its own."""
        self.edits += 1
        folder = f"vendor/lib_{self.edits}"
        theirs = {f"{folder}/README.md": b"lib\n", f"{folder}/config/promobot.toml": b"version = 1\n"}
        return self.world.imported(theirs)

    def pushed(self, at: datetime) -> Work:
        """What people push to main: a change, an empty commit, or an octopus of small branches."""
        dice, world = self.world.dice, self.world
        by = world.somebody(at)
        turn = dice.random()
        if turn < 0.7:
            return world.branch(self.change(), by=by)
        if turn < 0.85:
            return world.branch({}, by=by, message="")
        return world.joined(world.branch(), world.branch(self.change()), world.branch(self.change()), by=by)
