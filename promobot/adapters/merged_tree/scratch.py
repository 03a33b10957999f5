"""git in a scratch repository that borrows another's objects: how it is called, and what it says when it cannot."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

NEEDED = "2.38"
"""The git that first could merge without a checkout."""

TIMEOUT = 300
"""Seconds after which a merge is given up."""

_GIT_VARIABLES = ("GIT_CONFIG", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ATTR")


class Unmergeable(Exception):
    """There is no merge result; `code` is the violation's, the text says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def surroundings() -> dict[str, str]:
    """The environment of every git: none of the caller's variables that would bend it."""
    outside = {name: text for name, text in os.environ.items() if not name.startswith(_GIT_VARIABLES)}
    return outside | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1"}


def environment(scratch: Path, objects: str) -> dict[str, str]:
    """A repository of no configuration, whose own objects are thrown away and whose others are borrowed."""
    for folder in ("objects", "refs"):
        (scratch / folder).mkdir()
    (scratch / "HEAD").write_text("ref: refs/heads/nothing\n", encoding="ascii")
    # A file, not GIT_ALTERNATE_OBJECT_DIRECTORIES: there a path with a colon would have to be quoted.
    (scratch / "objects" / "info").mkdir()
    (scratch / "objects" / "info" / "alternates").write_bytes(os.fsencode(objects) + b"\n")
    settings = ("repositoryformatversion = 0", "bare = true", f"attributesFile = {os.devnull}")
    (scratch / "config").write_text("\n\t".join(["[core]", *settings]) + "\n", encoding="ascii")
    nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return surroundings() | nothing | {"GIT_DIR": str(scratch), "GIT_ATTR_NOSYSTEM": "1", "GIT_NO_LAZY_FETCH": "1"}


def run(command: Sequence[str], environment: dict[str, str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run to the end, whatever the status. Raises Unmergeable where nothing runs."""
    try:
        return subprocess.run(  # noqa: S603
            command, env=environment, input=stdin, capture_output=True, check=False, timeout=TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unmergeable("unreadable", f"git cannot be run: {type(error).__name__}") from error


def why(told: subprocess.CompletedProcess[bytes]) -> str:
    """Why merge-tree did not merge; an old git knows no --write-tree, and says so by its usage."""
    version = run(["git", "--version"], surroundings()).stdout.decode("ascii", "replace").strip()
    if told.returncode == 129:
        return f"the gate needs git {NEEDED} or later to merge without a checkout; this is {version}"
    return f"git could not merge ({version}): {words(told.stderr)}"


def words(stderr: bytes) -> str:
    """What git said, on one line."""
    text = " ".join(stderr.decode("utf-8", "replace").split())
    return text.removeprefix("fatal: ")[:300] or "no answer"
