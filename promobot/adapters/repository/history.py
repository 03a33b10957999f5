"""The base branch's history -> what has landed on it: proposals, their questions, and how many values in a day.

One `git log` over the first parents: each landing (merge, squash or rebase) is one step of that line, and its
difference to the step before is what it brought.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.objects import Repository
from promobot.core.base_state import Landed
from promobot.core.overrides import read_overrides
from promobot.core.rendering.artifacts import META
from promobot.core.values import same
from promobot.errors import RepositoryRefused

_NOTHING = re.compile(r"0+")


@dataclass
class _Step:
    """One first-parent commit that touched proposals or the overrides."""

    commit: str
    committed: datetime
    added: list[tuple[str, str]] = field(default_factory=list)
    """(path, blob) of each `proposal_meta.json` that it brought."""
    overrides: tuple[str, str] | None = None
    """Blobs of the overrides file before and after; all zeros where there was or is none."""


def landed(repository: Repository, commit: str, *, reports: str, overrides: str, today: datetime) -> Landed:
    """Read the history of a base commit. Raises RepositoryRefused when a landed proposal cannot be read."""
    digests: set[str] = set()
    predecessors: dict[str, str] = {}
    values_today = 0
    day = today.astimezone(UTC).date()
    for step in _steps(repository, commit, reports, overrides):
        for path, blob in step.added:
            meta = _meta(repository, path, blob)
            digests.add(meta["digest"])
            # The newest landing comes first, so the first word on a target is the last one spoken.
            for target in meta["overrides"]:
                predecessors.setdefault(target, meta["digest"])
        if step.overrides and step.committed.date() == day:
            values_today += _changed_values(repository, step.overrides, overrides)
    return Landed(frozenset(digests), predecessors, values_today)


def _steps(repository: Repository, commit: str, reports: str, overrides: str) -> Iterator[_Step]:
    arguments = ("--first-parent", "-m", "--full-history", "--raw", "--no-abbrev", "--no-renames", "-z", "--root")
    paths = (f":(literal){reports}", f":(literal){overrides}")
    try:
        output = repository.git.output(
            "log", *arguments, "--format=%x01%H %ct", "--end-of-options", commit, "--", *paths
        )
    except GitFailed as error:
        raise RepositoryRefused(f"the base branch's history cannot be read: {error}") from error
    for record in output.decode("utf-8", "surrogateescape").split("\x01")[1:]:
        head, *rest = re.split(r"[\0\n]+", record)
        name, time = head.split(" ")
        step = _Step(name, datetime.fromtimestamp(int(time), UTC))
        for change, path in zip(rest[0::2], rest[1::2], strict=False):
            _, _, before, after, kind = change.lstrip(":").split(" ")
            if path == overrides:
                step.overrides = (before, after)
            elif kind == "A" and path.endswith(f"/{META}"):
                step.added.append((path, after))
        yield step


def _meta(repository: Repository, path: str, blob: str) -> dict[str, Any]:
    try:
        meta = json.loads(repository.git.output("cat-file", "blob", blob))
        if isinstance(meta["digest"], str) and isinstance(meta["overrides"], dict):
            return dict(meta)
    except (GitFailed, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RepositoryRefused(f"{path} has landed and cannot be read ({error}); nothing is proposed") from error
    raise RepositoryRefused(f"{path} has landed without a digest and overrides; nothing is proposed")


def _changed_values(repository: Repository, blobs: tuple[str, str], name: str) -> int:
    """How many values differ between two versions of the overrides file."""
    before, after = (_values(repository, blob, name) for blob in blobs)
    return sum(not same(before.get(target), after.get(target)) for target in before.keys() | after.keys())


def _values(repository: Repository, blob: str, name: str) -> dict[str, Any]:
    if _NOTHING.fullmatch(blob):
        return {}
    try:
        return read_overrides(repository.git.output("cat-file", "blob", blob).decode("utf-8"), name)
    except (GitFailed, UnicodeDecodeError) as error:
        raise RepositoryRefused(f"an earlier version of {name} ({blob}) cannot be read: {error}") from error
