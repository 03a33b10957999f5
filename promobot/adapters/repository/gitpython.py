"""GitPython's part: opening a repository, starting git in it, and reading its commits and trees."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from git import Repo
from git.exc import GitCommandError, GitCommandNotFound, GitError, ODBError
from git.objects import Blob, Tree

from promobot.adapters.repository.entries import EXECUTABLE, REGULAR, SYMLINK, Entry
from promobot.core.found import BranchState
from promobot.errors import RepositoryRefused


def opened(path: Path, git_dir: str, environment: Mapping[str, str]) -> Repo:
    """The repository around a path, with what surrounds every git that is started in it. Raises RepositoryRefused."""
    try:
        repo = Repo(path, search_parent_directories=True)
    except (GitError, OSError, ValueError) as error:
        raise RepositoryRefused(f"{path} cannot be opened as a git repository: {error}") from error
    repo.git.update_environment(GIT_DIR=git_dir, **environment)
    return repo


def started(
    repo: Repo, command: Sequence[str], source: BinaryIO | int, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """git, running in a session of its own. Raises OSError where it cannot be run."""
    try:
        process = repo.git.execute(
            list(command), istream=source, as_process=True, env=dict(environment), start_new_session=True
        )
    except (GitCommandNotFound, GitCommandError) as error:
        raise OSError(str(error)) from error
    running, process.proc = process.proc, None  # GitPython would end it as soon as it lost sight of it
    if running is None:
        raise OSError("it did not start")
    return running


class Trees:
    """Commits, and what stands in them. Raises RepositoryRefused."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def branch_state(self, commit: str) -> BranchState:
        """A commit as the planner sees it."""
        with _readable(commit):
            found = self._repo.commit(commit)
            message = found.message if isinstance(found.message, str) else found.message.decode("utf-8", "replace")
            return BranchState(commit, found.tree.hexsha, tuple(parent.hexsha for parent in found.parents), message)

    def entry(self, commit: str, path: str) -> Entry | None:
        """The file at a path, or None where there is none. A symlink on the way, or no file at its end, is refused."""
        with _readable(f"{path} at {commit}"):
            here = self._at(commit, path)
            if here is None:
                return None
            if not isinstance(here, Blob) or here.mode not in (REGULAR, EXECUTABLE):
                kind = "a symbolic link" if here.mode == SYMLINK else "not a file"
                raise RepositoryRefused(f"{path} is {kind}; put a plain file there on the base branch first")
            data: bytes = here.data_stream.read()
            return Entry(here.mode, here.hexsha, data)

    def files_named(self, commit: str, folder: str, name: str) -> list[str]:
        """The paths `folder/*/name` that stand at a commit."""
        with _readable(f"{folder} at {commit}"):
            here = self._at(commit, folder)
            inner = here.trees if isinstance(here, Tree) else ()
            return [f"{folder}/{tree.name}/{name}" for tree in inner if any(blob.name == name for blob in tree.blobs)]

    def _at(self, commit: str, path: str) -> Tree | Blob | None:
        """What stands at a path; every step on the way must be a folder."""
        here: Tree | Blob = self._repo.commit(commit).tree
        for step in path.split("/"):
            if not isinstance(here, Tree):
                kind = "a symbolic link" if here.mode == SYMLINK else "a file"
                raise RepositoryRefused(f"{path}: {here.path} is {kind} where a folder should be; mend the base branch")
            try:
                found = here[step]
            except KeyError:
                return None
            if not isinstance(found, Tree | Blob):
                raise RepositoryRefused(f"{path}: {found.path} is a submodule; mend it on the base branch")
            here = found
        return here


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """GitPython tells of a missing or broken object in many ways; all of them mean that it cannot be read."""
    try:
        yield
    except (GitError, ODBError, ValueError, IndexError, OSError) as error:
        raise RepositoryRefused(f"{what} cannot be read ({type(error).__name__}); run git fsck") from error
