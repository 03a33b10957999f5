"""Pull requests of proposals: what is believed of them, who has approved, and how each is closed exactly once."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from promobot.core.found import PullRequest
from promobot.errors import ForgeFailed
from tests.support.fake_github import Fault
from tests.support.fake_github.fixtures import client
from tests.support.forge_scene import BODY, BRANCH, NAME, ForgeScene, scene

__all__ = ["scene"]  # a fixture
LABEL = "promobot:superseded"
WORDS = "Superseded by #2: the live value has moved."


def test_what_is_believed_of_a_pull_request(scene: ForgeScene) -> None:
    opened = scene.opened()
    scene.person("ann").add_to_labels("Promobot:Hold")
    found = scene.found()
    assert (found.number, found.state, found.branch) == (opened.number, "open", BRANCH)
    assert found.head == opened.head == scene.git.ref(f"refs/heads/{BRANCH}")
    assert found.labels == {"promobot:hold"}, "the server takes both spellings for the same"


def test_open_proposals_are_ours_alone_and_from_every_page(scene: ForgeScene, tmp_path: Path) -> None:
    branches = [f"promobot/{number:016x}" for number in range(101)]
    ours = [scene.opened(branch).number for branch in branches]
    pulls = scene.pulls()
    scene.push("feature")
    pulls.open(branch="feature", base="main", title="a person's", body="")
    scene.git.update_ref("refs/heads/other", scene.git.ref("refs/heads/main") or "", "0" * 40)
    scene.push("promobot/elsewhere")
    pulls.open(branch="promobot/elsewhere", base="other", title="another base", body="")
    fork = tmp_path / "fork.git"
    scene.space.git("clone", "--quiet", "--bare", str(scene.space.origin), str(fork), at=tmp_path)
    scene.fake.add_repository("mallory/live", fork, fork_of=NAME)
    mallory = client(scene.fake.base_url, scene.fake.token_for("mallory")).get_repo(NAME)
    mallory.create_pull("main", f"mallory:{branches[0]}", title="look-alike", body="")
    scene.person("ann", ours[0]).edit(state="closed")
    scene.asked()
    found = pulls.open_proposals("main")
    assert scene.asked() == ["GET 200", "GET 200"]
    assert [pull.number for pull in found] == ours[:0:-1], "every page, no closed one, nobody else's"


def test_editing_replaces_title_and_body(scene: ForgeScene) -> None:
    scene.opened()
    pull = scene.found()
    pulls = scene.pulls()
    scene.asked()
    pulls.edit(pull, title="promote again", body="new")
    assert (scene.issue().title, scene.issue().body) == ("promote again", "new")
    assert len(scene.fake.requests) <= 2
    scene.fake.requests.reset()
    [listed] = pulls.of_branch(BRANCH, "main")
    pulls.edit(listed, title="promote", body=BODY)
    assert scene.asked() == ["GET 200", "PATCH 200"]


def test_not_permitted_names_the_setting_and_a_link_that_opens_it(scene: ForgeScene) -> None:
    scene.push()
    scene.fake.faults.add(match="POST */pulls", nth=None, fault=Fault.actions_may_not_open_pulls())
    with pytest.raises(ForgeFailed) as caught:
        scene.pulls().open(branch=BRANCH, base="release/1 x", title="promote: a 1 -> 2 (+1 more) & b", body=BODY)
    message = caught.value.message
    assert "Allow GitHub Actions to create and approve pull requests" in message
    link = urlsplit(message.rpartition(" ")[2])
    assert link.geturl().startswith("https://forge.example/")
    assert link.path == f"/{NAME}/compare/release/1%20x...{BRANCH}"
    assert parse_qs(link.query) == {"expand": ["1"], "title": ["promote: a 1 -> 2 (+1 more) & b"]}
    assert scene.asked() == ["POST 403"], "a setting does not mend itself"


@pytest.mark.parametrize("wanted", [{"reviewers": ["nobody"]}, {"team_reviewers": ["no-team"]}, {"labels": ["x" * 51]}])
def test_a_name_that_the_server_does_not_know_is_a_warning_with_its_setting(
    scene: ForgeScene, wanted: dict[str, list[str]]
) -> None:
    pull = scene.opened()
    empty: dict[str, list[str]] = {"labels": [], "reviewers": [], "team_reviewers": []}
    [warning] = scene.pulls().decorate(pull, **{**empty, **wanted})
    assert "422" in warning
    assert f"[github] {next(iter(wanted))} in the policy" in warning


def test_closing_comments_labels_and_closes(scene: ForgeScene) -> None:
    scene.opened()
    pulls = scene.pulls()
    [pull] = pulls.of_branch(BRANCH, "main")
    scene.asked()
    pulls.close(pull, label=LABEL, comment=WORDS)
    assert scene.asked() == ["GET 200", "POST 201", "POST 200", "PATCH 200"]
    assert [comment.body for comment in scene.issue().comments] == [WORDS]
    assert scene.found().labels == {LABEL}
    assert scene.issue().state == "closed"


def test_what_has_the_label_was_commented_before(scene: ForgeScene) -> None:
    scene.opened()
    scene.person("ann").add_to_labels(LABEL)
    pulls = scene.pulls()
    [pull] = pulls.of_branch(BRANCH, "main")
    scene.asked()
    pulls.close(pull, label=LABEL, comment=WORDS)
    assert scene.asked() == ["PATCH 200"]


STEPS = {"look": "GET */comments", "comment": "POST */comments", "label": "POST */labels", "close": "PATCH */pulls/*"}
FAULTS = {
    "reset": Fault.reset(),
    "truncated": Fault.truncated(),
    "500": Fault.status(500),
    "429 without a time": Fault.secondary_limit(429),
    "403 with a time": Fault.secondary_limit(403, retry_after=7),
    "401": Fault.status(401),
    "404": Fault.status(404),
    "422": Fault.status(422),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_closing_that_is_cut_off_goes_on_and_says_nothing_twice(
    scene: ForgeScene, step: str, when: str, fault: Fault
) -> None:
    scene.opened()
    scene.fake.faults.add(match=step, nth=None, when="before" if when == "before" else "after", fault=fault)
    with pytest.raises(ForgeFailed):
        scene.pulls().close(scene.found(), label=LABEL, comment=WORDS)
    closed, labelled = scene.issue().state == "closed", scene.found().labels == {LABEL}
    assert labelled or not closed, "without the label it is a person's no"
    if step == STEPS["comment"]:
        assert len(scene.fake.requests.filter("POST", "*/comments")) == 1, "a comment is never sent again by itself"
    scene.fake.faults.clear()
    scene.pulls().close(scene.found(), label=LABEL, comment=WORDS)
    assert [comment.body for comment in scene.issue().comments] == [WORDS]
    assert scene.issue().state == "closed"
    assert scene.found().labels == {LABEL}


def test_without_its_label_nothing_is_closed(scene: ForgeScene) -> None:
    scene.opened()
    scene.fake.faults.add(match="POST */labels", nth=None, fault=Fault.status(403))
    with pytest.raises(ForgeFailed, match=r"#1 stays open.*promobot:superseded.*pull-requests: write"):
        scene.pulls().close(scene.found(), label=LABEL, comment=WORDS)
    assert scene.issue().state == "open"
    assert len(scene.fake.requests.filter("PATCH")) == 0


def test_a_remark_is_made_once(scene: ForgeScene) -> None:
    scene.opened()
    assert scene.pulls().remark(scene.found(), label="promobot:blocked", comment="hands off") == []
    held = scene.found()
    scene.asked()
    assert scene.pulls().remark(held, label="promobot:blocked", comment="hands off") == []
    assert scene.asked() == [], "the label remembers"
    assert [comment.body for comment in scene.issue().comments] == ["hands off"]


@pytest.mark.parametrize("step", ["GET */comments", "POST */comments", "POST */labels"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_remark_that_fails_is_a_warning_and_made_by_the_next_run(scene: ForgeScene, step: str, when: str) -> None:
    scene.opened()
    fault = Fault.status(502)
    scene.fake.faults.add(match=step, nth=None, when="before" if when == "before" else "after", fault=fault)
    [warning] = scene.pulls().remark(scene.found(), label="promobot:blocked", comment="hands off")
    assert "#1" in warning
    assert "502" in warning
    scene.fake.faults.clear()
    assert scene.pulls().remark(scene.found(), label="promobot:blocked", comment="hands off") == []
    assert [comment.body for comment in scene.issue().comments] == ["hands off"]
    assert scene.found().labels == {"promobot:blocked"}


def test_a_comment_that_is_too_long_is_cut_and_still_said_once(scene: ForgeScene) -> None:
    scene.opened()
    pull = scene.found()
    for _ in range(2):
        # The same snapshot twice: as if the run had died before its label.
        scene.pulls().remark(pull, label="promobot:blocked", comment="ü" * 70_000)
    [comment] = scene.issue().comments
    assert len(comment.body) == 60_000
    assert comment.body.endswith("(cut: it is too long for a comment)")


def test_a_pull_request_of_an_earlier_run_can_be_worked_on(scene: ForgeScene) -> None:
    opened = scene.opened()
    remembered = PullRequest(opened.number, opened.url, "open")
    scene.pulls().close(remembered, label=LABEL, comment=WORDS)
    assert scene.issue().state == "closed"
