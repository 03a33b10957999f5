"""The referee: reads the first-parent history of main, the ledger and the branches, and believes nothing else.

It shares no rule with promobot: TOML is read by the standard library, bounds are compared as fractions of the text.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.support.fake_github.git import Git
from tests.support.life.world import AUTO, CONFIG, POLICY, REPORTS, World

LEDGER = "refs/heads/promobot-ledger"
DEFAULTS: Mapping[str, Mapping[str, float]] = {
    "leverage": {"min_value": 1.0, "max_value": 2.0, "max_step": 0.25},
    "trigger": {"min_value": 3.0, "max_value": 15.0, "max_step": 2.0},
    "macro": {"min_value": 0.0, "max_value": 0.8, "max_step": 0.1},
}
Values = Mapping[str, Any]
NOTHING = object()


def differs(one: object, other: object) -> bool:
    return type(one) is not type(other) or one != other


def flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


@dataclass(frozen=True)
class Step:
    """A step of main: the live file's values before and after, and what the one proposal that it brought says."""

    commit: str
    before: Values
    after: Values
    meta: Any = None

    @property
    def changed(self) -> frozenset[str]:
        names = self.before.keys() | self.after.keys()
        return frozenset(
            name for name in names if differs(self.before.get(name, NOTHING), self.after.get(name, NOTHING))
        )


class Referee:
    """Looks after every step of the game; each look is at what is new since the last one."""

    def __init__(self, world: World) -> None:
        self._world, self._git = world, world.git
        self._seen = world.people.main()
        self._ledger: tuple[str | None, dict[str, str]] = (None, {})
        self.steps: list[Step] = []
        self.digests: list[str] = []

    @property
    def landings(self) -> list[Step]:
        """The steps that brought a proposal, oldest first."""
        return [step for step in self.steps if step.meta is not None]

    def look(self) -> None:
        """Everything that must hold at any time, also between a crash and the next run."""
        self._history()
        self._ledger_grew()
        self._people_lost_nothing()

    def standing(self) -> list[Any]:
        """The open proposals whose question has not landed."""
        landed = {f"promobot/{digest[:16]}" for digest in self.digests}
        return [proposal for proposal in self._world.open() if proposal.branch not in landed]

    def _history(self) -> None:
        head = self._world.people.main()
        if head == self._seen:
            return
        new = self._git.text("rev-list", "--first-parent", "--reverse", f"{self._seen}..{head}").split()
        for commit in new:
            step = self._step(self._seen, commit)
            self._explained(step)
            self.steps.append(step)
            self._seen = commit
        assert self._seen == head

    def _step(self, before: str, commit: str) -> Step:
        listing = ("diff-tree", "-r", "--no-renames", "--name-only", "--diff-filter=A", before, commit, "--", REPORTS)
        added = [path for path in self._git.text(*listing).splitlines() if path.endswith("/proposal_meta.json")]
        assert len(added) <= 1, f"{commit} brought several proposals at once: {added}"
        meta = json.loads(self._git.read(commit, added[0]) or b"") if added else None
        return Step(commit, overrides(self._git, before), overrides(self._git, commit), meta)

    def _explained(self, step: Step) -> None:
        if step.commit in self._world.people.direct:
            return
        if step.meta is None:
            inverse = any(_undoes(step, old) for old in self.landings)
            assert not step.changed or inverse, f"nothing explains {sorted(step.changed)} in {step.commit}"
            return
        assert step.meta["digest"] not in self.digests, f"question {step.meta['digest']} landed twice"
        self.digests.append(step.meta["digest"])
        promised = {target: both["new"] for target, both in step.meta["overrides"].items()}
        assert step.changed <= promised.keys(), f"{step.commit} changed more than it says: {step.changed}"
        for target, new in promised.items():
            assert not differs(step.after.get(target), new), f"{step.commit}: {target} is not {new!r}"
        if step.meta["kind"] == "promotion":
            within(self._git, step.meta["base"]["commit"], step.meta["overrides"])
        if step.meta["kind"] == "revert":
            [old] = [old for old in self.landings if old.meta["digest"] == step.meta["reverts"]]
            # Somebody may have taken the same back meanwhile, by another way; nothing else may have been there.
            kept = [name for name in promised if differs(step.after.get(name), old.before.get(name))]
            lost = [name for name in step.changed if differs(step.before.get(name), old.after.get(name))]
            assert not kept + lost, f"{step.commit} does not restore what {old.commit} replaced: {kept + lost}"
        if step.meta["kind"] == "expiry":
            assert set(promised.values()) == {None}, f"{step.commit} sets a value because of a date"

    def _ledger_grew(self) -> None:
        head, (old, files) = self._git.ref(LEDGER), self._ledger
        if head == old:
            return
        assert head is not None, "the ledger is gone"
        if old is not None:
            assert self._git.is_ancestor(old, head), "the ledger was rewritten"
        spread = () if old is None else (f"^{old}",)
        assert not self._git.text("rev-list", "--min-parents=2", head, *spread), "the ledger's history forked"
        rows = (row.split("\t") for row in self._git.text("ls-tree", "-r", head).splitlines())
        now = {path: details.split(" ")[2] for details, path in rows}
        assert files.items() <= now.items(), "the ledger lost or changed an entry"
        self._ledger = head, now

    def _people_lost_nothing(self) -> None:
        heads = self._git.refs("refs/heads/promobot/")
        for branch, commits in self._world.people.commits.items():
            head = heads.get(f"refs/heads/{branch}")
            assert head is not None, f"{branch} with a person's commit was deleted"
            for commit in commits:
                assert self._git.is_ancestor(commit, head), f"{branch} lost a person's commit"


def _undoes(step: Step, old: Step) -> bool:
    """Whether a step puts back exactly what a landing replaced."""
    return old.changed == step.changed and not any(
        differs(old.before.get(name), step.after.get(name)) or differs(old.after.get(name), step.before.get(name))
        for name in step.changed
    )


def overrides(git: Git, commit: str) -> Values:
    """The live file's values at a commit."""
    text = (git.read(commit, AUTO) or b"").decode()
    return dict(flat(tomllib.loads(text).get("auto_applied", {})))


def within(git: Git, commit: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Each automatic value is one that the policy at this commit lets through from the live value there."""
    policy = tomllib.loads((git.read(commit, POLICY) or b"").decode())
    base = dict(flat(tomllib.loads((git.read(commit, CONFIG) or b"").decode())))
    live = base | dict(overrides(git, commit))
    assert not changes or (policy["mode"] == "bounded_auto" and not policy["lock"]), "applied against mode or lock"
    assert len(changes) <= min(policy["max_per_proposal"], policy["auto_apply"]["max_per_day"]), "too many at once"
    for target, both in changes.items():
        assert not differs(live.get(target), both["old"]), f"{target} was not {both['old']!r} at {commit}"
        named = [tag for tag in DEFAULTS if tag in target]
        assert named, f"{target} has no bounds"
        for tag in named:
            bounds = DEFAULTS[tag] | policy["bounds"].get(tag, {})
            new, old = Fraction(repr(both["new"])), Fraction(repr(both["old"]))
            assert Fraction(repr(bounds["min_value"])) <= new <= Fraction(repr(bounds["max_value"])), (target, both)
            assert abs(new - old) <= Fraction(repr(bounds["max_step"])), (target, both)
