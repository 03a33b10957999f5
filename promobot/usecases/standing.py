"""Whether a proposal's branch still holds exactly what promobot commits. An author's name or a message proves nothing.

The message's trailers only say where to look. The proof is that the same rules, run on the patches and the base
that the branch names, give the same question and the same tree. Merges of the base that brought only base content
may follow, as the forge's "Update branch" button makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from promobot.adapters.repository import Repository
from promobot.core.base_state import BaseState
from promobot.core.found import BranchState
from promobot.core.prepared import Proposed
from promobot.core.rendering.artifacts import META, PATCHES
from promobot.core.rendering.message import trailers_of
from promobot.core.told import UNREADABLE, Told, told_of
from promobot.errors import ForgeFailed, PromobotError, RemoteFailed, RepositoryRefused
from promobot.usecases.base import Elsewhere, read_base
from promobot.usecases.ports import Publisher

SKEW = timedelta(hours=1)
"""How far the clock of another run may be ahead; further, and the branch dates itself into the future."""

MOST_COMMITS = 10
"""Deeper below somebody's commits nobody looks for ours: each may cost a request."""

MOST_MERGES = 50
"""More merges of the base than that on one branch, and nobody looks any more; it is then not ours to touch."""


@dataclass(frozen=True)
class Standing:
    """A branch that names a proposal.

    `made` is what we would commit; None where the branch holds anything else. `base` is the newest base commit in it,
    `overrides` its version of auto.toml, where it has one of its own.
    """

    told: Told
    made: Proposed | None = None
    base: str = ""
    overrides: bytes | None = None


class Inspector:
    """Looks at branches with the eyes of one cycle: its repository, base state and time."""

    def __init__(
        self, repository: Repository, publisher: Publisher, state: BaseState, elsewhere: Elsewhere, now: datetime
    ) -> None:
        self._repository, self._publisher = repository, publisher
        self._state, self._elsewhere, self._now = state, elsewhere, now

    def look(self, found: BranchState) -> Standing | None:
        """What stands on a branch; None where it does not even name a proposal."""
        chain = self._chain(found)
        told = self._told(chain[-1]) or self._told_behind(chain[-1])
        if told is None or told.at > self._now + SKEW:
            return None
        try:
            return self._proved(told, chain)
        except (ForgeFailed, RemoteFailed):
            # "Could not look" is not "is not there".
            raise
        except (PromobotError, *UNREADABLE):
            return Standing(told)

    def stale(self, standing: Standing) -> bool:
        """Whether the base's auto.toml is no longer the one that the branch changes: what was reviewed beside the
        change has moved, and the gate lets no such diff pass."""
        path = self._state.policy.paths.live_overrides
        now = None if self._state.overrides is None else self._state.overrides.encode()
        return standing.overrides is not None and self._content(standing.base, path) != now

    def _chain(self, found: BranchState) -> list[BranchState]:
        """The head, and behind it the first parents of merges, down to the first commit that is none."""
        chain = [found]
        while len(chain[-1].parents) == 2 and len(chain) <= MOST_MERGES:
            before = self._publisher.at(chain[-1].parents[0])
            if before is None:
                break
            chain.append(before)
        return chain

    def _told(self, first: BranchState) -> Told | None:
        folder = self.folder(first)
        try:
            meta, patches = (self._publisher.read(first.commit, f"{folder}/{name}") for name in (META, PATCHES))
            return told_of(meta or b"", patches or b"")
        except (RepositoryRefused, *UNREADABLE):
            # A link or a file where a folder of ours would be: somebody else's commit, and no reason to stop.
            return None

    def _told_behind(self, top: BranchState) -> Told | None:
        """What a branch named before somebody put commits on it: it is still that proposal, and no longer ours."""
        for _ in range(MOST_COMMITS):
            if not top.parents or self._repository.is_ancestor(top.parents[0], self._state.commit):
                return None
            before = self._publisher.at(top.parents[0])
            told = None if before is None else self._told(before)
            if before is None or told is not None:
                return told
            top = before
        return None

    def first(self, found: BranchState) -> BranchState:
        """The commit behind the merges that the forge's "Update branch" button makes."""
        return self._chain(found)[-1]

    def folder(self, first: BranchState) -> str:
        """Where the artifacts of a commit of ours lie, as its message says."""
        return f"{self._state.policy.paths.reports}/{trailers_of(first.message).get('Promotion-Proposal', '')}"

    def _proved(self, told: Told, chain: list[BranchState]) -> Standing:
        """The whole standing, or one without `made`."""
        first = chain[-1]
        if len(first.parents) != 1 or not self._repository.is_ancestor(first.parents[0], self._state.commit):
            return Standing(told)
        before = read_base(self._repository, self._state.branch, first.parents[0], self._elsewhere, told.at)
        made = told.again(before).proposed
        if made is None or made.digest != told.digest:
            return Standing(told)
        if _said(first.message) != _said(made.message(overrides_blobs(self._repository, before, made), None)):
            return Standing(told)
        if self._tree(before.commit, made.files) != first.tree:
            return Standing(told)
        path = before.policy.paths.live_overrides
        files, base = dict(made.files), before.commit
        for merge in reversed(chain[:-1]):
            if not self._brought_base_only(merge, base, files, path):
                return Standing(told)
            base = merge.parents[1]
        return Standing(told, made, base, files.get(path))

    def _brought_base_only(self, merge: BranchState, base: str, files: dict[str, bytes], path: str) -> bool:
        """Whether a merge is the one that git would make of our files and a newer base; `files` then follow it."""
        newer = merge.parents[1]
        if not self._repository.is_ancestor(newer, self._state.commit):
            return False
        if path in files:
            merged = self._merged(files[path], base, path, self._content(newer, path))
            if merged is None:
                return False
            files[path] = merged
        return self._tree(newer, files) == merge.tree

    def _merged(self, ours: bytes, base: str, path: str, theirs: bytes | None) -> bytes | None:
        """auto.toml of both sides in one, or None where git could not."""
        ancestor = self._content(base, path)
        if theirs in (ancestor, ours):
            return ours
        if theirs is None:
            return None
        return self._repository.merged_text(ours, ancestor or b"", theirs)

    def _content(self, commit: str, path: str) -> bytes | None:
        entry = self._repository.entry(commit, path)
        return None if entry is None else entry.data

    def _tree(self, base: str, files: Mapping[str, bytes]) -> str:
        return self._repository.tree_with(base, files, keep=False)


def overrides_blobs(repository: Repository, state: BaseState, proposed: Proposed) -> str:
    """`old..new` of auto.toml for the trailer, or `none` where the proposal applies nothing."""
    new = proposed.files.get(state.policy.paths.live_overrides)
    return "none" if new is None else f"{state.overrides_blob or 'none'}..{repository.blob_id(new)}"


def _said(message: str) -> list[str]:
    """A commit's message without the one line that differs from run to run."""
    return [line for line in message.strip().split("\n") if not line.startswith("Promotion-Run: ")]
