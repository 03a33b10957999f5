"""What the words of `promobot check` stand for, where a file or the clone has to be asked."""

from __future__ import annotations

from pathlib import Path

from promobot.adapters.repository import Repository, find_base
from promobot.errors import UsageError

MOST_BODY = 1_000_000
"""Bytes of a body that are read; a forge takes 65,536 characters."""


def branch_of(repository: Repository, base: str, place: Path) -> str:
    """The base branch's name, which is part of a proposal's question. Raises UsageError where nobody can tell."""
    named = repository.git.ask("rev-parse", "--symbolic-full-name", "--end-of-options", base)
    # git repeats the marker itself.
    ref = (named or "").splitlines()[-1:] or [""]
    for start in ("refs/heads/", "refs/remotes/"):
        if ref[0].startswith(start):
            return find_base(repository, ref[0].removeprefix(start)).branch
    return find_base(Repository(place), None).branch


def default_base(place: Path) -> str:
    """The commit that `--base` names by default: the current branch's upstream, else the remote's default branch."""
    repository = Repository(place)
    found = find_base(repository, None)
    return f"refs/remotes/{found.remote}/{found.branch}" if found.remote else f"refs/heads/{found.branch}"


def body_of(file: str) -> str:
    """The pull request's body. Raises UsageError."""
    try:
        with Path(file).open("rb") as opened:
            return opened.read(MOST_BODY).decode("utf-8", "replace")
    except OSError as error:
        raise UsageError(f"--body {file!a} cannot be read: {error.strerror}") from error
