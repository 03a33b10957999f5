"""The branch promobot-ledger through the GitHub API: one commit for each file, on top of the newest head.

The ref is only ever moved forward (`force` is false), so who loses the race reads again and commits anew; whatever
the branch holds stays, made by us or not. The author is left to the server, as for proposals.
"""

from __future__ import annotations

import random
import time
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from itertools import count

from github import InputGitTreeElement
from github.GitCommit import GitCommit
from github.GithubException import GithubException, UnknownObjectException
from github.GithubObject import NotSet
from github.GitRef import GitRef
from github.GitTree import GitTree
from github.GitTreeElement import GitTreeElement

from promobot.adapters.github.client import Forge, answer_of, connect, told_plainly
from promobot.core.ledger import FRUITLESS, LEDGER, PATIENCE, pause
from promobot.errors import ForgeFailed, RepositoryRefused

_RACES = ("fast forward", "fast-forward", "already exists", "cannot be updated", "reference does not exist")
"""What the server answers (with status 422) when the ref is no longer where it was."""


class _Faster(Exception):
    """Another writer moved the branch first; `answer` is what the server said."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class ApiLedger:
    """The ledger port for `[github] commits = "api"`. Raises ForgeFailed.

    The head is read once and believed until a write says otherwise. `patience` is the time in seconds in which an
    append is tried again.
    """

    def __init__(self, forge: Forge, *, patience: float = PATIENCE) -> None:
        self._repository, self._patience = connect(forge), patience
        self._head: GitRef | None = None
        self._asked = False

    def names(self, folder: str) -> frozenset[str]:
        """The names of the files in a folder; none where there is no ledger yet. Their contents are not read."""
        with told_plainly(f"reading {folder}/ on {LEDGER}"):
            return frozenset(self._blobs(folder))

    def read(self, folder: str) -> Mapping[str, bytes]:
        """Name -> content of every file in a folder; one request for each."""
        with told_plainly(f"reading {folder}/ on {LEDGER}"):
            found = {name: self._repository.get_git_blob(blob) for name, blob in self._blobs(folder).items()}
            return {name: b64decode(blob.content) for name, blob in found.items()}

    def append(self, path: str, content: bytes, message: str, moment: datetime) -> bool:
        """Add `folder/name`, dated by the server's clock; False where it is there already, which is no write.

        `content` is UTF-8. Raises ForgeFailed where the server refuses, or where others were faster for `patience`
        seconds.
        """
        del moment
        end, fruitless = time.monotonic() + self._patience, 0
        with told_plainly(f"adding {path} to the branch {LEDGER}"):
            head = self._newest()
            for attempt in count(1):
                stood = _commit_of(head)
                try:
                    return self._appended(head, path, content.decode(), message)
                except _Faster as error:
                    head = self._newest(again=True)
                    fruitless = fruitless + 1 if _commit_of(head) == stood else 0
                    if time.monotonic() >= end or fruitless == FRUITLESS:
                        raise ForgeFailed(_given_up(path, attempt, error.answer)) from error
                # No secret hangs on these dice.
                time.sleep(pause(attempt, random.random()))  # noqa: S311
        raise AssertionError("unreachable")

    def _newest(self, *, again: bool = False) -> GitRef | None:
        """The branch's ref as last read; None where there is none."""
        if again or not self._asked:
            head = self._repository.get_git_ref(f"heads/{LEDGER}")
            try:
                _ = head.object
                self._head = head
            except UnknownObjectException:
                self._head = None
            self._asked = True
        return self._head

    def _commit(self, head: GitRef | None) -> GitCommit | None:
        return None if head is None else self._repository.get_git_commit(head.object.sha)

    def _tree(self, sha: str) -> GitTree:
        """One level. A listing that was cut short would let a refusal be overlooked."""
        tree = self._repository.get_git_tree(sha)
        if tree.truncated:
            raise ForgeFailed(f'{LEDGER} is too large for the API; set [github] commits = "git" in the policy')
        return tree

    def _folder(self, commit: GitCommit | None, folder: str) -> list[GitTreeElement]:
        """What is in a folder at a commit."""
        if commit is None:
            return []
        here = next((item for item in self._tree(commit.tree.sha).tree if item.path == folder), None)
        if here is None:
            return []
        if here.type != "tree":
            raise RepositoryRefused(f"{folder} on {LEDGER} is not a folder; put one in its place, in a commit on top")
        return self._tree(here.sha).tree

    def _blobs(self, folder: str) -> dict[str, str]:
        """Name -> blob of the plain files in a folder."""
        items = self._folder(self._commit(self._newest()), folder)
        return {item.path: item.sha for item in items if item.type == "blob" and item.mode != "120000"}

    def _appended(self, head: GitRef | None, path: str, text: str, message: str) -> bool:
        """One attempt on one head. False where the name is there; raises _Faster."""
        folder, _, name = path.partition("/")
        parent = self._commit(head)
        if any(item.path == name for item in self._folder(parent, folder)):
            return False
        element, create = InputGitTreeElement(path, "100644", "blob", content=text), self._repository
        tree = create.create_git_tree([element], NotSet if parent is None else parent.tree)
        commit = create.create_git_commit(message, tree, [] if parent is None else [parent])
        try:
            if head is None:
                self._head = create.create_git_ref(f"refs/heads/{LEDGER}", commit.sha)
            else:
                head.edit(commit.sha, force=False)
        except GithubException as error:
            raise _refusal(error) from error
        return True


def _commit_of(head: GitRef | None) -> str | None:
    return None if head is None else head.object.sha


def _refusal(error: GithubException) -> Exception:
    """Why the ref did not move: a race, a rule of the branch, or something that is told as it stands."""
    answer = answer_of(error)
    if error.status != 422:
        return error
    if any(words in answer.lower() for words in _RACES):
        return _Faster(answer)
    return ForgeFailed(f"the branch {LEDGER} cannot be written: {answer}; let promobot write to it in the branch rules")


def _given_up(path: str, attempts: int, answer: str) -> str:
    return f"{path} was not added to the branch {LEDGER} in {attempts} attempts ({answer}); run again later"
