"""What the audit finds in the history of a base branch: landings, reverts by the forge's button, policy changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from promobot.core.changes import Change
from promobot.core.gate.shape import REGULAR
from promobot.core.gate.verdict import Touched, Violation

NO_BLOB = "0" * 40
"""git's name for a file that is not there."""


class Moment(NamedTuple):
    """A commit on the base branch's first-parent line and its committer date (epoch seconds; None: unreadable)."""

    commit: str
    committed: int | None


class Switch(NamedTuple):
    """A file before and after: blob ids, None where there is none."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Landing:
    """A proposal on the base branch.

    `at` is the first-parent commit that brought it and `parent` the one before; `folder` holds its artifacts, whose
    blobs `artifacts` names by file name; `policy` is the blob of the policy that held at the parent; `brought` are the
    commits of the merged branch that carried it, empty where it landed by a squash or a rebase.
    """

    at: Moment
    parent: str
    folder: str
    proposal_id: str
    digest: str
    evidence_digest: str | None
    kind: str
    mode: str
    changes: tuple[Change, ...]
    overrides: Switch
    policy: str | None
    artifacts: Mapping[str, str]
    reverts: str | None = None
    brought: tuple[str, ...] = ()

    @property
    def touched(self) -> tuple[Touched, ...]:
        """The paths that it touches when it comes alone."""
        added = [Touched(f"{self.folder}/{name}", 0, REGULAR, NO_BLOB, blob) for name, blob in self.artifacts.items()]
        path, old, new = self.overrides
        if old == new:
            return tuple(added)
        modes = (REGULAR if old else 0), (REGULAR if new else 0)
        return (*added, Touched(path, *modes, old or NO_BLOB, new or NO_BLOB))


@dataclass(frozen=True)
class Undoing:
    """The exact inverse of a landing, as the forge's Revert button makes it. `landing` is the one it took back."""

    at: Moment
    landing: Landing
    overrides: Switch


@dataclass(frozen=True)
class PolicyChange:
    """A change of the policy. `author` is the commit's own word: name and address."""

    at: Moment
    author: tuple[str, str]
    policy: Switch


Event = Landing | Undoing | PolicyChange


@dataclass(frozen=True)
class Chronicle:
    """A judged history: oldest event first. `findings` and `warnings` name commits; `commits` counts what was read.

    `baseline` is the commit whose content was taken as given, `values` how many overrides it held; `unproved` tells, by
    proposal id, why a proposal's files could not be made again byte by byte.
    """

    head: str
    baseline: str
    commits: int
    events: tuple[Event, ...]
    findings: tuple[Violation, ...]
    warnings: tuple[Violation, ...] = ()
    values: int = 0
    unproved: Mapping[str, str] = field(default_factory=dict)

    @property
    def landings(self) -> tuple[Landing, ...]:
        """The landed proposals, oldest first."""
        return tuple(event for event in self.events if isinstance(event, Landing))
