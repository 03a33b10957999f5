"""One proposal in one commit: is it intact, do the overrides change as it plans, and does it fit what lies before?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from promobot.core.audit import invariants
from promobot.core.audit.events import NO_BLOB
from promobot.core.audit.memory import Memory
from promobot.core.audit.replay import Files, Made, read_files, unproved
from promobot.core.audit.steps import Library, Standing, Step, blob_id, entry_of
from promobot.core.audit.trailers import false_trailers
from promobot.core.base_state import BaseState
from promobot.core.changes import overrides_of
from promobot.core.facts import Facts
from promobot.core.gate import values
from promobot.core.gate.shape import NAMES, REGULAR
from promobot.core.gate.verdict import Violation
from promobot.core.landing import Landing as Replaced
from promobot.core.overrides import NEW_FILE, apply_overrides
from promobot.core.policy import effective_mode
from promobot.core.values import Scalar
from promobot.core.wish import Wish
from promobot.errors import PromobotError


class Replay(NamedTuple):
    """What a proposal's files came to when they were made again; `ground` is what the base commit holds."""

    files: Files
    base: str | None
    ground: Standing | None
    made: Made | None
    wrong: tuple[Violation, ...]

    @property
    def again(self) -> bool:
        """Whether the same question came out, so that its changes are what the patches or the wish lead to."""
        told = self.files.told
        return told is not None and self.made is not None and self.made.digest == told.digest


