"""The base branch's history -> what has landed on it: proposals, their questions, and how many values in a day.

One `git log` over the first parents: each landing (merge, squash or rebase) is one step of that line, and its
difference to the step before is what it brought.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.objects import Repository
from promobot.adapters.repository.versions import Versions
from promobot.core.base_state import Landed
from promobot.core.changes import by_hand_key
from promobot.core.lately import Lately, Step, lately, moved_values
from promobot.core.rendering.artifacts import META
from promobot.errors import RepositoryRefused

DAY = 24 * 60 * 60


@dataclass(frozen=True)
class _Record:
    """A landed proposal: its digest, the targets that it changed, the keys of the changes that it left by hand, and
    the targets that it changed as the loop asked for it."""

    digest: str
    overrides: tuple[str, ...]
    by_hand: tuple[str, ...]
    promoted: frozenset[str]


@dataclass
class HistoryStep:
    """One first-parent commit that touched proposals or the overrides.

    `committed` is the committer date (epoch seconds), None where it cannot be read; `added` are (path, blob) of the
    metas it brought; `overrides` the blobs of the overrides file before and after, all zeros where there was none.
    """

    commit: str
    committed: int | None
    added: list[tuple[str, str]] = field(default_factory=list)
    overrides: tuple[str, str] | None = None
    promoted: frozenset[str] = frozenset()


def landed(
    repository: Repository,
    commit: str,
    *,
    reports: str,
    overrides: str,
    today: datetime,
    lately_days: int = 0,
    base: Mapping[str, Any] | None = None,
) -> Landed:
    """Read the history of a base commit. Raises RepositoryRefused when a proposal that stands there cannot be read.

    `lately_days` says how far back changes of single values are looked at; 0 looks at none. `base` are the values of
    the base config, by target.
    """
    digests: set[str] = set()
    by_hand: set[str] = set()
    predecessors: dict[str, str] = {}
    values_today, seen = 0, set()
    start = int(datetime.combine(today.astimezone(UTC).date(), time(), UTC).timestamp())
    steps = list(history_steps(repository, commit, overrides, reports))
    versions = Versions(repository, overrides)
    contents = landed_metas(repository, (blob for step in steps for _, blob in step.added))
    for step in steps:
        for path, blob in step.added:
            seen.add(path)
            meta = _meta(repository, commit, path, contents.get(blob, b""), reports)
            if meta is None:
                continue
            digests.add(meta.digest)
            step.promoted |= meta.promoted
            by_hand.update(meta.by_hand)
            # The newest landing comes first, so the first word on a target is the last one spoken.
            for target in meta.overrides:
                predecessors.setdefault(target, meta.digest)
        # A date that cannot be read counts as today: the quota fails closed.
        if step.overrides and (step.committed is None or start <= step.committed < start + DAY):
            before, after = (versions.values(blob) for blob in step.overrides)
            values_today += moved_values(before, after)
    missed = [path for path in repository.files_named(commit, reports, META) if path not in seen]
    if missed:
        raise RepositoryRefused(f"{missed[0]} stands on the base branch, and its history does not tell when it landed")
    recent = _lately(steps, versions, today, lately_days, base)
    return Landed(frozenset(digests), frozenset(by_hand), predecessors, values_today, recent)


def history_steps(
    repository: Repository, commit: str, overrides: str, reports: str | None = None, *, by_graph: bool = True
) -> Iterator[HistoryStep]:
    """The landings on a base commit's first-parent line, newest first. Raises RepositoryRefused.

    `reports` is the folder of the proposals, the only protected one: what calls itself a proposal elsewhere was not
    judged, and must not count. Without it every folder is looked at, which takes git many times as long. `by_graph`
    lets git use the clone's commit-graph, which is quicker and which an auditor does not believe.
    """
    # The merge format and the encoding are named, because a user's configuration may set others.
    arguments = ("--first-parent", "--diff-merges=first-parent", "--full-history", "--root", "--raw", "--no-abbrev")
    form = ("--no-renames", "--no-relative", "--encoding=UTF-8", "-z", "--format=%x01%H %ct")
    metas = f":(top,glob)**/{META}" if reports is None else f":(top,literal){reports}"
    paths = (metas, f":(top,literal){overrides}")
    graph = () if by_graph else ("-c", "core.commitGraph=false")
    try:
        tip, newer = repository.line_of(commit)
        output = repository.git.output(*graph, "log", *arguments, *form, "--end-of-options", tip, "--", *paths)
    except GitFailed as error:
        raise RepositoryRefused(f"the base branch's history cannot be read: {error}") from error
    yield from (step for step in _steps(output, overrides) if step.commit not in newer)


def _steps(output: bytes, overrides: str) -> Iterator[HistoryStep]:
    step = HistoryStep("", None)
    fields = iter(output.split(b"\0"))
    for word in fields:
        if word.lstrip(b"\n").startswith(b"\x01"):
            if step.added or step.overrides:
                yield step
            name, _, told = word.lstrip(b"\n")[1:].strip().partition(b" ")
            step = HistoryStep(name.decode("ascii"), int(told) if told.isdigit() else None)
        elif word.lstrip(b"\n").startswith(b":"):
            _, _, before, after, kind = word.lstrip(b"\n:").decode("ascii").split(" ")
            path = next(fields).decode("utf-8", "surrogateescape")
            if path == overrides:
                step.overrides = (before, after)
            elif kind == "A" and path.endswith(f"/{META}"):
                step.added.append((path, after))
    if step.added or step.overrides:
        yield step


def landed_metas(repository: Repository, blobs: Iterable[str]) -> dict[str, bytes]:
    """The contents of landed metas by blob. Raises RepositoryRefused."""
    try:
        return repository.blobs(blobs)
    except (GitFailed, ValueError) as error:
        raise RepositoryRefused(f"the landed proposals cannot be read: {error}; run git fsck") from error


def _meta(repository: Repository, commit: str, path: str, data: bytes, reports: str) -> _Record | None:
    """What a landed proposal says; None for what is no proposal of ours, or cannot be read and is gone."""
    problem = "it has no digest and overrides"
    try:
        meta = json.loads(data)
        if isinstance(meta["digest"], str) and isinstance(meta["overrides"], dict):
            targets = tuple(meta["overrides"])
            promoted = frozenset(targets if meta.get("kind") == "promotion" else ())
            return _Record(meta["digest"], targets, tuple(_left_by_hand(meta)), promoted)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        problem = str(error)
    # What was mended by taking it away is the audit's to tell; what still stands must be readable.
    if not path.startswith(f"{reports}/") or repository.entry(commit, path) is None:
        return None
    raise RepositoryRefused(f"{path} has landed and cannot be read ({problem}); take it back by a reviewed merge")


def _left_by_hand(meta: dict[str, Any]) -> Iterator[str]:
    changes = meta.get("changes")
    for change in changes if isinstance(changes, list) else ():
        if isinstance(change, dict) and change.get("automatic") is False:
            yield by_hand_key(*(change.get(name) for name in ("target", "old", "new", "predecessor")))


def _lately(
    steps: list[HistoryStep], versions: Versions, now: datetime, days: int, base: Mapping[str, Any] | None
) -> Lately:
    if not days:
        return Lately()
    touched = [(step, step.overrides) for step in steps if step.overrides]
    pairs = versions.pairs([blobs for _, blobs in touched])
    told = (Step(_dated(step, now), pair, step.promoted) for (step, _), pair in zip(touched, pairs, strict=True))
    return lately(told, now, days, base)


def _dated(step: HistoryStep, now: datetime) -> datetime:
    """When a step landed; a date that cannot be read counts as now, which closes more than it opens."""
    try:
        return now if step.committed is None else datetime.fromtimestamp(step.committed, UTC)
    except (OverflowError, OSError, ValueError):
        return now
