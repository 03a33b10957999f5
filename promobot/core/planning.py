"""What to do about a proposal, given what is there already: branch, pull requests, landed questions. Pure.

The same question has one digest, one branch and one pull request. Whatever an earlier run left behind, the plan
leads to that same end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from promobot.core.models import Reason


class Outcome(StrEnum):
    """How a cycle ended (DESIGN 3.4)."""

    OPENED = "opened"
    ADOPTED = "adopted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    WAITING = "waiting"
    ALREADY_APPROVED = "already_approved"
    SUPPRESSED = "suppressed"
    BLOCKED = "blocked"
    NOTHING_TO_PROPOSE = "nothing_to_propose"
    CLOSED = "closed"
    DISABLED = "disabled"
    DRY_RUN = "dry_run"


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


class Step(StrEnum):
    """What the shell carries out, in this order."""

    CREATE_BRANCH = "create_branch"
    OPEN_PULL_REQUEST = "open_pull_request"


@dataclass(frozen=True)
class Plan:
    """The outcome, why, and the steps that lead to it."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    steps: tuple[Step, ...] = ()


def plan(
    *,
    landed: bool,
    branch: BranchState | None,
    ours: bool,
    same_evidence: bool = True,
    pulls: Sequence[PullRequest] | None,
) -> Plan:
    """Decide.

    `landed`: the question is in the base branch's history; `ours`: the branch holds what we would commit for the
    export it names; `same_evidence`: that export and its policy say the same as today's; `pulls`: every pull request
    of the branch, or None where there is no forge.
    """
    states = {pull.state for pull in pulls or ()}
    if landed or "merged" in states:
        return _only(Outcome.ALREADY_APPROVED, "landed", "the same question was merged into the base branch before")
    if "closed" in states and "open" not in states:
        return _only(Outcome.SUPPRESSED, "closed_by_a_person", "a person closed the pull request that asked the same")
    open_one = (Step.OPEN_PULL_REQUEST,) if pulls is not None and "open" not in states else ()
    if branch is None:
        return Plan(Outcome.OPENED, steps=(Step.CREATE_BRANCH, *open_one))
    if not ours:
        return _only(Outcome.BLOCKED, "not_ours", "the proposal's branch holds something else; it is left untouched")
    return _standing(open_one, same_evidence)


def _standing(open_one: tuple[Step, ...], same_evidence: bool) -> Plan:
    """The branch is there and ours: only its pull request may be missing."""
    if open_one and not same_evidence:
        # A pull request must not show evidence that this run has not seen.
        why = "the branch has no pull request and rests on another export or policy; delete the branch and run again"
        return _only(Outcome.BLOCKED, "other_evidence", why)
    if open_one:
        return Plan(Outcome.ADOPTED, (Reason("branch_found", "the branch was there without a pull request"),), open_one)
    if not same_evidence:
        return _only(Outcome.UNCHANGED, "other_evidence", "the same question is open, on an earlier export or policy")
    return Plan(Outcome.UNCHANGED)


def _only(outcome: Outcome, code: str, message: str) -> Plan:
    return Plan(outcome, (Reason(code, message),))
