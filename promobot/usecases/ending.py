"""Closing what is over, saying why, and writing down what was decided."""

from __future__ import annotations

from collections.abc import Iterable

from promobot.core.cycle import CycleResult
from promobot.core.found import REMARKED, SUPERSEDED, WITHDRAWN, Other, Own, PullRequest, Wanted
from promobot.core.ledger import cycle_entry, entry_message
from promobot.core.models import PromotionProposal, Reason
from promobot.core.planning import Plan, plan
from promobot.core.rendering.comments import left_alone, superseded_by, withdrawn
from promobot.errors import PromobotError
from promobot.usecases.desk import Desk
from promobot.usecases.scene import Asked, Scene


class Ending:
    """The last part of a cycle. `warnings` collects what failed and does not matter to the proposal."""

    def __init__(self, desk: Desk, asked: Asked) -> None:
        self._desk, self._asked = desk, asked
        self.warnings: list[str] = []

    def supersede(self, others: Iterable[Other], by: PullRequest | None, title: str | None = None) -> list[int]:
        """Close other proposals in favour of one, whose title may be told; gives back their numbers."""
        closed = []
        for other in others:
            self._desk.say(f"closing {other.name}, which is superseded")
            if other.pull is not None and self._desk.forge is not None and by is not None:
                self._close(other, other.pull, SUPERSEDED, superseded_by(by.number, title))
                closed.append(other.pull.number)
            else:
                self._delete(other)
            if other.kind in ("operator", "revert"):
                self.warnings.append(f"{other.name}, a person's wish, was superseded; ask for it again after the merge")
        return closed

    def supersede_rivals(self, aim: Wanted, branch: str, pull: PullRequest, title: str) -> list[int]:
        """Close what another run opened meanwhile. Both look; the one with the higher number stays."""
        before = set(self._desk.publisher.proposal_branches())
        self._desk.publisher.base_head()
        if set(self._desk.publisher.proposal_branches()) <= before | {branch}:
            return []
        others = [
            other
            for other in Scene(self._desk, self._asked).others(branch)
            if other.pull is not None and other.pull.number < pull.number
        ]
        planned = plan(aim, Own(pulls=(pull,)), others)
        return self.supersede(planned.supersede, pull, title)

    def withdraw(self, others: Iterable[Other], around: Scene, reasons: Iterable[Reason]) -> None:
        """Close proposals of which nothing is left."""
        told = tuple(reasons)
        for other in others:
            self._desk.say(f"closing {other.name}, of which nothing is left")
            if other.pull is not None and self._desk.forge is not None:
                self._close(other, other.pull, WITHDRAWN, withdrawn(around.today(other), told))
            else:
                self._delete(other)

    def remark(self, planned: Plan) -> list[str]:
        """Say once why a pull request is left alone; gives back warnings."""
        if self._desk.forge is None:
            return []
        text = left_alone(planned.reasons)
        return [
            warning
            for pull in planned.remark
            for warning in self._desk.forge.remark(pull, label=REMARKED, comment=text)
        ]

    def write_down(self, result: CycleResult, proposal: PromotionProposal | None) -> None:
        """One file in the ledger for each distinct cycle; a cycle that is there already is no write."""
        path, content = cycle_entry(
            self._asked.state,
            result.decisions,
            export_sha256=result.export_sha256,
            kind=result.kind,
            mode=str(result.mode),
            outcome=str(result.outcome),
            evaluated_at=self._asked.at,
            proposal=proposal,
            run_url=self._desk.run_url,
        )
        self._desk.ledger.append(path, content, entry_message(path, self._desk.run_url), self._asked.at)

    def _close(self, other: Other, pull: PullRequest, label: str, comment: str) -> None:
        if self._desk.forge is not None:
            self._desk.forge.close(pull, label=label, comment=comment, delete=lambda: self._delete(other))

    def _delete(self, other: Other) -> None:
        """A branch that is left over does no harm; a later run does not look at it again once it is closed."""
        try:
            # Without its branch a forge closes a pull request, and that would read as a person's no.
            number = None if self._desk.forge else self._desk.publisher.under_review(other.commit)
            if number is not None:
                told = f"pull request #{number} stands on it, which this run does not see; run with --forge github"
                self.warnings.append(f"branch {other.branch} was not deleted: {told}")
                return
            self._desk.publisher.delete(other.branch, other.commit)
        except PromobotError as error:
            self.warnings.append(f"branch {other.branch} was not deleted: {error.message}")
