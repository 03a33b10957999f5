"""The proved history as a list of entries, with what changed in commits that landed no proposal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from promobot.adapters.repository import Repository
from promobot.adapters.repository.moments import moments
from promobot.core.audit.entries import Entry, Loose, entries
from promobot.core.audit.events import Moment
from promobot.core.audit.proof import Proof
from promobot.core.changes import Change
from promobot.core.values import same
from promobot.errors import RepositoryRefused
from promobot.usecases.audit.shelves import Shelves


def listing(repository: Repository, proof: Proof) -> tuple[list[Entry], list[Moment]]:
    """All entries and the whole first-parent line behind the revision, newest first. Raises RepositoryRefused."""
    line = moments(repository, proof.chronicle.head)
    parents = {moment.commit: before.commit for moment, before in pairwise(line)}
    shelves = Shelves(repository, proof.chronicle.baseline)
    listed = entries(proof, line)
    return [_with_changes(one, shelves, parents) if isinstance(one.event, Loose) else one for one in listed], line


def _with_changes(entry: Entry, shelves: Shelves, parents: dict[str, str]) -> Entry:
    """An edit of the overrides that no proposal explains, told by the overrides before and after it."""
    commit = entry.event.at.commit
    sides = [_overrides(shelves, name) for name in (parents.get(commit), commit)]
    changes = tuple(_differences(*sides))
    return replace(entry, event=Loose(entry.event.at, changes))


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for target in sorted(before.keys() | after.keys()):
        if not same(before.get(target), after.get(target)):
            yield Change(target, before.get(target), after.get(target), automatic=True)


def _overrides(shelves: Shelves, commit: str | None) -> dict[str, Any]:
    """The overrides of a commit; none where they cannot be read, for the finding says so."""
    if commit is None:
        return {}
    try:
        return dict(shelves.values(shelves.standing(commit).overrides[1]) or {})
    except RepositoryRefused:
        return {}
