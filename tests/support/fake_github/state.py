"""What the fake forge knows. Code and refs are not here: they are read from the bare repositories."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from .errors import invalid, not_found
from .git import Git
from .settings import Settings


@dataclass(frozen=True)
class User:
    id: int
    login: str

    @property
    def is_bot(self) -> bool:
        """A GitHub App, GITHUB_TOKEN included: its login ends in "[bot]"."""
        return self.login.endswith("[bot]")

    @property
    def email(self) -> str:
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass
class Comment:
    id: int
    user: User
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass
class Review:
    """`state` is APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING; of a deleted account, `user` is None."""

    id: int
    user: User | None
    state: str
    body: str
    commit_id: str
    submitted_at: datetime | None


@dataclass
class Pull:
    """The pull request half of an issue. `base_tip` follows the base branch while the request is open."""

    head_repo: Repository
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    base_tip: str
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_sha: str | None = None
    requested: list[User] = field(default_factory=list)
    requested_teams: list[str] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)

    @property
    def head_label(self) -> str:
        return f"{self.head_repo.owner}:{self.head_ref}"


@dataclass
class CheckRun:
    """A check run of a commit; `conclusion` is None until it is completed. The app is the one that made it."""

    id: int
    head_sha: str
    name: str
    app: User
    status: str
    conclusion: str | None


@dataclass
class Status:
    """A commit status: error, failure, pending or success."""

    id: int
    sha: str
    context: str
    state: str
    creator: User


@dataclass
class Issue:
    """An issue, or with `pull` a pull request. `state` is open or closed."""

    number: int
    id: int
    user: User
    title: str
    body: str | None
    created_at: datetime
    updated_at: datetime
    pull: Pull | None = None
    state: str = "open"
    closed_at: datetime | None = None
    labels: list[Label] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)

    def close(self, when: datetime) -> None:
        self.state, self.closed_at, self.updated_at = "closed", when, when

    def reopen(self, when: datetime) -> None:
        self.state, self.closed_at, self.updated_at = "open", None, when


@dataclass
class Repository:
    """`collaborators` may be asked for review; `verified` holds the commits that GitHub signed."""

    id: int
    owner: str
    name: str
    git: Git
    default_branch: str
    parent: Repository | None = None
    labels: dict[str, Label] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    collaborators: set[str] = field(default_factory=set)
    teams: set[str] = field(default_factory=set)
    merge_methods: set[str] = field(default_factory=lambda: {"merge", "squash", "rebase"})
    delete_branch_on_merge: bool = False
    verified: set[str] = field(default_factory=set)
    check_runs: list[CheckRun] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def association(self, user: User | None) -> str:
        """How GitHub says that an account belongs to the repository; members of an organisation are not modelled."""
        login = "" if user is None else user.login.casefold()
        if login == self.owner.casefold():
            return "OWNER"
        return "COLLABORATOR" if login in {known.casefold() for known in self.collaborators} else "NONE"

    @property
    def pulls(self) -> list[Issue]:
        return [issue for issue in self.issues.values() if issue.pull]

    def issue(self, number: int) -> Issue:
        if number not in self.issues:
            raise not_found()
        return self.issues[number]

    def label(self, name: str, ids: Callable[[], int]) -> Label:
        """The label of this name in any case, created when missing, as "add labels to an issue" does."""
        if not name or len(name) > 50:
            raise invalid("Label", "name")
        return self.labels.setdefault(name.casefold(), Label(ids(), name))


class World:
    """Users and repositories. `clock` gives the time of every event."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._ids = itertools.count(1001)
        self._clock = clock
        self.users: dict[str, User] = {}
        self.tokens: dict[str, User] = {}
        self.repositories: dict[str, Repository] = {}

    def next_id(self) -> int:
        return next(self._ids)

    def now(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def user(self, login: str) -> User:
        """The account of this login (in any case), created when missing."""
        key = login.casefold()
        if key not in self.users:
            self.users[key] = User(self.next_id(), login)
        return self.users[key]

    def repository(self, owner: str, name: str) -> Repository:
        found = self.repositories.get(f"{owner}/{name}".casefold())
        if found is None:
            raise not_found()
        return found

    def fork_of(self, parent: Repository, owner: str) -> Repository | None:
        """The repository of `owner` in the network of `parent`: itself, or a fork."""
        network = (repo for repo in self.repositories.values() if repo is parent or repo.parent is parent)
        return next((repo for repo in network if repo.owner.casefold() == owner.casefold()), None)
