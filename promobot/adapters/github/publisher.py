"""Publishing through the GitHub API: the server makes the same tree, and signs the commit (shown as Verified).

No git credential is needed. The author is left to the server, because it signs only what it attributes itself.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import datetime

from github import InputGitTreeElement
from github.ContentFile import ContentFile
from github.GithubException import GithubException, UnknownObjectException
from github.GitRef import GitRef

from promobot.adapters.github.client import Forge, answer_of, connect, told_plainly
from promobot.core.found import BranchState
from promobot.errors import BranchTaken, ForgeFailed, RepositoryRefused


class ApiPublisher:
    """The `commits = "api"` transport.

    `local_tree` gives the id of the tree that plain git makes of the same files; the server's must be equal.
    `has_commit` says whether a commit is in the local clone.
    """

    def __init__(
        self,
        forge: Forge,
        base: str,
        *,
        local_tree: Callable[[str, Mapping[str, bytes]], str],
        has_commit: Callable[[str], bool],
    ) -> None:
        self._repository, self._base, self._patience = connect(forge), base, forge.patience
        self._local_tree, self._has_commit = local_tree, has_commit

    def base_head(self) -> str:
        """The base branch's commit on the server; it must be in the local clone."""
        with told_plainly(f"reading branch {self._base}"):
            commit: str = self._repository.get_git_ref(f"heads/{self._base}").object.sha
        if not self._has_commit(commit):
            raise RepositoryRefused(f"the clone lacks {commit}, the head of {self._base}; fetch it first (git fetch)")
        return commit

    def proposal_branches(self) -> dict[str, str]:
        """Every branch promobot/* on the server and its commit; one request (a hundred branches)."""
        with told_plainly("listing the branches promobot/*"):
            found = self._repository.get_git_matching_refs("heads/promobot/")
            return {ref.ref.removeprefix("refs/heads/"): ref.object.sha for ref in found}

    def branch(self, name: str) -> BranchState | None:
        """A proposal's branch on the server."""
        with told_plainly(f"reading branch {name}"):
            ref = self._ref(name)
            return None if ref is None else self._state(ref.object.sha)

    def at(self, commit: str) -> BranchState | None:
        """A commit on the server; None where it has no such commit."""
        with told_plainly(f"reading commit {commit[:12]}"):
            try:
                return self._state(commit)
            except UnknownObjectException:
                return None

    def at_pull_request(self, number: int, commit: str) -> BranchState | None:
        """The head of a pull request; the server keeps the commit when its branch is gone."""
        del number
        return self.at(commit)

    def under_review(self, commit: str) -> int | None:
        """Never asked: who commits through the API sees the pull requests themselves."""
        del commit
        return None

    def read(self, commit: str, path: str) -> bytes | None:
        """A file of a branch's commit."""
        with told_plainly(f"reading {path}"):
            try:
                found = self._repository.get_contents(path, ref=commit)
            except UnknownObjectException:
                return None
            if not isinstance(found, ContentFile) or found.type != "file":
                return None
            # Above 1 MiB the server leaves the content out; the blob has it.
            if found.encoding != "base64":
                return b64decode(self._repository.get_git_blob(found.sha).content)
            return found.decoded_content

    def publish(
        self,
        branch: str,
        base: str,
        files: Mapping[str, bytes],
        message: str,
        moment: datetime,
        *,
        over: str | None = None,
    ) -> str:
        """Make tree, commit and branch on the server, dated by its clock.

        Raises BranchTaken unless the branch is still at `over` (None: is not there).
        """
        del moment
        elements = [InputGitTreeElement(path, "100644", "blob", content=data.decode()) for path, data in files.items()]
        expected = self._local_tree(base, files)
        with told_plainly("committing through the API"):
            parent = self._repository.get_git_commit(base)
            tree = self._repository.create_git_tree(elements, parent.tree)
            if tree.sha != expected:
                raise ForgeFailed(f"the server made tree {tree.sha} where git makes {expected}; no branch was changed")
            commit = self._repository.create_git_commit(message, tree, [parent]).sha
            if over is None:
                self._create(branch, commit)
            else:
                self._patience.persist(lambda: self._move(branch, over, commit))
        return commit

    def delete(self, branch: str, expected: str) -> None:
        """Delete a branch that is still at this commit; one that is gone is deleted. Raises BranchTaken."""
        with told_plainly(f"deleting branch {branch}"):
            self._patience.persist(lambda: self._remove(branch, expected))

    def _create(self, branch: str, commit: str) -> None:
        try:
            self._repository.create_git_ref(f"refs/heads/{branch}", commit)
        except GithubException as error:
            if error.status != 422 or "already exists" not in answer_of(error):
                raise
            # It may be our own: made by a request whose answer was lost, and which was then sent again.
            if self._commit_of(branch) != commit:
                raise BranchTaken(f"branch {branch} was created by another run") from error

    # The REST API cannot compare and swap a ref. Between looking and writing, somebody's push to the branch may be
    # overwritten or deleted; that is one request's time, in a branch that is ours by name. What then stands there
    # can still land only through a merge, whose result the gate judges as it is, and the pushed commit can be pushed
    # again. With `commits = "git"` the lease closes this gap.

    def _move(self, branch: str, over: str, commit: str) -> None:
        """Look, then write; looking again is also how a lost answer is found out."""
        ref = self._ref(branch)
        now = None if ref is None else ref.object.sha
        if ref is None or now not in (over, commit):
            raise BranchTaken(f"branch {branch} is no longer at {over[:12]}; somebody has moved or deleted it")
        if now != commit:
            ref.edit(commit, force=True)

    def _remove(self, branch: str, expected: str) -> None:
        ref = self._ref(branch)
        if ref is None:
            return
        if ref.object.sha != expected:
            raise BranchTaken(f"branch {branch} is no longer at {expected[:12]}; it is left alone")
        try:
            ref.delete()
        except GithubException as error:
            if error.status != 404 and "does not exist" not in answer_of(error):
                raise

    def _ref(self, branch: str) -> GitRef | None:
        try:
            ref = self._repository.get_git_ref(f"heads/{branch}")
            ref.complete()
        except UnknownObjectException:
            return None
        return ref

    def _commit_of(self, branch: str) -> str | None:
        ref = self._ref(branch)
        return None if ref is None else ref.object.sha

    def _state(self, commit: str) -> BranchState:
        found = self._repository.get_git_commit(commit)
        return BranchState(commit, found.tree.sha, tuple(parent.sha for parent in found.parents), found.message)
