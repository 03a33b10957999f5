"""Running git through GitPython: one place for the environment, the argument list and the errors.

GitPython is loaded by whoever starts git with it (`gitpython`): loading it takes longer than most answers of git.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import BinaryIO

from promobot.errors import RepositoryRefused

# What surrounds promobot must not bend what git shows of a history: replace refs, grafts, another meaning of
# pathspecs, another repository. A prompt would hang a workflow for ever.
ENVIRONMENT = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_LITERAL_PATHSPECS": "0",
    "GIT_GLOB_PATHSPECS": "0",
    "GIT_NOGLOB_PATHSPECS": "0",
    "GIT_ICASE_PATHSPECS": "0",
    "GIT_NAMESPACE": "",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
    "GIT_HTTP_LOW_SPEED_TIME": "60",
    "LC_ALL": "C",
}
# Neither the user's hooks nor a file system monitor runs for the bot: they would see its token and touch the checkout.
SETTINGS = tuple(
    word
    for setting in (
        f"core.hooksPath={os.devnull}",
        "core.fsmonitor=false",
        "log.showSignature=false",
        # Any other could make what git prints unreadable.
        "i18n.logOutputEncoding=UTF-8",
        "advice.graftFileDeprecated=false",
    )
    for word in ("-c", setting)
)

PIECE = 1 << 18
"""Most bytes that are read at once from a git that goes on."""
AHEAD = 1 << 20
"""Bytes that such a git may be ahead of its reader, where the system lets a pipe be so large."""


class GitFailed(Exception):
    """A git command ended with an error; `stdout` and `stderr` are what it said."""

    def __init__(self, command: str, status: int, stderr: str, stdout: str = "") -> None:
        super().__init__(f"git {command}: {stderr.strip() or f'ended with {status}'}")
        self.status, self.stderr, self.stdout = status, stderr, stdout


class GitCommand:
    """git in one repository. Arguments are lists, never a shell line; revisions stand behind --end-of-options."""

    def __init__(self, path: Path) -> None:
        git_dir = _discovered(path)
        # Behind the look for git: GitPython cannot even be imported without it.
        from promobot.adapters.repository.gitpython import opened  # noqa: PLC0415

        self.repo = opened(path, git_dir, ENVIRONMENT)

    def start(
        self, arguments: Sequence[str], source: BinaryIO | int, environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """git in a session of its own, with pipes for both of its outputs. Raises OSError where it cannot be run."""
        from promobot.adapters.repository.gitpython import started  # noqa: PLC0415

        return started(self.repo, arguments, source, environment)

    def output(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        timeout: int | None = None,
    ) -> bytes:
        """Run and give standard output back as it is. `timeout` is in seconds. Raises GitFailed."""
        name = next((word for word in arguments if not word.startswith("-") and "=" not in word), "git")
        try:
            # The disk may be full already here.
            with tempfile.TemporaryFile() as source:
                source.write(stdin)
                source.seek(0)
                running = self.start(["git", *SETTINGS, *arguments], source, environment or {})
                return _finished(running, name, timeout)
        except OSError as error:
            raise GitFailed(name, -1, str(error)) from error

    def stream(self, *arguments: str) -> Iterator[bytes]:
        """Run and give standard output in pieces, while git goes on. Raises GitFailed where git ends with an error."""
        name = next((word for word in arguments if not word.startswith("-") and "=" not in word), "git")
        try:
            running = self.start(["git", *SETTINGS, *arguments], subprocess.DEVNULL, {})
        except OSError as error:
            raise GitFailed(name, -1, str(error)) from error
        if running.stdout is None or running.stderr is None:
            raise GitFailed(name, -1, "it did not start")
        errors, told = running.stderr, list[bytes]()
        # Read beside the other: git with much to complain of would wait for its reader, and the reader for git.
        listener = Thread(target=lambda: told.append(errors.read()), daemon=True)
        listener.start()
        try:
            _let_ahead(running.stdout.fileno())
            while piece := os.read(running.stdout.fileno(), PIECE):
                yield piece
            if running.wait() != 0:
                listener.join()
                raise GitFailed(name, running.returncode, _text(b"".join(told)))
        finally:
            if running.poll() is None:
                running.kill()
                running.wait()
            listener.join()
            running.stdout.close()
            errors.close()

    def text(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> str:
        """Run and give standard output back as text without its last line break. Raises GitFailed."""
        return self.output(*arguments, stdin=stdin, environment=environment).decode("utf-8", "replace").rstrip("\n")

    def ask(self, *arguments: str) -> str | None:
        """Like `text`, but None where git says no (status 1). That it could not look is RepositoryRefused."""
        try:
            return self.text(*arguments)
        except GitFailed as error:
            if error.status == 1:
                return None
            raise RepositoryRefused(f"the repository cannot be read: {error}") from error


def _let_ahead(pipe: int) -> None:
    """A pipe of the usual 64 KiB makes git and its reader wait for each other."""
    with suppress(OSError, AttributeError, ImportError):
        import fcntl  # noqa: PLC0415 not on Windows

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, AHEAD)


def _finished(running: subprocess.Popen[bytes], name: str, timeout: int | None) -> bytes:
    if running.stdout is not None:
        _let_ahead(running.stdout.fileno())
    try:
        out, stderr = running.communicate(timeout=timeout)
    except BaseException as error:
        # git's own children (ssh, the other end) hold our pipes too; they are of git's session and end with it.
        with suppress(OSError):
            os.killpg(running.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            running.communicate(timeout=2)
        if isinstance(error, subprocess.TimeoutExpired):
            raise GitFailed(name, -1, f"no answer within {timeout} seconds") from error
        raise
    if running.returncode != 0:
        raise GitFailed(name, running.returncode, _text(stderr), _text(out))
    return bytes(out)


def _discovered(path: Path) -> str:
    """The git directory, as git itself finds it: with its own check of who owns it and whether it knows the format."""
    outside = {name: text for name, text in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE")}
    command = ["git", "-C", str(path), "rev-parse", "--absolute-git-dir", "--show-object-format"]
    try:
        # GitPython can set a variable and not take one away, so this one question is asked without it.
        asked = subprocess.run(command, env=outside | {"LC_ALL": "C"}, capture_output=True, check=False)  # noqa: S603
    except OSError as error:
        raise RepositoryRefused("git cannot be run; install git and see that it is on the PATH") from error
    if asked.returncode != 0:
        told = _text(asked.stderr).strip().removeprefix("fatal: ")
        raise RepositoryRefused(f"{path} is not a git repository to work in ({told}); name one with --repo")
    git_dir, _, form = os.fsdecode(asked.stdout).rstrip("\n").rpartition("\n")
    if form != "sha1":
        raise RepositoryRefused(f"{path} has the object format {form}; promobot can read sha1 repositories only")
    return git_dir


def _text(told: bytes | None) -> str:
    return (told or b"").decode("utf-8", "replace")


def quoted_alternate(path: str) -> str:
    """A path as GIT_ALTERNATE_OBJECT_DIRECTORIES takes it, whatever characters it holds."""
    if any(char in path for char in (os.pathsep, '"', "\\", "\n")):
        escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return path
