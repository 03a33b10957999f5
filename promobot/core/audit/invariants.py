"""What must hold of a landed proposal on the commit before it, whatever its own files say: the rules of its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from promobot.core.audit.memory import Memory
from promobot.core.audit.replay import Files
from promobot.core.base_state import BaseState
from promobot.core.candidates import build_promotion_candidates_from_patches
from promobot.core.changes import Change
from promobot.core.facts import Facts
from promobot.core.gate import artifacts
from promobot.core.gate.values import OF_VALUE
from promobot.core.gate.verdict import Violation
from promobot.core.gate.wishes import against_dates, against_landing
from promobot.core.landing import Landing
from promobot.core.models import Reason
from promobot.core.policy import PromotionPolicy, effective_mode
from promobot.core.rules import AUTO_APPLY_RULES, PROPOSAL_RULES
from promobot.core.told import Told
from promobot.core.values import as_scalar, fitted, same
from promobot.core.wish import Wish, patch_of
from promobot.core.wish_rules import objections
from promobot.errors import PromobotError


def old_values(files: Files, state: BaseState) -> Iterator[Violation]:
    """A value must go from what was live on the parent."""
    for change in files.changes:
        if not same(state.live.value(change.target), change.old):
            yield Violation("live_changed", f"{change.target} was not live as the proposal says", files.path)


def successions(files: Files, memory: Memory) -> Iterator[Violation]:
    """Each target's predecessor is the proposal that last changed it, and a question lands once."""
    if files.told is not None and files.told.digest in memory.landings:
        first = memory.landings[files.told.digest].at.commit
        yield Violation("already_landed", f"the same question has landed before, with commit {first}", files.path)
    true = memory.predecessors((change.target for change in files.changes), memory.place)
    for change in files.changes:
        if change.predecessor != true.get(change.target):
            message = f"{change.target}: its predecessor is not the proposal that last changed it"
            yield Violation("landed_since", message, files.path)


def under_policy(files: Files, state: BaseState) -> Iterator[Violation]:
    """Limits, bounds, steps, types and permissions under the policy and on the values of the parent."""
    told = files.told
    if told is None:
        return
    for change in files.changes:
        for reason in _reasons(change.target, change.new, change.automatic, told, state):
            yield Violation(reason.code, f"{change.target}: {reason.message}", files.path)


def _reasons(target: str, new: Any, automatic: bool, told: Told, state: BaseState) -> Iterator[Reason]:
    facts = Facts(state.policy, effective_mode(state.policy, told.mode)[0], state.live, evaluated_at=told.at)
    if told.kind == "operator":
        after = new if new is not None else as_scalar((state.live.base or {}).get(target))
        yield from () if after is None else objections(target, after, facts, removal=new is None)
    elif told.kind == "promotion" and automatic:
        candidate = build_promotion_candidates_from_patches([patch_of(target, new)])[0]
        found = (
            rule.reason(candidate, facts) for rule in (*PROPOSAL_RULES, *AUTO_APPLY_RULES) if rule.code in OF_VALUE
        )
        yield from (reason for reason in found if reason is not None)


def by_its_wish(files: Files) -> Iterator[Violation]:
    """Where a proposal is not made again, as of another engine, the changes must at least be those that its wish names:
    they are judged by the wish's kind, and applied."""
    told = files.told
    wish = told.asked if told is not None else None
    if told is None or not isinstance(wish, Wish):
        return
    applied = [change for change in files.changes if change.automatic]
    if wish.kind != told.kind or not all(_as_wished(change, wish) for change in applied):
        yield artifacts.not_reproduced(files.folder)


def _as_wished(change: Change, wish: Wish) -> bool:
    if change.target not in wish.values:
        return False
    value = wish.values[change.target]
    return same(None if value is None else fitted(value, change.old), change.new)


def quota(files: Files, policy: PromotionPolicy, landed_today: int) -> Iterator[Violation]:
    """The loop's own values on the UTC day of the landing, which its committer date tells."""
    most = policy.auto_apply.max_per_day
    moved = sum(change.automatic for change in files.changes)
    if files.told is not None and files.told.kind == "promotion" and moved and landed_today + moved > most:
        message = f"{landed_today + moved} values landed on that day, and the policy allowed {most}"
        yield Violation("quota", message, files.path)


def recorded_facts(files: Files, memory: Memory, place: int) -> Iterator[Violation]:
    """The count that the quota rested on; a count below the truth would have let more through."""
    if files.told is not None and files.told.kind == "promotion":
        recorded, true = files.meta["facts"].get("landed_today"), memory.values_on(files.told.at, place)
        if not isinstance(recorded, int) or recorded < true:
            message = f"it was decided as if {recorded!r} values had landed that day; there were {true}"
            yield Violation("untrue_facts", message, files.path)


def truth_of_wish(files: Files, state: BaseState, landings: Mapping[str, Landing]) -> Iterator[Violation]:
    """A revert, an expiry and an apply claim something of the history or the policy.

    `landings` are the landed proposals by digest and by id, as far as this wish names one.
    """
    told = files.told
    wish = told.asked if told is not None else None
    if told is None or not isinstance(wish, Wish):
        return
    if wish.kind == "expiry":
        yield from against_dates(wish, state, told.at, files.path)
        return
    name = wish.source.get("digest") or wish.source.get("proposal")
    if name is None:
        return
    if name not in landings:
        yield Violation("no_such_landing", f"it names {name}, which has not landed before it", files.path)
        return
    try:
        yield from against_landing(wish, landings[name], files.path)
    except PromobotError as error:
        yield Violation("no_such_landing", error.message, files.path)
