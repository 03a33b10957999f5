"""The ledger by plain git, on a real bare origin and without one: it only grows, whoever writes and however many."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from threading import Barrier
from time import monotonic

import pytest

from promobot.adapters.repository import Base, Branches, Repository
from promobot.adapters.repository.command import GitCommand
from promobot.adapters.repository.ledger import GitLedger
from promobot.core.ledger import LEDGER
from promobot.errors import BranchTaken, RemoteFailed, RepositoryRefused
from tests.support.workspace import NOW, Workspace, make_workspace, small_files

REF = f"refs/heads/{LEDGER}"


@pytest.fixture(params=["origin", "alone"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    """With a remote, and without."""
    return make_workspace(tmp_path, remote=request.param == "origin", files=small_files())


def branches(space: Workspace) -> Branches:
    return Branches(Repository(space.clone), Base("main", "origin" if space.origin else None))


def ledger(space: Workspace, patience: float = 60.0) -> GitLedger:
    """A ledger that has seen nothing yet, as a new process has it."""
    return GitLedger(Repository(space.clone), branches(space), patience=patience)


def add(to: GitLedger, name: str, text: str = "{}\n") -> bool:
    return to.append(f"cycles/{name}", text.encode(), f"ledger: cycles/{name}\n", NOW)


def files(space: Workspace) -> dict[str, str]:
    """Path -> content of everything on the branch."""
    at = space.origin or space.clone
    names = space.git("ls-tree", "-r", "--name-only", REF, at=at).splitlines()
    return {name: space.git("show", f"{REF}:{name}", at=at) for name in names}


def tip(space: Workspace) -> str | None:
    """The branch's head."""
    return space.git("for-each-ref", "--format=%(objectname)", REF, at=space.origin or space.clone) or None


def history(space: Workspace) -> list[list[str]]:
    """The branch's commits, newest first: each with its parents behind it."""
    return [
        line.split() for line in space.git("rev-list", "--parents", REF, at=space.origin or space.clone).split("\n")
    ]


def assert_append_only(space: Workspace) -> None:
    """One line of commits from one root, each of which adds one file and does nothing else."""
    commits = history(space)
    assert [len(line) for line in commits] == [2] * (len(commits) - 1) + [1]
    assert all(line[1] == after[0] for line, after in pairwise(commits))
    for commit, *_ in commits:
        form = ("diff-tree", "--root", "-r", "--no-commit-id", "--name-status", commit)
        assert re.fullmatch(r"A\t\S+", space.git(*form, at=space.origin or space.clone))


def test_an_empty_repository_has_an_empty_ledger(anywhere: Workspace) -> None:
    assert ledger(anywhere).names("cycles") == frozenset()
    assert ledger(anywhere).read("refusals") == {}
    assert tip(anywhere) is None


def test_the_first_entry_makes_an_orphan_branch_and_touches_nothing_else(anywhere: Workspace) -> None:
    before, main = anywhere.traces(), anywhere.branches()["main"]
    assert add(ledger(anywhere), "a.json", '{"a": "\\u00fc"}\n')
    assert files(anywhere) == {"cycles/a.json": '{"a": "\\u00fc"}'}
    assert len(history(anywhere)) == 1
    assert anywhere.branches()["main"] == main
    at = anywhere.origin or anywhere.clone
    told = anywhere.git("log", "--format=%an <%ae> %at %ct %s", REF, at=at)
    moment = int(NOW.timestamp())
    assert told == f"promobot <promobot@noreply.invalid> {moment} {moment} ledger: cycles/a.json"
    if anywhere.origin:
        assert anywhere.traces() == before
    assert anywhere.git("status", "--porcelain", "-uall") == ""


def test_entries_pile_up_and_are_read_back(anywhere: Workspace) -> None:
    one = ledger(anywhere)
    assert add(one, "a.json", "a\n") and add(one, "b.json", "b\n")
    assert one.append("refusals/c.json", b"\x00\xff", "ledger: refusals/c.json\n", NOW)
    for reader in (one, ledger(anywhere)):
        assert reader.names("cycles") == {"a.json", "b.json"}
        assert reader.read("cycles") == {"a.json": b"a\n", "b.json": b"b\n"}
        assert reader.read("refusals") == {"c.json": b"\x00\xff"}
        assert reader.names("records") == frozenset()
    assert_append_only(anywhere)


