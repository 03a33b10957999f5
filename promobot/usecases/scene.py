"""What is there already: of the wanted question, and of other proposals that are open for the same base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from promobot.core.base_state import BaseState
from promobot.core.found import Other, Own, PullRequest
from promobot.core.health import Health
from promobot.core.models import PromotionDecision
from promobot.core.prepared import Prepared, Proposed
from promobot.core.proposals import branch_name, is_branch_name
from promobot.core.rendering.artifacts import META
from promobot.core.told import UNREADABLE, evidence_of
from promobot.core.version import __version__
from promobot.errors import PromobotError, RepositoryRefused
from promobot.usecases.base import Elsewhere
from promobot.usecases.desk import Desk
from promobot.usecases.standing import Inspector, Standing


@dataclass(frozen=True)
class Asked:
    """Under what a cycle judges: the base's state, the time, the report of the tests, files that stand in."""

    state: BaseState
    at: datetime
    health: Health | None = None
    elsewhere: Elsewhere = field(default_factory=Elsewhere)


class Scene:
    """Branches and pull requests of one cycle, each asked for once."""

    def __init__(self, desk: Desk, asked: Asked) -> None:
        self._desk, self._asked = desk, asked
        self._inspector = Inspector(desk.repository, desk.publisher, asked.state, asked.elsewhere, asked.at)
        self._landed = {branch_name(digest) for digest in asked.state.landed.digests}
        self._open: dict[str, PullRequest] | None = None

    def own(self, wanted: Proposed, landed: bool) -> tuple[Own, Standing | None]:
        """What is there of the wanted question."""
        pulls = self._pulls_of(wanted.branch)
        found = self._desk.publisher.branch(wanted.branch)
        standing = None if found is None else self._inspector.look(found)
        made = None if standing is None or standing.told.digest != wanted.digest else standing.made
        mine = evidence_of(wanted.proposal.meta)
        own = Own(
            bare=self._bare(pulls),
            branch=found,
            ours=made is not None,
            stale=made is not None and standing is not None and self._stale(standing),
            same_evidence=made is None or evidence_of(made.proposal.meta) == mine,
            pulls=pulls,
            landed=landed,
            refused=wanted.digest in self._asked.state.refused,
            refused_same=any(self._rested_on(pull, wanted) for pull in pulls or () if pull.refused),
        )
        if own.open_pull is not None and self._desk.forge is not None and len(self._open or ()) > 1:
            own = replace(own, approved=self._desk.forge.approved(own.open_pull))
        return own, standing if made is not None else None

    def others(self, wanted: str | None = None) -> tuple[Other, ...]:
        """Other open proposals for this base, the oldest first. With a forge, those that have an open pull request."""
        return tuple(sorted(self._others(wanted), key=lambda other: other.pull.number if other.pull else 0))

    def today(self, other: Other) -> tuple[PromotionDecision, ...]:
        """The decisions on another proposal's patches, judged today."""
        found = self._desk.publisher.branch(other.branch)
        standing = None if found is None else self._inspector.look(found)
        judged = None if standing is None else self._judged(standing)
        return () if judged is None else judged.decisions

    def _others(self, wanted: str | None) -> Iterator[Other]:
        names = self._candidates(wanted)
        if not names:
            return
        pulls = self._open_pulls()
        for name in names:
            pull = None if pulls is None else pulls.get(name)
            found = self._desk.publisher.branch(name) if pulls is None or pull else None
            standing = None if found is None else self._inspector.look(found)
            if found is None or (pulls is None and standing is not None and self._elsewhere(standing)):
                continue
            if standing is None or branch_name(standing.told.digest) != name:
                if pull is not None:
                    # Somebody wrote over it; the pull request is open all the same.
                    yield Other(name, found.commit, "promotion", frozenset(), pull, ours=False)
                continue
            judged = self._judged(standing)
            proposed = None if judged is None else judged.proposed
            yield Other(
                branch=name,
                commit=found.commit,
                kind=standing.told.kind,
                targets=standing.told.targets,
                pull=pull,
                ours=standing.made is not None,
                approved=pull is not None and self._desk.forge is not None and self._desk.forge.approved(pull),
                holds=proposed is not None and proposed.digest == standing.told.digest,
                empty=proposed is None,
            )

    def _elsewhere(self, standing: Standing) -> bool:
        """Whether it is for another base branch, which without a pull request only the proposal itself can tell."""
        return standing.told.base != self._asked.state.branch

    def _candidates(self, wanted: str | None) -> list[str]:
        """The branches that may be proposals of others; those of landed questions are done with, and a branch of any
        other name in our room is a person's own."""
        known = filter(is_branch_name, self._desk.publisher.proposal_branches())
        return sorted(name for name in known if name != wanted and name not in self._landed)

    def _open_pulls(self) -> dict[str, PullRequest] | None:
        if self._desk.forge is None:
            return None
        if self._open is None:
            found = self._desk.forge.open_proposals(self._asked.state.branch)
            self._open = {pull.branch: pull for pull in found}
        return self._open

    def _pulls_of(self, branch: str) -> tuple[PullRequest, ...] | None:
        """All pull requests of a branch. Where other proposals may be open, one listing answers for both."""
        if self._desk.forge is None:
            return None
        if self._candidates(branch):
            pull = (self._open_pulls() or {}).get(branch)
            if pull is not None:
                return (pull,)
        return self._desk.forge.of_branch(branch, self._asked.state.branch)

    def _bare(self, pulls: tuple[PullRequest, ...] | None) -> bool:
        """Whether an open pull request has none of the labels it should; they are set last when one is opened."""
        wanted = {label.casefold() for label in self._asked.state.policy.github.labels}
        return bool(wanted) and any(pull.state == "open" and not wanted & pull.labels for pull in pulls or ())

    def _stale(self, standing: Standing) -> bool:
        moved = self._asked.state.policy.github.keep_up_to_date and standing.base != self._asked.state.commit
        # The gate judges with its own version only, so an upgrade makes what is open again.
        return moved or standing.told.engine != __version__ or self._inspector.stale(standing)

    def _judged(self, standing: Standing) -> Prepared | None:
        """Judged today; None where its kind's own invariants do not hold any more."""
        try:
            return standing.told.today(self._asked.state, self._asked.at, self._asked.health)
        except (PromobotError, *UNREADABLE):
            return None

    def _rested_on(self, pull: PullRequest, wanted: Proposed) -> bool:
        """Whether a closed pull request rested on the evidence of today; what cannot be read did."""
        found = self._desk.publisher.at_pull_request(pull.number, pull.head)
        if found is None:
            return True
        try:
            first = self._inspector.first(found)
            meta = self._desk.publisher.read(first.commit, f"{self._inspector.folder(first)}/{META}")
            return evidence_of(meta or b"")[0] == evidence_of(wanted.proposal.meta)[0]
        except (RepositoryRefused, *UNREADABLE):
            return True
