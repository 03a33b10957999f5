"""What to do about a proposal, given what is there already: branches, pull requests, landed questions. Pure.

The same question has one digest, one branch and one pull request, and a base has one open proposal at rest. Whatever
an earlier run left behind, the plan leads to that same end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from promobot.core.found import HOLD, Other, Own, PullRequest, Wanted
from promobot.core.models import ProposalKind, Reason


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


class Step(StrEnum):
    """What the shell carries out, in this order."""

    CREATE_BRANCH = "create_branch"
    EDIT_PULL_REQUEST = "edit_pull_request"
    REPLACE_BRANCH = "replace_branch"
    OPEN_PULL_REQUEST = "open_pull_request"
    DECORATE = "decorate"


@dataclass(frozen=True)
class Plan:
    """The outcome, why, and the steps that lead to it.

    `supersede` (`by`: by another than our own) and `withdraw` are proposals to close; `remark` are pull requests to
    explain ourselves on.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    steps: tuple[Step, ...] = ()
    supersede: tuple[Other, ...] = ()
    withdraw: tuple[Other, ...] = ()
    remark: tuple[PullRequest, ...] = ()
    by: PullRequest | None = None


def plan(wanted: Wanted, own: Own, others: Sequence[Other] = (), *, reconsider: bool = False) -> Plan:
    """What leads to one open proposal that asks the wanted question, or why there will be none."""
    planned = _planned(wanted, own, others, reconsider=reconsider)
    leads = planned.steps or planned.supersede or planned.outcome is Outcome.UNCHANGED
    return planned if leads else _tidied(planned, (*others, *_mine(wanted, own)))


def _planned(wanted: Wanted, own: Own, others: Sequence[Other], *, reconsider: bool) -> Plan:
    states = {pull.state for pull in own.pulls or ()}
    # A merge that the base's history does not show was pushed over; whoever reconsiders may ask again.
    if own.landed or ("merged" in states and not reconsider):
        return _only(Outcome.ALREADY_APPROVED, "landed", "the same question was merged into the base branch before")
    if own.refused and not reconsider:
        return _only(Outcome.SUPPRESSED, "refused", "a person rejected the same question")
    if own.open_pull is None and own.refused_same and any(pull.refused for pull in own.pulls or ()) and not reconsider:
        return _only(Outcome.SUPPRESSED, "closed_by_a_person", "a person closed the pull request that asked the same")
    return _untouchable(own) or _in_the_way(wanted, own, others) or _towards(own, others)


def plan_without(others: Sequence[Other]) -> Plan:
    """Where nothing is to be proposed: what became of the proposals that are open."""
    over = tuple(other for other in others if other.empty and other.ours and not other.held)
    left = tuple(other for other in others if other not in over)
    if not over:
        return _tidied(Plan(Outcome.NOTHING_TO_PROPOSE), left)
    names = ", ".join(other.name for other in over)
    why = Reason("withdrawn", f"nothing of {names} would be accepted today")
    return _tidied(Plan(Outcome.CLOSED, (why,), withdraw=over), left)


def _untouchable(own: Own) -> Plan | None:
    """A person's commit or a person's word on the branch of this very question."""
    pull = own.open_pull
    if own.branch is not None and not own.ours:
        why = "the branch holds something else than promobot's own commit; it is left untouched"
        return _blocked("not_ours", why, pull)
    if pull is not None and HOLD in pull.labels:
        return _blocked("held", f"the label {HOLD} is on the pull request; it is left untouched", pull)
    return None


# A person's wish is not pushed aside by the loop, and taking something back comes before everything.
_RANK: dict[ProposalKind, int] = {"promotion": 0, "expiry": 1, "operator": 2, "revert": 3}


def _in_the_way(wanted: Wanted, own: Own, others: Sequence[Other]) -> Plan | None:
    """Another open proposal that must not be pushed aside."""
    for other in others:
        if not other.ours or other.held:
            why = "holds something else than promobot's own commit" if not other.ours else f"has the label {HOLD}"
            return _blocked("other_untouchable", f"{other.name} is open and {why}; it is left untouched", other.pull)
    for other in others:
        why_wait = _comes_first(other, wanted)
        if why_wait:
            told = Reason("other_first", f"{other.name} {why_wait}; merge it, close it or promobot reject it first")
            # Our own may be open beside it, after a race or a death in between; it must not stay.
            both_asked_for = _RANK[other.kind] == _RANK[wanted.kind] > _RANK["expiry"]
            lost = () if own.approved or both_asked_for else _mine(wanted, own)
            return Plan(Outcome.WAITING, (told,), supersede=lost, by=other.pull)
    return _overtaken(wanted, own, others)


