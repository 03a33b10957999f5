"""The report of a test run -> Health. Whatever the file is, the answer is a report or a reason, never an exception."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from promobot.adapters.health_report.junit import junit_report
from promobot.adapters.health_report.summary import summary_report
from promobot.adapters.health_report.unreadable import Unreadable
from promobot.core.health import Health, NoReport

MAX_BYTES = 16 * 1024 * 1024
_READERS = {".json": summary_report, ".xml": junit_report}


def read_health(path: Path, name: str) -> Health:
    """Read the report once: `.json` is the summary of a TestHealth run, `.xml` is JUnit (issue 3, TestHealth Go/No-Go).

    `name` is the report's path inside the repository as the policy writes it; messages call the file so, and as many
    folders above the file as it names belong to the checkout. Never raises; whatever is no report of at most 16 MiB
    is a NoReport, which is a No-Go.
    """
    try:
        reader = _READERS.get(path.suffix.lower())
        if reader is None:
            raise Unreadable(
                "is neither .json (TestHealth summary) nor .xml (JUnit); name such a file in [test_health]"
            )
        data = _bytes_of(path, name.count("/"))
        return reader(_text_of(data), hashlib.sha256(data).hexdigest())
    except Unreadable as problem:
        return NoReport(f"{name} {problem}")


def _bytes_of(path: Path, folders: int) -> bytes:
    """The file's content, read once. A symbolic link is refused: it may lead to a report that is not of this run."""
    try:
        if any(place.is_symlink() for place in (path, *path.parents[:folders])):
            raise Unreadable(
                "is a symbolic link or lies behind one, so it may be any file; write the report itself there"
            )
        # Without O_NONBLOCK a named pipe that nobody writes to would hang the run.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unreadable("is not a file; let the tests write their report to this place")
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Unreadable("is missing; let the tests write their report there before promobot runs") from error
    except IsADirectoryError as error:
        raise Unreadable("is a folder; name the report in it") from error
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        why = error.strerror if isinstance(error, OSError) else "no file can have this path"
        raise Unreadable(f"cannot be read ({why}); let the tests write it anew") from error
    if len(data) > MAX_BYTES:
        raise Unreadable(f"is larger than {MAX_BYTES // 1024**2} MiB; leave the tests' output out of it")
    return data


def _text_of(data: bytes) -> str:
    """Decoded before any parser sees it, so that no declaration inside the file can choose another encoding."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("is not UTF-8; let the tests write it as UTF-8") from error
    if text.startswith("\ufeff"):
        raise Unreadable("starts with a byte order mark; let the tests write it as UTF-8 without one")
    # UTF-16 without a mark decodes as UTF-8, and expat would recognise it all the same.
    if "\0" in text:
        raise Unreadable("holds NUL characters, as UTF-16 does; let the tests write it as UTF-8")
    return text
