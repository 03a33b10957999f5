"""Read auto.toml so that nothing in it, or in its place, can stop or stall a live system."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .tables import Table, walk

MAX_BYTES = 1_048_576
# tomllib keeps every prefix of a dotted key, below the header's too: its cost grows with (segments of a key) x (all
# segments). Ten million take about 2 s and 100 MB; five thousand ordinary overrides are below a quarter of a million.
MAX_PARSING_COST = 10_000_000


class UnusableOverridesError(Exception):
    """auto.toml is ignored whole: a stable `reason`, a sentence, and the blob id where the bytes were read."""

    def __init__(self, reason: str, detail: str, blob: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.blob = blob


@dataclass(frozen=True)
class OverridesFile:
    """A well-formed auto.toml: its SHA-1 blob id, and for each name the value of each of its spellings."""

    blob: str
    values: dict[str, list[Any]]


def read_overrides(path: Path) -> OverridesFile:
    """Read the file once; the blob id and the values come from the same bytes, whoever replaces the file meanwhile.

    Raises:
        UnusableOverridesError: With reason `missing`, `unreadable` or `invalid`; no other exception.
    """
    return parse_overrides(_read(path))


def parse_overrides(data: bytes, document: Table | None = None) -> OverridesFile:
    """The file's bytes, understood; `document` is what tomllib makes of them, where that is known already.

    Raises:
        UnusableOverridesError: No other exception.
    """
    if len(data) > MAX_BYTES:
        raise UnusableOverridesError("unreadable", f"it is larger than {MAX_BYTES} bytes")
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    try:
        text = data.decode("utf-8")
        _refuse_costly(text)
        applied = (tomllib.loads(text) if document is None else document).get("auto_applied")
        if not isinstance(applied, dict):
            raise UnusableOverridesError("invalid", "it has no [auto_applied] table", blob)
        values = _leaves(applied)
    except UnusableOverridesError:
        raise
    except Exception as problem:  # ValueError, RecursionError, ...: whatever the parser trips over
        raise UnusableOverridesError("invalid", f"it cannot be parsed: {_shown(problem)}", blob) from problem
    return OverridesFile(blob, values)


def _leaves(table: Table) -> dict[str, list[Any]]:
    """name -> the value of each spelling; an empty table counts as a value, one that holds something does not."""
    leaves: dict[str, list[Any]] = {}
    for path, value in walk(table):
        if not (isinstance(value, dict) and value):
            leaves.setdefault(".".join(path), []).append(value)
    return leaves


def _read(path: Path) -> bytes:
    try:
        # Non-blocking: opening a FIFO that nobody writes to would otherwise hang the start for ever.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnusableOverridesError("unreadable", "it is not a regular file")
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as problem:
        raise UnusableOverridesError("missing", "there is no such file") from problem
    except (OSError, ValueError) as problem:  # ValueError: a path that no file can have
        raise UnusableOverridesError("unreadable", f"it cannot be read: {_shown(problem)}") from problem


def _refuse_costly(text: str) -> None:
    """No key, nor the header above it, has more segments than the fullest line has dots, plus one."""
    dots = [line.count(".") for line in text.split("\n")]
    if (max(dots) + 1) * (sum(dots) + len(dots)) > MAX_PARSING_COST:
        raise ValueError("its keys have too many segments")


def _shown(problem: Exception) -> str:
    """The error in plain ASCII without control characters, and of bounded length: it goes to logs and dashboards."""
    return json.dumps(f"{type(problem).__name__}: {problem}")[1:-1][:300]
