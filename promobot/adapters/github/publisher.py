"""Publishing through the GitHub API: the server makes the same tree, and signs the commit (shown as Verified).

No git credential is needed. The author is left to the server, because it signs only what it attributes itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from github import InputGitTreeElement
from github.ContentFile import ContentFile
from github.GithubException import GithubException, UnknownObjectException

from promobot.adapters.github.client import Forge, answer_of, connect, told_plainly
from promobot.core.planning import BranchState
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
        self._repository, self._base = connect(forge), base
        self._local_tree, self._has_commit = local_tree, has_commit

    def base_head(self) -> str:
        """The base branch's commit on the server; it must be in the local clone."""
        with told_plainly(f"reading branch {self._base}"):
            commit: str = self._repository.get_git_ref(f"heads/{self._base}").object.sha
        if not self._has_commit(commit):
            raise RepositoryRefused(f"the clone lacks {commit}, the head of {self._base}; fetch it first (git fetch)")
        return commit

    def branch(self, name: str) -> BranchState | None:
        """A proposal's branch on the server."""
        with told_plainly(f"reading branch {name}"):
            try:
                head = self._repository.get_git_ref(f"heads/{name}").object.sha
            except UnknownObjectException:
                return None
            found = self._repository.get_git_commit(head)
            return BranchState(head, found.tree.sha, tuple(parent.sha for parent in found.parents), found.message)

    def read(self, commit: str, path: str) -> bytes | None:
        """A file of a branch's commit."""
        with told_plainly(f"reading {path}"):
            try:
                found = self._repository.get_contents(path, ref=commit)
            except UnknownObjectException:
                return None
            if not isinstance(found, ContentFile) or found.encoding != "base64":
                return None
            return found.decoded_content

    def publish(self, branch: str, base: str, files: Mapping[str, bytes], message: str, moment: datetime) -> str:
        """Make tree, commit and branch on the server, dated by its clock. Raises BranchTaken when it is there."""
        del moment
        elements = [InputGitTreeElement(path, "100644", "blob", content=data.decode()) for path, data in files.items()]
        expected = self._local_tree(base, files)
        with told_plainly("committing through the API"):
            parent = self._repository.get_git_commit(base)
            tree = self._repository.create_git_tree(elements, parent.tree)
            if tree.sha != expected:
                raise ForgeFailed(f"the server made tree {tree.sha} where git makes {expected}; no branch was created")
            commit = self._repository.create_git_commit(message, tree, [parent])
            try:
                self._repository.create_git_ref(f"refs/heads/{branch}", commit.sha)
            except GithubException as error:
                if error.status == 422 and "already exists" in answer_of(error):
                    raise BranchTaken(f"branch {branch} was created by another run") from error
                raise
        return commit.sha
