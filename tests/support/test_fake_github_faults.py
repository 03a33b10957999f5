"""Counting requests and making them fail."""

from __future__ import annotations

import threading
import time

import pytest
import requests
from github import GithubException, RateLimitExceededException
from github.PullRequest import PullRequest
from github.Repository import Repository

from tests.support.fake_github import FakeGitHub, Fault
from tests.support.fake_github.faults import FaultSchedule, When
from tests.support.fake_github.fixtures import Login, client, fake, git, login, pull, refused, repo
from tests.support.fake_github.git import Git
from tests.support.fake_github.scene import commit

__all__ = ["fake", "git", "login", "pull", "repo"]  # fixtures

COMMENTS = "/repos/acme/live/issues/1/comments"
COMMENT = f"POST {COMMENTS}"
STATUSES = {
    "500": Fault.status(500),
    "502": Fault.status(502),
    "429": Fault.secondary_limit(429),
    "429 retry": Fault.secondary_limit(429, retry_after=7),
    "403 retry": Fault.secondary_limit(403, retry_after=7),
    "401": Fault.status(401),
    "404": Fault.status(404),
    "422": Fault.status(422, errors=({"resource": "Label", "code": "already_exists", "field": "name"},)),
    "actions": Fault.actions_may_not_open_pulls(),
}


def bodies(repo: Repository) -> list[str]:
    return [comment.body for comment in repo.get_pull(1).get_issue_comments()]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", STATUSES.values(), ids=STATUSES)
def test_a_status_before_or_after_the_effect(
    fake: FakeGitHub, repo: Repository, pull: PullRequest, fault: Fault, when: When
) -> None:
    fake.faults.add(match=COMMENT, when=when, fault=fault)
    with pytest.raises(GithubException) as caught:
        pull.create_issue_comment("first")
    assert (caught.value.status, caught.value.data["message"]) == (fault.code, fault.message)
    assert (caught.value.headers or {}).get("retry-after") == fault.headers.get("Retry-After")
    assert caught.value.data.get("errors", []) == list(fault.errors)
    last = fake.requests.exchanges[-1]
    assert (last.record, last.effect) == (("POST", COMMENTS, fault.code), 201 if when == "after" else None)
    pull.create_issue_comment("second")
    assert bodies(repo) == (["first", "second"] if when == "after" else ["second"])
    assert fake.faults.pending == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", [Fault.reset(), Fault.truncated()], ids=lambda fault: fault.kind)
def test_broken_answers_before_or_after_the_effect(
    fake: FakeGitHub, repo: Repository, pull: PullRequest, fault: Fault, when: When
) -> None:
    fake.faults.add(match=COMMENT, when=when, fault=fault)
    with pytest.raises(requests.RequestException) as caught:
        pull.create_issue_comment("first")
    assert ("ConnectionResetError" in repr(caught.value)) == (fault.kind == "reset")
    assert bodies(repo) == (["first"] if when == "after" else [])
    assert fake.requests.filter(path=COMMENTS, method="POST")[0].status == (
        0 if fault.kind == "reset" else caught_status(when)
    )


def caught_status(when: When) -> int:
    return 201 if when == "after" else 200


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delay_waits_and_then_answers_as_usual(
    fake: FakeGitHub, repo: Repository, pull: PullRequest, when: When
) -> None:
    fake.faults.add(match=COMMENT, when=when, fault=Fault.delay(0.3))
    started = time.monotonic()
    pull.create_issue_comment("slow")
    assert time.monotonic() - started >= 0.3
    assert bodies(repo) == ["slow"]


def test_a_timeout_is_a_delay_beyond_the_clients_patience(
    fake: FakeGitHub, repo: Repository, pull: PullRequest
) -> None:
    fake.faults.add(match=COMMENT, when="after", fault=Fault.delay(30))
    with client(fake.base_url, "bot-token", timeout=1) as hasty:
        hurried = hasty.get_repo("acme/live").get_pull(1)
        with pytest.raises(requests.Timeout):
            hurried.create_issue_comment("late")
    assert bodies(repo) == ["late"], "other requests are served meanwhile"
    started = time.monotonic()
    fake.stop()
    assert time.monotonic() - started < 5, "stopping does not wait for the delay"


