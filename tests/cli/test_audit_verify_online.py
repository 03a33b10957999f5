"""`audit verify --online` through the command line: confirmed, contradicted, and a forge that gives no answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.fake_github import Fault
from tests.support.hosted import Team, run_here
from tests.support.recording import LEVERAGE, head, merged, record, team

__all__ = ["team"]  # a fixture


@pytest.fixture
def told(team: Team) -> Team:
    """A landing that one approved and another merged, with its record."""
    number = team.proposes(LEVERAGE)["pull_request"]["number"]
    team.approve(number, "ben")
    merged(team, number)
    record(team)
    team.space.git("fetch", "--quiet", "origin")
    return team


def verify(team: Team, code: int, *words: str) -> Any:
    ran = run_here(team.space.clone, team.space.env, "audit", "verify", "origin/main", "--format", "json", *words)
    assert ran.code == code, (ran.out, ran.err)
    return ran.json


def test_the_forge_confirms_the_record(told: Team) -> None:
    document = verify(told, 0, "--online")
    assert (document["ok"], document["online"], document["records"]) == (True, True, 1)
    assert [one["recorded"] for one in document["landings"]] == [True]
    assert verify(told, 0)["online"] is False


def test_another_merger_is_a_finding_on_the_landing(told: Team) -> None:
    pull = told.pull(1).pull
    assert pull
    pull.merged_by = told.forge.world.user("ben")
    document = verify(told, 1, "--online")
    assert [(one["code"], one["commit"]) for one in document["violations"]] == [("online_mismatch", head(told))]
    assert verify(told, 0)["ok"], "offline nobody can tell"


def test_a_forge_that_fails_is_no_answer(told: Team) -> None:
    told.forge.faults.add(match="GET /repos/*/pulls/1", nth=None, fault=Fault.status(403))
    document = verify(told, 5, "--online")
    assert "nothing is proved" in document["error"]["message"]


def test_without_a_token_it_says_what_to_set(told: Team) -> None:
    told.space.env.pop("GITHUB_TOKEN")
    document = verify(told, 2, "--online")
    assert "GITHUB_TOKEN" in document["error"]["message"]
