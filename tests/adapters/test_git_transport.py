"""git towards its remote: what is tried again, what is not, and what is refused in a repository without one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from promobot.adapters.repository import Base, Branches, GitPublisher, Repository, transport
from promobot.errors import BranchTaken, RemoteFailed, RepositoryRefused
from tests.support.fake_github import Fault
from tests.support.forge_scene import BRANCH, ForgeScene, scene
from tests.support.workspace import Workspace

__all__ = ["scene"]  # a fixture
FILES = {"reports/proposal.txt": b"a proposal\n"}
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REF = f"refs/heads/{BRANCH}"
LOST = {"reset": Fault.reset(), "truncated": Fault.truncated(), "500": Fault.status(500), "429": Fault.status(429)}


def set_to_ours(publisher: GitPublisher, over: str | None) -> str:
    return publisher.publish(BRANCH, publisher.base_head(), FILES, "promote: a 1 -> 2\n", AT, over=over)


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
def test_git_reads_three_times(scene: ForgeScene, fault: Fault) -> None:
    commit = scene.push()
    publisher = scene.git_publisher()
    for reading in (publisher.base_head, lambda: publisher.branch(BRANCH)):
        for nth in (1, 2):
            scene.server.faults.add(match="GET *service=git-upload-pack", nth=nth, fault=fault)
        assert reading()
        assert scene.server.faults.pending == []
    assert publisher.proposal_branches() == {BRANCH: commit}


def test_git_reads_no_fourth_time(scene: ForgeScene) -> None:
    scene.server.faults.add(match=None, nth=None, fault=Fault.status(503))
    with pytest.raises(RemoteFailed, match="nothing was changed") as caught:
        scene.git_publisher().base_head()
    assert caught.value.exit_code == 5
    assert len(scene.server.requests) == 3


def test_a_reading_that_fails_slowly_is_not_tried_again(scene: ForgeScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LATE", 0)
    scene.server.faults.add(match=None, nth=None, fault=Fault.status(503))
    with pytest.raises(RemoteFailed):
        scene.git_publisher().base_head()
    assert len(scene.server.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
def test_git_does_not_ask_again_for_an_answer_that_will_not_change(scene: ForgeScene, status: int) -> None:
    scene.server.faults.add(match=None, nth=None, fault=Fault.status(status))
    with pytest.raises(RemoteFailed):
        scene.git_publisher().base_head()
    assert len(scene.server.requests) == 1


def test_a_push_is_not_sent_again(scene: ForgeScene) -> None:
    publisher = scene.git_publisher()
    publisher.base_head()
    scene.server.faults.add(match="POST */git-receive-pack", nth=None, fault=Fault.status(502))
    with pytest.raises(RemoteFailed, match="finds out what was done"):
        set_to_ours(publisher, None)
    assert len([r for r in scene.server.requests if r.method == "POST" and r.service == "git-receive-pack"]) == 1


def test_a_branch_that_moves_while_it_is_read_is_a_lost_race(scene: ForgeScene) -> None:
    seen = scene.push()
    publisher = scene.git_publisher()
    publisher.base_head()
    scene.push(text="a person's\n")
    with pytest.raises(BranchTaken):
        publisher.branch(BRANCH)
    scene.git.update_ref(REF, "0" * 40, scene.git.ref(REF) or seen)
    with pytest.raises(BranchTaken):
        publisher.branch(BRANCH)


def test_a_hook_that_refuses_is_no_lost_race(scene: ForgeScene) -> None:
    hook = scene.git.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no bots here >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(RemoteFailed, match=r"no bots here.*rules or hooks") as caught:
        set_to_ours(scene.git_publisher(), None)
    assert not isinstance(caught.value, BranchTaken)


def without_remote(space: Workspace) -> GitPublisher:
    repository = Repository(space.clone)
    return GitPublisher(repository, Branches(repository, Base("main", None)))


def test_in_a_repository_without_a_remote(space: Workspace) -> None:
    publisher = without_remote(space)
    first = set_to_ours(publisher, None)
    assert set_to_ours(publisher, None) == first, "the very same commit is not another's"
    with pytest.raises(BranchTaken):
        publisher.publish(BRANCH, publisher.base_head(), FILES, "another\n", AT, over=None)
    second = publisher.publish(BRANCH, publisher.base_head(), FILES, "another\n", AT, over=first)
    assert space.git("rev-parse", BRANCH) == second != first
    with pytest.raises(BranchTaken):
        publisher.delete(BRANCH, first)
    assert publisher.at_pull_request(1, first)
    assert publisher.at_pull_request(1, "0" * 39 + "1") is None
    publisher.delete(BRANCH, second)
    publisher.delete(BRANCH, second)
    assert space.git("branch", "--list", BRANCH) == ""


def test_a_branch_under_somebodys_feet_stays(space: Workspace) -> None:
    publisher = without_remote(space)
    first = set_to_ours(publisher, None)
    space.git("switch", "--quiet", BRANCH)
    before = space.traces()
    with pytest.raises(RepositoryRefused, match=r"checked out in .*clone; switch"):
        publisher.publish(BRANCH, publisher.base_head(), FILES, "another\n", AT, over=first)
    with pytest.raises(RepositoryRefused, match="checked out"):
        publisher.delete(BRANCH, first)
    assert space.traces() == before
