"""Files -> ConfigPatch[]. An export is taken whole or refused whole, with every problem told at once."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from promobot.adapters.exports.reading import Reading
from promobot.core.intake import Intake
from promobot.core.models import ConfigPatch
from promobot.errors import ExportRefused, UsageError

MAX_BYTES = 64 * 1024 * 1024
STDIN = "-"


def load_patches_for_promotion(*paths: str | os.PathLike[str]) -> list[ConfigPatch]:
    """Read exports (JSON list, `{"patches": []}`, one patch, `.jsonl`, manifest; `-` is standard input).

    Raises ExportRefused with every problem of every file, or UsageError when a path is not there.
    """
    return list(read_exports([os.fspath(path) for path in paths]).patches)


def read_exports(paths: Iterable[str]) -> Intake:
    """Read exports as one: patch ids are unique over all of them, whatever their case."""
    reading = Reading()
    for path in paths:
        name = "standard input" if path == STDIN else path
        data = _bytes_of(path, name)
        if len(data) > MAX_BYTES:
            reading.refuse(name, f"larger than {MAX_BYTES // 1024**2} MiB; split it")
        elif reading.room > 0:
            reading.add(data, name)
    if reading.problems:
        count = "1 problem" if len(reading.problems) == 1 else f"{len(reading.problems)} problems"
        at_least = "at least " if reading.room <= 0 else ""
        raise ExportRefused(f"the export is refused: {at_least}{count}; mend it and run again", reading.problems)
    return Intake(tuple(reading.patches), tuple(reading.files))


def newest_export(folder: Path, last_changed: dict[str, int]) -> Path | None:
    """The newest export in a folder, or None. `last_changed` gives commit times by file name, for unchanged files.

    A checkout gives all files the time of the checkout, so a file that git knows counts by its last commit, any
    other by its own modification time; equal times go by name.
    """
    if not folder.is_dir():
        return None
    ages = [
        (last_changed.get(path.name, path.stat().st_mtime), path.name, path)
        for path in folder.iterdir()
        if path.suffix in (".json", ".jsonl") and not path.is_symlink() and path.is_file()
    ]
    return max(ages)[2] if ages else None


def _bytes_of(path: str, name: str) -> bytes:
    """The file's content, or one byte more than an export may have."""
    try:
        if path == STDIN:
            if sys.stdin is None:
                raise UsageError("standard input is closed; name a file")
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        # Without O_NONBLOCK a named pipe that nobody writes to would hang the run.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise UsageError(f"{name} is not a file")
            # read(n) sets n bytes aside at once, so n is not larger than need be.
            return file.read(min(about.st_size, MAX_BYTES) + 1)
    except IsADirectoryError as error:
        raise UsageError(f"{name} is a folder; name the export file in it") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{name} cannot be read: {why}") from error
