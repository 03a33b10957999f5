"""What a cycle finds already there: branches, pull requests, its own question, other open proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promobot.core.models import ProposalKind

HOLD, REJECTED = "promobot:hold", "promobot:rejected"
SUPERSEDED, WITHDRAWN, REMARKED = "promobot:superseded", "promobot:withdrawn", "promobot:blocked"
"""Labels. The first two are a person's; a pull request closed without the next two was closed by a person, who said no;
the last remembers that the bot has said once why it leaves the pull request alone."""


@dataclass(frozen=True)
class BranchState:
    """A proposal's branch as it stands: its head commit, that commit's tree, parents and message."""

    commit: str
    tree: str
    parents: tuple[str, ...]
    message: str


@dataclass(frozen=True)
class PullRequest:
    """A pull request of a proposal's branch, as far as it is believed.

    `state` is `open`, `closed` (unmerged) or `merged`; `branch` and `head` are its head's name and commit.
    """

    number: int
    url: str
    state: str
    branch: str = ""
    head: str = ""
    labels: frozenset[str] = frozenset()

    @property
    def refused(self) -> bool:
        """Whether a person closed it, which is a no."""
        return self.state == "closed" and not self.labels & {SUPERSEDED, WITHDRAWN}


@dataclass(frozen=True)
class Wanted:
    """The proposal that this run asks for; `branch` is where it stands or would stand."""

    kind: ProposalKind
    targets: frozenset[str]
    branch: str = ""


@dataclass(frozen=True)
class Own:
    """What is there of the very same question.

    `branch` is None where there is none; `ours`: it holds exactly what we would commit; `stale`: it must be made again
    to merge cleanly, or to be up to date where the policy asks for that; `same_evidence`: it rests on today's evidence
    and policy. `pulls` are its pull requests, None without a forge. `landed`: the question is in the base's history.
    `refused_same`: the pull request that a person closed rested on today's evidence; `refused`: the ledger holds a no.
    `bare`: the open pull request lacks the labels that end its opening; `approved`: a person has approved it (asked
    only where another one is open beside it).
    """

    branch: BranchState | None = None
    ours: bool = False
    stale: bool = False
    same_evidence: bool = True
    pulls: Sequence[PullRequest] | None = None
    landed: bool = False
    refused_same: bool = True
    refused: bool = False
    bare: bool = False
    approved: bool = False

    @property
    def open_pull(self) -> PullRequest | None:
        """Its open pull request."""
        return next((pull for pull in self.pulls or () if pull.state == "open"), None)


@dataclass(frozen=True)
class Other:
    """Another open proposal for the same base.

    `ours`: its branch holds exactly what we committed; `approved`: a person has approved it; `holds`: judged today it
    asks the same question; `empty`: judged today nothing of it is left.
    """

    branch: str
    commit: str
    kind: ProposalKind
    targets: frozenset[str]
    pull: PullRequest | None = None
    ours: bool = True
    approved: bool = False
    holds: bool = True
    empty: bool = False

    @property
    def held(self) -> bool:
        """Whether a person told us to keep our hands off."""
        return self.pull is not None and HOLD in self.pull.labels

    @property
    def wanted(self) -> bool:
        """Whether a person has approved what would be proposed today as well."""
        return self.approved and self.holds

    @property
    def name(self) -> str:
        """As people call it."""
        return f"#{self.pull.number}" if self.pull else self.branch
