"""Where the base branch stands as this clone knows it, for what must not wait for a network."""

from __future__ import annotations

from promobot.adapters.repository.command import GitCommand


def known_head(git: GitCommand) -> str | None:
    """The commit of the base branch, which is found as `find_base` does; nobody is asked. None where it has none.

    Of a remote that holds nothing yet, what stands here is what will be pushed. Where the remote holds something and
    nobody knows which of it is the base branch, there is no answer either.
    """
    branch = git.ask("symbolic-ref", "--quiet", "HEAD")
    remotes = (git.ask("remote") or "").split("\n")
    for ref in _candidates(git, branch, [remote for remote in remotes if remote]):
        found = git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if found is not None:
            return found
    return None


def _candidates(git: GitCommand, branch: str | None, remotes: list[str]) -> list[str]:
    here = [branch] if branch else []
    upstream = git.text("for-each-ref", "--format=%(upstream)", branch) if branch else ""
    if upstream.startswith("refs/remotes/"):
        return [upstream]
    if not remotes:
        return here
    remote = "origin" if "origin" in remotes else remotes[0] if len(remotes) == 1 else None
    if remote is None:
        return []
    seen = f"refs/remotes/{remote}/"
    if not git.text("for-each-ref", "--count=1", "--format=%(refname)", seen):
        return here
    return [f"{seen}HEAD", *(f"{seen}{name.removeprefix('refs/heads/')}" for name in here)]
