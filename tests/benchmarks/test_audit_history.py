"""The generated history is honest by the word of promobot's own tools, so that a verifier has nothing to find in it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from promobot.adapters.repository import Repository
from promobot.cli.gate import Request, answer
from promobot.core.base_state import BaseState
from promobot.usecases.base import Elsewhere, read_base
from tests.benchmarks.audit_history import Story, build
from tests.benchmarks.audit_stream import git
from tests.support.gate import AUTO, CONFIG, POLICY, REPORTS

LANDINGS = 60
EVERY = 7
LATER = timedelta(minutes=30)


@dataclass
class Built:
    """A history, and the states that were kept of it on the way: when they were asked for, and what was said."""

    folder: Path
    story: Story
    states: list[tuple[datetime, BaseState]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("audit") / "history.git"
    states: list[tuple[datetime, BaseState]] = []

    def keep(story: Story) -> None:
        if story.commits % EVERY == 0:
            states.append((story.at + LATER, story.line.state(story.at + LATER, whole=True)))

    return Built(folder, build(folder, LANDINGS, after=keep), states)


def first_parents(folder: Path) -> list[tuple[str, list[str], datetime]]:
    """(commit, parents, committer date), the oldest first."""
    told = git(folder, "log", "--first-parent", "--reverse", "--format=%H %ct %P", "HEAD").split("\n")
    words = [line.split() for line in told]
    return [(commit, parents, datetime.fromtimestamp(int(date), UTC))
            for commit, date, *parents in words]  # fmt: skip


def test_it_is_as_long_and_as_mixed_as_it_says(built: Built) -> None:
    assert git(built.folder, "rev-list", "--count", "HEAD") == str(2 * LANDINGS)
    assert git(built.folder, "fsck", "--strict", "--no-dangling") == ""
    form = ("--first-parent", "-m", "--diff-filter=A", "--format=", "--name-only")
    metas = git(built.folder, "log", *form, "HEAD", "--", f":(glob){REPORTS}/*/proposal_meta.json").split("\n")
    assert len({path for path in metas if path}) == LANDINGS
    subjects = git(built.folder, "log", "--no-merges", "--format=%s", "HEAD").split("\n")
    verbs = Counter(subject.partition(" ")[0] for subject in subjects)
    assert {"promote:", "set:", "unset:", "apply:", "revert:", "Revert", "Work", "A"} <= set(verbs)
    merges = int(git(built.folder, "rev-list", "--count", "--merges", "HEAD"))
    assert 0.45 < merges / LANDINGS < 0.75
    for path in (POLICY, CONFIG, AUTO):
        assert int(git(built.folder, "rev-list", "--count", "HEAD", "--", path)) > 1


def test_dates_never_go_back(built: Built) -> None:
    told = git(built.folder, "log", "--topo-order", "--reverse", "--format=%H %ct %P", "HEAD").split("\n")
    dates: dict[str, int] = {}
    for commit, date, *parents in (line.split() for line in told):
        dates[commit] = int(date)
        assert all(dates[parent] < dates[commit] for parent in parents)


def test_the_state_kept_in_memory_is_what_promobot_reads(built: Built) -> None:
    repository = Repository(built.folder)
    assert len(built.states) > 5
    assert any(state.landed.values_today for _, state in built.states)
    assert any(state.landed.lately.taken_back for _, state in built.states)
    assert any(state.landed.by_hand for _, state in built.states)
    for at, state in built.states:
        assert read_base(repository, "main", state.commit, Elsewhere(), at) == state


def test_the_gate_passes_its_steps(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Merges as the pull requests that they were, other steps of the line as a merge queue brings them; a third."""
    event = tmp_path / "event.json"
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    for commit, parents, at in first_parents(built.folder)[1::3]:
        if len(parents) == 2:
            monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
            asked = Request(parents[0], parents[1], "main", repo=str(built.folder), now=at.isoformat())
            assert not answer(asked).violations
            continue
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        group = {"base_sha": parents[0], "head_sha": commit, "base_ref": "refs/heads/main"}
        event.write_text(json.dumps({"merge_group": group}))
        verdict = answer(Request(parents[0], commit, None, repo=str(built.folder), now=at.isoformat()))
        assert not verdict.violations, (commit, verdict.violations)


def test_one_seed_gives_one_history(tmp_path: Path) -> None:
    heads = [git(build(tmp_path / f"{number}.git", 8).stream.folder, "rev-parse", "HEAD") for number in range(2)]
    assert heads[0] == heads[1]
