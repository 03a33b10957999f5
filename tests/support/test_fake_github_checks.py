"""The fake's check runs and commit statuses, through PyGithub."""

from __future__ import annotations

import pytest
from github import GithubException
from github.Repository import Repository

from .fake_github import FakeGitHub
from .fake_github.fixtures import Login, fake, git, login
from .fake_github.git import Git

__all__ = ["fake", "git", "login"]  # fixtures


@pytest.fixture
def head(git: Git) -> str:
    found = git.ref("refs/heads/main")
    assert found
    return found


def runs(repo: Repository, url: str) -> list[tuple[str, str | None, str]]:
    _, told = repo.requester.requestJsonAndCheck("GET", url)
    return [(run["name"], run["conclusion"], run["status"]) for run in told["check_runs"]]


def test_the_latest_of_each_name_and_app(login: Login, head: str) -> None:
    ci, other = login("ci[bot]"), login("other[bot]")
    ci.create_check_run("tests", head, conclusion="failure")
    ci.create_check_run("tests", head, conclusion="success")
    other.create_check_run("tests", head, conclusion="neutral")
    ci.create_check_run("slow", head, status="in_progress")
    url = f"/repos/acme/live/commits/{head}/check-runs"
    latest = [("slow", None, "in_progress"), ("tests", "neutral", "completed"), ("tests", "success", "completed")]
    assert runs(ci, url) == latest
    assert len(runs(ci, f"{url}?filter=all")) == 4
    assert len(runs(ci, f"{url}?filter=all&per_page=3&page=2")) == 1


def test_statuses_come_newest_first(login: Login, head: str) -> None:
    ann, url = login("ann"), f"/repos/acme/live/statuses/{head}"
    for state in ("pending", "success"):
        ann.requester.requestJsonAndCheck("POST", url, input={"state": state, "context": "lint"})
    _, told = ann.requester.requestJsonAndCheck("GET", url)
    assert [(status["state"], status["creator"]["login"]) for status in told] == [
        ("success", "ann"),
        ("pending", "ann"),
    ]


def test_what_github_refuses(fake: FakeGitHub, login: Login, head: str) -> None:
    ann, ci = login("ann"), login("ci[bot]")
    with pytest.raises(GithubException, match="via a GitHub App"):
        ann.create_check_run("tests", head, conclusion="success")
    with pytest.raises(GithubException, match="422"):
        ci.create_check_run("tests", head, conclusion="fine")
    with pytest.raises(GithubException, match="422"):
        ann.requester.requestJsonAndCheck("POST", f"/repos/acme/live/statuses/{head}", input={"state": "fine"})
    with pytest.raises(GithubException, match="404"):
        ann.requester.requestJsonAndCheck("GET", f"/repos/acme/live/statuses/{'0' * 40}")
    assert fake.repository("acme/live").check_runs == []
