"""What a person asks for by name: set, unset, apply, revert. Each is a wish on the base branch as it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from promobot.adapters.repository.landings import find_landing
from promobot.core.base_state import BaseState
from promobot.core.changes import Change
from promobot.core.cycle import CycleResult
from promobot.core.landing import Landing, restoring
from promobot.core.planning import Outcome
from promobot.core.policy import effective_mode
from promobot.core.typed import is_text, typed
from promobot.core.values import Scalar, fitted, same
from promobot.core.wish import LONGEST_REASON, Wish
from promobot.core.wishes import standing_overrides
from promobot.errors import Detail, RepositoryRefused, UsageError
from promobot.usecases.base import Elsewhere
from promobot.usecases.desk import Desk, again
from promobot.usecases.place import place_wish, read_state
from promobot.usecases.scene import Asked

NAMED = 5
"""How many names a refusal lists."""

Wisher = Callable[[BaseState], tuple[Wish, tuple[str, ...]]]
"""The base branch's state -> the wish on it, and warnings."""


def carry_out(desk: Desk, base_branch: str, at: datetime, wisher: Wisher, *, dry_run: bool = False) -> CycleResult:
    """Open the proposal that a person asks for, or find it open. Raises PromobotError."""
    return again(desk, lambda: _once(desk, base_branch, at, wisher, dry_run))


def _once(desk: Desk, base_branch: str, at: datetime, wisher: Wisher, dry_run: bool) -> CycleResult:
    desk.say(f"reading {desk.remote}/{base_branch}" if desk.remote else f"reading {base_branch}")
    state = read_state(desk, base_branch, desk.publisher.base_head(), Elsewhere(), at)
    wish, warnings = wisher(state)
    nothing = CycleResult(Outcome.NOTHING_TO_PROPOSE, effective_mode(state.policy, None)[0], warnings=warnings)
    return place_wish(desk, Asked(state, at), wish, nothing, dry_run=dry_run)


def landing_of(desk: Desk, state: BaseState, asked: str) -> Landing:
    """The landed proposal that a person names. Raises UsageError, RepositoryRefused."""
    paths = state.policy.paths
    return find_landing(
        desk.repository, state.commit, reports=paths.reports, overrides=paths.live_overrides, asked=asked
    )


def set_value(state: BaseState, target: str, text: str, reason: str) -> Wish:
    """The wish for one value, typed by a person. Raises UsageError."""
    if not state.live.knows(target):
        raise UsageError(f"there is no parameter {target!a} on the base branch; {_near(target, state.live.base or {})}")
    return _wish({target: typed(text, state.live.raw(target), target)}, given_reason(reason), {"command": "set"})


def unset_value(state: BaseState, target: str, reason: str) -> Wish:
    """The wish to take one override away. Raises UsageError where there is none."""
    standing = standing_overrides(state)
    if target not in standing:
        raise UsageError(f"{target!a} has no override on the base branch; {_near(target, standing)}")
    return _wish({target: None}, given_reason(reason), {"command": "unset"})


def apply_by_hand(state: BaseState, landing: Landing, reason: str) -> tuple[Wish, tuple[str, ...]]:
    """The values that a landed proposal left to be set by hand, with warnings about those that are left out.

    Raises RepositoryRefused, naming them, where live values have changed since; UsageError where nothing is left.
    """
    todo, done, changed = _sorted_out(state, landing.changes)
    if changed:
        raise RepositoryRefused(
            f"changed since {landing.proposal_id} was decided: {', '.join(changed)}; look at each, then promobot set",
            [Detail(f"{target} is not what it was then") for target in changed],
        )
    most = state.policy.max_per_proposal
    if not todo or not most:
        why = "all of them are live already" if done else "it left no value to be set by hand"
        why = "the policy's max_per_proposal is 0" if todo else why
        raise UsageError(f"{landing.proposal_id}: there is nothing to apply; {why}")
    warnings = [f"{target} is live already" for target in done]
    if len(todo) > most:
        warnings.append(f"{len(todo) - most} more do not fit into one proposal; apply again after this one's merge")
    source = {"command": "apply", "proposal": landing.proposal_id}
    return _wish(dict(list(todo.items())[:most]), _checked(reason), source), tuple(warnings)


def revert(landing: Landing, reason: str) -> Wish:
    """The wish to restore what a landing replaced. Raises RepositoryRefused where that cannot be told."""
    return restoring(landing, _checked(reason))


def _sorted_out(state: BaseState, changes: Iterable[Change]) -> tuple[dict[str, Scalar], list[str], list[str]]:
    """The by-hand values that are still open, and the targets that are live already or have changed since."""
    todo: dict[str, Scalar] = {}
    done, changed = [], []
    for change in sorted(changes, key=lambda change: change.target):
        if change.automatic or change.new is None:
            continue
        live = state.live.value(change.target)
        if same(live, fitted(change.new, live)):
            done.append(change.target)
        elif same(live, change.old):
            todo[change.target] = change.new
        else:
            changed.append(change.target)
    return todo, done, changed


def _wish(values: dict[str, Any], reason: str, source: dict[str, str]) -> Wish:
    try:
        return Wish("operator", values, reason, source)
    except ValueError as error:
        raise UsageError(str(error)) from error


def given_reason(reason: str) -> str:
    """A person's reason, which must be there. Raises UsageError."""
    if not reason.strip():
        raise UsageError("--reason must say why, in your own words; whoever merges reads it")
    return _checked(reason)


def _checked(reason: str) -> str:
    told = reason.strip()
    if len(told) > LONGEST_REASON or not is_text(told):
        raise UsageError(f"--reason takes a text of up to {LONGEST_REASON} characters of Unicode")
    return told


def _near(target: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(target, names, 3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"there are {', '.join(names[:NAMED])}{more}" if names else "there is none at all"
