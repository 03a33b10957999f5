"""What somebody else puts into the room promobot/*: it stops no run, and only what is a proposal's counts as one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_github import FakeGitHub
from tests.support.fake_github.fixtures import client
from tests.support.hosted import DECORATED, NAME, POLICY_FILE, Team, host, long_ago
from tests.support.workspace import POLICY, make_workspace, patch, small_files

LEVERAGE = patch("portfolio.leverage", 1.75)
OTHER_LEVERAGE = patch("portfolio.leverage", 1.6)
LOOK_ALIKE = "promobot/0123456789abcdef"
PROPOSAL = "live_promotion_20260101T000000Z_0123456789abcdef"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with FakeGitHub(clock=long_ago) as fake:
        yield host(fake, tmp_path)


@pytest.fixture
def plain(tmp_path: Path) -> Team:
    return Team(make_workspace(tmp_path, files=small_files()))


def pushes(team: Team, branch: str, message: str = "mine") -> None:
    """Whatever lies in the checkout, pushed as a branch by a person."""
    git = team.space.git
    git("switch", "--quiet", "--create", "mine")
    git("add", "--all")
    git("commit", "--quiet", "--message", message)
    git("push", "--quiet", "origin", f"mine:{branch}")
    git("switch", "--quiet", "main")


def asks_for_review(team: Team, branch: str) -> int:
    repository = client(team.forge.base_url, team.forge.token_for("ann")).get_repo(NAME)
    return repository.create_pull(base="main", head=branch, title="mine", body="").number


@pytest.mark.parametrize("branch", ["promobot/upgrade", f"{LOOK_ALIKE}/x", "promobot/0123456789ABCDEF"])
def test_a_persons_own_branch_is_no_proposal(team: Team, branch: str) -> None:
    team.space.write({"README.md": "mine\n"})
    pushes(team, branch)
    number = asks_for_review(team, branch)
    assert team.proposes(LEVERAGE)["outcome"] == "opened"
    assert (team.comments(number), team.labels(number)) == ([], set())
    assert team.pull(number).state == "open"
    assert branch in team.proposals()


def test_a_proposal_for_another_base_is_left_alone(plain: Team) -> None:
    plain.space.git("push", "--quiet", "origin", "main:release")
    here = plain.proposes(LEVERAGE)
    there = plain.proposes(OTHER_LEVERAGE, also=("--base", "release"))
    assert (here["outcome"], there["outcome"]) == ("opened", "opened")
    assert set(plain.proposals()) == {here["branch"], there["branch"]}
    assert plain.proposes(LEVERAGE)["outcome"] == "unchanged"
    plain.space.commit({POLICY_FILE: POLICY.replace('targets = ["*"]', 'targets = ["macro.*"]')})
    assert plain.proposes(LEVERAGE)["outcome"] == "closed"
    assert plain.proposals() == [there["branch"]]


def forged(team: Team, **members: object) -> None:
    meta = {
        "kind": "promotion", "base": {"branch": "main"}, "digest": "0123456789abcdef" + "0" * 48, "changes": [],
        "mode": "bounded_auto", "proposal_id": PROPOSAL, "export": {"files": []},
        "facts": {"evaluated_at": "2026-01-01T00:00:00+00:00", "test_health": None}, "engine_version": "0.1.0",
        **members,
    }  # fmt: skip
    folder = f"reports/live_promotion/{PROPOSAL}"
    texts = {"proposal_meta.json": meta, "config_patches.json": {"patches": []}}
    team.space.write({f"{folder}/{name}": json.dumps(text) for name, text in texts.items()})
    pushes(team, LOOK_ALIKE, f"mine\n\nPromotion-Proposal: {PROPOSAL}\n")


def test_a_forged_proposal_is_known_by_its_name_and_left_alone(plain: Team) -> None:
    """The forgery of the tests below would count, were it not for what is wrong with it."""
    forged(plain)
    assert plain.proposes(LEVERAGE)["outcome"] == "blocked"


@pytest.mark.parametrize(
    "members",
    [{"proposal_id": 5}, {"proposal_id": ["a"]}, {"base": 5}, {"base": {"branch": []}}, {"changes": [{"target": []}]},
     {"facts": {"evaluated_at": 5, "test_health": None}}, {"mode": []}, {"export": {"files": {"a": 1}}}],
    ids=str,
)  # fmt: skip
def test_forged_artifacts_stop_no_run(plain: Team, members: dict[str, object]) -> None:
    forged(plain, **members)
    assert plain.proposes(LEVERAGE)["outcome"] == "opened"


def test_a_link_where_the_artifacts_would_be_stops_no_run(plain: Team) -> None:
    folder = plain.space.clone / "reports/live_promotion"
    folder.mkdir(parents=True)
    (folder / PROPOSAL).symlink_to("..")
    pushes(plain, LOOK_ALIKE, f"mine\n\nPromotion-Proposal: {PROPOSAL}\n")
    assert plain.proposes(LEVERAGE)["outcome"] == "opened"


def test_a_large_proposal_made_through_the_api_is_known_again(team: Team) -> None:
    """Above 1 MiB the forge's contents come without their content."""
    team.space.commit({POLICY_FILE: DECORATED + 'commits = "api"\n'})
    many = [patch("strategy.trigger_delay", 11.0, id=f"p-{n}", reason="r" * 900) for n in range(1300)]
    made = team.proposes(*many)
    assert len(team.file_of(made, "config_patches.json")) > 1024**2
    again = team.proposes(*many)
    assert (again["outcome"], again["pull_request"]) == ("unchanged", made["pull_request"])


def test_a_no_on_an_updated_branch_holds_for_its_evidence_only(team: Team) -> None:
    made = team.proposes(LEVERAGE)
    team.space.commit({"README.md": "news\n"})
    team.on_branch(made["branch"], "merge", "--quiet", "--no-ff", "-m", "Merge branch 'main'", "origin/main")
    team.person(made["pull_request"]["number"]).edit(state="closed")
    assert team.proposes(LEVERAGE)["outcome"] == "suppressed"
    assert team.proposes(patch("portfolio.leverage", 1.75, confidence_score=0.95))["outcome"] == "adopted"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001], ids=["none", "blank", "endless"])
def test_a_no_needs_a_reason_that_somebody_will_read(plain: Team, reason: str) -> None:
    made = plain.proposes(LEVERAGE)
    before = plain.space.ledger()
    assert plain.ran("reject", made["proposal_id"], "--reason", reason).code == 2
    assert (plain.proposals(), plain.space.ledger()) == ([made["branch"]], before)


def test_a_run_that_sees_no_forge_deletes_no_branch_under_review(team: Team) -> None:
    """Its pull request would close by itself, which is a person's no; it may be approved, too."""
    made = team.proposes(LEVERAGE)
    blind = Team(team.space)
    new = blind.proposes(OTHER_LEVERAGE)
    assert new["outcome"] == "opened"
    assert any(made["branch"] in warning and "#1" in warning for warning in new["warnings"])
    assert set(team.proposals()) == {made["branch"], new["branch"]}
    assert team.pulls("open") == [made["pull_request"]["number"]]
