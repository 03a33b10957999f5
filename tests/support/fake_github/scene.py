"""Bare repositories and commits for tests, made by plumbing: no worktree, fixed dates, so the same names every time."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from .commits import Person, write_commit
from .git import ZERO, Git, clean_env

ANN = Person("Ann Example", "ann@example.com", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def new_bare(path: Path, *, branch: str = "main", files: Mapping[str, str] | None = None) -> Git:
    """A bare repository with one commit of `files` (default: a README) on `branch`."""
    path.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", branch, str(path)], check=True, env=clean_env())
    git = Git(path)
    commit(git, branch, files or {"README.md": "hello\n"}, "first")
    return git


def commit(
    git: Git, branch: str, files: Mapping[str, str | None], message: str, *, onto: str | None = None, by: Person = ANN
) -> str:
    """Commit `files` (None deletes) to `branch`, as a push would; return the commit.

    The parent is the branch's head; where the branch is new, or should be rewritten, `onto` names it.
    """
    name = f"refs/heads/{branch}"
    old = git.ref(name)
    parent = onto or old
    blobs = {path: None if text is None else git.write("blob", text.encode()) for path, text in files.items()}
    rows = [f"0 {ZERO}\t{path}" if blob is None else f"100644 {blob}\t{path}" for path, blob in blobs.items()]
    base = git.resolve(parent, "tree") if parent else None
    tree = git.with_index(base, [(("update-index", "-z", "--index-info"), "\0".join([*rows, ""]).encode())])
    made = write_commit(git, tree, [parent] if parent else [], (by, by), f"{message}\n")
    if not git.update_ref(name, made, old or ZERO):
        raise RuntimeError(f"{branch} moved meanwhile")
    return made
