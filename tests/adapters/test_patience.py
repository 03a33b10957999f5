"""What is sent again to a forge in trouble, how long that may take, and what is never sent twice."""

from __future__ import annotations

import time

import pytest
from github.GithubException import GithubException

from promobot.adapters.github import client
from promobot.adapters.github.patience import REPEATABLE, free_again
from promobot.errors import ForgeFailed
from tests.support.fake_github import Fault
from tests.support.forge_scene import BODY, BRANCH, NAME, ForgeScene, scene

__all__ = ["scene"]  # a fixture
PASSING = {
    "500": Fault.status(500),
    "502": Fault.status(502),
    "503": Fault.status(503),
    "reset": Fault.reset(),
    "truncated": Fault.truncated(),
}
FINAL = {"401": Fault.status(401), "403": Fault.status(403), "404": Fault.status(404), "422": Fault.status(422)}
CREATE = "POST /repos/*/pulls"


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_reading_is_tried_three_times(scene: ForgeScene, fault: Fault) -> None:
    for nth in (1, 2):
        scene.fake.faults.add(match="GET *", nth=nth, fault=fault)
    assert scene.pulls().of_branch(BRANCH, "main") == ()
    assert len(scene.fake.requests) == 3
    assert scene.waits == [1, 2]
    assert scene.fake.faults.pending == []


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_reading_is_given_up_after_the_third(scene: ForgeScene, fault: Fault) -> None:
    scene.fake.faults.add(match="GET *", nth=None, fault=fault)
    with pytest.raises(ForgeFailed, match="run again") as caught:
        scene.pulls().of_branch(BRANCH, "main")
    assert caught.value.exit_code == 5
    assert len(scene.fake.requests) == 3


@pytest.mark.parametrize("fault", FINAL.values(), ids=FINAL)
def test_an_answer_that_will_not_change_is_not_asked_for_again(scene: ForgeScene, fault: Fault) -> None:
    scene.fake.faults.add(match="GET *", nth=None, fault=fault)
    with pytest.raises(ForgeFailed):
        scene.pulls().of_branch(BRANCH, "main")
    assert len(scene.fake.requests) == 1


def test_an_answer_that_comes_too_late_is_asked_for_again(scene: ForgeScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.2)
    scene.fake.faults.add(match="GET *", fault=Fault.delay(2))
    began = time.monotonic()
    assert scene.pulls().of_branch(BRANCH, "main") == ()
    assert time.monotonic() - began < 2
    assert scene.waits == [1]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [*PASSING.values(), Fault.secondary_limit(403), Fault.secondary_limit(429, retry_after=3)],
    ids=[*PASSING, "403 limit", "429 limit"],
)
def test_opening_is_sent_again_and_finds_what_it_did(scene: ForgeScene, when: str, fault: Fault) -> None:
    scene.push()
    scene.fake.faults.add(match=CREATE, when="before" if when == "before" else "after", fault=fault)
    pull = scene.pulls().open(branch=BRANCH, base="main", title="promote", body=BODY)
    assert [issue.number for issue in scene.fake.repository(NAME).pulls] == [pull.number] == [1]
    found = ["POST 422", "GET 200"] if when == "after" else ["POST 201"]
    assert scene.asked()[1:] == found


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("match", ["POST */labels", "POST */requested_reviewers"])
def test_decoration_is_sent_again(scene: ForgeScene, match: str, when: str, fault: Fault) -> None:
    pull = scene.opened()
    scene.fake.faults.add(match=match, when="before" if when == "before" else "after", fault=fault)
    warnings = scene.pulls().decorate(pull, labels=["promobot"], reviewers=["ann"], team_reviewers=[])
    issue = scene.issue()
    assert warnings == []
    assert [label.name for label in issue.labels] == ["promobot"]
    assert issue.pull
    assert [user.login for user in issue.pull.requested] == ["ann"]
    assert scene.fake.faults.pending == []


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (Fault.secondary_limit(403, retry_after=0), [0]),
        (Fault.secondary_limit(403, retry_after=17), [17]),
        (Fault.secondary_limit(429, retry_after=60), [60]),
        (Fault.status(403, retry_after=5), [5]),
        (Fault.status(429, "slow down"), [60]),
        (Fault.secondary_limit(403), [60]),
        (Fault.secondary_limit(429), [60]),
        (Fault.status(503, retry_after=9), [9]),
    ],
    ids=["0 s", "17 s", "429", "403 that names a time", "429 in other words", "403 no time", "429 no time", "503"],
)
def test_a_limit_is_waited_for(scene: ForgeScene, fault: Fault, waits: list[float]) -> None:
    scene.fake.faults.add(match="GET *", fault=fault)
    assert scene.pulls().of_branch(BRANCH, "main") == ()
    assert scene.waits == waits
    assert scene.told == [f"the forge asks for a pause; waiting {seconds} seconds" for seconds in waits if seconds]


