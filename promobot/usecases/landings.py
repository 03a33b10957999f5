"""The landed proposals of the base branch, and what git knows of each landing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from promobot.adapters.repository import Repository
from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.history import HistoryStep, history_steps, landed_metas
from promobot.adapters.repository.mainline import was_merged_as
from promobot.core.landed import Proposal, landed_proposal
from promobot.core.landing_facts import File, GitFacts
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.types import POLICY_PATH
from promobot.core.rendering.artifacts import CHECKLIST, META, PATCHES
from promobot.errors import PolicyError, RepositoryRefused, UsageError
from promobot.usecases.base import Elsewhere, read_policy


@dataclass(frozen=True)
class Landing:
    """A proposal, the first-parent commit that brought it to the base branch, and the folder of its artifacts."""

    proposal: Proposal
    commit: str
    folder: str


class Landings:
    """The base branch `branch` at the commit `head`; `warnings` collects what looks like a landing and is none."""

    def __init__(self, repository: Repository, branch: str, head: str) -> None:
        self._repository, self._branch, self._head = repository, branch, head
        self._policy, _ = read_policy(repository, branch, head, Elsewhere())
        self._policies: dict[str, PromotionPolicy] = {}
        self.warnings: list[str] = []

    def all(self, since: str | None = None) -> list[Landing]:
        """The oldest first; those behind the revision `since` are left out. Raises RepositoryRefused, UsageError.

        A digest lands once. Should one land again, the first landing is the one that was approved.
        """
        steps = list(history_steps(self._repository, self._head, self._policy.paths.live_overrides))
        wanted = None if since is None else self._since(since)
        contents = landed_metas(self._repository, (blob for step in steps for _, blob in step.added))
        found: dict[str, Landing] = {}
        for step in reversed(steps):
            for landing in self._of_step(step, contents):
                found.setdefault(landing.proposal.digest, landing)
        return [landing for landing in found.values() if wanted is None or landing.commit in wanted]

    def facts(self, landing: Landing) -> GitFacts:
        """What git knows of a landing. Raises RepositoryRefused for a file that is none."""
        repository, commit = self._repository, landing.commit
        paths = self._policy_before(commit).paths
        parent = self._parent(commit)
        name, email, committed = self._committer(commit)
        files = (self._file(commit, f"{landing.folder}/{artifact}") for artifact in (META, PATCHES, CHECKLIST))
        before = None if parent is None else repository.entry(parent, paths.live_overrides)
        policy = repository.entry(parent or commit, POLICY_PATH)
        return GitFacts(
            commit=commit,
            committer=(name, email),
            committed_at=committed,
            policy_path=POLICY_PATH,
            policy_blob=None if policy is None else policy.blob,
            overrides_path=paths.live_overrides,
            before=None if before is None else before.blob,
            overrides=self._file(commit, paths.live_overrides),
            artifacts={file.path.rpartition("/")[2]: file for file in files if file is not None},
        )

    def brought_by(self, landing: Landing, merge_commit: str | None, commits: int) -> bool:
        """Whether merging a pull request of so many commits to this merge commit made the landing."""
        return was_merged_as(self._repository, self._head, landing.commit, merge_commit, commits)

    def _of_step(self, step: HistoryStep, contents: dict[str, bytes]) -> Iterator[Landing]:
        for path, blob in step.added:
            folder = path.rpartition("/")[0]
            reports = folder.rpartition("/")[0]
            # Elsewhere anybody may leave a file of this name, unless the folder was the policy's then.
            if reports != self._policy.paths.reports and reports != self._policy_before(step.commit).paths.reports:
                continue
            try:
                proposal = landed_proposal(contents.get(blob, b""), path, reports, self._branch)
            except ValueError as error:
                self.warnings.append(f"{path}, which {step.commit} brought, is not recorded: {error}")
            else:
                yield Landing(proposal, step.commit, folder)

    def _policy_before(self, commit: str) -> PromotionPolicy:
        """The policy that a landing was merged under; where it cannot be read, today's."""
        try:
            at = self._parent(commit) or commit
            entry = self._repository.entry(at, POLICY_PATH)
            if entry is None:
                return self._policy
            if entry.blob not in self._policies:
                self._policies[entry.blob], _ = read_policy(self._repository, self._branch, at, Elsewhere())
            return self._policies[entry.blob]
        except (PolicyError, RepositoryRefused):
            return self._policy

    def _since(self, asked: str) -> frozenset[str]:
        git = self._repository.git
        commit = git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{asked}^{{commit}}")
        if commit is None or not self._repository.is_ancestor(commit, self._head):
            raise UsageError(f"--since {asked} is not in the history of {self._branch}; name a commit of it")
        return frozenset(git.text("rev-list", "--first-parent", f"{commit}..{self._head}").split())

    def _parent(self, commit: str) -> str | None:
        parents = self._repository.branch_state(commit).parents
        return parents[0] if parents else None

    def _file(self, commit: str, path: str) -> File | None:
        entry = self._repository.entry(commit, path)
        return None if entry is None else File(path, entry.blob, entry.data)

    def _committer(self, commit: str) -> tuple[str, str, datetime | None]:
        form = ("--no-patch", "--encoding=UTF-8", "--format=%cn%x00%ce%x00%ct")
        try:
            told = self._repository.git.text("show", *form, "--end-of-options", commit)
        except GitFailed as error:
            raise RepositoryRefused(f"{commit} cannot be read: {error}; run git fsck") from error
        name, email, stamp = told.split("\0")
        try:
            return name, email, datetime.fromtimestamp(int(stamp), UTC)
        except (ValueError, OverflowError, OSError):
            return name, email, None