def test_nth_counts_from_the_moment_of_planning(fake: FakeGitHub, repo: Repository, pull: PullRequest) -> None:
    pull.create_issue_comment("0")
    fake.faults.add(match=COMMENT, nth=2, fault=Fault.status(500))
    every = fake.faults.add(match=lambda method, _path: method == "DELETE", nth=None, fault=Fault.status(503))
    pull.create_issue_comment("1")
    refused(500, pull.create_issue_comment, "2")
    pull.create_issue_comment("3")
    assert bodies(repo) == ["0", "1", "3"]
    for _ in range(2):
        refused(503, pull.delete_labels)
    assert (every.seen, every.fired) == (2, 2)
    with pytest.raises(ValueError, match="counts from 1"):
        fake.faults.add(nth=0, fault=Fault.reset())


def test_the_schedule_gives_one_fault_to_a_request_and_says_what_never_fired() -> None:
    faults = FaultSchedule()
    first = faults.add(fault=Fault.reset())
    second = faults.add(match="GET /b", fault=Fault.status(500))
    assert faults.take("GET", "/a") is first
    assert (faults.pending, faults.take("GET", "/c")) == ([second], None)
    assert (faults.take("GET", "/b"), faults.pending) == (second, [])
    faults.clear()
    assert faults.take("GET", "/b") is None


def test_a_create_that_was_lost_meets_its_own_duplicate(fake: FakeGitHub, repo: Repository, git: Git) -> None:
    """What PyGithub's own retry of a POST runs into."""
    commit(git, "work", {"x": "x"}, "x", onto=git.ref("refs/heads/main"))
    fake.faults.add(match="POST /repos/*/pulls", when="after", fault=Fault.status(502))
    refused(502, repo.create_pull, "main", "work", title="t")
    assert "already exists for acme:work" in str(refused(422, repo.create_pull, "main", "work", title="t"))
    assert [p.number for p in repo.get_pulls(head="acme:work")] == [1]


def test_requests_are_counted_and_filtered(fake: FakeGitHub, repo: Repository, pull: PullRequest) -> None:
    fake.requests.reset()
    pull.add_to_labels("a b")
    refused(404, repo.get_label, "c d")
    assert fake.requests == [
        ("POST", "/repos/acme/live/issues/1/labels", 200),
        ("GET", "/repos/acme/live/labels/c d", 404),
    ]
    assert fake.requests.writes == fake.requests.filter("POST") == fake.requests[:1]
    assert fake.requests.filter(path="*/labels/*", status=404) == fake.requests[1:]
    assert [e.login for e in fake.requests.exchanges] == ["promobot[bot]"] * 2
    assert b"a b" in fake.requests.exchanges[0].body


def test_the_rate_limit_is_told_and_enforced(git: Git) -> None:
    with FakeGitHub(rate_limit=2) as fake:
        fake.add_repository("acme/live", git.path)
        with client(fake.base_url, "bot-token") as forge:
            forge.get_repo("acme/live")
            assert forge.rate_limiting == (1, 2)
            forge.get_repo("acme/live")
            with pytest.raises(RateLimitExceededException):
                forge.get_repo("acme/live")


def test_one_of_many_simultaneous_creates_wins(fake: FakeGitHub, login: Login, git: Git) -> None:
    commit(git, "work", {"x": "x"}, "x", onto=git.ref("refs/heads/main"))
    repositories = [login("promobot[bot]") for _ in range(8)]
    outcomes: list[int] = []

    def create(repository: Repository) -> None:
        try:
            outcomes.append(repository.create_pull("main", "work", title="t").number)
        except GithubException as error:
            outcomes.append(error.status)

    threads = [threading.Thread(target=create, args=(each,)) for each in repositories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [1] + [422] * 7


def test_an_error_of_the_fake_itself_is_not_passed_off_as_githubs(
    fake: FakeGitHub, repo: Repository, pull: PullRequest, git: Git
) -> None:
    (git.path / "HEAD").unlink()
    assert "the fake GitHub failed" in refused(500, repo.get_pull, 1)["message"]
    with pytest.raises(RuntimeError, match="not a git repository"):
        fake.stop()
    fake.errors.clear()
