"""Other ways to the live file, and a person's no, beside the loop's proposals: with a forge, end to end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from promobot import load_config_with_live_overrides
from tests.support.fake_github import FakeGitHub
from tests.support.hosted import DECORATED, OVERRIDES_FILE, POLICY_FILE, Team, host, long_ago
from tests.support.workspace import NOW, make_workspace, patch, small_files

LEVERAGE = patch("portfolio.leverage", 1.75)
TILT = patch("macro.tilt", 0.4)
FAR_DELAY = patch("strategy.trigger_delay", 14.0)
EXPIRING = DECORATED.replace(
    'targets = ["*"]',
    'targets = ["portfolio.*"]\noverride_expires = 2026-11-01\n[[eligibility]]\ntargets = ["macro.*"]',
)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with FakeGitHub(clock=long_ago) as fake:
        yield host(fake, tmp_path)


def live(team: Team) -> Any:
    """What the live system reads from the checkout, brought up to the base branch."""
    team.space.git("pull", "--quiet", "--ff-only", "origin", "main")
    folder = team.space.clone / "config"
    return load_config_with_live_overrides(
        folder / "config.toml",
        auto_overrides_path=folder / "live_overrides" / "auto.toml",
        force_apply_overrides=True,
    )


def landed(team: Team, result: Any, how: str = "merge") -> None:
    """A person merges the proposal's pull request."""
    assert result["outcome"] == "opened", result
    team.person(result["pull_request"]["number"]).merge(merge_method=how)


def test_set_apply_unset_and_revert_reach_the_live_system(team: Team) -> None:
    assert live(team)["portfolio"]["leverage"] == 1.5
    landed(team, team.did("set", "portfolio.leverage", "1.25", "--reason", "calmer"), "squash")
    assert live(team)["portfolio"]["leverage"] == 1.25

    promoted = team.proposes(TILT, FAR_DELAY)
    landed(team, promoted, "rebase")
    assert (live(team)["macro"]["tilt"], live(team)["strategy"]["trigger_delay"]) == (0.4, 10.0)
    landed(team, team.did("apply", promoted["proposal_id"]))
    assert live(team)["strategy"]["trigger_delay"] == 14.0

    landed(team, team.did("revert", promoted["proposal_id"], "--reason", "orders were rejected"), "squash")
    assert live(team)["macro"]["tilt"] == 0.3
    assert live(team)["strategy"]["trigger_delay"] == 14.0, "what was applied by hand is another proposal"
    landed(team, team.did("unset", "portfolio.leverage", "--reason", "back"))
    assert live(team)["portfolio"]["leverage"] == 1.5
    assert team.pulls("open") == []


def test_a_revert_puts_its_targets_on_hold(team: Team) -> None:
    made = team.proposes(LEVERAGE)
    team.space.merge(made["branch"], when=NOW - timedelta(days=1))
    back = team.did("revert", made["proposal_id"])
    team.space.merge(back["branch"], "squash", when=NOW)
    asked = team.proposes(patch("portfolio.leverage", 1.6), TILT)
    assert list(asked["overrides"]) == ["macro.tilt"]
    [held] = [decision for decision in asked["decisions"] if decision["target"] == "portfolio.leverage"]
    assert [reason["code"] for reason in held["reasons"]] == ["on_hold"]
    later = team.proposes(patch("portfolio.leverage", 1.6), now=NOW + timedelta(days=60))
    assert list(later["overrides"]) == ["portfolio.leverage"]


@pytest.mark.parametrize("command", ["revert", "set"])
def test_the_loop_pushes_no_persons_wish_aside(team: Team, command: str) -> None:
    made = team.proposes(LEVERAGE)
    landed(team, made)
    words = [made["proposal_id"]] if command == "revert" else ["portfolio.leverage", "1.25", "--reason", "calmer"]
    wish = team.did(command, *words)
    number = wish["pull_request"]["number"]
    asked = team.proposes(TILT)
    assert (asked["outcome"], asked["reasons"][0]["code"]) == ("waiting", "other_first")
    assert f"#{number}" in asked["reasons"][0]["message"]
    assert (team.pulls("open"), team.labels(number)) == ([number], team.labels(number) - {"promobot:superseded"})
    assert team.did(command, *words)["outcome"] == "unchanged"


