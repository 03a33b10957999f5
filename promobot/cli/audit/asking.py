"""What `audit log` and `audit show` have in common: times, the history that is asked for, progress, the output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from promobot.adapters import pager
from promobot.adapters.repository import Base, Repository, find_base
from promobot.errors import UsageError
from promobot.usecases.audit.verify import Asked

EVERY = 1000
"""Where more commits are judged, a person is told how far it is."""


def opened(repo: Path, base: str | None, revision: str) -> tuple[Repository, Asked]:
    """The clone, and what of it is to be proved."""
    repository = Repository(repo)
    found = known_base(repository, base)
    return repository, Asked(found.branch, found.remote, revision)


def known_base(repository: Repository, base: str | None) -> Base:
    """The base branch. Raises UsageError for one that was named and that this clone does not have."""
    found = find_base(repository, base)
    place = "refs/heads" if found.remote is None else f"refs/remotes/{found.remote}"
    known = repository.git.ask(
        "for-each-ref", "--format=%(refname)", f"{place}/{found.branch}", f"refs/heads/{found.branch}"
    )
    if base is not None and not known:
        raise UsageError(
            f"--base {base}: this clone has no such branch; fetch it, or name the one that proposals go to"
        )
    return found


def instant(text: str | None, option: str) -> datetime | None:
    """A time of the command line, ISO 8601; without an offset UTC. Raises UsageError."""
    if text is None:
        return None
    try:
        told = datetime.fromisoformat(text)
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{option} {text!r} is no ISO 8601 time such as 2026-01-31T12:00:00Z or 2026-01-31") from error


def progress(done: int, of: int) -> None:
    """On long work, for a person who waits."""
    if sys.stderr.isatty() and of > EVERY:
        sys.stderr.write(f"\rjudged {done:,} of {of:,} commits" + ("\r\033[K" if done == of else ""))
        sys.stderr.flush()


def show_lines(lines: Iterable[str]) -> None:
    """Through the pager, where there is one."""
    pager.show("".join(f"{line}\n" for line in lines))


def show_json(document: dict[str, Any]) -> None:
    """One JSON document, as every command prints it; on a terminal through the pager as well."""
    text = json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False)
    # The runner reads `##[command]` anywhere in a line; to JSON the escape is the same character.
    pager.show(text.replace("##[", "#\\u0023[") + "\n")
