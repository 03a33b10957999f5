"""Showing a long text as git does: through a pager where standard output is a terminal, plainly elsewhere.

The pager is the person's own: $GIT_PAGER, core.pager of their configuration or the system's, $PAGER, git's default.
What the repository's own configuration says does not count, because whoever is audited may have written it, and a
pager can show anything.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

NONE = ("", "cat")
CANNOT_RUN = (126, 127)
"""As a shell says it: not executable, not found."""


def show(text: str) -> None:
    """Write a text to standard output. Somebody who stops reading in the pager is no error."""
    pager = _pager() if sys.stdout.isatty() else ""
    if pager in NONE or not _paged(pager, text):
        sys.stdout.write(text)


def _pager() -> str:
    """git's own answer, asked where it finds no repository."""
    environment = dict(os.environ) | {"GIT_DIR": os.devnull}
    try:
        asked = subprocess.run(["git", "var", "GIT_PAGER"], env=environment, capture_output=True, check=False)  # noqa: S607
    except OSError:
        return ""
    return os.fsdecode(asked.stdout).strip() if asked.returncode == 0 else ""


def _paged(pager: str, text: str) -> bool:
    """Whether the pager could be started; git sets the same variables for less and lv where nobody else did."""
    environment = {"LESS": "FRX", "LV": "-c"} | dict(os.environ)
    sys.stdout.flush()
    # The setting is a shell's line, such as `less -S`, for git too.
    process = subprocess.Popen(pager, shell=True, stdin=subprocess.PIPE, env=environment)  # noqa: S602
    # An interrupt is for the pager: less stops a search by it and stays.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # A pipe that is closed early is no error to it.
        process.communicate(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        return process.wait() not in CANNOT_RUN
    finally:
        signal.signal(signal.SIGINT, before)
