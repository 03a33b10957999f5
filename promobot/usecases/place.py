"""A prepared proposal and the world -> one open proposal: look, plan, carry the plan out, write it down.

Every kind of proposal ends here. Stopping anywhere leaves what a later run leads to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from shlex import quote

from promobot.core.base_state import BaseState
from promobot.core.changes import Change, by_hand_key
from promobot.core.cycle import CycleResult
from promobot.core.found import Own, PullRequest, Wanted
from promobot.core.ledger import REFUSALS, refused_keys
from promobot.core.models import Reason
from promobot.core.planning import Outcome, Plan, Step, plan
from promobot.core.policy.sections import GitHub
from promobot.core.prepared import Prepared, Proposed
from promobot.core.wish import Wish
from promobot.core.wishes import prepare_wish
from promobot.errors import InternalError
from promobot.usecases.base import Elsewhere, prove_read, read_base
from promobot.usecases.desk import Desk
from promobot.usecases.ending import Ending
from promobot.usecases.ports import Forge
from promobot.usecases.scene import Asked, Scene
from promobot.usecases.standing import overrides_blobs

Remake = Callable[[datetime], Prepared]
"""The time of the first creation -> the same proposal under the id of then."""


@dataclass(frozen=True)
class Order:
    """What is to be placed: the proposal, how to make it under an older id, and whether a person's no is set aside."""

    proposed: Proposed
    remake: Remake
    reconsider: bool = False
    dry_run: bool = False


def place(desk: Desk, asked: Asked, prepared: Prepared, order: Order, result: CycleResult) -> CycleResult:
    """Lead to one open proposal. `result` holds what is known already; the rest is filled in."""
    wanted, around = order.proposed, Scene(desk, asked)
    own, standing = around.own(wanted, _has_landed(wanted, asked, prepared.changes))
    targets = frozenset(change.target for change in prepared.changes)
    aim = Wanted(wanted.proposal.meta["kind"], targets, wanted.branch)
    planned = plan(aim, own, around.others(wanted.branch), reconsider=order.reconsider)
    # What is committed already is what counts: its id, its time, its text.
    stands = standing.made if standing is not None and standing.made is not None else wanted
    if standing is not None and Step.REPLACE_BRANCH in planned.steps:
        stands = order.remake(standing.told.created).proposed or wanted
    result = replace(result, outcome=planned.outcome, pull_request=_latest(own.pulls), reasons=planned.reasons)
    if own.branch is not None or planned.steps:
        # Otherwise there is no such proposal, and an id would name nothing.
        result = replace(
            result,
            proposal_id=stands.proposal.proposal_id,
            branch=wanted.branch,
            commit=own.branch.commit if own.branch else None,
            checklist=stands.checklist,
        )
    if order.dry_run:
        return would_be(result, planned)
    return _carried_out(desk, asked, planned, own, stands, aim, result)


def read_state(desk: Desk, branch: str, base: str, elsewhere: Elsewhere, at: datetime) -> BaseState:
    """The base branch's state, with what people refused, as the ledger remembers it."""
    state = read_base(desk.repository, branch, base, elsewhere, at)
    return replace(state, refused=refused_keys(desk.ledger.names(REFUSALS)))


def place_wish(desk: Desk, asked: Asked, wish: Wish, result: CycleResult, *, dry_run: bool) -> CycleResult:
    """Prepare a wish and place it. A person who asks again has reconsidered. Raises WishRefused, RepositoryRefused."""
    prepared = prepare_wish(asked.state, wish, asked.at)
    if prepared.proposed is None:
        raise InternalError("a wish that was neither refused nor prepared")
    prove_read(asked.state, prepared.proposed, prepared.changes)
    order = Order(
        prepared.proposed,
        lambda created: prepare_wish(asked.state, wish, asked.at, created),
        reconsider=wish.kind != "expiry",
        dry_run=dry_run,
    )
    seen = [
        f"{target}: {notice['message']}"
        for target, notices in prepared.proposed.proposal.meta["notices"].items()
        for notice in notices
    ]
    warnings = (*result.warnings, *prepared.warnings, *seen)
    told = replace(result, kind=wish.kind, changes=prepared.changes, warnings=warnings)
    return place(desk, asked, prepared, order, told)


