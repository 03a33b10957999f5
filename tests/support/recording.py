"""A team whose proposals land, and what `promobot record` leaves behind of that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from github.PullRequest import PullRequest as Pull

from tests.support.fake_github import FakeGitHub
from tests.support.hosted import Team, host, long_ago, without_waits
from tests.support.workspace import NOW, patch

LATER = NOW + timedelta(hours=1)
LEVERAGE = patch("portfolio.leverage", 1.75, old_value=1.5)
WEIGHT = patch("macro.regime_weight", 0.3)
NOTES = "refs/notes/promobot"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with FakeGitHub(clock=long_ago) as fake, without_waits():
        yield host(fake, tmp_path)


def merged(team: Team, number: int, how: str = "squash", by: str = "ann") -> Pull:
    """The pull request, merged by a person, and the checkout brought up to it."""
    pull = team.person(number, by)
    pull.merge(merge_method=how)
    team.space.git("pull", "--quiet", "--ff-only")
    return pull


def landed(team: Team, *patches: dict[str, object], how: str = "squash") -> Any:
    """A proposal of these patches that ann merged."""
    result = team.proposes(*patches)
    merged(team, result["pull_request"]["number"], how)
    return result


def record(team: Team, *words: str) -> Any:
    return team.did("record", *words, now=LATER)


def ledger_record(team: Team, digest: str) -> Any:
    return json.loads(team.space.ledger()[f"records/{digest}.json"])


def records(team: Team) -> list[str]:
    return [path for path in team.space.ledger() if path.startswith("records/")]


def head(team: Team) -> str:
    return team.space.git("rev-parse", "main", at=team.space.origin)


def note(team: Team, commit: str) -> str:
    """As an auditor's clone shows it, after the fetch that the README tells of."""
    team.space.git("fetch", "--quiet", "--force", "origin", f"{NOTES}:{NOTES}")
    return team.space.git("notes", "--ref=promobot", "show", commit)


def by_plain_git(team: Team, branch: str, how: str) -> None:
    team.space.merge(branch, how, long_ago())
