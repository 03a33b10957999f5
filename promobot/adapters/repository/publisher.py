"""Publishing by plain git: the commit is made here and pushed, with a lease that says "only if it is new"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from promobot.adapters.repository.objects import Repository
from promobot.adapters.repository.remote import Branches
from promobot.core.planning import BranchState
from promobot.errors import RepositoryRefused


class GitPublisher:
    """The `commits = "git"` transport, and the only one without a forge."""

    def __init__(self, repository: Repository, branches: Branches) -> None:
        self._repository, self._branches = repository, branches
        self._heads: dict[str, str] = {}

    def base_head(self) -> str:
        """The base branch's commit as it is now, with its objects here."""
        self._heads = self._branches.heads()
        name = self._branches.base.branch
        if name not in self._heads:
            where = self._branches.base.remote or "this repository"
            raise RepositoryRefused(f"{where} has no branch {name}; name the base branch with --base")
        self._branches.fetch(name, self._heads[name])
        return self._heads[name]

    def branch(self, name: str) -> BranchState | None:
        """A proposal's branch as `base_head` last saw it."""
        commit = self._heads.get(name)
        if commit is None:
            return None
        self._branches.fetch(name, commit)
        return self._repository.branch_state(commit)

    def read(self, commit: str, path: str) -> bytes | None:
        """A file of a branch's commit."""
        entry = self._repository.entry(commit, path)
        return None if entry is None else entry.data

    def publish(self, branch: str, base: str, files: Mapping[str, bytes], message: str, moment: datetime) -> str:
        """Make the one commit on top of the base and create the branch. Raises BranchTaken when it is there."""
        tree = self._repository.tree_with(base, files, keep=True)
        commit = self._repository.commit(tree, base, message, moment)
        self._branches.create(branch, commit)
        return commit
