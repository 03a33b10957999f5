"""The life of a proposal, one story a test: from the command line to the forge, and what a person finds there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promobot.core.prepared import prepare
from tests.support.fake_github import FakeGitHub
from tests.support.hosted import DECORATED, NAME, OVERRIDES_FILE, POLICY_FILE, Team, host, long_ago
from tests.support.workspace import make_workspace, patch, small_files

LEVERAGE = patch("portfolio.leverage", 1.75)
OTHER_LEVERAGE = patch("portfolio.leverage", 1.6)
DELAY = patch("strategy.trigger_delay", 11.0)
BETTER_EVIDENCE = patch("portfolio.leverage", 1.75, source_experiment_id="exp-2", confidence_score=0.95)
STRICT = DECORATED.replace('targets = ["*"]', 'targets = ["macro.*"]')


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with FakeGitHub(clock=long_ago) as fake:
        yield host(fake, tmp_path)


def base_moves(team: Team, path: str = "README.md", text: str = "news\n") -> str:
    return team.space.commit({path: text})


def test_a_new_question_supersedes_the_old_one(team: Team) -> None:
    old = team.proposes(LEVERAGE)
    new = team.proposes(OTHER_LEVERAGE)
    before, after = old["pull_request"]["number"], new["pull_request"]["number"]
    assert (new["outcome"], new["superseded"]) == ("opened", [before])
    assert (team.pulls("open"), team.pulls("closed")) == ([after], [before])
    assert "promobot:superseded" in team.labels(before)
    [comment] = team.comments(before)
    assert f"#{after}" in comment
    assert team.proposals() == [new["branch"]]
    # Our own closing is no person's no: what was superseded can be asked again.
    assert team.proposes(LEVERAGE)["outcome"] == "opened"


def test_without_a_forge_the_old_branch_goes(tmp_path: Path) -> None:
    team = Team(make_workspace(tmp_path, files=small_files()))
    team.proposes(LEVERAGE)
    new = team.proposes(OTHER_LEVERAGE)
    assert (new["outcome"], new["superseded"]) == ("opened", [])
    assert team.proposals() == [new["branch"]]
    assert team.proposes(OTHER_LEVERAGE)["outcome"] == "unchanged"


def test_without_a_forge_a_persons_commit_is_left_alone(tmp_path: Path) -> None:
    team = Team(make_workspace(tmp_path, files=small_files()))
    made = team.proposes(LEVERAGE)
    team.on_branch(made["branch"], "commit", "--quiet", "--allow-empty", "-m", "a person's")
    before = team.space.branches()
    assert [team.proposes(asks)["outcome"] for asks in (LEVERAGE, OTHER_LEVERAGE)] == ["blocked", "blocked"]
    assert team.space.branches() == before


def test_an_approved_one_that_still_passes_is_waited_for(team: Team) -> None:
    approved = team.proposes(LEVERAGE)
    team.approve(approved["pull_request"]["number"])
    later = team.proposes(OTHER_LEVERAGE)
    assert later["outcome"] == "waiting"
    assert f"#{approved['pull_request']['number']}" in later["reasons"][0]["message"]
    assert team.pulls("open") == [approved["pull_request"]["number"]]
    assert team.proposals() == [approved["branch"]]


def test_an_approval_by_a_stranger_holds_nobody_up(team: Team) -> None:
    old = team.proposes(LEVERAGE)["pull_request"]["number"]
    team.approve(old, "mallory")
    assert team.proposes(OTHER_LEVERAGE)["superseded"] == [old]


def test_an_approved_one_that_no_longer_passes_is_superseded(team: Team) -> None:
    old = team.proposes(LEVERAGE)["pull_request"]["number"]
    team.approve(old)
    team.space.commit({OVERRIDES_FILE: '# ours\n[auto_applied]\n"portfolio.leverage" = 1.6\n'})
    new = team.proposes(patch("portfolio.leverage", 1.8))
    assert (new["outcome"], new["superseded"]) == ("opened", [old])


def test_a_persons_closing_is_a_no_until_something_changes(team: Team) -> None:
    first = team.proposes(LEVERAGE)["pull_request"]["number"]
    team.person(first).edit(state="closed")
    refused = team.proposes(LEVERAGE)
    assert (refused["outcome"], refused["reasons"][0]["code"]) == ("suppressed", "closed_by_a_person")
    assert team.pulls("open") == []
    second = team.proposes(LEVERAGE, also=("--reconsider",))
    assert (second["outcome"], team.pulls("open")) == ("adopted", [second["pull_request"]["number"]])
    team.person(second["pull_request"]["number"]).edit(state="closed")
    assert team.proposes(LEVERAGE)["outcome"] == "suppressed"
    third = team.proposes(BETTER_EVIDENCE)
    assert third["outcome"] == "adopted"
    assert team.pulls("open") == [third["pull_request"]["number"]]
    assert "exp-2" in (team.pull(third["pull_request"]["number"]).body or "")
    assert team.commits_on(third["branch"]) == [third["commit"]]


def test_a_no_outlives_its_branch(team: Team) -> None:
    first = team.proposes(LEVERAGE)
    team.person(first["pull_request"]["number"]).edit(state="closed")
    team.space.git("push", "--quiet", "origin", f":{first['branch']}")
    assert team.proposes(LEVERAGE)["outcome"] == "suppressed"
    assert team.proposes(BETTER_EVIDENCE)["outcome"] == "opened"


@pytest.mark.parametrize("asks", [LEVERAGE, OTHER_LEVERAGE], ids=["same question", "another question"])
def test_a_persons_commit_is_left_alone_and_said_once(team: Team, asks: dict[str, object]) -> None:
    made = team.proposes(LEVERAGE)
    number, space = made["pull_request"]["number"], team.space
    team.on_branch(made["branch"], "commit", "--quiet", "--allow-empty", "-m", "a person's")
    theirs = space.branches()
    for _ in range(2):
        assert team.proposes(asks)["outcome"] == "blocked"
    assert len(team.comments(number)) == 1
    assert (space.branches(), team.pulls("open")) == (theirs, [number])


def test_a_branch_that_was_written_over_is_not_overlooked(team: Team) -> None:
    made = team.proposes(LEVERAGE)
    team.on_branch(made["branch"], "commit", "--quiet", "--amend", "-m", "mine now")
    assert team.proposes(OTHER_LEVERAGE)["outcome"] == "blocked"
    assert team.pulls("open") == [made["pull_request"]["number"]]


@pytest.mark.parametrize("asks", [LEVERAGE, OTHER_LEVERAGE], ids=["same question", "another question"])
def test_the_label_hold_is_obeyed_and_said_once(team: Team, asks: dict[str, object]) -> None:
    number = team.proposes(LEVERAGE)["pull_request"]["number"]
    team.person(number).add_to_labels("promobot:hold")
    before = team.space.branches()
    for _ in range(2):
        held = team.proposes(asks)
        assert held["outcome"] == "blocked"
        assert "promobot:hold" in held["reasons"][0]["message"]
    assert len(team.comments(number)) == 1
    assert (team.space.branches(), team.pulls("open")) == (before, [number])
    team.person(number).remove_from_labels("promobot:hold")
    assert team.proposes(asks)["outcome"] == ("unchanged" if asks is LEVERAGE else "opened")


def test_the_update_branch_button_leaves_it_ours(team: Team) -> None:
    made = team.proposes(LEVERAGE)
    number = made["pull_request"]["number"]
    base_moves(team)
    team.on_branch(made["branch"], "merge", "--quiet", "--no-ff", "-m", "Merge branch 'main'", "origin/main")
    assert len(team.commits_on(made["branch"])) == 2
    assert team.proposes(LEVERAGE)["outcome"] == "unchanged"
    assert team.proposes(OTHER_LEVERAGE)["superseded"] == [number]


def test_a_base_that_moves_elsewhere_changes_nothing(team: Team) -> None:
    team.proposes(LEVERAGE)
    before = team.space.branches()
    base_moves(team)
    team.forge.requests.reset()
    assert team.proposes(LEVERAGE)["outcome"] == "unchanged"
    assert {**team.space.branches(), "main": ""} == {**before, "main": ""}
    assert team.forge.requests.writes == []


@pytest.mark.parametrize(
    "overrides",
    ['# ours\n[auto_applied]\n"macro.tilt" = 0.4\n', "# ours, and\n# more\n#\n#\n[auto_applied]\n"],
    ids=["a neighbouring line", "a comment far away"],
)
def test_another_auto_toml_makes_it_anew_on_the_new_base(team: Team, overrides: str) -> None:
    """What was reviewed beside the change has moved; the gate would not let the old diff pass."""
    made = team.proposes(LEVERAGE)
    head = base_moves(team, OVERRIDES_FILE, overrides)
    again = team.proposes(LEVERAGE)
    assert (again["outcome"], again["pull_request"]) == ("updated", made["pull_request"])
    assert (again["proposal_id"], again["branch"]) == (made["proposal_id"], made["branch"])
    assert team.commits_on(made["branch"]) == [again["commit"]] != [made["commit"]]
    assert team.space.git("rev-parse", f"{again['commit']}^", at=team.space.origin) == head
    body = team.pull(made["pull_request"]["number"]).body or ""
    assert body.rstrip("\n") == team.file_of(again, "OPERATOR_CHECKLIST.md")
    assert team.proposes(LEVERAGE)["outcome"] == "unchanged"


def test_kept_up_to_date_where_the_policy_asks_for_it(team: Team) -> None:
    team.space.commit({POLICY_FILE: DECORATED + "keep_up_to_date = true\n"})
    made = team.proposes(LEVERAGE)
    for text in ("one\n", "two\n"):
        head = base_moves(team, text=text)
        again = team.proposes(LEVERAGE)
        assert (again["outcome"], again["proposal_id"]) == ("updated", made["proposal_id"])
        assert team.space.git("rev-parse", f"{again['commit']}^", at=team.space.origin) == head
    assert team.pulls("open") == [made["pull_request"]["number"]]


def test_a_tightened_policy_closes_what_it_leaves_nothing_of(team: Team) -> None:
    made = team.proposes(LEVERAGE, DELAY)
    number = made["pull_request"]["number"]
    team.space.commit({POLICY_FILE: STRICT})
    closed = team.proposes(LEVERAGE, DELAY)
    assert (closed["outcome"], closed["pull_request"]["number"]) == ("closed", number)
    assert team.pulls("closed") == [number]
    assert "promobot:withdrawn" in team.labels(number)
    [comment] = team.comments(number)
    assert "portfolio.leverage" in comment
    assert "strategy.trigger_delay" in comment
    assert team.proposals() == []
    assert team.proposes(LEVERAGE, DELAY)["outcome"] == "nothing_to_propose"
    team.space.commit({POLICY_FILE: DECORATED})
    assert team.proposes(LEVERAGE, DELAY)["outcome"] == "opened", "a withdrawal is no person's no"


def test_a_live_value_that_moved_is_a_new_question(team: Team) -> None:
    old = team.proposes(LEVERAGE)
    team.space.commit({OVERRIDES_FILE: '# ours\n[auto_applied]\n"portfolio.leverage" = 1.6\n'})
    new = team.proposes(LEVERAGE)
    assert (new["outcome"], new["superseded"]) == ("opened", [old["pull_request"]["number"]])
    assert new["overrides"] == {"portfolio.leverage": {"old": 1.6, "new": 1.75}}
    assert new["branch"] != old["branch"]
    assert team.proposals() == [new["branch"]]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_what_was_merged_is_not_asked_again(team: Team, how: str) -> None:
    made = team.proposes(LEVERAGE)
    team.person(made["pull_request"]["number"]).merge(merge_method=how)
    again = team.proposes(LEVERAGE)
    assert again["outcome"] in ("nothing_to_propose", "already_approved")
    assert [pull.number for pull in team.forge.repository(NAME).pulls] == [made["pull_request"]["number"]]


def test_an_upgrade_of_promobot_makes_what_is_open_again(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate judges with its own version only; an older version's commit is still ours to replace."""
    made = team.proposes(LEVERAGE)
    for module in ("promobot.core.told", "promobot.usecases.scene"):
        monkeypatch.setattr(f"{module}.__version__", "9.9.9")
    assert prepare.__kwdefaults__ is not None
    monkeypatch.setitem(prepare.__kwdefaults__, "engine", "9.9.9")
    again = team.proposes(LEVERAGE)
    assert (again["outcome"], again["pull_request"]) == ("updated", made["pull_request"])
    assert '"engine_version": "9.9.9"' in team.file_of(again, "proposal_meta.json")
    assert team.proposes(LEVERAGE)["outcome"] == "unchanged"
