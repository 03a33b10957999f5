"""A person's wish (set, unset, apply), a revert or an expiry -> a proposal like any other (DESIGN 3.5, kinds).

What a person asks for is applied on merge whatever the mode says, because the person merges it. Hard limits, types
and known targets hold all the same; every other bound that a wish passes is shown and recorded, not refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from promobot.core.base_state import BaseState
from promobot.core.canonical import sha256_of
from promobot.core.changes import Change
from promobot.core.facts import Facts, LiveValues
from promobot.core.models import Reason
from promobot.core.overrides import read_overrides
from promobot.core.policy import effective_mode
from promobot.core.policy.types import AutoApplyMode, matches
from promobot.core.prepared import Prepared, rendered
from promobot.core.proposals import SHORT, Ground, proposal_on
from promobot.core.rendering.facts import facts_json, instant_text
from promobot.core.rendering.message import subject
from promobot.core.rules.caps import caps
from promobot.core.values import TARGET_PATTERN, Scalar, as_scalar, fitted, same
from promobot.core.version import __version__
from promobot.core.wish import Values, Wish, wish_json
from promobot.core.wish_rules import notices, objections
from promobot.errors import Detail, RepositoryRefused, WishRefused

VERBS = {"revert": "revert", "expiry": "expire"}
LONGEST_TARGET = 255


def prepare_wish(
    state: BaseState, wish: Wish, at: datetime, created: datetime | None = None, *, engine: str = __version__
) -> Prepared:
    """Check and render a wish. Same arguments, same bytes; `created` is the time in the proposal's id (default `at`).

    Raises WishRefused where an operator's wish passes a hard limit, has a wrong type, names an unknown target or
    changes nothing; RepositoryRefused where a value that the wish replaces has changed since.
    """
    at = at.astimezone(UTC).replace(microsecond=0)
    mode, _ = effective_mode(state.policy, None)
    facts = Facts(
        policy=state.policy,
        mode=mode,
        live=state.live,
        evaluated_at=at,
        landed_today=state.landed.values_today,
        lately=state.landed.lately,
    )
    standing = standing_overrides(state)
    _refuse_changed(state, wish, standing)
    if wish.kind == "operator":
        _refuse_objections(wish, standing, facts)
    changes = _changes(state, wish)
    below = {target: _below(state.live, target) for target in wish.values}
    told, back = _notices(wish, facts, below), facts.lately.taken_back
    proposal = proposal_on(
        _ground(state, wish, mode, created or at, engine),
        changes,
        title=subject(changes, VERBS.get(wish.kind, wish.source["command"]), below),
        description=f"{len(changes)} applied on merge",
        evidence=sha256_of([wish.reason, dict(wish.source)]),
        facts=facts_json((), facts, at)
        | {
            "live_values": {change.target: change.old for change in changes},
            "base_values": below,
            "taken_back": {target: instant_text(back[target]) for target in sorted(wish.values) if target in back},
            "unknown_targets": [change.target for change in changes if not state.live.knows(change.target)],
        },
        more={
            "wish": wish_json(wish),
            "notices": {target: [asdict(reason) for reason in said] for target, said in told.items() if said},
            **({"reverts": wish.source["digest"]} if wish.kind == "revert" else {}),
        },
    )
    return Prepared(mode, (), changes, rendered(state, proposal, changes))


def standing_overrides(state: BaseState) -> dict[str, Any]:
    """What auto.toml holds at the base commit, also what the live system does not take from it."""
    return {} if state.overrides is None else read_overrides(state.overrides, state.policy.paths.live_overrides)


def expired_overrides(state: BaseState, at: datetime) -> Wish | None:
    """The wish to take expired overrides back, the first of them by name if they are more than a proposal may hold.

    An override has expired when every grant that matches its target has an `override_expires` that has passed.
    """
    standing = standing_overrides(state)
    expired = sorted(target for target in standing if _expired(state, target, at))[: state.policy.max_per_proposal]
    held = {target: value for target in expired if (value := as_scalar(standing[target])) is not None}
    if not held:
        return None
    reason = "override_expires of every grant for these targets has passed"
    return Wish("expiry", dict.fromkeys(held), reason, {"command": "expiry"}, replaces=held)


def _expired(state: BaseState, target: str, at: datetime) -> bool:
    grants = [grant for grant in state.policy.eligibility if matches(target, grant.targets)]
    wishable = re.fullmatch(TARGET_PATTERN, target) is not None and len(target) <= LONGEST_TARGET
    return wishable and bool(grants) and all(grant.override_ended(at) for grant in grants)


def _refuse_changed(state: BaseState, wish: Wish, standing: Mapping[str, Any]) -> None:
    """A revert and an expiry take back what stands; what somebody has set since is not theirs to replace."""
    path = state.policy.paths.live_overrides
    changed = sorted(target for target, value in wish.replaces.items() if not same(standing.get(target), value))
    details = [Detail(f"{target} is not what it was then", path) for target in changed]
    why = [f"changed since and left alone: {', '.join(changed)}"] if changed else []
    if wish.kind == "revert":
        newest = {target: state.landed.predecessors.get(target) for target in sorted(wish.values)}
        newer = [target for target in newest if newest[target] != wish.source["digest"] and target not in changed]
        details += [Detail(_landed_since(target, newest[target]), path) for target in newer]
        # A value may have come back to what it was: then "changed" would send its reader looking for a difference.
        why += [f"left alone, because something else has landed on it since: {', '.join(newer)}"] if newer else []
    if details:
        raise RepositoryRefused(f"{'; '.join(why)}; look at each, then use promobot set or promobot unset", details)


def _landed_since(target: str, newest: str | None) -> str:
    if newest is None:
        return f"{target} is what it was then, but nothing is known to have landed on it"
    return f"{target} is what it was then, but {newest[:SHORT]} has landed on it since"


def _refuse_objections(wish: Wish, standing: Mapping[str, Any], facts: Facts) -> None:
    details = []
    for target, value in sorted(wish.values.items()):
        if value is None and target not in standing:
            details.append(Detail(f"{target}: there is no override to take away; its value is the base config's own"))
            continue
        after = value if value is not None else _below(facts.live, target)
        said = () if after is None else objections(target, after, facts, removal=value is None)
        details += [Detail(f"{target}: {reason.message}") for reason in said]
    if details:
        raise WishRefused("this is not proposed; " + "; ".join(detail.message for detail in details[:3]), details)


def _changes(state: BaseState, wish: Wish) -> tuple[Change, ...]:
    landed = state.landed.predecessors
    live = {target: state.live.value(target) for target in wish.values}
    return tuple(
        Change(target, live[target], None if new is None else fitted(new, live[target]), True, landed.get(target))
        for target, new in sorted(wish.values.items())
    )


def _notices(wish: Wish, facts: Facts, below: Values) -> dict[str, list[Reason]]:
    # The day's quota is the loop's: a revert or an expiry at night must not seem to be in its way.
    capped = caps(wish.values, facts) if wish.kind == "operator" else {}
    after = {target: below[target] if new is None else new for target, new in wish.values.items()}
    return {target: [*notices(target, after[target], facts, wish.kind), *capped.get(target, ())] for target in after}


def _below(live: LiveValues, target: str) -> Scalar | None:
    """What the live system reads where no override stands."""
    return as_scalar((live.base or {}).get(target))


def _ground(state: BaseState, wish: Wish, mode: AutoApplyMode, created: datetime, engine: str) -> Ground:
    return Ground(
        created_at=created,
        kind=wish.kind,
        mode=mode,
        base_branch=state.branch,
        base_commit=state.commit,
        policy_path=state.policy_path,
        policy_blob=state.policy_blob,
        overrides_path=state.policy.paths.live_overrides,
        reports_path=state.policy.paths.reports,
        engine=engine,
    )
