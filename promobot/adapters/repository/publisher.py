"""Publishing by plain git: the commit is made here and pushed, with a lease that says what must be there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from promobot.adapters.repository.branches import Branches
from promobot.adapters.repository.objects import Repository
from promobot.core.found import BranchState
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
            raise RepositoryRefused(self._branches.without_base())
        self._branches.fetch(name, self._heads[name])
        return self._heads[name]

    def proposal_branches(self) -> dict[str, str]:
        """Every branch promobot/* and its commit, as `base_head` last saw them."""
        return {name: commit for name, commit in self._heads.items() if name.startswith("promobot/")}

    def branch(self, name: str) -> BranchState | None:
        """A proposal's branch as `base_head` last saw it. Raises BranchTaken where it has moved since."""
        commit = self._heads.get(name)
        if commit is None:
            return None
        self._branches.fetch(name, commit)
        return self._repository.branch_state(commit)

    def at(self, commit: str) -> BranchState | None:
        """A commit that is here, as those behind a branch that was read are."""
        return self._repository.branch_state(commit) if self._repository.has_commit(commit) else None

    def at_pull_request(self, number: int, commit: str) -> BranchState | None:
        """The head of a pull request, from the remote's refs/pull/ where its branch is gone."""
        known = self._branches.fetch_pull_request(number, commit)
        return self._repository.branch_state(commit) if known else None

    def under_review(self, commit: str) -> int | None:
        """The number of a pull request whose head this is, as the remote's refs/pull/ tell."""
        return self._branches.under_review(commit)

    def read(self, commit: str, path: str) -> bytes | None:
        """A file of a branch's commit."""
        entry = self._repository.entry(commit, path)
        return None if entry is None else entry.data

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
        """Make the one commit on top of the base and set the branch to it.

        Raises BranchTaken unless the branch is still at `over` (None: is not there).
        """
        tree = self._repository.tree_with(base, files, keep=True)
        commit = self._repository.commit(tree, base, message, moment)
        self._branches.move(branch, commit, over)
        return commit

    def delete(self, branch: str, expected: str) -> None:
        """Delete a branch that is still at this commit; one that is gone is deleted. Raises BranchTaken."""
        self._branches.delete(branch, expected)
