"""What is read of a merged pull request: every page, deleted accounts, few requests, and no guess at a bad answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from github.GithubObject import NotSet

from promobot.adapters.github.merged import MergedPulls
from promobot.core.landing_facts import Account, Check
from promobot.errors import ForgeFailed
from tests.support.fake_github import Fault, Review
from tests.support.fake_github.state import CheckRun, Status
from tests.support.forge_scene import NAME, ForgeScene, scene

__all__ = ["scene"]  # a fixture


def merged(scene: ForgeScene, how: str = "merge") -> MergedPulls:
    """A pull request that ann merged; nothing of that counts among what was asked."""
    scene.opened()
    scene.person("ann").merge(merge_method=how)
    scene.asked()
    return MergedPulls(scene.forge)


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_it_is_read_in_four_requests(scene: ForgeScene, how: str) -> None:
    pulls = merged(scene, how)
    told = pulls.merged(1)
    assert scene.asked() == ["GET 200"] * 4
    users = scene.fake.world.user
    assert told.merger == Account("ann", users("ann").id, "User")
    assert told.author == Account("promobot[bot]", users("promobot[bot]").id, "Bot")
    assert told.merge_commit == scene.git.ref("refs/heads/main")
    assert (told.commits, told.body, told.reviews, told.checks) == (1, "- [ ] checked", (), ())
    assert told.merged_at.tzinfo is not None


def test_what_is_read_is_asked_for_anew(scene: ForgeScene) -> None:
    """A record is made of one moment's answers, never of what an earlier listing left behind."""
    pulls = merged(scene)
    assert pulls.merged(1).body == "- [ ] checked"
    scene.person("ann").edit(body="- [x] checked")
    assert pulls.merged(1).body == "- [x] checked"


def test_every_page_is_read_and_the_newest_of_each_name_counts(scene: ForgeScene) -> None:
    pulls = merged(scene)
    issue, users = scene.issue(), scene.fake.world.user
    assert issue.pull
    head, now, repository = issue.pull.head_sha, datetime(2026, 1, 1, tzinfo=UTC), scene.fake.repository(NAME)
    issue.pull.reviews += [Review(n, users("ann"), "COMMENTED", "", head, now) for n in range(150)]
    issue.pull.reviews.append(Review(999, None, "APPROVED", "", head, now))
    ci = users("ci[bot]")
    repository.check_runs += [CheckRun(n, head, f"c{n}", ci, "completed", "success") for n in range(150)]
    repository.statuses += [Status(n, head, "lint", "failure", ci) for n in range(150)]
    repository.statuses.append(Status(999, head, "lint", "success", ci))
    told = pulls.merged(1)
    assert scene.asked() == ["GET 200"] * 7
    assert len(told.reviews) == 151
    assert (told.reviews[-1].by, told.reviews[-1].state) == (None, "APPROVED")
    assert len(told.checks) == 151
    assert told.checks[-1] == Check("lint", "status", "ci[bot]", "success")


def test_a_review_has_what_a_record_needs(scene: ForgeScene) -> None:
    scene.opened()
    scene.person("ben").create_review(body="good", event="APPROVE")
    scene.person("mallory").create_review(body="so", event=NotSet)
    scene.person("ann").merge()
    [told] = MergedPulls(scene.forge).merged(1).reviews
    assert (told.by.login if told.by else None, told.state, told.association) == ("ben", "APPROVED", "COLLABORATOR")
    assert told.commit == scene.issue().pull.head_sha  # type: ignore[union-attr]
    assert told.at is not None


def test_an_open_one_is_not_read(scene: ForgeScene) -> None:
    scene.opened()
    with pytest.raises(ForgeFailed, match="not understood"):
        MergedPulls(scene.forge).merged(1)


def test_a_merge_commit_that_is_no_name_is_not_believed(scene: ForgeScene) -> None:
    pulls = merged(scene)
    pull = scene.issue().pull
    assert pull
    pull.merge_sha = "--all"
    with pytest.raises(ForgeFailed, match="not understood"):
        pulls.merged(1)
    pull.merge_sha = None
    assert pulls.merged(1).merge_commit is None


def test_without_the_checks_it_is_read_in_two_requests(scene: ForgeScene) -> None:
    pulls = merged(scene)
    told = pulls.reviewed(1)
    assert scene.asked() == ["GET 200"] * 2
    assert told == pulls.merged(1)


def test_of_what_was_not_merged_there_is_nothing_to_tell(scene: ForgeScene) -> None:
    scene.opened()
    pulls = MergedPulls(scene.forge)
    assert (pulls.reviewed(1), pulls.reviewed(2)) == (None, None)


def test_a_merge_commit_that_is_no_name_is_believed_by_nobody(scene: ForgeScene) -> None:
    pulls = merged(scene)
    pull = scene.issue().pull
    assert pull
    pull.merge_sha = "--all"
    with pytest.raises(ForgeFailed, match="not understood"):
        pulls.reviewed(1)


PARTS = ("GET /repos/*/pulls/1", "GET */reviews", "GET */check-runs", "GET */statuses/*")


@pytest.mark.parametrize("fault", [Fault.status(404), Fault.status(403), Fault.reset(), Fault.truncated()])
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_fails_fails_the_whole(scene: ForgeScene, part: str, fault: Fault) -> None:
    pulls = merged(scene)
    scene.fake.faults.add(match=part, nth=None, fault=fault)
    with pytest.raises(ForgeFailed) as caught:
        pulls.merged(1)
    assert caught.value.exit_code == 5
    assert "#1" in caught.value.message
    assert "bot-token" not in caught.value.message


def test_checks_that_may_not_be_seen_name_the_permission(scene: ForgeScene) -> None:
    pulls = merged(scene)
    scene.fake.faults.add(match="GET */check-runs", fault=Fault.status(403))
    with pytest.raises(ForgeFailed, match="checks: read and statuses: read"):
        pulls.merged(1)


def test_a_passing_trouble_is_waited_out(scene: ForgeScene) -> None:
    pulls = merged(scene)
    scene.fake.faults.add(match="GET */reviews", nth=1, fault=Fault.status(502))
    assert pulls.merged(1).merger is not None
    assert scene.waits
