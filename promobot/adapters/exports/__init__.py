"""Files -> ConfigPatch[]. An export is taken whole or refused whole, with every problem told at once."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from promobot.adapters.exports.shapes import Finding, patch_objects, read_patch
from promobot.adapters.exports.strict_json import MAX_PROBLEMS, StrictReader
from promobot.core.intake import ExportFile, Intake
from promobot.core.models import ConfigPatch
from promobot.errors import Detail, ExportRefused, UsageError

MAX_BYTES = 64 * 1024 * 1024
STDIN = "-"


def load_patches_for_promotion(*paths: str | os.PathLike[str]) -> list[ConfigPatch]:
    """Read exports (JSON list, `{"patches": []}`, one patch, `.jsonl`, manifest; `-` is standard input).

    Raises ExportRefused with every problem of every file, or UsageError when a path is not there.
    """
    return list(read_exports([os.fspath(path) for path in paths]).patches)


def read_exports(paths: Iterable[str]) -> Intake:
    """Read exports as one: patch ids are unique over all of them, whatever their case."""
    patches: list[ConfigPatch] = []
    files: list[ExportFile] = []
    problems: list[Detail] = []
    seen: dict[str, str] = {}
    for path in paths:
        name = "standard input" if path == STDIN else path
        data = _bytes_of(path, name)
        found = list(_read(data, name, problems, seen))
        patches.extend(found)
        files.append(ExportFile(hashlib.sha256(data).hexdigest(), len(found)))
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        if len(problems) >= MAX_PROBLEMS:
            count = f"at least {len(problems)} problems"
        raise ExportRefused(f"the export is refused: {count}; mend the file and run again", problems)
    return Intake(tuple(patches), tuple(files))


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
    try:
        if path == STDIN:
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            # Without O_NONBLOCK a named pipe that nobody writes to would hang the run.
            with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise UsageError(f"{name} is not a file")
                data = file.read(MAX_BYTES + 1)
    except IsADirectoryError as error:
        raise UsageError(f"{name} is a folder; name the export file in it") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{name} cannot be read: {why}") from error
    if len(data) > MAX_BYTES:
        raise ExportRefused("the export is refused: it is too large", [Detail("larger than 64 MiB; split it", name)])
    return data


def _read(data: bytes, name: str, problems: list[Detail], seen: dict[str, str]) -> Iterator[ConfigPatch]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(Detail("not UTF-8; save the file as UTF-8", name, "", line))
        return
    if text.startswith("\ufeff"):
        problems.append(Detail("starts with a byte order mark; save the file as UTF-8 without one", name, "", 1))
        return
    if name.endswith(".jsonl"):
        for number, one in enumerate(text.split("\n"), start=1):
            if one.strip(" \t\r"):
                yield from _document(one, name, number, True, problems, seen)
    else:
        yield from _document(text, name, 1, False, problems, seen)


def _document(
    text: str, name: str, first_line: int, one_patch: bool, problems: list[Detail], seen: dict[str, str]
) -> Iterator[ConfigPatch]:
    reader = StrictReader(text, name, first_line)
    document = reader.read()
    if reader.problems:
        problems.extend(reader.problems[: MAX_PROBLEMS - len(problems)])
        return
    findings: list[Finding] = []
    objects = iter([("", document)]) if one_patch else patch_objects(document, findings)
    for pointer, value in objects:
        patch = read_patch(pointer, value, findings)
        if patch is not None:
            if (twin := seen.get(patch.id.lower())) is not None:
                findings.append(
                    (f"{pointer}/id", f"the id is taken already (by {twin}); ids are unique, whatever their case")
                )
            seen.setdefault(patch.id.lower(), patch.id)
            yield patch
    if findings:
        lines = _lines(text, name, first_line, findings)
        told = [Detail(message, name, pointer, lines.get(pointer)) for pointer, message in findings]
        problems.extend(told[: MAX_PROBLEMS - len(problems)])


def _lines(text: str, name: str, first_line: int, findings: list[Finding]) -> dict[str, int]:
    """The lines of the pointers; a missing member takes the line of the object that lacks it."""
    parents = {pointer: pointer.rpartition("/")[0] for pointer, _ in findings}
    reader = StrictReader(text, name, first_line, frozenset(parents) | frozenset(parents.values()))
    reader.read()
    found = {pointer: reader.lines.get(pointer) or reader.lines.get(parent) for pointer, parent in parents.items()}
    return {pointer: line for pointer, line in found.items() if line is not None}
