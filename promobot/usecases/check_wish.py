"""The gate on what a wish says of itself: a revert restores what a landing replaced, an expiry what has expired."""

from __future__ import annotations

from collections.abc import Iterator

from promobot.adapters.repository.landings import find_landing
from promobot.core.base_state import BaseState
from promobot.core.facts import Facts
from promobot.core.gate.verdict import Violation
from promobot.core.gate.wishes import against_dates, against_landing
from promobot.core.rendering.text import log_line
from promobot.core.told import Told
from promobot.core.values import as_scalar
from promobot.core.wish import Wish
from promobot.core.wish_rules import objections
from promobot.errors import PromobotError, WishRefused
from promobot.usecases.check_case import Case


def untrue(case: Case, state: BaseState, told: Told, path: str) -> Iterator[Violation]:
    """Where a wish claims what the base's history or policy does not bear out."""
    wish = told.asked
    if not isinstance(wish, Wish) or (told.kind == "operator" and wish.source["command"] != "apply"):
        return
    if told.kind == "expiry":
        yield from against_dates(wish, state, case.asked.now, path)
        return
    try:
        paths = state.policy.paths
        asked = wish.source["digest"] if told.kind == "revert" else wish.source["proposal"]
        landing = find_landing(
            case.repository, case.base, reports=paths.reports, overrides=paths.live_overrides, asked=asked
        )
        yield from against_landing(wish, landing, path)
    except PromobotError as error:
        yield Violation("no_such_landing", log_line(error.message), path)


def wish_against(error: WishRefused, told: Told, facts: Facts, path: str) -> Iterator[Violation]:
    """Why no person may wish this, by the rules' codes where a rule says so."""
    yield Violation("wish_refused", log_line(error.message), path)
    wish = told.asked
    for target, value in wish.values.items() if isinstance(wish, Wish) else ():
        after = value if value is not None else as_scalar((facts.live.base or {}).get(target))
        for reason in () if after is None else objections(target, after, facts, removal=value is None):
            yield Violation(reason.code, f"{target}: {reason.message}", path)
