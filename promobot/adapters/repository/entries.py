"""A file as a commit holds it."""

from __future__ import annotations

from typing import NamedTuple

REGULAR, EXECUTABLE, SYMLINK = 0o100644, 0o100755, 0o120000
NO_BLOB = "0" * 40
"""What git names in the place of a file that is not there."""


class Entry(NamedTuple):
    """A file in a commit: its mode, blob id and content."""

    mode: int
    blob: str
    data: bytes
