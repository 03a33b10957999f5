"""Commits of branches that were merged into the line: what they did to the overrides must be a proposal's as well.

A merge of the base into such a branch brings what was judged elsewhere; only what it made of both sides itself is
looked at here.
"""

from __future__ import annotations

from collections.abc import Iterator

from promobot.core.audit.founding import founds
from promobot.core.audit.judge import Judge, Replay
from promobot.core.audit.moves import moves
from promobot.core.audit.steps import Standing, Step, blob_id
from promobot.core.audit.trailers import baseless_trailers
from promobot.core.gate.history import is_inverse
from promobot.core.gate.protected import Protected, Role
from promobot.core.gate.shape import Shape, shape_of, together
from promobot.core.gate.verdict import Violation
from promobot.core.rendering.text import visible


class Beside:
    """Takes the commits beside the line, and remembers which proposals they carry until these land."""

    def __init__(self, judge: Judge) -> None:
        self._judge, self._library, self._memory = judge, judge.library, judge.memory
        # Folder of a proposal -> the commits that carry it, and the merges through which it came to a branch.
        self._carried: dict[str, list[str]] = {}
        self._merged: dict[str, list[str]] = {}
        # What no merge has brought to the line yet, with its parents; and what the line's latest commit brought.
        self._parents: dict[str, tuple[str, ...]] = {}
        self._brought: set[str] = set()

    def take(self, step: Step, before: Standing, after: Standing) -> Iterator[Violation]:
        """Judge a commit that is not on the line."""
        self._parents[step.commit] = step.parents
        protected = self._library.protected(before.policy[1])
        touched = [one for one in step.touched if protected.role(one.path) in (Role.OVERRIDES, Role.PROPOSALS)]
        removed = {one.path.rpartition("/")[0] for one in touched if one.gone}
        shape = shape_of(step.touched if touched else (), protected, {name.rpartition("/")[2] for name in removed})
        if len(step.parents) > 1:
            for folder in shape.folders:
                self._merged.setdefault(folder, []).append(step.commit)
            yield from self._merge(step, after, protected)
            return
        # What a branch's own policy does not read may be edited there, so that it must not look away.
        yield from moves(self._library, before, after)
        if not any(self._takes_back(step, folder) for folder in removed):
            yield from self._proposals(step, shape, protected, before, after)

    def bring(self, step: Step) -> None:
        """A commit of the line: what was beside it and now lies behind it."""
        self._brought, todo = set(), list(step.parents[1:])
        while todo:
            commit = todo.pop()
            if commit in self._parents:
                self._brought.add(commit)
                todo += self._parents.pop(commit)

    def landed(self, folder: str, replay: Replay) -> tuple[tuple[str, ...], str | None]:
        """The line's latest commit lands a proposal: the commits behind it that carried the proposal, and the merge
        there with which it had landed before.

        A merge of the base brings only what the line has, so that it cannot bring a proposal before the line does; one
        that is not behind the landing is somebody's who tried the proposal.
        """
        merges = [commit for commit in self._merged.pop(folder, ()) if commit in self._brought]
        carried = tuple(commit for commit in self._carried.pop(folder, ()) if commit in self._brought)
        return carried, merges[0] if merges and replay.files.found else None

    def left_over(self) -> Iterator[tuple[str, Violation]]:
        """The commits that carry what never landed.

        What landed by a squash or a rebase stands on the line without them; who tried the proposal on a branch of his
        own has merged its commit all the same.
        """
        for folder, commits in self._carried.items():
            landed = self._memory.named(folder.rpartition("/")[2]) is not None
            for commit in () if landed else commits:
                message = "a merged branch carries this proposal, and no merge brought it to the base branch"
                yield commit, Violation("never_landed", message, folder)

    def _proposals(
        self, step: Step, shape: Shape, protected: Protected, before: Standing, after: Standing
    ) -> Iterator[Violation]:
        if not founds(self._library, shape, before, after):
            yield from together(shape, protected)
        if not shape.folders:
            yield from baseless_trailers(step)
        for folder in shape.folders:
            replay, found = self._judge.proposal(step, folder, before, after)
            yield from found
            if replay.base is not None and step.parents[:1] != (replay.base,):
                message = "the proposal's commit stands on another commit than its files say"
                yield Violation("other_parent", message, folder)
            self._carried.setdefault(folder, []).append(step.commit)

    def _merge(self, step: Step, after: Standing, protected: Protected) -> Iterator[Violation]:
        for path in step.blended:
            if protected.role(path) not in (Role.OVERRIDES, Role.PROPOSALS):
                continue
            merged = self._library.merged(step.parents, path) if path == protected.overrides else None
            if merged is None or after.overrides[1] != blob_id(merged):
                message = f"{visible(path)} is what neither side had, nor what git makes of both"
                yield Violation("evil_merge", message, path)

    def _takes_back(self, step: Step, folder: str) -> bool:
        """Whether it is the exact inverse of the landing whose folder it takes away."""
        landing = self._memory.named(folder.rpartition("/")[2])
        return landing is not None and is_inverse(step.touched, landing.touched)
