"""Who has approved a pull request: persons of the repository, the latest word of each, for the head commit."""

from __future__ import annotations

import pytest
from github.GithubObject import NotSet

from tests.support.fake_github import Review
from tests.support.forge_scene import BRANCH, NAME, ForgeScene, scene

__all__ = ["scene"]  # a fixture

CASES = {
    "nobody": ([], False),
    "an approval": (["ann APPROVE"], True),
    "a comment only": (["ann COMMENT"], False),
    "a comment after the approval": (["ann APPROVE", "ann COMMENT"], True),
    "changes after the approval": (["ann APPROVE", "ann REQUEST_CHANGES"], False),
    "approval after the changes": (["ann REQUEST_CHANGES", "ann APPROVE"], True),
    "another asks for changes": (["ann APPROVE", "ben REQUEST_CHANGES"], False),
    "the other has taken it back": (["ben REQUEST_CHANGES", "ann APPROVE", "ben APPROVE"], True),
    "a stranger": (["mallory APPROVE"], False),
    "a stranger asks for changes": (["ann APPROVE", "mallory REQUEST_CHANGES"], True),
    "a bot": (["helper[bot] APPROVE"], False),
    "the owner": (["acme APPROVE"], True),
    "not submitted": (["ann None"], False),
}


def said(scene: ForgeScene, *words: str) -> None:
    for word in words:
        login, event = word.split(" ")
        scene.person(login).create_review(body="so", event=NotSet if event == "None" else event)


@pytest.mark.parametrize(("words", "approved"), CASES.values(), ids=CASES)
def test_the_latest_word_of_each_person_counts(scene: ForgeScene, words: list[str], approved: bool) -> None:
    scene.opened()
    scene.fake.repository(NAME).collaborators.add("helper[bot]")
    said(scene, *words)
    pulls = scene.pulls()
    [pull] = pulls.of_branch(BRANCH, "main")
    scene.asked()
    assert pulls.approved(pull) is approved
    assert scene.asked() == ["GET 200"]


def test_an_approval_of_another_commit_is_for_something_else(scene: ForgeScene) -> None:
    scene.opened()
    said(scene, "ann APPROVE")
    before = scene.found()
    assert scene.pulls().approved(before)
    scene.push(text="2\n")
    assert not scene.pulls().approved(scene.found())


def test_a_request_for_changes_stands_when_the_head_moves(scene: ForgeScene) -> None:
    scene.opened()
    said(scene, "ben REQUEST_CHANGES")
    scene.push(text="2\n")
    said(scene, "ann APPROVE")
    assert not scene.pulls().approved(scene.found())


@pytest.mark.parametrize(("first", "approved"), [("APPROVE", False), ("REQUEST_CHANGES", True)])
def test_a_dismissed_word_does_not_count(scene: ForgeScene, first: str, approved: bool) -> None:
    scene.opened()
    said(scene, f"ben {first}", *(["ann APPROVE"] if first == "REQUEST_CHANGES" else []))
    [*_, dismissed] = [review for review in scene.person("ann").get_reviews() if review.user.login == "ben"]
    dismissed.dismiss("settled")
    assert scene.pulls().approved(scene.found()) is approved


def test_a_dismissed_word_does_not_give_way_to_the_one_before_it(scene: ForgeScene) -> None:
    scene.opened()
    said(scene, "ann APPROVE", "ann REQUEST_CHANGES")
    [_, last] = scene.person("ben").get_reviews()
    last.dismiss("settled")
    assert not scene.pulls().approved(scene.found())


def test_the_author_has_no_say_and_neither_has_a_deleted_account(scene: ForgeScene) -> None:
    """The forge refuses an author's own review; should it ever list one, it does not count."""
    scene.push()
    ann = scene.fake.world.user("ann")
    scene.opened()
    issue = scene.issue()
    assert issue.pull
    head, now = issue.pull.head_sha, issue.created_at
    issue.user = ann
    issue.pull.reviews.append(Review(9001, ann, "APPROVED", "", head, now))
    issue.pull.reviews.append(Review(9002, None, "APPROVED", "", head, now))
    assert not scene.pulls().approved(scene.found())


def test_every_page_of_reviews_is_read(scene: ForgeScene) -> None:
    scene.opened()
    issue = scene.issue()
    assert issue.pull
    ann, ben = scene.fake.world.user("ann"), scene.fake.world.user("ben")
    head, now = issue.pull.head_sha, issue.created_at
    issue.pull.reviews += [Review(9000 + n, ann, "APPROVED", "", head, now) for n in range(100)]
    issue.pull.reviews.append(Review(9999, ben, "CHANGES_REQUESTED", "", head, now))
    assert not scene.pulls().approved(scene.found())
