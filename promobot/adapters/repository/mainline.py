"""The first-parent line of a branch, read without what may bend it: replace refs, grafts and the commit-graph file."""

from __future__ import annotations

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.objects import Repository
from promobot.errors import RepositoryRefused

RAW = ("-c", "core.commitGraph=false")
"""The commit-graph repeats what commits say, and whoever writes to the repository's folder can make it say more."""


def mainline(repository: Repository, tip: str) -> dict[str, str]:
    """Commit -> tree, from the tip (a full name) down its first parents. Raises RepositoryRefused."""
    try:
        told = repository.git.text(*RAW, "log", "--first-parent", "--format=%H %T", "--end-of-options", tip, "--")
    except GitFailed as error:
        raise RepositoryRefused(f"the history of {tip} cannot be read: {error}; run git fsck") from error
    return dict(line.split(" ") for line in told.split("\n") if line)


def lies_behind(repository: Repository, older: str, newer: str) -> bool:
    """Whether `older` is `newer` or an ancestor of it; a commit that is not here lies behind nothing."""
    return (
        repository.has_commit(older)
        and repository.git.ask(*RAW, "merge-base", "--is-ancestor", older, newer) is not None
    )


def was_merged_as(repository: Repository, head: str, landing: str, merge_commit: str | None, commits: int) -> bool:
    """Whether merging a pull request of so many commits to this merge commit made the landing; `head` is the line's.

    A merge and a squash are the landing itself. A rebase leaves a line of as many commits as were rebased, and the
    forge names the last: what lies further back was there before.
    """
    if merge_commit is None or merge_commit == landing:
        return merge_commit is not None
    if not lies_behind(repository, merge_commit, head) or not lies_behind(repository, landing, merge_commit):
        return False
    # A merge commit made later would stand here beside all that it merged.
    return int(repository.git.text(*RAW, "rev-list", "--count", f"{landing}..{merge_commit}")) < commits
