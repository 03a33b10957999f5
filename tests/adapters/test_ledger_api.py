"""The ledger through the API, on the fake GitHub over a real bare repository: the same branch, the same promises."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import monotonic

import pytest
from github.GitTree import GitTree

from promobot.adapters.github import Forge
from promobot.adapters.github.ledger import ApiLedger
from promobot.core.ledger import LEDGER
from promobot.errors import ForgeFailed, RepositoryRefused
from tests.support.fake_github import FakeGitHub, Fault
from tests.support.fake_github.git import Git
from tests.support.fake_github.scene import commit, new_bare
from tests.support.workspace import NOW

REF = f"refs/heads/{LEDGER}"
TOUCH = f"PATCH /repos/*/git/refs/heads/{LEDGER}"
CREATE = "POST /repos/*/git/refs"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return new_bare(tmp_path / "live.git")


@pytest.fixture
def fake(git: Git) -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        running.add_repository("acme/live", git.path)
        yield running


def ledger(fake: FakeGitHub, patience: float = 60.0) -> ApiLedger:
    """A ledger that has seen nothing yet."""
    return ApiLedger(Forge(fake.base_url, "acme/live", "bot-token"), patience=patience)


def add(to: ApiLedger, name: str, text: str = "{}\n") -> bool:
    return to.append(f"cycles/{name}", text.encode(), f"ledger: cycles/{name}\n", NOW)


def files(git: Git) -> dict[str, str]:
    names = git.text("ls-tree", "-r", "--name-only", REF).splitlines()
    return {name: git.run("show", f"{REF}:{name}").stdout.decode() for name in names}


def assert_append_only(git: Git) -> None:
    lines = [line.split() for line in git.text("rev-list", "--parents", REF).splitlines()]
    assert [len(line) for line in lines] == [2] * (len(lines) - 1) + [1]
    for head, *_ in lines:
        assert git.text("diff-tree", "--root", "-r", "--no-commit-id", "--name-status", head).startswith("A\t")


def asked(fake: FakeGitHub) -> list[str]:
    """The requests since the last question, as methods."""
    methods = [request.method for request in fake.requests]
    fake.requests.reset()
    return methods


def test_no_branch_is_an_empty_ledger(fake: FakeGitHub) -> None:
    one = ledger(fake)
    assert one.names("refusals") == frozenset()
    assert one.read("cycles") == {}
    assert asked(fake) == ["GET"]


def test_entries_pile_up_on_an_orphan_branch(fake: FakeGitHub, git: Git) -> None:
    one = ledger(fake)
    assert add(one, "a.json", "a\n") and add(one, "b.json", "ü\n")
    assert one.append("refusals/c.json", b"c\n", "ledger: refusals/c.json\n", NOW)
    assert files(git) == {"cycles/a.json": "a\n", "cycles/b.json": "ü\n", "refusals/c.json": "c\n"}
    assert len(git.text("rev-list", REF).splitlines()) == 3
    assert_append_only(git)
    for reader in (one, ledger(fake)):
        assert reader.names("cycles") == {"a.json", "b.json"}
        assert reader.read("cycles") == {"a.json": b"a\n", "b.json": "ü\n".encode()}
        assert reader.names("refusals") == {"c.json"}
        assert reader.names("records") == frozenset()
    assert git.text("log", "-1", "--format=%s %b", REF).strip() == "ledger: refusals/c.json"


def test_a_name_that_is_there_is_no_write(fake: FakeGitHub, git: Git) -> None:
    add(ledger(fake), "a.json", "first\n")
    head = git.ref(REF)
    asked(fake)
    assert add(ledger(fake), "a.json", "second\n") is False
    assert asked(fake) == ["GET"] * 4
    assert git.ref(REF) == head


def test_what_an_append_costs(fake: FakeGitHub) -> None:
    one = ledger(fake)
    add(one, "a.json")
    assert asked(fake) == ["GET", "POST", "POST", "POST"]
    add(one, "b.json")
    assert asked(fake) == ["GET", "GET", "GET", "POST", "POST", "PATCH"], "the head is known"
    ledger(fake).names("cycles")
    assert asked(fake) == ["GET"] * 4


def meanwhile(fake: FakeGitHub, wanted: str, times: int, act: Callable[[int], object]) -> None:
    """Let something happen just before requests of this method reach the ref, so many times."""
    done = 0

    def spy(method: str, path: str) -> bool:
        nonlocal done
        # Reads of the other writer must not trigger it again.
        if method == wanted and "/git/refs" in path and done < times:
            done += 1
            act(done)
        return False

    fake.faults.add(match=spy, nth=None, fault=Fault.reset())


def foreign(git: Git) -> Callable[[int], object]:
    return lambda number: commit(git, LEDGER, {f"cycles/faster-{number}.json": "f\n"}, f"ledger: faster {number}")


def test_an_update_between_reading_and_writing_loses_nothing(fake: FakeGitHub, git: Git) -> None:
    add(ledger(fake), "a.json")
    meanwhile(fake, "PATCH", 3, foreign(git))
    assert add(ledger(fake), "mine.json")
    assert set(files(git)) == {"cycles/a.json", "cycles/mine.json", *(f"cycles/faster-{n}.json" for n in (1, 2, 3))}
    assert_append_only(git)


def test_a_branch_that_appears_meanwhile_is_built_upon(fake: FakeGitHub, git: Git) -> None:
    meanwhile(fake, "POST", 1, foreign(git))
    assert add(ledger(fake), "mine.json")
    assert set(files(git)) == {"cycles/mine.json", "cycles/faster-1.json"}
    assert_append_only(git)


def test_the_same_entry_written_meanwhile_is_no_write(fake: FakeGitHub, git: Git) -> None:
    add(ledger(fake), "a.json")
    meanwhile(fake, "PATCH", 1, lambda _: commit(git, LEDGER, {"cycles/mine.json": "theirs\n"}, "ledger: theirs"))
    assert add(ledger(fake), "mine.json", "ours\n") is False
    assert files(git)["cycles/mine.json"] == "theirs\n"


def test_who_is_always_overtaken_gives_up_and_says_so(fake: FakeGitHub, git: Git) -> None:
    add(ledger(fake), "a.json")
    meanwhile(fake, "PATCH", 10**6, foreign(git))
    with pytest.raises(ForgeFailed) as caught:
        add(ledger(fake, patience=1.0), "mine.json")
    assert caught.value.exit_code == 5
    assert LEDGER in caught.value.message and "run again" in caught.value.message
    assert "cycles/mine.json" not in files(git)


def test_a_stale_head_in_memory_is_found_out(fake: FakeGitHub, git: Git) -> None:
    one, other = ledger(fake), ledger(fake)
    assert one.names("cycles") == other.names("cycles") == frozenset()
    assert add(one, "a.json") and add(other, "b.json") and add(one, "c.json")
    assert set(files(git)) == {"cycles/a.json", "cycles/b.json", "cycles/c.json"}
    assert_append_only(git)


@pytest.mark.parametrize(
    "words", ["Changes must be made through a pull request.", "Repository rule violations found", "Cannot update this"]
)
@pytest.mark.parametrize("stands", [False, True], ids=["new", "grown"])
def test_a_protected_branch_is_no_race(fake: FakeGitHub, git: Git, words: str, stands: bool) -> None:
    if stands:
        add(ledger(fake), "a.json")
    fake.faults.add(match=TOUCH if stands else CREATE, nth=None, fault=Fault.status(422, words))
    asked(fake)
    start = monotonic()
    with pytest.raises(ForgeFailed, match="branch rules") as caught:
        add(ledger(fake), "b.json")
    assert monotonic() - start < 10
    assert caught.value.exit_code == 5
    assert LEDGER in caught.value.message and words in caught.value.message
    assert asked(fake)[-1] in ("PATCH", "POST"), "nothing was tried again"
    assert (git.ref(REF) is not None) is stands


def test_an_endless_race_without_a_winner_ends_early(fake: FakeGitHub) -> None:
    add(ledger(fake), "a.json")
    fault = fake.faults.add(match=TOUCH, nth=None, fault=Fault.status(422, "Update is not a fast forward"))
    with pytest.raises(ForgeFailed, match="fast forward"):
        add(ledger(fake), "b.json")
    assert 2 <= fault.fired <= 10


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_that_is_lost_is_found_out_by_running_again(fake: FakeGitHub, git: Git, when: str) -> None:
    add(ledger(fake), "a.json")
    fake.faults.add(match=TOUCH, when="after" if when == "after" else "before", fault=Fault.reset())
    with pytest.raises(ForgeFailed):
        add(ledger(fake), "b.json")
    assert add(ledger(fake), "b.json") is (when == "before")
    assert set(files(git)) == {"cycles/a.json", "cycles/b.json"}
    assert_append_only(git)


def test_failing_to_look_is_not_an_empty_ledger(fake: FakeGitHub) -> None:
    add(ledger(fake), "a.json")
    fake.faults.add(match="GET *", nth=None, fault=Fault.status(403))
    with pytest.raises(ForgeFailed):
        ledger(fake).names("refusals")


def test_a_listing_that_was_cut_short_is_refused(fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    add(ledger(fake), "a.json")
    monkeypatch.setattr(GitTree, "truncated", True)
    with pytest.raises(ForgeFailed, match="too large"):
        ledger(fake).names("cycles")


def test_what_others_put_on_the_branch_stays(fake: FakeGitHub, git: Git) -> None:
    head = commit(git, LEDGER, {"README": "x\n", "cycles/deep/x": "x\n"}, "by hand", onto=git.ref("refs/heads/main"))
    one = ledger(fake)
    assert one.names("cycles") == frozenset(), "a folder is no entry"
    assert add(one, "a.json")
    assert git.text("diff-tree", "-r", "--name-status", head, REF) == "A\tcycles/a.json"


def test_a_file_in_a_folders_place_is_refused_and_stays(fake: FakeGitHub, git: Git) -> None:
    head = commit(git, LEDGER, {"cycles": "no folder\n"}, "by hand", onto=git.ref("refs/heads/main"))
    with pytest.raises(RepositoryRefused, match="not a folder"):
        add(ledger(fake), "a.json")
    with pytest.raises(RepositoryRefused, match="not a folder"):
        ledger(fake).names("cycles")
    assert git.ref(REF) == head


def test_ten_writers_at_once_lose_nothing(fake: FakeGitHub, git: Git) -> None:
    start = Barrier(10)

    def write(number: int) -> bool:
        own = ledger(fake)
        own.names("cycles")
        start.wait(60)
        return add(own, f"{number}.json")

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(write, range(10))) == [True] * 10
    assert set(files(git)) == {f"cycles/{number}.json" for number in range(10)}
    assert_append_only(git)


def test_nothing_of_the_token_is_said(fake: FakeGitHub) -> None:
    secret = ApiLedger(Forge(fake.base_url, "acme/live", "ghs_SECRET"))
    with pytest.raises(ForgeFailed) as caught:
        secret.names("cycles")
    assert "ghs_SECRET" not in json.dumps([caught.value.message, repr(secret)])
