"""What the stories need from the world, so that they can be told with a real forge, a fake one, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from promobot.core.planning import BranchState, PullRequest


class Publisher(Protocol):
    """Reads the base and the proposal branches, and makes the one commit."""

    def base_head(self) -> str:
        """The base branch's commit as it is now; its objects are in the local clone."""

    def branch(self, name: str) -> BranchState | None:
        """A proposal's branch, or None."""

    def read(self, commit: str, path: str) -> bytes | None:
        """A file of a proposal branch's commit, or None."""

    def publish(self, branch: str, base: str, files: Mapping[str, bytes], message: str, moment: datetime) -> str:
        """Create the branch with one commit on the base; BranchTaken when it is there already."""


class Forge(Protocol):
    """Pull requests."""

    def of_branch(self, branch: str, base: str) -> tuple[PullRequest, ...]:
        """Every pull request from the branch into the base, whatever its state."""

    def open(self, *, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open one, or find it open."""

    def decorate(
        self, pull: PullRequest, *, labels: Sequence[str], reviewers: Sequence[str], team_reviewers: Sequence[str]
    ) -> list[str]:
        """Labels and reviewers; gives back warnings."""
