"""Whether the head's commits are exactly one of ours, and merges of the base behind it; if not, which are foreign."""

from __future__ import annotations

from dataclasses import dataclass

from promobot.adapters.repository import Base, Branches, GitPublisher
from promobot.core.base_state import BaseState
from promobot.core.found import BranchState
from promobot.core.gate.verdict import Violation
from promobot.core.prepared import Proposed
from promobot.usecases.base import Elsewhere
from promobot.usecases.check_case import Case
from promobot.usecases.standing import MOST_MERGES, Inspector

LOOKED_AT = 5
"""How many commits are looked at one by one when something is wrong; the first foreign one is reason enough."""


@dataclass
class Commits:
    """The commits that a head adds to its base, with the eyes that tell ours (usecases.standing)."""

    case: Case
    state: BaseState

    def __post_init__(self) -> None:
        repository = self.case.repository
        publisher = GitPublisher(repository, Branches(repository, Base(self.case.asked.branch, None)))
        self._inspector = Inspector(repository, publisher, self.state, Elsewhere(), self.case.asked.now)

    def made(self) -> Proposed | None:
        """What our commit holds, where the head is ours and nothing else's; None where it is not."""
        return None if self.case.head is None else self._made(self._state(self.case.head))

    def foreign(self, made: Proposed | None) -> list[Violation]:
        """Which commits make the head somebody else's. `made` is what ours would hold, where that is known."""
        added = self.case.merged.added_commits(MOST_MERGES + 1)
        states = [self._state(commit) for commit in added]
        ours = {state.commit for state in states[-LOOKED_AT:] if self._made(state) is not None}
        plain = [state for state in states if len(state.parents) == 1]
        found = [self._why(state, made) for state in plain if state.commit not in ours][:LOOKED_AT]
        several = [state for state in plain if state.commit in ours][:-1]
        found += [Violation("several_commits", "one proposal is one commit", None, one.commit) for one in several]
        found += [one for state in states for one in self._merge(state, ours)]
        if len(added) > MOST_MERGES:
            found.append(Violation("too_many_commits", f"more than {MOST_MERGES} commits; promobot propose makes one"))
        return found or [Violation("foreign_commit", "the head is not what promobot commits", None, self.case.head)]

    def _why(self, state: BranchState, made: Proposed | None) -> Violation:
        on_base = self.case.repository.is_ancestor(state.parents[0], self.case.base)
        if on_base and made is not None and self._tree(state.parents[0], made) == state.tree:
            stands_on = made.proposal.meta["base"]["commit"]
            if state.parents[0] != stands_on:
                message = "the proposal's commit was moved to another base commit; run promobot propose again"
                return Violation("other_parent", message, None, state.commit)
            return Violation("message_altered", "the commit's message is not promobot's", None, state.commit)
        return Violation("foreign_commit", "a commit that promobot did not make", None, state.commit)

    def _merge(self, state: BranchState, ours: set[str]) -> list[Violation]:
        if len(state.parents) == 1:
            return []
        second = state.parents[1:]
        if not second or len(second) > 1 or not self.case.repository.is_ancestor(second[0], self.case.base):
            return [Violation("foreign_merge", "a merge of something else than the base", None, state.commit)]
        if state.parents[0] in ours and state.commit not in ours:
            return [Violation("evil_merge", "a merge that brings more than the base's content", None, state.commit)]
        return []

    def _made(self, state: BranchState) -> Proposed | None:
        standing = self._inspector.look(state)
        return None if standing is None else standing.made

    def _tree(self, parent: str, made: Proposed) -> str:
        return self.case.repository.tree_with(parent, made.files, keep=False)

    def _state(self, commit: str) -> BranchState:
        return self.case.repository.branch_state(commit)
