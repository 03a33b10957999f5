"""What holds whatever the export says and whatever the policy allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from promobot.core.policy import AutoApplyBounds, PromotionPolicy
from tests.core.strategies import TAGS, Cycle, cycles, quick, relaxed, sections
from tests.core.tightenings import CAPS, NO_BOUND, TIGHTENINGS, Tightening
from tests.support.builders import applied, codes


def exact(number: Any) -> Fraction:
    """The number as it is written, without any rounding."""
    assert type(number) in (int, float), "only numbers are applied"
    return Fraction(Decimal(repr(number)))


def bounds_by_hand(rules: PromotionPolicy, target: str) -> list[AutoApplyBounds]:
    """DESIGN 3.2 again, in other words: bounds of the target's own, else those of every tag in it."""
    own: list[AutoApplyBounds] = [b for b in rules.bounds_for if any(fnmatchcase(target, glob) for glob in b.targets)]
    return own or [rules.bounds[tag] for tag in TAGS if tag in target and tag in rules.bounds]


@relaxed
@given(cycles())
def test_nothing_is_applied_outside_of_any_bound(cycle: Cycle) -> None:
    rules = cycle.rules
    written = applied(cycle.decided())
    assert len(written) <= min(rules.max_per_proposal, rules.auto_apply.max_per_day)
    for target, value in written.items():
        live = cycle.live[target]
        assert type(value) is type(live)
        limits = bounds_by_hand(rules, target)
        assert limits, "a value that nobody bounded"
        for bounds in limits:
            assert exact(bounds.min_value) <= exact(value) <= exact(bounds.max_value)
            assert abs(exact(value) - exact(live)) <= exact(bounds.max_step)
        assert all(exact(value) <= exact(limit) for tag, limit in rules.hard_limits.items() if tag in target)


@relaxed
@given(cycles(), st.randoms(use_true_random=False))
def test_the_order_of_the_patches_changes_nothing(cycle: Cycle, random: Any) -> None:
    """Neither the decisions nor any byte of what is committed: artifacts, overrides, message, branch."""
    one, other = (cycle.prepared(order) for order in (cycle.patches, random.sample(cycle.patches, len(cycle.patches))))
    assert one == other
    if one.proposed and other.proposed:
        assert one.proposed.branch == other.proposed.branch
        assert one.proposed.message("none", None) == other.proposed.message("none", None)


@pytest.mark.parametrize("tightening", TIGHTENINGS, ids=str)
@quick
@given(data=st.data(), choice=st.integers(0, 11))
def test_a_tighter_policy_never_allows_more(tightening: Tightening, data: st.DataObject, choice: int) -> None:
    """Caps aside: a value that falls away leaves its place to the next one."""
    cycle = data.draw(cycles(capped=False, only=on_for(tightening) or None))
    tighter = deepcopy(cycle.policy)
    tightening.change(tighter, choice)
    before, after = cycle.decided(), cycle.decided(tighter)
    assert applied(after).items() <= applied(before).items()
    assert {d.candidate.patch.id for d in after if d.accepted} <= {d.candidate.patch.id for d in before if d.accepted}


def on_for(tightening: Tightening) -> set[str]:
    """The sections that may be off and that the tightening is about."""
    return {key.split(".")[0] for key in tightening.keys} & set(sections)


class Found(Exception):
    """Ends a search."""


@pytest.mark.parametrize("tightening", TIGHTENINGS, ids=str)
def test_every_tightening_takes_something_away(tightening: Tightening) -> None:
    """One that never makes a difference would prove nothing. The search is the same in every run."""
    only = on_for(tightening)

    @settings(relaxed, max_examples=2000, derandomize=True, phases=[Phase.generate])
    @given(cycle=cycles(capped=False, only=only), choice=st.integers(0, 11))
    def look(cycle: Cycle, choice: int) -> None:
        tighter = deepcopy(cycle.policy)
        tightening.change(tighter, choice)
        if applied(cycle.decided(tighter)) != applied(cycle.decided()):
            raise Found

    with pytest.raises(Found):
        look()


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key of the policy file as a path; `*` is any name, `[]` any entry of a list."""
    for name, field in model.model_fields.items():
        path, inner = f"{prefix}{name}", list(models_in(field.annotation))
        mark = "[]" if "tuple" in str(field.annotation) else ".*" if "dict" in str(field.annotation) else ""
        if inner:
            for one in inner:
                yield from keys(one, f"{path}{mark}.")
        else:
            yield f"{path}{'.*' if mark == '.*' else ''}"


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


def test_no_key_of_the_policy_is_forgotten() -> None:
    """Whoever adds a key says here what its tighter side is, or why it has none."""
    tightened = {key for tightening in TIGHTENINGS for key in tightening.keys}
    known = set(keys(PromotionPolicy))
    assert not tightened & set(NO_BOUND) and not (tightened | set(NO_BOUND)) & CAPS
    assert tightened | set(NO_BOUND) | CAPS == known
    assert all(reason.strip() for reason in NO_BOUND.values())


@relaxed
@given(cycles(capped=False), st.integers(0, 4), st.integers(0, 4))
def test_fewer_places_never_apply_more(cycle: Cycle, one: int, other: int) -> None:
    """`max_per_proposal` and `max_per_day`, the caps; the proposal's is tried, the day's works on the same list."""
    few, many = sorted((one, other))
    for cap in ({"max_per_proposal": few}, {"auto_apply": cycle.policy["auto_apply"] | {"max_per_day": few}}):
        more = {name: keys if isinstance(keys, int) else {**keys, "max_per_day": many} for name, keys in cap.items()}
        more |= {"max_per_proposal": many} if "max_per_proposal" in cap else {}
        after, before = (applied(cycle.decided({**cycle.policy, **made})) for made in (cap, more))
        assert after.items() <= before.items()
        assert len(after) == min(few, len(before))


def test_the_cycles_reach_what_they_are_for() -> None:
    """Were nothing ever applied, or all of it, every property above would hold for nothing."""
    seen: Counter[str] = Counter()

    @settings(relaxed, max_examples=400, derandomize=True)
    @given(cycles())
    def look(cycle: Cycle) -> None:
        on = [name for name in SECTIONS if name in cycle.policy]
        for decision in cycle.decided():
            seen.update(codes(decision))
            seen.update(["applied", *(f"applied under {name}" for name in on)] if decision.auto_apply else [])

    look()
    assert seen["applied"] > 10, seen
    assert len(seen) > 20, seen
    for section, code in SECTIONS.items():
        assert seen[code] > 10, f"{code} hardly ever fires: {seen}"
        assert seen[f"applied under {section}"] > 3, f"hardly anything passes [{section}]: {seen}"


SECTIONS = {"risk": "risk", "performance": "performance", "test_health": "test_health", "patches": "expired_patch"}
