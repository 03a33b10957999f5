"""Both transports: a branch is set and deleted only where it still is what it was, whatever the network does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from promobot.errors import BranchTaken, ForgeFailed, PromobotError, RemoteFailed
from promobot.usecases.ports import Publisher
from tests.support.fake_github import Fault
from tests.support.forge_scene import BRANCH, ForgeScene, scene

__all__ = ["scene"]  # a fixture
MAKERS: dict[str, Callable[[ForgeScene], Publisher]] = {
    "git": lambda scene: scene.git_publisher(),
    "api": lambda scene: scene.api_publisher(),
}
FILES = {"reports/proposal.txt": b"a proposal\n"}
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REF = f"refs/heads/{BRANCH}"


@pytest.fixture(params=list(MAKERS))
def publisher(request: pytest.FixtureRequest, scene: ForgeScene) -> Publisher:
    return MAKERS[request.param](scene)


def set_to_ours(publisher: Publisher, over: str | None) -> str:
    return publisher.publish(BRANCH, publisher.base_head(), FILES, "promote: a 1 -> 2\n", AT, over=over)


def test_a_new_branch_has_one_commit_on_the_base(scene: ForgeScene, publisher: Publisher) -> None:
    commit = set_to_ours(publisher, None)
    assert scene.git.ref(REF) == commit
    publisher.base_head()
    state = publisher.branch(BRANCH)
    assert state
    assert (state.commit, state.parents) == (commit, (scene.git.ref("refs/heads/main"),))
    assert publisher.proposal_branches() == {BRANCH: commit}
    assert publisher.at(commit) == state
    assert publisher.at("0" * 39 + "1") is None


def test_a_branch_that_is_there_is_not_created(scene: ForgeScene, publisher: Publisher) -> None:
    there = scene.push()
    with pytest.raises(BranchTaken):
        set_to_ours(publisher, None)
    assert scene.git.ref(REF) == there


def test_a_branch_is_replaced_where_it_still_is(scene: ForgeScene, publisher: Publisher) -> None:
    commit = set_to_ours(publisher, scene.push())
    assert scene.git.ref(REF) == commit
    assert scene.git.text("rev-parse", f"{commit}^") == scene.git.ref("refs/heads/main")


def test_a_persons_push_is_not_overwritten(scene: ForgeScene, publisher: Publisher) -> None:
    seen = scene.push()
    persons = scene.push(text="a person's\n")
    with pytest.raises(BranchTaken):
        set_to_ours(publisher, seen)
    assert scene.git.ref(REF) == persons


def test_a_branch_that_was_deleted_is_not_brought_back(scene: ForgeScene, publisher: Publisher) -> None:
    seen = scene.push()
    scene.git.update_ref(REF, "0" * 40, seen)
    with pytest.raises(BranchTaken):
        set_to_ours(publisher, seen)
    assert scene.git.ref(REF) is None


def test_deleting(scene: ForgeScene, publisher: Publisher) -> None:
    seen = scene.push()
    publisher.delete(BRANCH, seen)
    assert scene.git.ref(REF) is None
    publisher.delete(BRANCH, seen)
    moved = scene.push(text="a person's\n")
    with pytest.raises(BranchTaken):
        publisher.delete(BRANCH, seen)
    assert scene.git.ref(REF) == moved


def test_only_proposal_branches_are_listed(scene: ForgeScene, publisher: Publisher) -> None:
    branches = {f"promobot/{number:016x}": scene.push(f"promobot/{number:016x}") for number in range(101)}
    scene.push("feature")
    scene.push("promobot-ledger")
    publisher.base_head()
    scene.fake.requests.reset()
    assert publisher.proposal_branches() == branches
    assert len(scene.fake.requests) == (2 if scene.fake.requests else 0), "a request a page, and git has asked already"


def test_the_head_of_a_pull_request_outlives_its_branch(scene: ForgeScene, publisher: Publisher) -> None:
    pull = scene.opened()
    scene.git.update_ref(REF, "0" * 40, pull.head)
    state = publisher.at_pull_request(pull.number, pull.head)
    assert state
    assert (state.commit, state.message.strip()) == (pull.head, "a proposal")
    assert publisher.at_pull_request(99, "0" * 39 + "1") is None


def test_a_pull_request_that_has_moved_on_is_not_the_commit_that_was_told(scene: ForgeScene) -> None:
    pull = scene.opened()
    told = pull.head.translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))
    assert scene.git_publisher().at_pull_request(pull.number, told) is None


def test_a_server_that_cannot_be_asked_is_no_no(scene: ForgeScene) -> None:
    pull = scene.opened()
    scene.server.faults.add(match=None, nth=None, fault=Fault.status(500))
    scene.fake.faults.add(match=None, nth=None, fault=Fault.status(500))
    with pytest.raises(RemoteFailed):
        scene.git_publisher().at_pull_request(pull.number, pull.head)
    with pytest.raises(ForgeFailed):
        scene.api_publisher().at_pull_request(pull.number, pull.head)


# The one request of each deed that has the effect.
PUSH = "POST */git-receive-pack"
EFFECT = {
    ("git", "create"): PUSH,
    ("git", "replace"): PUSH,
    ("git", "delete"): PUSH,
    ("api", "create"): "POST */git/refs",
    ("api", "replace"): "PATCH */git/refs/*",
    ("api", "delete"): "DELETE */git/refs/*",
}
LOST = {"reset": Fault.reset(), "truncated": Fault.truncated(), "500": Fault.status(500), "429": Fault.status(429)}
DEEDS: dict[str, Callable[[Publisher, str | None], object]] = {
    "create": lambda publisher, _: set_to_ours(publisher, None),
    "replace": set_to_ours,
    "delete": lambda publisher, over: publisher.delete(BRANCH, over or ""),
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("kind", MAKERS)
def test_a_deed_whose_answer_was_lost_is_found_done(scene: ForgeScene, kind: str, deed: str, fault: Fault) -> None:
    over = None if deed == "create" else scene.push()
    faults = scene.server.faults if kind == "git" else scene.fake.faults
    faults.add(match=EFFECT[kind, deed], when="after", fault=fault)
    commit = DEEDS[deed](MAKERS[kind](scene), over)
    assert scene.git.ref(REF) == commit
    assert faults.pending == []


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("kind", MAKERS)
def test_a_deed_that_never_happens_ends_plainly_and_the_next_run_does_it(
    scene: ForgeScene, kind: str, deed: str, fault: Fault
) -> None:
    over = None if deed == "create" else scene.push()
    faults = scene.server.faults if kind == "git" else scene.fake.faults
    faults.add(match=EFFECT[kind, deed], nth=None, fault=fault)
    with pytest.raises(PromobotError, match=r"run(ning)? again") as caught:
        DEEDS[deed](MAKERS[kind](scene), over)
    assert caught.value.exit_code == 5
    assert not isinstance(caught.value, BranchTaken)
    assert scene.git.ref(REF) == over
    faults.clear()
    assert DEEDS[deed](MAKERS[kind](scene), over) == scene.git.ref(REF)


def test_where_the_remote_cannot_be_looked_at_nothing_is_claimed(scene: ForgeScene) -> None:
    seen = scene.push()
    scene.server.faults.add(match=None, nth=None, fault=Fault.status(500))
    with pytest.raises(PromobotError, match="git push"):
        scene.git_publisher().delete(BRANCH, seen)
    assert scene.git.ref(REF) == seen


def test_the_api_writes_once_what_it_finds_done(scene: ForgeScene) -> None:
    seen = scene.push()
    scene.fake.faults.add(match="PATCH */git/refs/*", when="after", fault=Fault.reset())
    set_to_ours(scene.api_publisher(), seen)
    assert len(scene.fake.requests.filter("PATCH")) == 1


def test_a_branch_that_goes_while_it_is_being_deleted_is_deleted(scene: ForgeScene) -> None:
    seen = scene.push()
    fault = Fault.status(422, "Reference does not exist")
    scene.fake.faults.add(match="DELETE */git/refs/*", when="after", fault=fault)
    scene.api_publisher().delete(BRANCH, seen)
    assert scene.git.ref(REF) is None
