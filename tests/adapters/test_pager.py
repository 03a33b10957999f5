"""The pager is git's choice, on a terminal only, and never the repository's own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_github.git import CLEAN_ENV
from tests.support.workspace import ROOT

SHOW = "from promobot.adapters import pager; pager.show('first\\nsecond\\n' * {times})"


def shown(folder: Path, *, terminal: bool = True, times: int = 1, **env: Any) -> tuple[int, str]:
    """Exit code and what a terminal (or a pipe) got."""
    command = [sys.executable, "-c", SHOW.format(times=times)]
    plain = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "dumb", **CLEAN_ENV, **env}
    if not terminal:
        done = subprocess.run(command, cwd=folder, env=plain, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=folder, env=plain, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        told = b""
        while piece := _read(ours):
            told += piece
    os.close(ours)
    return process.returncode, told.decode().replace("\r\n", "\n")


def _read(end: int) -> bytes:
    try:
        return os.read(end, 4096)
    except OSError:
        # A terminal whose other end was closed.
        return b""


@pytest.fixture
def setting(tmp_path: Path) -> str:
    """A person's own configuration."""
    path = tmp_path / "gitconfig"
    path.write_text('[core]\n\tpager = "sed s/^/core:/"\n')
    return str(path)


def test_a_pipe_has_no_pager(tmp_path: Path) -> None:
    assert shown(tmp_path, terminal=False, GIT_PAGER="sed s/^/paged:/") == (0, "first\nsecond\n")


def test_the_order_is_gits(tmp_path: Path, setting: str) -> None:
    every: dict[str, Any] = {"GIT_PAGER": "sed s/^/git:/", "GIT_CONFIG_GLOBAL": setting, "PAGER": "sed s/^/plain:/"}
    assert shown(tmp_path, **every) == (0, "git:first\ngit:second\n")
    del every["GIT_PAGER"]
    assert shown(tmp_path, **every) == (0, "core:first\ncore:second\n")
    del every["GIT_CONFIG_GLOBAL"]
    assert shown(tmp_path, **every) == (0, "plain:first\nplain:second\n")


@pytest.mark.parametrize("none", ["", "cat"])
def test_no_pager(tmp_path: Path, none: str, setting: str) -> None:
    assert shown(tmp_path, GIT_PAGER=none, GIT_CONFIG_GLOBAL=setting) == (0, "first\nsecond\n")


def test_the_pager_of_the_repository_that_is_audited_is_not_run(tmp_path: Path) -> None:
    clean = {"PATH": os.environ["PATH"], **CLEAN_ENV}
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True, env=clean)
    subprocess.run(["git", "config", "core.pager", "sed s/second/verified/"], check=True, cwd=tmp_path, env=clean)
    assert shown(tmp_path, PAGER="cat") == (0, "first\nsecond\n")


def test_a_reader_who_stops_is_no_error(tmp_path: Path) -> None:
    assert shown(tmp_path, times=100_000, PAGER="head -n 1") == (0, "first\n")


def test_without_the_pager_the_text_is_shown_plainly(tmp_path: Path) -> None:
    code, told = shown(tmp_path, PAGER="/nonexistent/pager")
    assert (code, told.endswith("\nfirst\nsecond\n")) == (0, True)


def test_less_is_told_what_git_tells_it(tmp_path: Path) -> None:
    assert shown(tmp_path, PAGER="echo $LESS $LV #") == (0, "FRX -c\n")
    assert shown(tmp_path, PAGER="echo $LESS #", LESS="S") == (0, "S\n")
