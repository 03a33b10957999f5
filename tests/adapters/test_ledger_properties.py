"""Whatever several writers do in whatever order, by git or through the API, knowing the newest head or not:
the ledger only grows, and the first word under a name is the last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promobot.adapters.github import Forge
from promobot.adapters.github.ledger import ApiLedger
from promobot.adapters.repository import Base, Branches, Repository
from promobot.adapters.repository.ledger import GitLedger
from promobot.core.ledger import LEDGER
from promobot.usecases.ports import Ledger
from tests.support.fake_github import FakeGitHub
from tests.support.fake_github.git import Git
from tests.support.fake_github.scene import commit
from tests.support.workspace import NOW, Workspace, make_workspace, small_files

REF = f"refs/heads/{LEDGER}"
WRITERS = ("git", "git that keeps what it has seen", "api that keeps what it has seen", "a person")
PATHS = ("cycles/a.json", "cycles/b.json", "refusals/a.json", "records/x", "cycles/A.json")
STEPS = st.lists(st.tuples(st.sampled_from(WRITERS), st.sampled_from(PATHS)), min_size=1, max_size=10)


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


def writers(space: Workspace, fake: FakeGitHub, name: str) -> dict[str, Ledger]:
    """The two that live through the whole sequence."""
    assert space.origin
    fake.add_repository(name, space.origin)
    return {WRITERS[1]: by_git(space), WRITERS[2]: ApiLedger(Forge(fake.base_url, name, "bot-token"))}


def by_git(space: Workspace) -> GitLedger:
    repository = Repository(space.clone)
    return GitLedger(repository, Branches(repository, Base("main", "origin")))


def standing(git: Git) -> dict[str, bytes]:
    names = git.text("ls-tree", "-r", "--name-only", REF).splitlines() if git.ref(REF) else []
    return {name: git.run("show", f"{REF}:{name}").stdout for name in names}


# Module-wide on purpose: one server, a repository of its own for each sequence.
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_ledger_only_grows(fake: FakeGitHub, steps: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        space = make_workspace(Path(folder), files=small_files())
        assert space.origin
        git, told = Git(space.origin), dict[str, bytes]()
        lasting = writers(space, fake, f"acme/live-{Path(folder).name}")
        for number, (who, asked) in enumerate(steps):
            path = asked if who != "a person" else f"by-hand/{number}"
            before, content = git.ref(REF), f"{number}\n".encode()
            if who == "a person":
                commit(git, LEDGER, {path: content.decode()}, "by hand")
            else:
                ledger = lasting.get(who) or by_git(space)
                assert ledger.append(path, content, f"ledger: {path}\n", NOW) is (path not in told)
            told.setdefault(path, content)
            after = git.ref(REF)
            assert after and (before is None or git.is_ancestor(before, after))
            assert standing(git) == told
        for reader in (by_git(space), ApiLedger(Forge(fake.base_url, f"acme/live-{Path(folder).name}", "bot-token"))):
            for inner in ("cycles", "refusals", "records"):
                expected = {path.partition("/")[2]: data for path, data in told.items() if path.startswith(f"{inner}/")}
                assert reader.read(inner) == expected
                assert reader.names(inner) == expected.keys()