def test_a_name_that_is_there_is_no_write_whatever_the_content(anywhere: Workspace) -> None:
    assert add(ledger(anywhere), "a.json", "first\n")
    head = tip(anywhere)
    for again in ("first\n", "second\n"):
        assert add(ledger(anywhere), "a.json", again) is False
    assert tip(anywhere) == head
    assert files(anywhere) == {"cycles/a.json": "first"}


def at_once(space: Workspace, writers: int, name: Callable[[int], str]) -> list[bool]:
    """Append from many threads that start together, each with eyes of its own."""
    start = Barrier(writers)

    def write(number: int) -> bool:
        own = ledger(space)
        own.names("cycles")  # Everybody has seen the same, empty ledger before anyone writes.
        start.wait(60)
        return add(own, name(number), f"{name(number)}\n")

    with ThreadPoolExecutor(writers) as pool:
        return list(pool.map(write, range(writers)))


def test_many_writers_at_once_lose_nothing(anywhere: Workspace) -> None:
    writers = 20 if anywhere.origin else 8
    assert at_once(anywhere, writers, lambda number: f"{number}.json") == [True] * writers
    assert files(anywhere) == {f"cycles/{number}.json": f"{number}.json" for number in range(writers)}
    assert len(history(anywhere)) == writers
    assert_append_only(anywhere)


def test_many_writers_of_one_entry_write_it_once(anywhere: Workspace) -> None:
    """Their commits are one and the same, so several may take it for their own."""
    assert True in at_once(anywhere, 20 if anywhere.origin else 8, lambda _: "same.json")
    assert len(history(anywhere)) == 1
    assert files(anywhere) == {"cycles/same.json": "same.json"}


class Overtaken(Branches):
    """Branches on which another writer is always faster, `times` times."""

    times = 0
    meanwhile: Callable[[], object]

    def grow_ledger(self, commit: str, over: str | None) -> None:
        if self.times:
            self.times -= 1
            self.meanwhile()
        super().grow_ledger(commit, over)


def overtaken(space: Workspace, times: int, patience: float = 60.0) -> GitLedger:
    repository = Repository(space.clone)
    seen = Overtaken(repository, Base("main", "origin" if space.origin else None))
    names: Iterator[int] = iter(range(1000))
    seen.times, seen.meanwhile = times, lambda: add(ledger(space), f"faster-{next(names)}.json")
    return GitLedger(repository, seen, patience=patience)


def test_who_is_overtaken_builds_on_the_winner(anywhere: Workspace) -> None:
    assert add(overtaken(anywhere, 3), "mine.json")
    assert set(files(anywhere)) == {"cycles/mine.json", *(f"cycles/faster-{n}.json" for n in range(3))}
    assert_append_only(anywhere)


def test_who_is_always_overtaken_gives_up_and_says_so(anywhere: Workspace) -> None:
    with pytest.raises(RemoteFailed) as caught:
        add(overtaken(anywhere, 1000, patience=1.0), "mine.json")
    assert not isinstance(caught.value, BranchTaken), "that would start a whole new cycle"
    assert caught.value.exit_code == 5
    assert LEDGER in caught.value.message and "run again" in caught.value.message
    assert "cycles/mine.json" not in files(anywhere)
    assert_append_only(anywhere)


def hook(space: Workspace, name: str, script: str) -> None:
    """A hook of the origin."""
    assert space.origin
    place = space.origin / "hooks" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("pre-receive", "echo the rules say no >&2; exit 1"),
        ("update", "echo GH006: Protected branch update failed >&2; exit 1"),
    ],
)
@pytest.mark.parametrize("stands", [False, True], ids=["new", "grown"])
def test_a_refusal_by_the_remote_is_no_race(space: Workspace, name: str, script: str, stands: bool) -> None:
    if stands:
        add(ledger(space), "a.json")
    hook(space, name, script)
    start = monotonic()
    with pytest.raises(RemoteFailed) as caught:
        add(ledger(space), "b.json")
    assert monotonic() - start < 10
    assert (caught.value.exit_code, caught.value.code) == (5, "git_remote")
    assert "hook declined" in caught.value.message
    assert not stands or set(files(space)) == {"cycles/a.json"}


