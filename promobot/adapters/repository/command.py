"""Running git through GitPython: one place for the environment, the argument list and the errors."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from git import Repo
from git.exc import GitCommandNotFound, GitError, InvalidGitRepositoryError, NoSuchPathError

from promobot.errors import RepositoryRefused

# Replace refs could show another history than the one that is there; a prompt would hang a workflow for ever.
ENVIRONMENT = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
    "GIT_HTTP_LOW_SPEED_TIME": "60",
    "LC_ALL": "C",
}


class GitFailed(Exception):
    """A git command ended with an error; `stderr` is what it said."""

    def __init__(self, command: str, status: int, stderr: str) -> None:
        super().__init__(f"git {command}: {stderr.strip() or f'ended with {status}'}")
        self.status, self.stderr = status, stderr


class GitCommand:
    """git in one repository. Arguments are lists, never a shell line; revisions stand behind --end-of-options."""

    def __init__(self, path: Path) -> None:
        try:
            self.repo = Repo(path, search_parent_directories=True)
        except (InvalidGitRepositoryError, NoSuchPathError) as error:
            raise RepositoryRefused(f"{path} is not inside a git repository; name one with --repo") from error
        # A surrounding git hook sets GIT_DIR, which would lead every command into another repository.
        self.repo.git.update_environment(GIT_DIR=str(self.repo.git_dir), **ENVIRONMENT)

    def output(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        timeout: int | None = None,
    ) -> bytes:
        """Run and give standard output back as it is. Raises GitFailed."""
        with tempfile.TemporaryFile() as source:
            source.write(stdin)
            source.seek(0)
            try:
                status, out, stderr = self.repo.git.execute(
                    ["git", *arguments],
                    istream=source,
                    with_extended_output=True,
                    with_exceptions=False,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    env=dict(environment or {}),
                    kill_after_timeout=timeout,
                )
            except (GitCommandNotFound, GitError, OSError) as error:
                raise GitFailed(arguments[0], -1, str(error)) from error
        if status != 0:
            raise GitFailed(arguments[0], status, _text(stderr))
        return out if isinstance(out, bytes) else str(out).encode()

    def text(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> str:
        """Run and give standard output back as text without its last line break. Raises GitFailed."""
        return self.output(*arguments, stdin=stdin, environment=environment).decode("utf-8", "replace").rstrip("\n")

    def ask(self, *arguments: str) -> str | None:
        """Like `text`, but None where git says no."""
        try:
            return self.text(*arguments)
        except GitFailed:
            return None


def _text(told: object) -> str:
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)


def quoted_alternate(path: str) -> str:
    """A path as GIT_ALTERNATE_OBJECT_DIRECTORIES takes it, whatever characters it holds."""
    if any(char in path for char in (os.pathsep, '"', "\\", "\n")):
        escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return path
