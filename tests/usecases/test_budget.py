"""How many requests a cycle costs with `commits = "git"`, counted by the forge. The README states these numbers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_github import FakeGitHub
from tests.support.hosted import DECORATED, POLICY_FILE, Team, host, long_ago
from tests.support.workspace import patch

OPENING, UNCHANGED, SUPERSEDING, WITHDRAWING = 4, 1, 10, 6
LEVERAGE, OTHER = patch("portfolio.leverage", 1.75), patch("portfolio.leverage", 1.6)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with FakeGitHub(clock=long_ago) as fake:
        yield host(fake, tmp_path)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """Lines that are shown whatever is captured."""
    lines: list[str] = []
    yield lines
    with capsys.disabled():
        sys.stderr.write("".join(f"\nbudget: {line}" for line in lines) + "\n")


def asked(team: Team) -> list[str]:
    """The requests since the last look."""
    told = [f"{record.method} {record.path}" for record in team.forge.requests]
    team.forge.requests.reset()
    return told


def left_over(team: Team, count: int) -> None:
    """Branches of closed proposals that could not be deleted."""
    for number in range(count):
        made = team.proposes(patch("macro.tilt", 0.31 + number / 100))
        team.person(made["pull_request"]["number"]).edit(state="closed")
        team.space.git("push", "--quiet", "origin", f"{made['commit']}:refs/heads/{made['branch']}")
    assert len(team.proposals()) == count


@pytest.mark.parametrize("leftovers", [0, 3])
def test_opening_and_running_again(team: Team, leftovers: int, say: list[str]) -> None:
    left_over(team, leftovers)
    asked(team)
    assert team.proposes(LEVERAGE)["outcome"] == "opened"
    opening = asked(team)
    # Labels and a reviewer are among them. With other proposals' branches about, one more listing tells which are open.
    assert len(opening) <= OPENING + (leftovers > 0), opening
    before = team.space.branches(), team.space.ledger()
    assert team.proposes(LEVERAGE)["outcome"] == "unchanged"
    again = asked(team)
    assert len(again) <= UNCHANGED, again
    assert all(request.startswith("GET ") for request in again)
    assert (team.space.branches(), team.space.ledger()) == before
    say.append(f"opening {len(opening)}, unchanged {len(again)}, with {leftovers} branches left over")


def test_waiting_superseding_and_withdrawing(team: Team, say: list[str]) -> None:
    team.proposes(LEVERAGE)
    asked(team)
    assert team.proposes(OTHER)["outcome"] == "opened"
    superseding = asked(team)
    assert len(superseding) <= SUPERSEDING, superseding
    team.space.commit({POLICY_FILE: DECORATED.replace('targets = ["*"]', 'targets = ["macro.*"]')})
    assert team.proposes(OTHER)["outcome"] == "closed"
    withdrawing = asked(team)
    assert len(withdrawing) <= WITHDRAWING, withdrawing
    assert team.proposes(OTHER)["outcome"] == "nothing_to_propose"
    assert asked(team) == [], "where no branch is left there is nothing to ask"
    say.append(f"superseding {len(superseding)}, withdrawing {len(withdrawing)}, nothing to propose 0")
