"""git without GitPython, for the gate: loading that takes longer than all that the gate asks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from promobot.adapters.repository.command import ENVIRONMENT, GitCommand


class PlainGit(GitCommand):
    """git in a git directory that was found, and judged fit to be read, before."""

    def __init__(self, git_dir: str) -> None:
        self._environment = {**os.environ, **ENVIRONMENT, "GIT_DIR": git_dir}

    def start(
        self, arguments: Sequence[str], source: BinaryIO | int, environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """git in a session of its own, with pipes for both of its outputs. Raises OSError where it cannot be run."""
        return subprocess.Popen(  # noqa: S603
            arguments, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**self._environment, **environment}, start_new_session=True,
        )  # fmt: skip
