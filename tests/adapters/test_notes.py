"""The notes: added on the remote or here, never changed, readable by plain git, whoever else writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from promobot.adapters.repository import Base, Repository, branches, notes
from promobot.adapters.repository.notes import NOTES, Notes
from promobot.errors import BranchTaken, RemoteFailed
from tests.support.builders import NOW
from tests.support.workspace import Workspace, make_workspace, small_files


@pytest.fixture(autouse=True)
def _without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "pause", lambda *_: 0.0)


@pytest.fixture(params=[True, False], ids=["remote", "local"])
def space(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path, remote=request.param, files=small_files())


def notebook(space: Workspace) -> Notes:
    base = Base("main", "origin" if space.origin else None)
    return Notes(Repository(space.clone), base, pauses=(0.0, 0.0))


def commits(space: Workspace, count: int) -> list[str]:
    made = [space.git("commit", "--quiet", "--allow-empty", "--message", f"{n}") or space.git("rev-parse", "HEAD")
            for n in range(count)]  # fmt: skip
    if space.origin:
        space.git("push", "--quiet", "origin", "main")
    return made


def at(space: Workspace) -> Path:
    return space.origin or space.clone


def shown(space: Workspace, commit: str) -> str:
    return space.git("notes", "--ref=promobot", "show", commit, at=at(space))


def history(space: Workspace) -> list[str]:
    return space.git("rev-list", NOTES, at=at(space)).split()


def test_plain_git_shows_what_was_added(space: Workspace) -> None:
    one, two = commits(space, 2)
    assert notebook(space).noted() == frozenset()
    assert notebook(space).add({one: b"first\n"}, NOW) == 1
    assert notebook(space).add({two: b"second\n"}, NOW) == 1
    assert (shown(space, one), shown(space, two)) == ("first", "second")
    assert notebook(space).noted() == {one, two}
    assert len(history(space)) == 2
    told = space.git("log", "-1", "--format=%an <%ae> %at %ct", NOTES, at=at(space))
    assert told == f"promobot <promobot@noreply.invalid> {NOW.timestamp():.0f} {NOW.timestamp():.0f}"


def test_a_note_that_is_there_stays(space: Workspace) -> None:
    one, two = commits(space, 2)
    space.git("notes", "--ref=promobot", "add", "-m", "mine", one)
    if space.origin:
        space.git("push", "--quiet", "origin", NOTES)
    assert notebook(space).add({one: b"theirs\n", two: b"new\n"}, NOW) == 1
    assert (shown(space, one), shown(space, two)) == ("mine", "new")
    before = history(space)
    assert notebook(space).add({one: b"theirs\n", two: b"other\n"}, NOW) == 0
    assert history(space) == before


def test_many_notes_are_one_commit_and_git_goes_on_from_there(space: Workspace) -> None:
    made = commits(space, 30)
    assert notebook(space).add({commit: commit.encode() for commit in made[:-1]}, NOW) == 29
    assert [shown(space, commit) for commit in made[:-1]] == made[:-1]
    assert len(history(space)) == 1
    # git spreads the notes anew when a person adds one.
    place = at(space)
    space.git("-c", "core.bare=false", "notes", "--ref=promobot", "add", "-m", "mine", made[-1], at=place)
    assert notebook(space).noted() == set(made)
    assert [shown(space, commit) for commit in made[:-1]] == made[:-1]


def overtaken(monkeypatch: pytest.MonkeyPatch, space: Workspace, texts: list[dict[str, bytes]]) -> None:
    """Let others write these just before our own writing."""
    real = Notes._with

    def late(self: Notes, head: str | None, mine: Mapping[str, bytes], moment: datetime) -> Any:
        made = real(self, head, mine, moment)
        if texts:
            theirs = texts.pop()
            assert notebook(space).add(theirs, moment) == len(theirs)
        return made

    monkeypatch.setattr(Notes, "_with", late)


def test_who_is_overtaken_loses_nothing(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = commits(space, 3)
    overtaken(monkeypatch, space, [{two: b"theirs\n"}])
    assert notebook(space).add({one: b"ours\n", two: b"ours\n", three: b"ours\n"}, NOW) == 2
    assert [shown(space, commit) for commit in (one, two, three)] == ["ours", "theirs", "ours"]
    assert len(history(space)) == 2


def test_who_is_always_overtaken_gives_up_and_says_so(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    one, *others = commits(space, 4)
    monkeypatch.setattr(Notes, "patience", 0.0)
    overtaken(monkeypatch, space, [{commit: b"theirs\n"} for commit in others])
    with pytest.raises(RemoteFailed, match="run again") as caught:
        notebook(space).add({one: b"ours\n"}, NOW)
    assert caught.value.exit_code == 5
    assert one not in notebook(space).noted()


def test_an_endless_race_without_a_winner_ends(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    [one] = commits(space, 1)
    tries = []

    def taken(*_: object) -> None:
        tries.append(1)
        raise BranchTaken("taken")

    monkeypatch.setattr(branches.Branches, "_write", taken)
    with pytest.raises(RemoteFailed, match="not written in"):
        notebook(space).add({one: b"ours\n"}, NOW)
    assert 2 <= len(tries) <= 10


@pytest.mark.parametrize("noted", [False, True])
def test_a_branch_of_the_same_name_is_neither_read_nor_written(space: Workspace, noted: bool) -> None:
    """The server lists every ref whose name ends so, this one first; git push cannot tell them apart and refuses.
    (GitHub takes no branch whose name begins with refs/.)"""
    one, two = commits(space, 2)
    if noted:
        notebook(space).add({one: b"ours\n"}, NOW)
    decoy = f"refs/heads/{NOTES}"
    space.git("update-ref", decoy, "main", at=at(space))
    assert notebook(space).noted() == ({one} if noted else set())
    if space.origin:
        with pytest.raises(RemoteFailed):
            notebook(space).add({two: b"ours\n"}, NOW)
    else:
        assert notebook(space).add({two: b"ours\n"}, NOW) == 1
    assert space.git("rev-parse", decoy, at=at(space)) == two, "it is where main was"


def test_a_remote_leaves_the_local_notes_alone(tmp_path: Path) -> None:
    space = make_workspace(tmp_path, files=small_files())
    one, two = commits(space, 2)
    space.git("notes", "--ref=promobot", "add", "-m", "a draft", one)
    before = space.git("rev-parse", NOTES)
    assert notebook(space).noted() == frozenset()
    assert notebook(space).add({one: b"ours\n", two: b"ours\n"}, NOW) == 2
    assert space.git("rev-parse", NOTES) == before
    assert space.git("for-each-ref", "--format=%(refname)", "refs/notes") == NOTES


def test_a_remote_that_refuses_is_told(tmp_path: Path) -> None:
    space = make_workspace(tmp_path, files=small_files())
    [one] = commits(space, 1)
    assert space.origin
    hook = space.origin / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no notes here >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(RemoteFailed, match="no notes here"):
        notebook(space).add({one: b"ours\n"}, NOW)