@pytest.mark.parametrize(
    "fault",
    [
        Fault.secondary_limit(403, retry_after=61),
        Fault.secondary_limit(429, retry_after=3600),
        Fault.primary_limit(403, reset_at=int(time.time()) + 1800),
        Fault.primary_limit(429, reset_at=int(time.time()) + 1800),
    ],
    ids=["a minute and a second", "an hour", "the hourly limit", "the hourly limit as 429"],
)
def test_a_long_limit_ends_the_run_at_once_and_says_when_to_come_back(scene: ForgeScene, fault: Fault) -> None:
    scene.fake.faults.add(match="GET *", nth=None, fault=fault)
    with pytest.raises(ForgeFailed, match=r"run again after \d\d:\d\d UTC"):
        scene.pulls().of_branch(BRANCH, "main")
    assert (len(scene.fake.requests), scene.waits) == (1, [])


def test_the_hourly_limit_that_ends_soon_is_waited_for(scene: ForgeScene) -> None:
    scene.fake.faults.add(match="GET *", fault=Fault.primary_limit(reset_at=int(time.time()) + 30))
    assert scene.pulls().of_branch(BRANCH, "main") == ()
    [waited] = scene.waits
    assert 28 < waited <= 31


def test_coming_back_when_told_is_never_too_early() -> None:
    error = GithubException(429, {"message": "secondary rate limit"}, {"retry-after": "600"})
    earliest, at, latest = (
        time.strftime("%H:%M UTC", time.gmtime(time.time() + 659)),
        free_again(error),
        time.strftime("%H:%M UTC", time.gmtime(time.time() + 659)),
    )
    assert at in (earliest, latest), "rounded up to the minute"


def test_one_command_waits_two_minutes_in_all(scene: ForgeScene) -> None:
    scene.push()
    pulls = scene.pulls()
    scene.fake.faults.add(match="*", nth=None, fault=Fault.secondary_limit(429, retry_after=50))
    for _ in range(3):
        with pytest.raises(ForgeFailed):
            pulls.of_branch(BRANCH, "main")
    assert scene.waits == [50, 50], "what one request has waited, the next may not"


def test_time_that_failing_tries_took_is_waiting_too(scene: ForgeScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.3)
    scene.longest_total = 1.2
    scene.fake.faults.add(match="GET *", nth=None, fault=Fault.delay(1))
    with pytest.raises(ForgeFailed, match="no answer"):
        scene.pulls().of_branch(BRANCH, "main")
    assert scene.waits == [], "0.3 seconds are gone, another would be too much"


@pytest.mark.parametrize(
    "fault",
    [*PASSING.values(), Fault.secondary_limit(403), Fault.secondary_limit(429, retry_after=3)],
    ids=[*PASSING, "403 limit", "429 limit"],
)
def test_a_comment_is_never_sent_again_by_itself(scene: ForgeScene, fault: Fault) -> None:
    scene.opened()
    pull = scene.found()
    scene.fake.faults.add(match="POST */comments", fault=fault)
    with pytest.raises(ForgeFailed):
        scene.pulls().close(pull, label="promobot:withdrawn", comment="all rejected")
    assert len(scene.fake.requests.filter("POST", "*/comments")) == 1


@pytest.mark.parametrize(
    ("request_line", "repeatable"),
    [
        ("GET /repos/a/b/pulls?page=2", True),
        ("POST /repos/a/b/issues/1/comments", False),
        ("PATCH https://forge.example/repos/a/b/git/refs/heads/promobot/1", False),
        ("DELETE /repos/a/b/git/refs/heads/promobot/1", False),
        ("PUT /repos/a/b/pulls/1/merge", False),
        ("POST /repos/a/b/pulls/1/reviews", False),
        ("PATCH /repos/a/b/pulls/1", True),
        ("POST /repos/a/b/git/refs", True),
    ],
)
def test_which_requests_may_be_repeated(request_line: str, repeatable: bool) -> None:
    assert bool(REPEATABLE.fullmatch(request_line)) is repeatable
