"""What every test starts from: no user's git configuration, no forge in the environment, no clock but its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.fake_github.git import CLEAN_ENV
from tests.support.workspace import Workspace, make_workspace, small_files

# The same examples each time, so that a change is not stopped by what it did not touch; a search is asked for.
settings.register_profile("promobot", derandomize="PROMOBOT_SEARCH" not in os.environ)
settings.load_profile("promobot")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("GIT_", "GITHUB_", "PROMOBOT_")):
            monkeypatch.delenv(name)
    for name, value in CLEAN_ENV.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    """A clone of a bare origin with a small policy, base config and overrides file."""
    return make_workspace(tmp_path, files=small_files())


@pytest.fixture
def example(tmp_path: Path) -> Workspace:
    """A clone of a bare origin with this repository's worked example."""
    return make_workspace(tmp_path)
