"""refs/notes/promobot: a copy of the records on the commits that they are about, for `git log --notes=promobot`.

A note's blob is the record's own. The ref is read and written where the branches are: on the remote where there is
one (a local ref of the same name is neither read nor moved), else here. A commit that has a note keeps it, whoever
wrote it.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from datetime import datetime
from itertools import count

from promobot.adapters.repository.branches import Branches
from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.commits import write_commit
from promobot.core.ledger import FRUITLESS, PATIENCE, pause
from promobot.errors import BranchTaken, RemoteFailed, RepositoryRefused

NOTES = "refs/notes/promobot"

_COMMIT = re.compile("[0-9a-f]{40}")

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""git knows it in every repository."""


class Notes(Branches):
    """The notes, written as the branches are: compare and swap, with the same lease and the same token.

    `patience` is the time in seconds in which a writing that others overtake is tried again.
    """

    patience = PATIENCE

    def noted(self) -> frozenset[str]:
        """The commits that have a note. Raises RemoteFailed."""
        return self._noted(self._head())

    def add(self, texts: Mapping[str, bytes], moment: datetime) -> int:
        """Give each commit its note in one commit to the notes; how many had none before.

        Raises RemoteFailed where the remote refuses, or where others were faster for `patience` seconds.
        """
        end, fruitless, before = time.monotonic() + self.patience, 0, self._head()
        for attempt in count(1):
            missing = {commit: texts[commit] for commit in texts.keys() - self._noted(before)}
            if not missing:
                return 0
            try:
                self._write(NOTES, self._with(before, missing, moment), before)
                return len(missing)
            except BranchTaken as error:
                now = self._head()
                fruitless = fruitless + 1 if now == before else 0
                if time.monotonic() >= end or fruitless == FRUITLESS:
                    raise RemoteFailed(
                        f"{NOTES} was not written in {attempt} attempts; run again, the records are in the ledger"
                    ) from error
                before = now
            # No secret hangs on these dice.
            time.sleep(pause(attempt, random.random()))  # noqa: S311
        raise AssertionError("unreachable")

    def _head(self) -> str | None:
        """The ref's commit, with its objects here."""
        if self._transport is None:
            told = self._git.text("for-each-ref", "--format=%(objectname)%09%(refname)", NOTES)
        else:
            told = self._transport.read(*self._listing(NOTES))
        # A branch named refs/heads/refs/notes/promobot is listed, too.
        listed = (line.split("\t") for line in told.splitlines())
        head = next((commit for commit, name in listed if name == NOTES), None)
        if head is not None and not self._had(NOTES, head):
            raise BranchTaken(f"{NOTES} was moved or deleted while it was being read; run again")
        return head

    def _noted(self, head: str | None) -> frozenset[str]:
        """git spreads notes over folders named by the first digits; without the slashes a path is the commit."""
        if head is None:
            return frozenset()
        try:
            told = self._git.text("ls-tree", "-r", "-z", "--full-tree", "--name-only", head)
        except GitFailed as error:
            raise RepositoryRefused(f"{NOTES} cannot be read: {error}; fetch it again, or run git fsck") from error
        names = (path.replace("/", "") for path in told.split("\0"))
        return frozenset(name for name in names if _COMMIT.fullmatch(name))

    def _with(self, head: str | None, texts: Mapping[str, bytes], moment: datetime) -> str:
        """A commit on top of the head with these notes added."""
        files = {f"{commit[:2]}/{commit[2:]}": text for commit, text in sorted(texts.items())}
        tree = self._repository.tree_with(head or EMPTY_TREE, files, keep=True)
        try:
            return write_commit(self._git, tree, head, "Copy records to notes\n", moment)
        except GitFailed as error:
            raise RepositoryRefused(f"a note cannot be written here: {error}") from error
