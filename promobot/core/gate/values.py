"""A proposal's values against the rules of today: what still holds, and whether auto.toml says exactly that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from promobot.core.base_state import BaseState
from promobot.core.candidates import build_promotion_candidates_from_patches
from promobot.core.changes import Change
from promobot.core.facts import Facts
from promobot.core.gate.verdict import Violation
from promobot.core.models import PromotionDecision, Reason
from promobot.core.overrides import read_overrides
from promobot.core.policy.types import AutoApplyMode
from promobot.core.prepared import Prepared
from promobot.core.rules import AUTO_APPLY_RULES, PROPOSAL_RULES
from promobot.core.rules.caps import caps
from promobot.core.values import as_scalar, same
from promobot.core.wish import patch_of
from promobot.errors import PromobotError

OF_EVIDENCE = frozenset({"expired_patch", "test_health"})
"""Rules that look at how old the evidence is. They are asked at the time of the decision, all others now."""

# What speaks against a value whoever asks for it; the other rules look at a patch's claims, which a bare value has not.
OF_VALUE = frozenset({
    "hard_limit", "type_mismatch", "unknown_target", "not_eligible", "blacklisted_target", "blacklisted_tag",
    "mode", "lock", "not_allowed", "no_bounds", "not_numeric", "no_live_value", "below_min", "above_max",
    "step_too_large",
})  # fmt: skip


def question(
    told: Sequence[Change], digest: str, today: Prepared, aged: Iterable[PromotionDecision], folder: str
) -> Iterator[Violation]:
    """Whether the same question would be asked today; if not, why, value by value.

    `aged` are the decisions at the time of the proposal's own, for the rules about the evidence's age.
    """
    path = f"{folder}/proposal_meta.json"
    against = list(_against(told, today, aged))
    proposed = today.proposed
    if against or proposed is None or proposed.digest != digest:
        yield Violation("other_question", "judged on this base commit, this is not what would be proposed", path)
    for target, reason in against:
        yield Violation(reason.code, f"{target}: {reason.message}", path)


def _against(
    told: Sequence[Change], today: Prepared, aged: Iterable[PromotionDecision]
) -> Iterator[tuple[str, Reason]]:
    if today.mode is AutoApplyMode.DISABLED and not today.changes:
        yield "mode", Reason("mode", "the mode is disabled: nothing is proposed")
        return
    now = {change.target: change for change in today.changes}
    old = [(d.target, r) for d in aged for r in d.reasons if r.code in OF_EVIDENCE]
    for change in told:
        found = now.get(change.target)
        decisions = [decision for decision in today.decisions if decision.target == change.target]
        if found is not None and not same(found.old, change.old):
            yield change.target, Reason("live_changed", "the live value has changed since")
        if found is not None and found.predecessor != change.predecessor:
            yield change.target, Reason("landed_since", "another proposal for this target has landed since")
        reasons: list[Reason] = []
        if found is None:
            reasons = [reason for decision in decisions for reason in decision.reasons]
        elif change.automatic and not found.automatic:
            reasons = [reason for decision in decisions for reason in decision.auto_apply_reasons]
        known = [(change.target, reason) for reason in reasons]
        known += [(target, reason) for target, reason in old if target == change.target]
        yield from dict.fromkeys(known)


def overrides(
    state: BaseState, expected: str | None, result: bytes | None, plan: Mapping[str, Any], facts: Facts
) -> Iterator[Violation]:
    """Whether the merge leaves auto.toml exactly as the plan says; if not, what is wrong, value by value.

    `expected` is its text after the plan (None: there is to be no such file), `plan` the values that it sets.
    """
    path = state.policy.paths.live_overrides
    if result == (None if expected is None else expected.encode("utf-8")):
        return
    yield Violation("wrong_diff", f"{path} is not exactly what this proposal's values make of the base's", path)
    if result is None:
        yield Violation("overrides_removed", f"the merge takes {path} away", path)
        return
    try:
        text = result.decode("utf-8")
        found = read_overrides(text, path)
    except (UnicodeDecodeError, PromobotError):
        yield Violation("overrides_unreadable", f"{path} cannot be understood after the merge", path)
        return
    wanted = {} if expected is None else read_overrides(expected, path)
    before = {} if state.overrides is None else read_overrides(state.overrides, path)
    yield from _values(found, wanted, before, plan, facts, path, text)


def _values(
    found: Mapping[str, Any], wanted: Mapping[str, Any], before: Mapping[str, Any], plan: Mapping[str, Any],
    facts: Facts, path: str, text: str,
) -> Iterator[Violation]:  # fmt: skip
    wrong = [target for target in {**wanted, **found} if not same(found.get(target), wanted.get(target))]
    if not wrong:
        message = "its values are right, but lines differ (comments, order, layout); they were not proposed"
        yield Violation("overrides_text", message, path)
    for target in wrong:
        line = line_of(text, target)
        # A key of a file is any text; only a target's alphabet is shown as it is.
        name = repr(target) if not target.isascii() or not target.isprintable() else target[:255]
        if target not in plan:
            yield Violation("extra_value", f"{name} changes, and the proposal does not name it", path, None, line)
        elif same(found.get(target), before.get(target)):
            yield Violation("value_missing", f"{name} stays as it is, and the proposal changes it", path, None, line)
        else:
            yield Violation("other_value", f"{name} gets another value than the proposal says", path, None, line)
        if target in found:
            for reason in _spoken(target, found[target], facts):
                yield Violation(reason.code, f"{name}: {reason.message}", path, None, line)


def _spoken(target: str, value: object, facts: Facts) -> Iterator[Reason]:
    """The rules that speak against a bare value."""
    scalar = as_scalar(value)
    if scalar is None:
        yield Reason("not_numeric", "no parameter can have this value")
        return
    try:
        candidate = build_promotion_candidates_from_patches([patch_of(target, scalar)])[0]
    except ValueError:
        yield Reason("unknown_target", "no proposal can hold this target or value")
        return
    for rule in (*PROPOSAL_RULES, *AUTO_APPLY_RULES):
        reason = rule.reason(candidate, facts) if rule.code in OF_VALUE else None
        if reason is not None:
            yield reason
    yield from caps([target], facts).get(target, ())


def line_of(text: str, target: str) -> int | None:
    """The line (from 1) that most likely sets a target: the whole name quoted, else its last segment."""
    lines = text.split("\n")
    for name in (f'"{target}"', f"'{target}'", target, target.rpartition(".")[2]):
        for number, line in enumerate(lines, start=1):
            if line.lstrip().startswith(name):
                return number
    return None