def test_a_persons_wish_comes_before_the_loops_proposal(team: Team) -> None:
    made = team.proposes(TILT)
    wish = team.did("set", "portfolio.leverage", "1.25", "--reason", "calmer")
    assert (wish["outcome"], wish["superseded"]) == ("opened", [made["pull_request"]["number"]])
    landed(team, wish)
    assert team.proposes(TILT)["outcome"] == "opened"


def test_what_has_expired_is_taken_back_by_a_plain_propose(team: Team) -> None:
    made = team.proposes(TILT)
    held = '# ours\n[auto_applied]\n"portfolio.leverage" = 1.75\n'
    team.space.commit({POLICY_FILE: EXPIRING, OVERRIDES_FILE: held})
    back = team.did("propose")
    assert (back["outcome"], back["superseded"]) == ("opened", [made["pull_request"]["number"]])
    assert back["overrides"] == {"portfolio.leverage": {"old": 1.75, "new": None}}
    assert team.proposes(TILT)["pull_request"] == back["pull_request"], "it comes before the loop's"
    landed(team, back)
    assert live(team)["portfolio"]["leverage"] == 1.5
    assert list(team.proposes(TILT)["overrides"]) == ["macro.tilt"]


def test_an_expiry_that_a_person_refused_stands_nothing_in_the_way(team: Team) -> None:
    team.space.commit({POLICY_FILE: EXPIRING, OVERRIDES_FILE: '# ours\n[auto_applied]\n"portfolio.leverage" = 1.75\n'})
    back = team.did("propose")
    team.did("reject", back["proposal_id"], "--reason", "it is still needed")
    assert list(team.proposes(TILT)["overrides"]) == ["macro.tilt"]


def test_rejecting_a_whole_proposal_on_the_forge(team: Team) -> None:
    made = team.proposes(LEVERAGE)
    number = made["pull_request"]["number"]
    told = team.did("reject", made["proposal_id"], "--reason", "not before the audit")
    assert (told["pull_request"]["number"], told["ledger"]["written"]) == (number, True)
    assert (team.pulls("closed"), team.proposals()) == ([number], [])
    assert "promobot:rejected" in team.labels(number)
    assert "not before the audit" in team.comments(number)[0]
    again = team.proposes(LEVERAGE)
    assert (again["outcome"], again["reasons"][0]["code"]) == ("suppressed", "refused")
    better = patch("portfolio.leverage", 1.75, source_experiment_id="exp-2")
    assert team.proposes(better)["outcome"] == "suppressed", "a no by command is to the question, whatever the evidence"
    assert team.proposes(LEVERAGE, also=("--reconsider",))["outcome"] == "opened"


def test_rejecting_a_whole_proposal_without_a_forge(tmp_path: Path) -> None:
    team = Team(make_workspace(tmp_path, files=small_files()))
    made = team.proposes(LEVERAGE)
    told = team.did("reject", made["branch"], "--reason", "no")
    assert (told["pull_request"], team.proposals()) == (None, [])
    assert team.proposes(LEVERAGE)["outcome"] == "suppressed"
    assert team.proposals() == []
    assert team.proposes(LEVERAGE, also=("--reconsider",))["outcome"] == "opened"
    assert team.proposals() == [made["branch"]]


def test_rejecting_one_value_leaves_the_rest(team: Team) -> None:
    made = team.proposes(LEVERAGE, TILT)
    told = team.did("reject", made["proposal_id"], "--target", "portfolio.leverage", "--reason", "too much")
    assert (told["refused"]["target"], team.pulls("open")) == ("portfolio.leverage", [made["pull_request"]["number"]])
    rest = team.proposes(LEVERAGE, TILT)
    assert (rest["outcome"], rest["superseded"]) == ("opened", [made["pull_request"]["number"]])
    assert list(rest["overrides"]) == ["macro.tilt"]
    [refused] = [decision for decision in rest["decisions"] if decision["target"] == "portfolio.leverage"]
    assert [reason["code"] for reason in refused["reasons"]] == ["refused"]
    assert team.proposes(LEVERAGE, TILT)["outcome"] == "unchanged"
