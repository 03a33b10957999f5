"""A repository with proposal branches behind the fake GitHub, and the adapters with a patience that does not wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from github.PullRequest import PullRequest as Pull

from promobot.adapters.github import ApiPublisher, Forge, PullRequests
from promobot.adapters.github.patience import Patience
from promobot.adapters.repository import Base, Branches, GitPublisher, Repository
from promobot.core.found import PullRequest
from tests.support.fake_github import FakeGitHub, Issue
from tests.support.fake_github.fixtures import client
from tests.support.fake_github.git import Git
from tests.support.fake_github.scene import commit
from tests.support.git_http import GitHttpServer
from tests.support.workspace import Workspace, make_workspace, small_files

NAME = "acme/live"
BRANCH = "promobot/0123456789abcdef"
BODY = "- [ ] checked"


@dataclass
class ForgeScene:
    """`space` is the team's repository, its origin behind `server` (git) and `fake` (API).

    `waits` are in seconds, and `told` is what was said of them.
    """

    space: Workspace
    fake: FakeGitHub
    server: GitHttpServer
    waits: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    longest_total: float = 120.0

    @property
    def git(self) -> Git:
        """The origin itself."""
        return Git(self.space.folder / "origin.git")

    @property
    def forge(self) -> Forge:
        """As one command has it: with a patience of its own, which only notes how long it would have waited."""
        patience = Patience(sleep=self.waits.append, say=self.told.append, total=self.longest_total)
        return Forge(self.fake.base_url, NAME, "bot-token", "https://forge.example", patience)

    def pulls(self) -> PullRequests:
        return PullRequests(self.forge)

    def push(self, branch: str = BRANCH, text: str = "1\n") -> str:
        """A branch with one commit on main, as a push makes it."""
        return commit(self.git, branch, {f"{branch}.txt": text}, "a proposal", onto=self.git.ref("refs/heads/main"))

    def opened(self, branch: str = BRANCH) -> PullRequest:
        """A pull request of ours from a new branch."""
        self.push(branch)
        return self.pulls().open(branch=branch, base="main", title="promote", body=BODY)

    def found(self, branch: str = BRANCH) -> PullRequest:
        """The branch's only pull request, as a new command sees it."""
        [pull] = self.pulls().of_branch(branch, "main")
        return pull

    def issue(self, number: int = 1) -> Issue:
        """What the server knows of a pull request."""
        return self.fake.repository(NAME).issue(number)

    def person(self, login: str, number: int = 1) -> Pull:
        """The pull request in the hands of a person."""
        return client(self.fake.base_url, self.fake.token_for(login)).get_repo(NAME).get_pull(number)

    def asked(self) -> list[str]:
        """`METHOD status` of every request since the last look, 0 for a reset connection."""
        told = [f"{record.method} {record.status}" for record in self.fake.requests]
        self.fake.requests.reset()
        return told

    def git_publisher(self, pauses: tuple[float, ...] = (0.0, 0.0)) -> GitPublisher:
        repository = Repository(self.space.clone)
        return GitPublisher(repository, Branches(repository, Base("main", "origin"), pauses=pauses))

    def api_publisher(self) -> ApiPublisher:
        repository = Repository(self.space.clone)
        return ApiPublisher(
            self.forge,
            "main",
            local_tree=lambda base, files: repository.tree_with(base, files, keep=False),
            has_commit=repository.has_commit,
        )


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[ForgeScene]:
    space = make_workspace(tmp_path, files=small_files())
    with FakeGitHub() as fake, GitHttpServer(tmp_path) as server:
        fake.add_repository(NAME, tmp_path / "origin.git", collaborators=("ann", "ben"))
        space.git("remote", "set-url", "origin", server.url("origin"))
        yield ForgeScene(space, fake, server)
