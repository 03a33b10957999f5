"""The clone as the gate reads it: with few calls of git, because each of them costs more than what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from promobot.adapters.merged_tree import MergedTree
from promobot.adapters.repository import Repository
from promobot.adapters.repository.command import GitCommand
from promobot.core.found import BranchState

PURE = frozenset({"cat-file", "log", "ls-tree", "merge-base", "rev-parse"})
"""Commands that only read. The gate names commits by their full ids, so that the same question has the same answer."""


class GateRepository(Repository):
    """A repository that remembers what git said, and names what it need not write. `merged` reads the same objects.

    Raises RepositoryRefused as Repository does.
    """

    def __init__(self, path: Path, merged: MergedTree) -> None:
        super().__init__(path)
        self.git = _Remembering(self.git)
        self._merged = merged
        self._trees: set[str] = set()

    def branch_state(self, commit: str) -> BranchState:
        """A commit as the planner sees it."""
        found = super().branch_state(commit)
        self._trees.add(found.tree)
        return found

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `older` is `newer` or lies behind it; a commit that is not here lies behind nothing."""
        return older == newer == self._merged.side.base or super().is_ancestor(older, newer)

    def blob_id(self, data: bytes) -> str:
        """The id that a content has; the gate judges sha1 repositories only."""
        return hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()

    def tree_with(self, base: str, files: Mapping[str, bytes], *, keep: bool) -> str:
        """The id of the base commit's tree with these files set.

        It is reckoned, and believed where a commit that is judged has it; before one is said to have another, git is
        asked.
        """
        reckoned = None if keep else self._merged.tree_with(base, files)
        return reckoned if reckoned in self._trees and reckoned else super().tree_with(base, files, keep=keep)


class _Remembering(GitCommand):
    def __init__(self, git: GitCommand) -> None:
        self.repo = git.repo
        self._said: dict[tuple[tuple[str, ...], bytes], bytes] = {(("cat-file", "--batch"), b""): b""}

    def output(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        timeout: int | None = None,
    ) -> bytes:
        # What writes, or reads elsewhere, has an environment of its own.
        if environment or _command(arguments) not in PURE:
            return super().output(*arguments, stdin=stdin, environment=environment, timeout=timeout)
        key = arguments, stdin
        if key not in self._said:
            self._said[key] = super().output(*arguments, stdin=stdin, timeout=timeout)
        return self._said[key]


def _command(arguments: tuple[str, ...]) -> str:
    """Its name, which stands behind settings of this one call."""
    while arguments[0] == "-c":
        arguments = arguments[2:]
    return arguments[0]
