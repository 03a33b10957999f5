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
from github.GithubException import GithubException, UnknownObjectException
from github.GitRef import GitRef
from github.GitTree import GitTree

from promobot.adapters.github.client import Forge, answer_of, connect, told_plainly
from promobot.core.ledger import FRUITLESS, LEDGER, PATIENCE, pause
from promobot.errors import ForgeFailed, RepositoryRefused

_RACES = ("fast forward", "fast-forward", "already exists", "cannot be updated")
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
            for attempt in count(1):
                head = self._newest(again=attempt > 1)
                try:
                    return self._appended(head, path, content.decode(), message)
                except _Faster as error:
                    stood = None if head is None else head.object.sha
                    now = self._newest(again=True)
                    fruitless = fruitless + 1 if (None if now is None else now.object.sha) == stood else 0
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
                _ = head.object.sha
                self._head = head
            except UnknownObjectException:
                self._head = None
            self._asked = True
        return self._head

    def _root(self, head: GitRef) -> GitTree:
        tree = self._repository.get_git_tree(self._repository.get_git_commit(head.object.sha).tree.sha)
        return _whole(tree)

    def _folder(self, root: GitTree, folder: str) -> GitTree | None:
        for item in root.tree:
            if item.path == folder:
                if item.type != "tree":
                    raise RepositoryRefused(f"{folder} on {LEDGER} is not a folder; put one in its place, on top")
                return _whole(self._repository.get_git_tree(item.sha))
        return None

    def _blobs(self, folder: str) -> dict[str, str]:
        """Name -> blob of the plain files in a folder."""
        head = self._newest()
        inner = None if head is None else self._folder(self._root(head), folder)
        items = inner.tree if inner is not None else []
        return {item.path: item.sha for item in items if item.type == "blob" and item.mode != "120000"}

    def _appended(self, head: GitRef | None, path: str, text: str, message: str) -> bool:
        """One attempt on one head. False where the name is there; raises _Faster."""
        folder, _, name = path.partition("/")
        root = None if head is None else self._root(head)
        inner = None if root is None else self._folder(root, folder)
        if inner is not None and any(item.path == name for item in inner.tree):
            return False
        element = InputGitTreeElement(path, "100644", "blob", content=text)
        create = self._repository
        if head is None or root is None:
            commit = create.create_git_commit(message, create.create_git_tree([element]), [])
        else:
            parent = create.get_git_commit(head.object.sha)
            commit = create.create_git_commit(message, create.create_git_tree([element], root), [parent])
        try:
            if head is None:
                self._head = create.create_git_ref(f"refs/heads/{LEDGER}", commit.sha)
            else:
                head.edit(commit.sha, force=False)
        except GithubException as error:
            answer = answer_of(error)
            if error.status == 422 and any(words in answer.lower() for words in _RACES):
                raise _Faster(answer) from error
            raise
        return True


def _whole(tree: GitTree) -> GitTree:
    """A listing that was cut short would let a refusal be overlooked."""
    if tree.truncated:
        raise ForgeFailed(f'{LEDGER} is too large for the API; set [github] commits = "git" in the policy')
    return tree


def _given_up(path: str, attempts: int, answer: str) -> str:
    return f"{path} was not added to the branch {LEDGER} in {attempts} attempts ({answer}); run again later"
