"""The first-parent line of a base branch, commit by commit: each change of the overrides must be one landing.

The same questions that the gate asks of a merge are asked of every commit that happened. Branches that were merged
into the line are looked at as well: what they did to the overrides must have been a proposal's, even if nothing of it
is left in the merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from promobot.core.audit.beside import Beside
from promobot.core.audit.events import NO_BLOB, Event, Landing, Moment, PolicyChange, Switch, Undoing
from promobot.core.audit.founding import founds
from promobot.core.audit.judge import Judge, Replay
from promobot.core.audit.memory import Memory
from promobot.core.audit.moves import moves
from promobot.core.audit.steps import Library, Standing, Step, following
from promobot.core.audit.trailers import baseless_trailers
from promobot.core.changes import overrides_of
from promobot.core.gate.attributes import bending
from promobot.core.gate.history import is_inverse
from promobot.core.gate.protected import Protected, Role
from promobot.core.gate.shape import Shape, bent, shape_of, together
from promobot.core.gate.verdict import Violation
from promobot.core.lately import moved_values
from promobot.core.rendering.text import log_line
from promobot.core.told import UNREADABLE
from promobot.errors import PolicyError


@dataclass
class Line:
    """Takes the steps of a history, parents before children, and collects events and findings."""

    branch: str
    library: Library
    memory: Memory = field(default_factory=Memory)
    holds: dict[str, Standing] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    findings: list[Violation] = field(default_factory=list)
    warnings: list[Violation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.judge = Judge(self.branch, self.library, self.memory, self.holds)
        self._beside = Beside(self.judge)
        # The last landing that does exactly what it plans, and how many values that moves.
        self._planned = "", 0

    def foresee(self, steps: Iterable[Step]) -> None:
        """What the next commits will hold, which asks for no judgement."""
        for step in steps:
            self.holds[step.commit] = following(self._before(step), step, self.library)

    def take(self, step: Step) -> None:
        """Judge one commit. Its parents were taken before, or lie behind the baseline."""
        before = self._before(step)
        if step.commit not in self.holds:
            self.foresee([step])
        after = self.holds[step.commit]
        if not step.line:
            self._find(step, self._beside.take(step, before, after))
            return
        self.memory.step(step.commit)
        self._beside.bring(step)
        self._find(step, self._on_line(step, before, after))
        self.memory.parent_date = step.committed

    def end(self) -> None:
        """Everything was taken."""
        for commit, found in self._beside.left_over():
            self.findings.append(found._replace(commit=commit))

    def _before(self, step: Step) -> Standing:
        if not step.parents:
            return Standing()
        first = step.parents[0]
        if first not in self.holds:
            self.holds[first] = self.library.standing(first)
        return self.holds[first]

    def _find(self, step: Step, found: Iterable[Violation]) -> None:
        told: list[Violation] = []
        try:
            told.extend(found)
        except UNREADABLE as error:
            told.append(Violation("unreadable", f"something in it cannot be understood ({type(error).__name__})"))
        self.findings += dict.fromkeys(one._replace(commit=one.commit or step.commit, line=None) for one in told)

    def _on_line(self, step: Step, before: Standing, after: Standing) -> Iterator[Violation]:
        protected = self.library.protected(before.policy[1])
        shape = shape_of(step.touched, protected, self.memory.standing)
        yield from bent(shape, protected)
        if not shape.folders:
            yield from baseless_trailers(step)
        if shape.only_free:
            return
        if shape.has(Role.ATTRIBUTES):
            yield from self._attributes(step, after)
        if shape.has(Role.POLICY):
            yield from self._policy(step, before, after, protected)
        latest = self.memory.latest
        if shape.stray and isinstance(latest, Landing) and is_inverse(step.touched, latest.touched):
            self._undone(step, latest, before, after)
            return
        if not founds(self.library, shape, before, after):
            yield from self._values(step, shape, before, after, protected)
        self._count(step, before, after)

    def _values(
        self, step: Step, shape: Shape, before: Standing, after: Standing, protected: Protected
    ) -> Iterator[Violation]:
        """Overrides and proposals. What is wrong with their landing does not unmake it."""
        yield from together(shape, protected)
        if before.policy[1] == NO_BLOB and (shape.has(Role.OVERRIDES) or shape.has(Role.PROPOSALS)):
            yield Violation("no_policy", "there was no policy under which it could land", protected.policy)
        for folder in shape.folders:
            replay, found = self.judge.proposal(step, folder, before, after)
            yield from found
            yield from self.judge.landing(step, replay, before)
            brought, swapped = self._beside.landed(folder, replay)
            if swapped is not None:
                yield Violation("swapped_parents", f"it had landed before, with commit {swapped}", folder)
            if not found and len(shape.folders) == 1:
                # Its plan is all that changed, which spares reading both versions.
                self._planned = step.commit, len(overrides_of(replay.files.changes))
            self._landed(step, folder, replay, before, after, brought)

    def _landed(
        self, step: Step, folder: str, replay: Replay, before: Standing, after: Standing, brought: tuple[str, ...]
    ) -> None:
        files = replay.files
        if files.told is None:
            self.memory.standing.add(folder.rpartition("/")[2])
            return
        protected = self.library.protected(before.policy[1])
        landing = Landing(
            at=Moment(step.commit, step.committed),
            parent=step.parents[0] if step.parents else "",
            folder=folder,
            proposal_id=folder.rpartition("/")[2],
            digest=files.told.digest,
            evidence_digest=_text(files.meta.get("evidence_digest")),
            kind=files.told.kind,
            mode=str(files.told.mode),
            changes=files.changes,
            overrides=Switch(protected.overrides, _blob(before.overrides), _blob(after.overrides)),
            policy=_blob(before.policy),
            artifacts={
                one.path.rpartition("/")[2]: one.new for one in step.touched if one.path.startswith(f"{folder}/")
            },
            reverts=_text(files.meta.get("reverts")),
            brought=brought,
        )
        self.memory.landed(landing)
        self.events.append(landing)

    def _undone(self, step: Step, landing: Landing, before: Standing, after: Standing) -> None:
        path = self.library.protected(before.policy[1]).overrides
        switch = Switch(path, _blob(before.overrides), _blob(after.overrides))
        undoing = Undoing(Moment(step.commit, step.committed), landing, switch)
        self.memory.undone(undoing)
        self.events.append(undoing)
        self._count(step, before, after)

    def _count(self, step: Step, before: Standing, after: Standing) -> None:
        """How many live values the step changed."""
        if before.overrides[1] == after.overrides[1]:
            return
        commit, moved = self._planned
        if commit != step.commit:
            moved = moved_values(*(self.library.values(one.overrides[1]) for one in (before, after)))
        self.memory.counted(step.committed, moved)
        if self.memory.latest is not None and self.memory.latest.at.commit != step.commit:
            # Whatever touched the overrides last is what a Revert button would take back.
            self.memory.latest = None

    def _policy(self, step: Step, before: Standing, after: Standing, protected: Protected) -> Iterator[Violation]:
        moment = Moment(step.commit, step.committed)
        switch = Switch(protected.policy, _blob(before.policy), _blob(after.policy))
        self.events.append(PolicyChange(moment, step.author, switch))
        if after.policy[1] == NO_BLOB:
            yield Violation("policy_removed", f"{protected.policy} was taken away", protected.policy)
            return
        try:
            self.library.policy(after.policy[1])
        except PolicyError as error:
            why = "; ".join(f"{one.pointer or one.file}: {one.message}" for one in error.details) or error.message
            yield Violation("invalid_policy", log_line(f"it cannot be used: {why}"), protected.policy)
            return
        if before.policy[1] == NO_BLOB or self.library.protected(after.policy[1]) == protected:
            return
        self.memory.forget_days()
        yield from moves(self.library, before, after)

    def _attributes(self, step: Step, after: Standing) -> Iterator[Violation]:
        now = self.library.protected(after.policy[1])
        paths = (*now.files(), f"{now.reports}/x/x")
        yield from bending(self.library.attributes(step.commit, paths))


def _blob(entry: tuple[int, str]) -> str | None:
    return None if entry[1] == NO_BLOB else entry[1]


def _text(told: object) -> str | None:
    return told if isinstance(told, str) else None
