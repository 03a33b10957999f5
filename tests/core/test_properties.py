"""What holds whatever the export says and whatever the policy allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from promobot.core.policy import AutoApplyBounds, PromotionPolicy
from promobot.core.proposals import Ground, build_promotion_proposals
from promobot.core.rendering.artifacts import render_artifacts
from tests.core.strategies import TAGS, Cycle, cycles, quick, relaxed
from tests.support.builders import NOW, applied, codes, decide


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
    written = applied(decide(*cycle.patches, rules=rules, live=cycle.live))
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
    rules, shuffled = cycle.rules, random.sample(cycle.patches, len(cycle.patches))
    one, other = (decide(*patches, rules=rules, live=cycle.live) for patches in (cycle.patches, shuffled))
    assert one == other
    first, second = (build_promotion_proposals(made, ground=Ground(NOW, base_branch="main")) for made in (one, other))
    assert [proposal.meta["digest"] for proposal in first] == [proposal.meta["digest"] for proposal in second]
    assert [render_artifacts(p, rules) for p in first] == [render_artifacts(p, rules) for p in second]


def bound(key: str, change: Callable[[float], float]) -> Callable[[dict[str, Any], int], None]:
    """Make one bound of one tag tighter."""

    def tighten(raw: dict[str, Any], choice: int) -> None:
        keys = raw["bounds"][TAGS[choice % len(TAGS)]]
        keys[key] = change(keys[key])
        assume(keys["min_value"] <= keys["max_value"])

    return tighten


def hard_limit(raw: dict[str, Any]) -> float:
    """What holds for leverage, which has a limit by default."""
    return float(raw["hard_limits"].get("leverage", 3.0))


def grant(change: dict[str, Any]) -> Callable[[dict[str, Any], int], None]:
    return lambda raw, choice: raw["eligibility"][choice % len(raw["eligibility"])].update(change)


TIGHTENINGS: dict[str, Callable[[dict[str, Any], int], Any]] = {
    "a higher minimum": bound("min_value", lambda value: value + 0.1),
    "a lower maximum": bound("max_value", lambda value: value - 0.1),
    "a smaller step": bound("max_step", lambda value: value / 2),
    "a lower hard limit": lambda raw, choice: raw["hard_limits"].update(leverage=hard_limit(raw) - choice / 10),
    "one grant less": lambda raw, choice: raw["eligibility"].pop(choice % len(raw["eligibility"])),
    "a grant asks more confidence": grant({"min_confidence": 1.0}),
    "a grant asks for ready": grant({"require_live_ready": True}),
    "a grant ends": grant({"expires": NOW}),
    "a shorter allow list": lambda raw, _: raw["auto_apply"].update(allow=raw["auto_apply"].get("allow", [])[1:]),
    "more confidence to apply": lambda raw, _: raw["auto_apply"].update(min_confidence=0.95),
    "a blacklisted target": lambda raw, _: raw["blacklist"]["targets"].append("macro"),
    "a blacklisted tag": lambda raw, choice: raw["blacklist"]["tags"].append(TAGS[choice % 4]),
    "a research target": lambda raw, _: raw.update(research={"targets": ["*weight"]}),
    "a research tier": lambda raw, _: raw.update(research={"tiers": ["research", "core"]}),
    "locked": lambda raw, _: raw.update(lock=True),
    "a lower mode": lambda raw, _: raw.update(mode="manual_only"),
}


@pytest.mark.parametrize("tighten", TIGHTENINGS.values(), ids=TIGHTENINGS)
@quick
@given(cycle=cycles(capped=False), choice=st.integers(0, 11))
def test_a_tighter_policy_never_applies_more(
    tighten: Callable[[dict[str, Any], int], Any], cycle: Cycle, choice: int
) -> None:
    """Caps aside: a value that falls away leaves its place to the next one."""
    tighter = deepcopy(cycle.policy)
    tighten(tighter, choice)
    before = applied(decide(*cycle.patches, rules=cycle.rules, live=cycle.live))
    after = applied(decide(*cycle.patches, rules=PromotionPolicy.model_validate(tighter), live=cycle.live))
    assert after.items() <= before.items()


@relaxed
@given(cycles(capped=False), st.integers(0, 4), st.integers(0, 4))
def test_fewer_places_never_apply_more(cycle: Cycle, one: int, other: int) -> None:
    few, many = (cycle._replace(policy={**cycle.policy, "max_per_proposal": n}) for n in sorted((one, other)))
    after, before = (applied(decide(*made.patches, rules=made.rules, live=made.live)) for made in (few, many))
    assert after.items() <= before.items()
    assert len(after) == min(one, other, len(before))


def test_the_cycles_reach_what_they_are_for() -> None:
    """Were nothing ever applied, or all of it, every property above would hold for nothing."""
    seen: Counter[str] = Counter()

    @relaxed
    @given(cycles())
    def look(cycle: Cycle) -> None:
        for decision in decide(*cycle.patches, rules=cycle.rules, live=cycle.live):
            seen.update({"applied"} if decision.auto_apply else codes(decision))

    look()
    assert seen["applied"] > 10, seen
    assert len(seen) > 10, seen
