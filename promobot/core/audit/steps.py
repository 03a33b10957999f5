"""What the audit reads: commits one by one, and what each of them holds at the places that count."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from promobot.core.audit.events import NO_BLOB
from promobot.core.audit.replay import Files, Remade
from promobot.core.base_state import BaseState
from promobot.core.gate.protected import Protected
from promobot.core.gate.verdict import Touched
from promobot.core.policy import PromotionPolicy

Entry = tuple[int, str]
"""A mode and a blob id, as git has them in a tree; what is no file, a submodule or a folder, has no content."""

NOTHING: Entry = (0, NO_BLOB)


class Step(NamedTuple):
    """A commit and the paths that differ from its first parent (from nothing, where it has none).

    `committed` is the committer date (epoch seconds; None: unreadable), `author` name and address as the commit says;
    `line` tells whether it is on the first-parent line that is audited, else somebody's branch that was merged into
    it; `blended` are, for a merge beside the line, the paths that are as in none of its parents.
    """

    commit: str
    parents: tuple[str, ...]
    committed: int | None
    author: tuple[str, str]
    message: str
    touched: tuple[Touched, ...]
    line: bool
    blended: tuple[str, ...] = ()


class Standing(NamedTuple):
    """The three files of a commit that decide what is live; the paths are those of the commit's own policy."""

    overrides: Entry = NOTHING
    policy: Entry = NOTHING
    config: Entry = NOTHING


class Library(Protocol):
    """Reading by id. What is not there or cannot be understood is a PromobotError."""

    def data(self, blob: str) -> bytes:
        """A blob's content, whose name was proved."""

    def policy(self, blob: str) -> PromotionPolicy:
        """Raises PolicyError."""

    def protected(self, blob: str) -> Protected:
        """The protected places that a policy's blob names; the defaults where it cannot be read."""

    def state(self, branch: str, commit: str, standing: Standing) -> BaseState:
        """The base branch at a commit, without its history. Raises PolicyError, RepositoryRefused."""

    def remade(self, files: Files, branch: str, ground: Standing, predecessors: Mapping[str, str]) -> Remade:
        """A proposal made again on what the base commit that it names holds. Raises PolicyError, RepositoryRefused."""

    def values(self, blob: str) -> Mapping[str, Any] | None:
        """The values of a version of the overrides; None where it cannot be understood."""

    def standing(self, commit: str) -> Standing:
        """What a commit outside the audited history holds."""

    def is_before(self, commit: str) -> bool:
        """Whether a commit lies behind the line that is audited: the baseline or older."""

    def entry(self, commit: str, path: str) -> Entry:
        """What stands at a path of a commit; NOTHING where there is nothing."""

    def attributes(self, commit: str, paths: Iterable[str]) -> Mapping[str, Iterable[str]]:
        """For each path the attributes that the commit's own .gitattributes give it, as `name=value`."""

    def merged(self, parents: tuple[str, ...], path: str) -> bytes | None:
        """What git makes of the parents' versions of a file; None where they conflict."""


def following(before: Standing, step: Step, library: Library) -> Standing:
    """What the step's commit holds, given what its first parent does."""
    protected = library.protected(before.policy[1])
    places = {protected.overrides: "overrides", protected.policy: "policy", protected.base_config: "config"}
    changed = {places[one.path]: entry_of(one.new_mode, one.new) for one in step.touched if one.path in places}
    if not changed:
        return before
    after = before._replace(**changed)
    moved = library.protected(after.policy[1]) if "policy" in changed else protected
    if moved.overrides != protected.overrides:
        after = after._replace(overrides=library.entry(step.commit, moved.overrides))
    if moved.base_config != protected.base_config:
        after = after._replace(config=library.entry(step.commit, moved.base_config))
    return after


def entry_of(mode: int, name: str) -> Entry:
    """What stands at a path, by the mode and id that git tells: those of a submodule are no blob's."""
    return (mode, name if stat.S_ISREG(mode) or stat.S_ISLNK(mode) else NO_BLOB)


def blob_id(data: bytes) -> str:
    """The name that git gives to a content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
