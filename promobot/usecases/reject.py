"""A person's no, written down where the next cycle reads it: for one value of an open proposal, or for all of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from promobot.core.changes import Change
from promobot.core.found import REJECTED, BranchState, PullRequest
from promobot.core.ledger import Claimant, Whole, entry_message, refusal_entry
from promobot.core.proposals import SHORT, branch_name
from promobot.core.rendering.comments import rejected
from promobot.errors import PromobotError, RepositoryRefused, UsageError
from promobot.usecases.base import Elsewhere, read_base
from promobot.usecases.desk import Desk
from promobot.usecases.standing import Inspector, Standing
from promobot.usecases.wishes import given_reason


@dataclass(frozen=True)
class Rejection:
    """What was refused. `target` is None for a whole proposal; `written` is False where the ledger held it already."""

    proposal_id: str
    digest: str
    target: str | None
    path: str
    written: bool
    closed: PullRequest | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class No:
    """A person's no: of which open proposal, of which of its values (None: all of it), why, and who says so."""

    proposal: str
    target: str | None
    reason: str
    by: Claimant


def reject(desk: Desk, base_branch: str, at: datetime, no: No) -> Rejection:
    """Write the no into the ledger; a whole proposal is closed, and its branch deleted where it is ours.

    Raises UsageError where no open proposal has that name or value, or without a reason.
    """
    no = replace(no, reason=given_reason(no.reason))
    state = read_base(desk.repository, base_branch, desk.publisher.base_head(), Elsewhere(), at)
    found = _branch(desk, no.proposal, state.landed.digests)
    standing = Inspector(desk.repository, desk.publisher, state, Elsewhere(), at).look(found)
    if standing is None or standing.made is None:
        raise RepositoryRefused(
            f"the branch of {no.proposal} holds something else than promobot's commit; close it by hand"
        )
    if standing.made.digest in state.landed.digests:
        raise UsageError(f"{no.proposal} was merged already; promobot revert takes it back")
    refused = _refused(standing, no.target)
    path, content = refusal_entry(refused, reason=no.reason, at=at, by=no.by)
    desk.say(f"writing {path} to the ledger")
    written = desk.ledger.append(path, content, entry_message(path, desk.run_url), at)
    told = Rejection(standing.made.proposal.proposal_id, standing.made.digest, no.target, path, written)
    return told if no.target else _ended(desk, base_branch, standing.made.branch, found, no, told)


def _branch(desk: Desk, asked: str, landed: Collection[str]) -> BranchState:
    """The branch of an open proposal, by its id, its branch or its digest, whole or short; `landed` are digests."""
    short = asked.rpartition("_")[2].rpartition("/")[2].lower()[:SHORT]
    found = desk.publisher.branch(f"promobot/{short}")
    if found is None:
        # A merged branch stays until somebody deletes it.
        merged = {branch_name(digest) for digest in landed}
        known = ", ".join(sorted(set(desk.publisher.proposal_branches()) - merged)) or "none"
        raise UsageError(f"there is no open proposal {asked}; branches of proposals that are not merged: {known}")
    return found


def _refused(standing: Standing, target: str | None) -> Change | Whole:
    if standing.made is None:
        raise AssertionError("unreachable")
    meta = standing.made.proposal.meta
    if target is not None and meta["kind"] != "promotion":
        raise UsageError("a person's wish takes no rule's no; leave out --target and reject the whole")
    if target is None:
        return Whole(standing.made.proposal.proposal_id, standing.made.digest)
    for change in meta["changes"]:
        if change["target"] == target:
            return Change(**change)
    named = ", ".join(change["target"] for change in meta["changes"])
    raise UsageError(f"the proposal does not change {target}; it changes {named}")


def _ended(desk: Desk, base: str, branch: str, found: BranchState, no: No, told: Rejection) -> Rejection:
    """The pull request closed with the label that says so, and the branch gone."""
    closed, warnings = None, []
    for pull in desk.forge.of_branch(branch, base) if desk.forge else ():
        if pull.state == "open" and desk.forge is not None:
            desk.say(f"closing #{pull.number}")
            desk.forge.close(pull, label=REJECTED, comment=rejected(no.reason))
            closed = pull
    try:
        desk.publisher.delete(branch, found.commit)
    except PromobotError as error:
        warnings.append(f"branch {branch} was not deleted: {error.message}")
    return Rejection(told.proposal_id, told.digest, None, told.path, told.written, closed, tuple(warnings))
