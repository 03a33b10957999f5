"""Reading a git that goes on: everything arrives, and neither failure nor leaving hangs."""

from __future__ import annotations

from itertools import islice

import pytest

from promobot.adapters.repository.command import AHEAD, GitCommand, GitFailed
from tests.support.workspace import Workspace

LARGE = b"0123456789abcdef" * (3 * AHEAD // 16)


@pytest.fixture
def blob(space: Workspace) -> str:
    space.write({"large": LARGE})
    return space.git("hash-object", "-w", "large")


def test_everything_arrives_piece_by_piece(space: Workspace, blob: str) -> None:
    pieces = list(GitCommand(space.clone).stream("cat-file", "blob", blob))
    assert b"".join(pieces) == LARGE
    assert len(pieces) > 1


def test_a_failure_at_the_end_is_told(space: Workspace) -> None:
    with pytest.raises(GitFailed, match="no-such"):
        list(GitCommand(space.clone).stream("cat-file", "blob", "no-such"))


def test_who_leaves_early_leaves_no_git_behind(space: Workspace, blob: str) -> None:
    pieces = GitCommand(space.clone).stream("cat-file", "blob", blob)
    assert len(list(islice(pieces, 1))) == 1
    pieces.close()  # type: ignore[attr-defined]
    assert list(pieces) == []


def test_a_git_that_complains_at_length_does_not_hang(space: Workspace) -> None:
    """More words than a pipe holds, before anything else is said."""
    git = GitCommand(space.clone)
    space.git("config", "alias.wail", "!head -c 3000000 /dev/zero | tr '\\0' x >&2; echo done")
    assert b"".join(git.stream("wail")) == b"done\n"
    space.git("config", "alias.wail", "!head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 3")
    with pytest.raises(GitFailed) as caught:
        list(git.stream("wail"))
    assert caught.value.status == 3
