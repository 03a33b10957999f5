"""Pull requests follow their branches: read from git before each request is answered.

Known limit: a branch that is deleted and made anew between two requests is not seen to have been away.
"""

from __future__ import annotations

from datetime import datetime

from .git import ZERO, Git
from .state import Issue, Pull, Repository

HEADS = "refs/heads/"


def sync(repository: Repository, now: datetime) -> None:
    """Bring every open pull request of the repository up to what its branches are now."""
    seen: dict[int, dict[str, str]] = {}
    for issue in repository.pulls:
        if issue.pull and issue.state == "open":
            _follow(repository, issue, issue.pull, seen, now)


def _heads(repository: Repository, seen: dict[int, dict[str, str]]) -> dict[str, str]:
    if repository.id not in seen:
        seen[repository.id] = repository.git.refs(HEADS)
    return seen[repository.id]


def _follow(repository: Repository, issue: Issue, pull: Pull, seen: dict[int, dict[str, str]], now: datetime) -> None:
    head = _heads(pull.head_repo, seen).get(HEADS + pull.head_ref)
    base = _heads(repository, seen).get(HEADS + pull.base_ref)
    if (head, base) == (pull.head_sha, pull.base_tip):
        return
    if head is not None and head != pull.head_sha:
        fetch_head(repository, issue.number, pull.head_repo, head)
        pull.head_sha, pull.base_sha, issue.updated_at = head, base or pull.base_sha, now
    landed = base is not None and repository.git.is_ancestor(pull.head_sha, base)
    if base is not None and landed and not repository.git.is_ancestor(pull.head_sha, pull.base_tip):
        # Somebody pushed a base that contains the head, whether or not the branch is gone by now.
        mark_merged(issue, pull, base, now)
        return
    pull.base_tip = base or pull.base_tip
    if head is None or base is None or landed:
        # A branch is gone, or the head was moved back into the base: nothing is left to propose.
        issue.close(now)


def mark_merged(issue: Issue, pull: Pull, sha: str, now: datetime) -> None:
    """State of a merged pull request; `base_tip` stays what it was before the merge."""
    pull.merged_at, pull.merge_sha = now, sha
    issue.close(now)


def fetch_head(repository: Repository, number: int, source: Repository, sha: str) -> None:
    """Keep the head as refs/pull/N/head in the base repository, as GitHub does; for a fork, bring its objects over."""
    git: Git = repository.git
    name = f"refs/pull/{number}/head"
    if source is not repository:
        git.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(source.git.path), sha)
    git.update_ref(name, sha, git.ref(name) or ZERO)
