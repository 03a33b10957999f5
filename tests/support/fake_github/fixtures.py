"""What the tests of the fake GitHub stand on: one repository, people who are logged in, one open pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github, GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository

from . import FakeGitHub
from .git import ZERO, Git
from .scene import commit, new_bare

Login = Callable[[str], Repository]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return new_bare(tmp_path / "live.git", files={"a.txt": "1\n2\n3\n", "b.txt": "b\n"})


@pytest.fixture
def fake(git: Git) -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        running.add_repository("acme/live", git.path, collaborators=("ann", "ben"))
        yield running


def client(url: str, token: str, **options: Any) -> Github:
    """PyGithub without its retries and without its pauses: by default it waits a second between two writes."""
    pauses = {"seconds_between_requests": 0, "seconds_between_writes": 0}
    return Github(base_url=url, auth=Auth.Token(token), retry=None, **{**pauses, **options})


@pytest.fixture
def login(fake: FakeGitHub) -> Iterator[Login]:
    opened: list[Github] = []

    def repository(name: str) -> Repository:
        opened.append(client(fake.base_url, fake.token_for(name)))
        return opened[-1].get_repo("acme/live")

    yield repository
    for each in opened:
        each.close()


@pytest.fixture
def repo(login: Login) -> Repository:
    return login("promobot[bot]")


@pytest.fixture
def pull(repo: Repository, git: Git) -> PullRequest:
    main = git.ref("refs/heads/main")
    commit(git, "work", {"a.txt": "1\n2\n3\n4\n", "dir/new.txt": "n\n", "b.txt": None}, "change a\n\nWhy.", onto=main)
    return repo.create_pull("main", "work", title="Change a", body="- [ ] tick\r\n\nend ")


def refused(status: int, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """The error body of a call that must fail with this status."""
    with pytest.raises(GithubException) as caught:
        call(*args, **named)
    assert caught.value.status == status, caught.value
    return caught.value.data


def push(git: Git, branch: str, sha: str) -> None:
    """What a forced `git push` does to the bare repository; ZERO deletes."""
    assert git.update_ref(f"refs/heads/{branch}", sha, git.ref(f"refs/heads/{branch}") or ZERO)
