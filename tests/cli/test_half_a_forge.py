"""A token without a repository's name, or the other way round: nobody shall wait for a pull request in vain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.hosted import run_here
from tests.support.workspace import NOW, Workspace, make_workspace, small_files

NEITHER = {"GITHUB_ACTIONS": "", "GITHUB_TOKEN": "", "GITHUB_REPOSITORY": ""}
TOKEN, NAME = NEITHER | {"GITHUB_TOKEN": "x"}, NEITHER | {"GITHUB_REPOSITORY": "acme/live"}
SET = ("set", "portfolio.leverage", "1.75", "--reason", "calmer", "--dry-run")
COMMANDS = {
    "set": SET,
    "propose": ("propose", "--dry-run"),
    "reject": ("reject", "0123456789abcdef", "--reason", "no"),
}


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path, files=small_files())


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("env", "missing"), [(TOKEN, "GITHUB_REPOSITORY"), (NAME, "GITHUB_TOKEN")])
def test_what_is_missing_is_named_first(space: Workspace, command: str, env: dict[str, str], missing: str) -> None:
    ran = run_here(space.clone, env, *COMMANDS[command], "--now", NOW.isoformat())
    assert ran.err.startswith("warning: GITHUB_")
    assert f"{missing} is not, so this stays in plain git" in ran.err


@pytest.mark.parametrize(("env", "more"), [(NEITHER, ()), (TOKEN, ("--forge", "none"))])
def test_nothing_is_said_where_plain_git_is_meant(space: Workspace, env: dict[str, str], more: tuple[str, ...]) -> None:
    ran = run_here(space.clone, env, *SET, *more, "--now", NOW.isoformat())
    assert ran.code == 0
    assert "plain git" not in ran.err
