"""What the stories need from the world, so that they can be told with a real forge, a fake one, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from promobot.core.found import BranchState, PullRequest


class Publisher(Protocol):
    """Reads the base and the proposal branches, and writes the branches that are ours."""

    def base_head(self) -> str:
        """The base branch's commit as it is now; its objects are in the local clone."""

    def proposal_branches(self) -> Mapping[str, str]:
        """Every branch promobot/* and its commit, as `base_head` last saw them."""

    def branch(self, name: str) -> BranchState | None:
        """A proposal's branch, or None."""

    def at(self, commit: str) -> BranchState | None:
        """A commit behind the head of a branch that was asked for; None where it cannot be had."""

    def at_pull_request(self, number: int, commit: str) -> BranchState | None:
        """The head of a pull request whose branch may be gone; None where it cannot be had."""

    def under_review(self, commit: str) -> int | None:
        """The number of a pull request whose head this commit is, for a run that sees no forge; None where none is."""

    def read(self, commit: str, path: str) -> bytes | None:
        """A file of a proposal branch's commit, or None."""

    def publish(
        self, branch: str, base: str, files: Mapping[str, bytes], message: str, moment: datetime, *, over: str | None
    ) -> str:
        """Set the branch to one commit on the base; BranchTaken unless it is still at `over` (None: not there)."""

    def delete(self, branch: str, expected: str) -> None:
        """Delete a branch that is still at the expected commit; one that is gone already is deleted."""


class Forge(Protocol):
    """Pull requests."""

    def of_branch(self, branch: str, base: str) -> tuple[PullRequest, ...]:
        """Every pull request from the branch into the base, whatever its state. One request."""

    def open_proposals(self, base: str) -> tuple[PullRequest, ...]:
        """Every open pull request from a branch promobot/* of this repository into the base."""

    def open(self, *, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open one, or find it open."""

    def edit(self, pull: PullRequest, *, title: str, body: str) -> None:
        """Give it a new title and body."""

    def decorate(
        self, pull: PullRequest, *, labels: Sequence[str], reviewers: Sequence[str], team_reviewers: Sequence[str]
    ) -> list[str]:
        """Labels and reviewers; gives back warnings."""

    def approved(self, pull: PullRequest) -> bool:
        """Whether a person who may write has approved it, and nobody who may asks for changes."""

    def close(self, pull: PullRequest, *, label: str, comment: str, delete: Callable[[], None] = lambda: None) -> None:
        """Comment, label, `delete` its branch and close: so no closing of ours ever looks like a person's no."""

    def remark(self, pull: PullRequest, *, label: str, comment: str) -> list[str]:
        """Comment once: the label remembers it. Gives back warnings."""


class Ledger(Protocol):
    """The branch promobot-ledger: append-only, one file for each thing worth remembering."""

    def names(self, folder: str) -> frozenset[str]:
        """The names of the files in a folder (`cycles`, `refusals`)."""

    def read(self, folder: str) -> Mapping[str, bytes]:
        """Name -> content of every file in a folder."""

    def append(self, path: str, content: bytes, message: str, moment: datetime) -> bool:
        """Add a file; False where the name is there already, which is no write. Retries when another was faster."""
