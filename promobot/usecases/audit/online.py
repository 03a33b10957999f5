"""`audit verify --online`: the forge is asked whether it knows of each landing what the record says.

A failure of the forge is a failure of the run, never an answer. The number of requests is bounded, because a forge
gives so many an hour and others need them, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from promobot.adapters.repository import Repository
from promobot.adapters.repository.mainline import was_merged_as
from promobot.core.audit.events import Landing
from promobot.core.audit.online import disagreements
from promobot.core.audit.records import record_path
from promobot.core.audit.statement import Approval, RecordedPull
from promobot.core.found import PullRequest
from promobot.core.gate.verdict import Violation
from promobot.core.landing_facts import MergedPull
from promobot.core.proposals import branch_name
from promobot.errors import ForgeFailed, UsageError

MISMATCH, CHANGED, NOBODY = "online_mismatch", "online_changed", "online_nobody"

LIMIT = 1000
"""Requests in one run: what GITHUB_TOKEN has in an hour for a whole repository."""

PAGE = 100
"""Reviews in one answer."""


class Merges(Protocol):
    """What the forge knows of merged pull requests."""

    def reviewed(self, number: int) -> MergedPull | None:
        """A merged pull request and its reviews; None where there is none of this number. Raises ForgeFailed."""


class Pulls(Protocol):
    """The pull requests of a branch."""

    def of_branch(self, branch: str, base: str) -> tuple[PullRequest, ...]:
        """All of them, whatever their state. Raises ForgeFailed."""


@dataclass
class Answer:
    """What the forge said. `found` are, by digest, the pull requests of landings whose record names none."""

    findings: list[Violation] = field(default_factory=list)
    warnings: list[Violation] = field(default_factory=list)
    found: dict[str, MergedPull] = field(default_factory=dict)
    requests: int = 0


@dataclass
class Online:
    """Asks about landings on the base branch `branch`, which ends at the commit `head`.

    `progress` is told of (landings asked about, landings in all).
    """

    repository: Repository
    merges: Merges
    pulls: Pulls
    branch: str
    head: str
    progress: Callable[[int, int], None] = lambda *_: None
    limit: int = LIMIT
    answer: Answer = field(default_factory=Answer)

    def ask(self, landings: Sequence[Landing], approvals: Mapping[str, Approval]) -> Answer:
        """Ask about each landing; `approvals` are what the records say, by digest. Raises UsageError, ForgeFailed."""
        self._bounded(landings, approvals)
        for done, landing in enumerate(landings):
            self.progress(done, len(landings))
            try:
                self._one(landing, approvals.get(landing.digest))
            except ForgeFailed as error:
                told = f"the forge was asked about {done} of {len(landings)} landings, and nothing is proved"
                raise ForgeFailed(f"{told}: {error.message}", error.details) from error
        self.progress(len(landings), len(landings))
        return self.answer

    def _one(self, landing: Landing, approval: Approval | None) -> None:
        if approval is not None and approval.pull is not None:
            self._named(landing, approval.pull)
        else:
            self._unnamed(landing, approval)

    def _named(self, landing: Landing, recorded: RecordedPull) -> None:
        """The record names a pull request."""
        pull = self._reviewed(recorded.number)
        if pull is None:
            self._find(landing, f"pull_request.number: the forge has merged no #{recorded.number}")
            return
        if not self._brought(landing, pull):
            self._find(landing, f"pull_request.number: #{pull.number} was merged, and not as this landing")
        for one in disagreements(recorded, pull):
            if one.since:
                self._warn(CHANGED, landing, one.told)
            else:
                self._find(landing, one.told)

    def _unnamed(self, landing: Landing, approval: Approval | None) -> None:
        """No record names one: it is looked for by its branch, as `record` does."""
        found = next(self._of_branch(landing), None)
        if found is not None:
            self.answer.found[landing.digest] = found
            if approval is not None and approval.asked:
                self._find(landing, f"pull_request is null, and #{found.number} brought this landing")
        elif approval is None:
            self._find(landing, "it has no record, and the forge knows of no merged pull request that brought it")
        else:
            told = "as its record says, no pull request brought it; that anybody approved it is not known"
            self._warn(NOBODY, landing, told)

    def _of_branch(self, landing: Landing) -> Iterator[MergedPull]:
        """The merged pull requests of its branch that brought the landing."""
        self._spend(1)
        for one in self.pulls.of_branch(branch_name(landing.digest), self.branch):
            pull = self._reviewed(one.number) if one.state == "merged" else None
            if pull is not None and self._brought(landing, pull):
                yield pull

    def _reviewed(self, number: int) -> MergedPull | None:
        self._spend(2)
        pull = self.merges.reviewed(number)
        self.answer.requests += 0 if pull is None else max(0, len(pull.reviews) - 1) // PAGE
        return pull

    def _brought(self, landing: Landing, pull: MergedPull) -> bool:
        return was_merged_as(self.repository, self.head, landing.at.commit, pull.merge_commit, pull.commits)

    def _bounded(self, landings: Sequence[Landing], approvals: Mapping[str, Approval]) -> None:
        named = sum(1 for one in landings if (told := approvals.get(one.digest)) is not None and told.pull is not None)
        least = 2 * named + 3 * (len(landings) - named)
        if least > self.limit:
            raise UsageError(
                f"--online would send about {least} requests for {len(landings)} landings, and one run sends at most "
                f"{self.limit}; ask about fewer: begin later with --since REV, or with a --checkpoint of an earlier run"
            )

    def _spend(self, requests: int) -> None:
        if self.answer.requests + requests > self.limit:
            raise ForgeFailed(f"one run sends at most {self.limit} requests; begin later with --since REV")
        self.answer.requests += requests

    def _find(self, landing: Landing, told: str) -> None:
        message = f"the forge does not confirm {landing.proposal_id}: {told}"
        self.answer.findings.append(Violation(MISMATCH, message, record_path(landing.digest), landing.at.commit))

    def _warn(self, code: str, landing: Landing, told: str) -> None:
        message = f"{landing.proposal_id}: {told}"
        self.answer.warnings.append(Violation(code, message, record_path(landing.digest), landing.at.commit))