def test_a_left_over_lock_is_no_race_that_waiting_wins(anywhere: Workspace) -> None:
    add(ledger(anywhere), "a.json")
    place = anywhere.origin or anywhere.clone / ".git"
    lock = place / f"{REF}.lock"
    lock.write_bytes(b"")
    start = monotonic()
    with pytest.raises(RemoteFailed, match="left-over lock") as caught:
        add(ledger(anywhere), "b.json")
    assert monotonic() - start < 30
    assert LEDGER in caught.value.message
    lock.unlink()
    assert add(ledger(anywhere), "b.json")


def test_a_folder_in_the_branchs_place_is_told(space: Workspace) -> None:
    space.git("push", "--quiet", "origin", f"main:{REF}/odd")
    with pytest.raises(RemoteFailed, match=LEDGER):
        add(ledger(space), "a.json")


def test_no_remote_is_told(space: Workspace) -> None:
    assert space.origin
    space.origin.rename(space.origin.with_name("gone.git"))
    with pytest.raises(RemoteFailed):
        ledger(space).names("refusals")


def push_by_hand(space: Workspace, **contents: str) -> str:
    """A person's commit on the ledger: path (`__` for a slash) -> content."""
    space.git("switch", "--quiet", "--orphan", LEDGER)
    space.write({path.replace("__", "/"): text for path, text in contents.items()})
    space.git("add", "--all")
    space.git("commit", "--quiet", "--message", "by hand")
    if space.origin:
        space.git("push", "--quiet", "origin", LEDGER)
    head = space.git("rev-parse", "HEAD")
    space.git("switch", "--quiet", "main")
    if space.origin:
        space.git("branch", "--quiet", "-D", LEDGER)
    return head


def test_what_others_put_on_the_branch_stays(anywhere: Workspace) -> None:
    foreign = {"README": "hello\n", "cycles__deep__x": "x\n", "other__ü b": "y\n"}
    head = push_by_hand(anywhere, **foreign)
    assert tip(anywhere) == head
    one = ledger(anywhere)
    assert one.names("cycles") == frozenset(), "a folder is no entry"
    assert add(one, "a.json")
    at = anywhere.origin or anywhere.clone
    assert anywhere.git("rev-parse", f"{REF}^", at=at) == head
    assert anywhere.git("diff-tree", "-r", "--name-status", head, REF, at=at) == "A\tcycles/a.json"


def test_a_file_in_a_folders_place_is_refused_and_stays(anywhere: Workspace) -> None:
    head = push_by_hand(anywhere, cycles="no folder\n")
    with pytest.raises(RepositoryRefused, match="cycles on promobot-ledger is not a folder"):
        add(ledger(anywhere), "a.json")
    with pytest.raises(RepositoryRefused, match="not a folder"):
        ledger(anywhere).names("cycles")
    assert tip(anywhere) == head


def transfers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that talk to a remote, from now on."""
    run = GitCommand.output
    talks: list[str] = []

    def noted(self: GitCommand, *arguments: str, **named: object) -> bytes:
        if "--get-url" not in arguments:
            talks.extend(word for word in arguments if word in ("ls-remote", "fetch", "push"))
        return run(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(GitCommand, "output", noted)
    return talks


def test_one_look_at_the_remote_serves_publisher_and_ledger(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    talks = transfers(monkeypatch)
    shared = branches(space)
    heads = shared.heads()
    own = GitLedger(Repository(space.clone), shared)
    assert own.names("cycles") == own.names("refusals") == frozenset()
    assert add(own, "a.json") and add(own, "b.json") and not add(own, "a.json")
    assert talks == ["ls-remote", "push", "push"]
    assert heads == {"main": space.branches()["main"]}
    assert branches(space).heads() == {"main": heads["main"], LEDGER: tip(space)}


def test_the_branch_is_fetched_only_where_its_head_is_missing(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(ledger(space), "a.json", "a\n")
    other = Workspace(tmp_path / "other", space.origin)
    other.folder.mkdir()
    space.git("clone", "--quiet", "--no-local", "--single-branch", str(space.origin), str(other.clone))
    talks = transfers(monkeypatch)
    one = ledger(other)
    assert one.read("cycles") == {"a.json": b"a\n"}
    assert one.names("cycles") == {"a.json"}
    assert talks == ["ls-remote", "fetch"]
    assert ledger(other).names("cycles") == {"a.json"}
    assert talks == ["ls-remote", "fetch", "ls-remote"]
    assert other.git("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"