def _overtaken(wanted: Wanted, own: Own, others: Sequence[Other]) -> Plan | None:
    """A newer one is open beside our own: a run died in between, or is under way. The higher number stays."""
    pull, mine = own.open_pull, _mine(wanted, own)
    newer = [other for other in others if pull and other.pull and other.pull.number > pull.number]
    # A person's word counts for more than a number: what was approved, or asked for by name, stays.
    newer = [other for other in newer if _RANK[other.kind] == _RANK[wanted.kind]]
    if not mine or not newer or own.approved:
        return None
    why = Reason("newer_is_open", f"{newer[-1].name} is newer; run again to ask this question anew")
    return Plan(Outcome.WAITING, (why,), supersede=mine, by=newer[-1].pull)


def _mine(wanted: Wanted, own: Own) -> tuple[Other, ...]:
    """Our own open proposal, seen as the others are."""
    if own.branch is None or own.landed or (own.pulls is not None and own.open_pull is None):
        return ()
    name = own.open_pull.branch if own.open_pull else wanted.branch
    commit, approved = own.branch.commit, own.approved
    return (Other(name, commit, wanted.kind, wanted.targets, own.open_pull, ours=own.ours, approved=approved),)


def _tidied(planned: Plan, standing: Sequence[Other]) -> Plan:
    """A run that leads to nothing new still leaves one open proposal, where one that was cut off left several.

    Only where nobody has told us to keep our hands off; what a person approved stays, and a wish that would be lost.
    """
    if len(standing) < 2 or any(not other.ours or other.held for other in standing):
        return planned

    def first(other: Other) -> tuple[bool, bool, int, int]:
        return other.wanted, not other.empty, _RANK[other.kind], other.pull.number if other.pull else 0

    stays = max(standing, key=first)
    aside = (other for other in standing if other is not stays and not other.wanted)
    over = tuple(other for other in aside if not _lost_beside(other, stays))
    return replace(planned, supersede=over, by=stays.pull)


def _lost_beside(other: Other, stays: Other) -> bool:
    """Whether closing it in favour of the other would lose what a person asked for."""
    mine, theirs = _RANK[other.kind], _RANK[stays.kind]
    return mine > _RANK["expiry"] and (mine > theirs or (mine == theirs and not other.targets <= stays.targets))


def _comes_first(other: Other, wanted: Wanted) -> str | None:
    if other.empty:
        # Nobody can merge it any more: what it wanted to replace has changed since, or is live already.
        return None
    mine, theirs = _RANK[wanted.kind], _RANK[other.kind]
    if theirs > mine:
        return f"is open, and a proposal of kind {other.kind} comes first"
    if theirs == mine > _RANK["expiry"] and not other.targets <= wanted.targets:
        return "is open and changes other values, which would be lost"
    if other.approved and other.holds and mine <= _RANK["expiry"]:
        return "is approved and still passes"
    return None


def _towards(own: Own, others: Sequence[Other]) -> Plan:
    """The branch and its pull request as they should be, the others out of the way."""
    aside = tuple(others)
    missing = own.pulls is not None and own.open_pull is None
    open_one = (Step.OPEN_PULL_REQUEST,) if missing else ()
    if own.branch is None:
        return Plan(Outcome.OPENED, steps=(Step.CREATE_BRANCH, *open_one), supersede=aside)
    if missing:
        # A pull request must not show evidence that this run has not seen.
        anew = () if own.same_evidence and not own.stale else (Step.REPLACE_BRANCH,)
        why = Reason("branch_found", "the branch was there without a pull request")
        return Plan(Outcome.ADOPTED, (why,), (*anew, *open_one), supersede=aside)
    # The run that opened it was cut off before its end.
    adorn = (Step.DECORATE,) if own.bare else ()
    if own.stale:
        edit = (Step.EDIT_PULL_REQUEST,) if own.open_pull else ()
        why = Reason("base_moved", "the base branch or promobot has moved on; the same question was made again")
        return Plan(Outcome.UPDATED, (why,), (*edit, Step.REPLACE_BRANCH, *adorn), supersede=aside)
    reasons = () if own.same_evidence else (Reason("other_evidence", OTHER_EVIDENCE),)
    return Plan(Outcome.UNCHANGED, reasons, adorn, supersede=aside)


OTHER_EVIDENCE = "the same question is open, on other evidence or under another version of the policy"


def _only(outcome: Outcome, code: str, message: str) -> Plan:
    return Plan(outcome, (Reason(code, message),))


def _blocked(code: str, message: str, pull: PullRequest | None) -> Plan:
    return Plan(Outcome.BLOCKED, (Reason(code, message),), remark=() if pull is None else (pull,))
