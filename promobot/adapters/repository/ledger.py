"""The branch promobot-ledger by plain git: one commit for each file, on top of the newest head, nothing ever taken.

The commits are made without a checkout and pushed with a lease on exactly the head they stand on. Who loses the race
reads again and makes a new commit; so whatever the branch holds stays, made by us or not.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from promobot.adapters.repository.branches import Branches
from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.commits import write_commit
from promobot.adapters.repository.objects import Repository
from promobot.core.ledger import FRUITLESS, LEDGER, PATIENCE, pause
from promobot.errors import BranchTaken, RemoteFailed, RepositoryRefused


@dataclass(frozen=True)
class _Item:
    """A line of a tree: `kind` is blob, tree or commit."""

    mode: str
    kind: str
    object: str

    def line(self, name: str) -> str:
        """As `git mktree -z` reads it."""
        return f"{self.mode} {self.kind} {self.object}\t{name}\0"


class GitLedger:
    """The ledger port by git. `branches` is the publisher's, so that both look at the remote once a cycle.

    `patience` is the time in seconds in which an append is tried again.
    """

    def __init__(self, repository: Repository, branches: Branches, *, patience: float = PATIENCE) -> None:
        self._repository, self._git, self._branches = repository, repository.git, branches
        self._patience = patience

    def names(self, folder: str) -> frozenset[str]:
        """The names of the files in a folder; none where there is no ledger yet. Raises RemoteFailed."""
        return frozenset(self._files(folder))

    def read(self, folder: str) -> Mapping[str, bytes]:
        """Name -> content of every file in a folder. Raises RemoteFailed, or RepositoryRefused for a lost content."""
        files = self._files(folder)
        try:
            contents = self._repository.blobs(files.values())
            return {name: contents[blob] for name, blob in files.items()}
        except (GitFailed, ValueError, KeyError) as error:
            raise RepositoryRefused(f"{folder}/ on {LEDGER} cannot be read: {error}; run git fsck") from error

    def append(self, path: str, content: bytes, message: str, moment: datetime) -> bool:
        """Add `folder/name`; False where it is there already, which is no write.

        Raises RemoteFailed where the remote refuses, or where others were faster for `patience` seconds.
        """
        head, end = self._branches.ledger(), time.monotonic() + self._patience
        fruitless = 0
        for attempt in count(1):
            tree = self._tree_with(head, path, content)
            if tree is None:
                return False
            try:
                self._branches.grow_ledger(self._commit(tree, head, message, moment), head)
                return True
            except BranchTaken as error:
                now = self._branches.ledger(again=True)
                fruitless = fruitless + 1 if now == head else 0
                if time.monotonic() >= end or fruitless == FRUITLESS:
                    raise RemoteFailed(_given_up(path, attempt, fruitless, error)) from error
                head = now
            # No secret hangs on these dice.
            time.sleep(pause(attempt, random.random()))  # noqa: S311
        raise AssertionError("unreachable")

    def _files(self, folder: str) -> dict[str, str]:
        """Name -> blob of the plain files in a folder."""
        head = self._branches.ledger()
        inner = {} if head is None else self._folder(head, folder)
        return {name: item.object for name, item in inner.items() if item.kind == "blob" and item.mode != "120000"}

    def _folder(self, head: str, folder: str) -> dict[str, _Item]:
        here = self._list(head).get(folder)
        if here is None:
            return {}
        if here.kind != "tree":
            raise RepositoryRefused(f"{folder} on {LEDGER} is not a folder; put one in its place, in a commit on top")
        return self._list(here.object)

    def _list(self, treeish: str) -> dict[str, _Item]:
        try:
            # In a folder of the checkout git would show that folder only.
            told = self._git.output("ls-tree", "-z", "--full-tree", treeish).decode("utf-8", "surrogateescape")
        except GitFailed as error:
            raise RepositoryRefused(f"{LEDGER} cannot be read: {error}; fetch it again, or run git fsck") from error
        lines = (line.split("\t", 1) for line in told.split("\0") if line)
        return {name: _Item(*head.split(" ")) for head, name in lines}

    def _tree_with(self, head: str | None, path: str, content: bytes) -> str | None:
        """The head's tree with one more file, None where it is there. One folder alone is written anew."""
        folder, _, name = path.partition("/")
        root = {} if head is None else self._list(head)
        inner = {} if head is None else self._folder(head, folder)
        if name in inner:
            return None
        blob = self._made("hash-object", "-w", "--stdin", stdin=content)
        root[folder] = _Item("040000", "tree", self._mktree(inner | {name: _Item("100644", "blob", blob)}))
        return self._mktree(root)

    def _mktree(self, items: Mapping[str, _Item]) -> str:
        lines = "".join(item.line(name) for name, item in items.items()).encode("utf-8", "surrogateescape")
        # What is not here (a partial clone has no old contents) is on the remote, and stays there.
        return self._made("mktree", "-z", "--missing", stdin=lines)

    def _commit(self, tree: str, head: str | None, message: str, moment: datetime) -> str:
        try:
            return write_commit(self._git, tree, head, message, moment)
        except GitFailed as error:
            raise _unwritten(error) from error

    def _made(self, *arguments: str, stdin: bytes) -> str:
        try:
            return self._git.text(*arguments, stdin=stdin)
        except GitFailed as error:
            raise _unwritten(error) from error


def _unwritten(error: GitFailed) -> RepositoryRefused:
    return RepositoryRefused(f"an entry for {LEDGER} cannot be written here: {error}")


def _given_up(path: str, attempts: int, fruitless: int, error: BranchTaken) -> str:
    if fruitless == FRUITLESS:
        told = f"{path} was not added: the branch {LEDGER} did not move and took nothing in {attempts} attempts"
        return f"{told}; look for a left-over lock or missing rights where it lives, and run again: {error.message}"
    told = f"{path} was not added: other runs wrote to the branch {LEDGER} faster, {attempts} times"
    return f"{told}; run again when they are done: {error.message}"