def would_be(result: CycleResult, planned: Plan) -> CycleResult:
    """The plan without the shell."""
    reason = Reason("would_be", f"without --dry-run the outcome would be: {planned.outcome}")
    return replace(result, outcome=Outcome.DRY_RUN, reasons=(*planned.reasons, reason))


def _carried_out(
    desk: Desk, asked: Asked, planned: Plan, own: Own, stands: Proposed, aim: Wanted, result: CycleResult
) -> CycleResult:
    """The plan's steps in order, then what is in the way, then the ledger."""
    for step in planned.steps:
        result = _done(desk, asked, step, own, stands, result)
    ending = Ending(desk, asked)
    warnings = ending.remark(planned)
    mine, title = result.pull_request, stands.proposal.title
    if planned.by is not None:
        closed = ending.supersede(planned.supersede, planned.by)
    else:
        closed = ending.supersede(planned.supersede, mine, title)
    if Step.OPEN_PULL_REQUEST in planned.steps and mine is not None:
        closed += ending.supersede_rivals(aim, result.branch or "", mine, title)
    if desk.forge is None and planned.outcome in (Outcome.OPENED, Outcome.UNCHANGED, Outcome.UPDATED):
        result = replace(result, approve=approval(desk.remote, stands.branch, asked.state.branch))
    result = replace(result, superseded=tuple(closed), warnings=(*result.warnings, *warnings, *ending.warnings))
    ending.write_down(result, stands.proposal)
    return result


def _done(desk: Desk, asked: Asked, step: Step, own: Own, stands: Proposed, result: CycleResult) -> CycleResult:
    """One step of the plan."""
    title, body = stands.proposal.title, stands.checklist
    forge = desk.forge
    if step in (Step.CREATE_BRANCH, Step.REPLACE_BRANCH):
        desk.say(f"committing {len(stands.files)} files to {stands.branch}")
        message = stands.message(overrides_blobs(desk.repository, asked.state, stands), desk.run_url)
        over = own.branch.commit if own.branch and step is Step.REPLACE_BRANCH else None
        moment = asked.at.astimezone(UTC)
        commit = desk.publisher.publish(stands.branch, asked.state.commit, stands.files, message, moment, over=over)
        return replace(result, commit=commit)
    if step is Step.EDIT_PULL_REQUEST and forge is not None and own.open_pull is not None:
        # Before the branch: a run that dies in between finds the branch as it was, and does both again.
        desk.say("renewing the pull request's text")
        forge.edit(own.open_pull, title=title, body=body)
    if step is Step.OPEN_PULL_REQUEST and forge is not None:
        desk.say("opening the pull request")
        pull = forge.open(branch=stands.branch, base=asked.state.branch, title=title, body=body)
        return _decorated(forge, pull, asked.state.policy.github, result)
    if step is Step.DECORATE and forge is not None and own.open_pull is not None:
        return _decorated(forge, own.open_pull, asked.state.policy.github, result)
    return result


def _decorated(forge: Forge, pull: PullRequest, how: GitHub, result: CycleResult) -> CycleResult:
    warnings = forge.decorate(pull, labels=how.labels, reviewers=how.reviewers, team_reviewers=how.team_reviewers)
    return replace(result, pull_request=pull, warnings=(*result.warnings, *warnings))


def _has_landed(wanted: Proposed, asked: Asked, changes: tuple[Change, ...]) -> bool:
    """Whether this question landed, or, where nothing would be applied, every by-hand change in it did."""
    known = asked.state.landed.by_hand
    keys = {by_hand_key(c.target, c.old, c.new, c.predecessor) for c in changes}
    return wanted.digest in asked.state.landed.digests or (keys <= known and not any(c.automatic for c in changes))


def approval(remote: str | None, branch: str, base: str) -> str:
    """The command lines by which a person approves without a forge."""
    if remote is None:
        return f"git switch {quote(base)} && git merge --no-ff {branch}"
    place, main = quote(remote), quote(base)
    fetched = f"git fetch {place} && git switch {main} && git merge --ff-only {quote(f'{remote}/{base}')}"
    return f"{fetched} && git merge --no-ff {quote(f'{remote}/{branch}')} && git push {place} {main}"


def _latest(pulls: Sequence[PullRequest] | None) -> PullRequest | None:
    """The open pull request, else the newest."""
    return max(pulls or (), key=lambda pull: (pull.state == "open", pull.number), default=None)
