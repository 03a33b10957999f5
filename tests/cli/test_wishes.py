"""`promobot set`, `unset`, `apply` and `revert` as a person runs them, from the command line to the live file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.workspace import NOW, Ran, Workspace, make_workspace, patch, small_files

OVERRIDES = "config/live_overrides/auto.toml"
TARGET = "portfolio.leverage"


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path, files=small_files())


def ask(space: Workspace, command: str, *arguments: str, form: str = "json") -> Ran:
    return space.promobot(command, "--forge", "none", "--now", NOW.isoformat(), "--format", form, *arguments)


def asked(space: Workspace, command: str, *arguments: str) -> Any:
    ran = ask(space, command, *arguments)
    assert ran.code == 0, ran.out + ran.err
    return ran.json


def live(space: Workspace) -> str:
    return space.git("show", f"main:{OVERRIDES}", at=space.origin)


def test_a_value_is_set_taken_back_and_left_to_the_base_config(space: Workspace) -> None:
    before = space.traces()
    made = asked(space, "set", TARGET, "1.75", "--reason", "calmer")
    assert space.traces() == before
    assert (made["outcome"], made["overrides"]) == ("opened", {TARGET: {"old": 1.5, "new": 1.75}})
    assert made["decisions"] == []
    assert asked(space, "set", TARGET, "1.75", "--reason", "calmer")["outcome"] == "unchanged"
    space.merge(made["branch"], "squash")
    assert live(space) == '# ours\n[auto_applied]\n"portfolio.leverage" = 1.75'

    back = asked(space, "revert", made["proposal_id"])
    assert back["overrides"] == {TARGET: {"old": 1.75, "new": None}}
    space.merge(back["branch"], "rebase")
    assert live(space) == "# ours\n[auto_applied]"
    ran = ask(space, "revert", made["proposal_id"])
    assert ran.code == 4
    assert f"taken back already, by {back['proposal_id']}" in ran.json["error"]["message"]


def test_unset_takes_the_line_away(space: Workspace) -> None:
    space.commit({OVERRIDES: '[auto_applied]\n"macro.tilt" = 0.4 # why\n"portfolio.leverage" = 1.75\n'})
    made = asked(space, "unset", "macro.tilt", "--reason", "back to the base config")
    space.merge(made["branch"])
    assert live(space) == '[auto_applied]\n"portfolio.leverage" = 1.75'


def test_apply_sets_what_a_promotion_left_by_hand(space: Workspace) -> None:
    made = space.proposed(patch(TARGET, 1.75), patch("strategy.trigger_delay", 14.0))
    space.merge(made["branch"])
    done = asked(space, "apply", made["proposal_id"][:-4])
    assert done["overrides"] == {"strategy.trigger_delay": {"old": 10.0, "new": 14.0}}
    space.merge(done["branch"])
    assert live(space).endswith('"portfolio.leverage" = 1.75\n"strategy.trigger_delay" = 14.0')
    ran = ask(space, "apply", made["proposal_id"])
    assert (ran.code, "all of them are live already" in ran.json["error"]["message"]) == (2, True)


def test_a_revert_passes_under_the_lock(space: Workspace) -> None:
    made = space.proposed(patch(TARGET, 1.75))
    space.merge(made["branch"])
    space.commit({"config/promobot.toml": 'version = 1\nmode = "disabled"\nlock = true\n'})
    back = asked(space, "revert", made["proposal_id"], "--reason", "panic")
    assert back["overrides"] == {TARGET: {"old": 1.75, "new": None}}


def test_a_dry_run_writes_nothing_and_says_what_it_would_do(space: Workspace) -> None:
    branches = space.branches()
    ran = ask(space, "set", "macro.tilt", "-0.25", "--reason", "hedge", "--dry-run", form="text")
    assert ran.code == 0, ran.err
    assert "  macro.tilt 0.3 -> -0.25: applied on merge\n" in ran.out
    assert "the outcome would be: opened" in ran.out
    assert space.branches() == branches


REFUSED: dict[str, tuple[tuple[str, ...], int, str, str]] = {
    "over the hard limit": (("set", TARGET, "3.5", "--reason", "x"), 2, "wish_refused", "hard limit 3.0"),
    "live already": (("set", TARGET, "1.5", "--reason", "x"), 2, "wish_refused", "live already"),
    "a misspelt parameter": (("set", "macro.tlt", "1", "--reason", "x"), 2, "usage", "did you mean macro.tilt?"),
    "no reason": (("set", TARGET, "1.75"), 2, "usage", "--reason"),
    "an empty reason": (("set", TARGET, "1.75", "--reason", " "), 2, "usage", "--reason must say why"),
    "no override": (("unset", TARGET, "--reason", "x"), 2, "usage", "no override"),
    "an unknown option": (("set", TARGET, "1.75", "--reason", "x", "--dryrun"), 2, "usage", "--dryrun"),
    "an option for a value": (("set", "strategy.name", "--dryrun", "--reason", "x"), 2, "usage", "like an option"),
    "nothing landed": (("revert", "x"), 2, "usage", "none has landed yet"),
    "not landed": (("apply", "0123456789abcdef"), 4, "repository_refused", "has not landed on this base branch"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "exit_code", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_has_its_code_and_its_mend(
    space: Workspace, words: tuple[str, ...], exit_code: int, code: str, message: str
) -> None:
    before = space.branches(), space.traces()
    ran = ask(space, *words)
    assert (ran.code, ran.json["error"]["code"]) == (exit_code, code), ran.out
    assert message in ran.json["error"]["message"]
    assert (space.branches(), space.traces()) == before


@pytest.mark.parametrize("command", ["set", "unset", "apply", "revert"])
def test_the_help_teaches(space: Workspace, command: str) -> None:
    ran = space.promobot(command, "--help")
    assert ran.code == 0
    assert f"promobot {command} " in ran.out
    assert "Examples:" in ran.out
    assert all(option in ran.out for option in ("--reason", "--repo", "--base", "--forge", "--dry-run", "--now"))