@dataclass
class Judge:
    """Judges proposals of one base branch. A proposal that stands in several commits is made again only once."""

    branch: str
    library: Library
    memory: Memory
    holds: Mapping[str, Standing]
    unproved: dict[str, str] = field(default_factory=dict)
    _replays: dict[tuple[str, ...], Replay] = field(default_factory=dict)

    def proposal(self, step: Step, folder: str, before: Standing, after: Standing) -> tuple[Replay, list[Violation]]:
        """What can be said of a proposal by its commit and the base commit that it names alone."""
        replay = self._replay(step, folder)
        found = [*replay.wrong, *false_trailers(step, replay.files, before, after, _committed(replay))]
        if replay.files.told is None or self._plainly_so(replay, before, after):
            return replay, found
        try:
            state = self.library.state(self.branch, step.parents[0] if step.parents else step.commit, before)
        except PromobotError as error:
            return replay, [*found, Violation("base_unreadable", error.message, folder)]
        found += self._diff(replay, state, before, after)
        found += invariants.old_values(replay.files, state)
        if not replay.again:
            found += invariants.by_its_wish(replay.files)
        if not replay.again or replay.ground != before:
            found += invariants.under_policy(replay.files, state)
        return replay, found

    def landing(self, step: Step, replay: Replay, before: Standing) -> Iterator[Violation]:
        """What the line behind a landing says of it; `before` is its parent's."""
        files, memory = replay.files, self.memory
        self._replays.pop(_key(step, files.folder), None)
        why = unproved(files)
        if why is not None:
            self.unproved[files.folder.rpartition("/")[2]] = why
        if files.told is None:
            return
        yield from invariants.successions(files, memory)
        yield from self._dates(step, files)
        place = None if replay.base is None else memory.place_of(replay.base)
        # What had landed by a commit before the line is not told apart any more.
        if place is not None:
            yield from invariants.recorded_facts(files, memory, place)
        today = 0 if step.committed is None else memory.values_on(step.committed, memory.place)
        try:
            yield from invariants.quota(files, self.library.policy(before.policy[1]), today)
            if isinstance(files.told.asked, Wish):
                ground = before if replay.ground is None else replay.ground
                state = self.library.state(self.branch, replay.base or step.commit, ground)
                yield from invariants.truth_of_wish(files, state, self._named(files))
        except PromobotError:
            return

    def _replay(self, step: Step, folder: str) -> Replay:
        key = _key(step, folder)
        if key not in self._replays:
            self._replays[key] = self._made(step, folder)
        return self._replays[key]

    def _made(self, step: Step, folder: str) -> Replay:
        inside = ((one.path.rpartition("/")[2], one) for one in step.touched if _in(one.path, folder))
        entries = {name: entry_of(one.new_mode, one.new) for name, one in inside}
        blobs = {name: blob for name, (_, blob) in entries.items() if blob != NO_BLOB}
        found = {name: self.library.data(blob) for name, blob in blobs.items() if name in NAMES}
        files = read_files(folder, found, self.branch)
        if files.told is None:
            return Replay(files, None, None, None, files.wrong)
        base = files.meta.get("base", {}).get("commit")
        place = self._place(base)
        if place is None:
            message = "the base commit that it names does not lie before it on this branch"
            return Replay(files, None, None, None, (*files.wrong, Violation("unknown_base", message, files.path)))
        try:
            ground = self._standing(base)
            if self.memory.place_of(base) is None and files.told.refused:
                # What was refused is named by a predecessor that is not known here: the policy alone must do.
                return Replay(files, base, ground, None, files.wrong)
            predecessors = self._predecessors(files, base)
            made, differing = self.library.remade(files, self.branch, ground, predecessors)
        except PromobotError as error:
            wrong = Violation("base_unreadable", f"at commit {base}: {error.message}", files.path)
            return Replay(files, base, None, None, (*files.wrong, wrong))
        return Replay(files, base, ground, made, (*files.wrong, *differing))

    def _plainly_so(self, replay: Replay, before: Standing, after: Standing) -> bool:
        """Whether the proposal was made again on just what its parent holds, and changes the overrides to just that:
        then its old values, its rules and its plan are proved."""
        if not replay.again or replay.made is None or replay.ground != before:
            return False
        plan, made = overrides_of(replay.files.changes), replay.made.overrides
        if (made is None) != (not plan):
            return False
        return after.overrides == (before.overrides if made is None else (REGULAR, blob_id(made)))

    def _diff(self, replay: Replay, state: BaseState, before: Standing, after: Standing) -> Iterator[Violation]:
        """Whether the overrides change exactly as planned."""
        plan, told = overrides_of(replay.files.changes), replay.files.told
        expected = self._expected(replay, state, plan, before)
        wanted = NO_BLOB if expected is None else blob_id(expected.encode())
        if wanted == after.overrides[1] or told is None:
            return
        result = None if after.overrides[1] == NO_BLOB else self.library.data(after.overrides[1])
        mode = effective_mode(state.policy, told.mode)[0]
        yield from values.overrides(state, expected, result, plan, Facts(state.policy, mode, state.live, told.at))

    def _expected(
        self, replay: Replay, state: BaseState, plan: Mapping[str, Scalar | None], before: Standing
    ) -> str | None:
        path = state.policy.paths.live_overrides
        if not plan:
            return state.overrides
        made = replay.made.overrides if replay.again and replay.made is not None else None
        if made is not None and replay.ground is not None and replay.ground[:2] == before[:2]:
            return made.decode()
        try:
            return apply_overrides(NEW_FILE if state.overrides is None else state.overrides, plan, path)
        except PromobotError:
            return state.overrides

    def _dates(self, step: Step, files: Files) -> Iterator[Violation]:
        known = (self.memory.last_date, self.memory.parent_date)
        last = max((date for date in known if date is not None), default=None)
        if step.committed is None:
            yield Violation("date_unreadable", "the commit's date cannot be read", files.path)
        elif last is not None and step.committed < last:
            message = "its committer date lies before that of a commit behind it, so the day's quota cannot be told"
            yield Violation("date_goes_back", message, files.path)

    def _place(self, commit: object) -> int | None:
        """On the line so far; what lies before the line is at its beginning."""
        if not isinstance(commit, str):
            return None
        place = self.memory.place_of(commit)
        return 0 if place is None and self.library.is_before(commit) else place

    def _predecessors(self, files: Files, base: str) -> Mapping[str, str]:
        """Those at the base commit. By a commit before the line they are not told apart any more, and the files' own
        word is taken for what was asked; at the landing itself they must be the true ones all the same."""
        place = self.memory.place_of(base)
        if place is None:
            return {one.target: one.predecessor for one in files.changes if one.predecessor is not None}
        return self.memory.predecessors(files.targets, place)

    def _standing(self, commit: str) -> Standing:
        return self.holds[commit] if commit in self.holds else self.library.standing(commit)

    def _named(self, files: Files) -> dict[str, Replaced]:
        """The landing that a wish names, with the values on both sides of it."""
        wish = files.told.asked if files.told is not None else None
        if not isinstance(wish, Wish):
            return {}
        found: dict[str, Replaced] = {}
        for name in (wish.source.get("digest"), wish.source.get("proposal")):
            landing = self.memory.named(name) if name else None
            if landing is not None and name is not None:
                sides = (
                    self.library.values(blob or NO_BLOB) for blob in (landing.overrides.before, landing.overrides.after)
                )
                before, after = (side or {} for side in sides)
                found[name] = Replaced(
                    landing.proposal_id, landing.digest, landing.changes, before, after, landing.at.commit
                )
        return found


def _committed(replay: Replay) -> str | None:
    """The overrides of promobot's own commit as its message names them, `old..new`; None where it is not known."""
    if replay.made is None or replay.ground is None:
        return None
    new, old = replay.made.overrides, replay.ground.overrides[1]
    return None if new is None else f"{'none' if old == NO_BLOB else old}..{blob_id(new)}"


def _key(step: Step, folder: str) -> tuple[str, ...]:
    blobs = sorted((one.path, one.new) for one in step.touched if _in(one.path, folder))
    return tuple(word for pair in blobs for word in pair)


def _in(path: str, folder: str) -> bool:
    return path.rpartition("/")[0] == folder
