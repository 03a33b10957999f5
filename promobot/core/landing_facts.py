"""What a record is made of: what the forge knows of a merged pull request, and what git knows of its landing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Account:
    """Somebody on the forge. `id` stays when the login changes; `type` is User or Bot."""

    login: str
    id: int
    type: str


@dataclass(frozen=True)
class Review:
    """One review that was handed in. `by` is None where the account was deleted since.

    `state` is APPROVED, CHANGES_REQUESTED, DISMISSED or COMMENTED, `commit` what the forge says was looked at,
    `association` how the account belongs to the repository (OWNER, MEMBER, COLLABORATOR, ...).
    """

    by: Account | None
    state: str
    commit: str | None
    at: datetime | None
    association: str


@dataclass(frozen=True, order=True)
class Check:
    """A check run, or a commit status, of the reviewed head. `app` is the GitHub App's slug, or the status's author.

    `conclusion` is the forge's own word (success, failure, ...); None: it was not finished.
    """

    name: str
    kind: str
    app: str | None
    conclusion: str | None


@dataclass(frozen=True)
class MergedPull:
    """A merged pull request as the forge tells of it; `commits` counts those that it added."""

    number: int
    url: str
    head: str
    merge_commit: str | None
    merged_at: datetime
    commits: int
    author: Account | None
    merger: Account | None
    body: str
    reviews: tuple[Review, ...] = ()
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Search:
    """What asking for the pull request came to.

    `asked` is False for work without a forge. `unmatched` are merged pull requests of the proposal's branch that did
    not bring this landing.
    """

    asked: bool
    pull: MergedPull | None = None
    unmatched: tuple[int, ...] = ()


@dataclass(frozen=True)
class File:
    """A file of the landing's tree: its path, its blob's id, its content."""

    path: str
    blob: str
    data: bytes


@dataclass(frozen=True)
class GitFacts:
    """What git knows of a landing. The committer is what the commit says of itself.

    `overrides` is the overrides file afterwards and `before` its blob beforehand (None: there was none); `policy_blob`
    is the policy's of the commit before, under which it landed; `artifacts` are those that are there, by name.
    """

    commit: str
    committer: tuple[str, str]
    committed_at: datetime | None
    policy_path: str
    policy_blob: str | None
    overrides_path: str
    before: str | None
    overrides: File | None
    artifacts: Mapping[str, File] = field(default_factory=dict)
