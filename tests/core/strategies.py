"""What hypothesis draws from: cycles that mostly would apply something, with a few things wrong in each."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from promobot.core.models import ConfigPatch
from promobot.core.policy import PromotionPolicy
from tests.support.builders import patch

# Two cores, run in parallel: a slow example is not a finding.
relaxed = settings(deadline=None, database=None)
quick = settings(relaxed, max_examples=40)

TARGETS = ("portfolio.leverage", "strategy.trigger_delay", "macro.weight", "macro.leverage", "x.risk", "desk.size")
TAGS = ("leverage", "macro", "risk", "trigger")


class Cycle(NamedTuple):
    """Patches, live values, and a policy as its file would have it."""

    patches: list[ConfigPatch]
    live: dict[str, Any]
    policy: dict[str, Any]

    @property
    def rules(self) -> PromotionPolicy:
        """The policy, read."""
        return PromotionPolicy.model_validate(self.policy)


grid = st.integers(0, 40).map(lambda twentieths: twentieths / 20)
near = st.builds(math.nextafter, grid, st.sampled_from([-math.inf, math.inf]))
far = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
odd: st.SearchStrategy[Any] = near | far | st.booleans() | st.text(max_size=3)
seldom = st.sampled_from([False] * 7 + [True])
scores = st.sampled_from([0.9] * 6 + [0.95, 1, 0.8, 0.5, None])
READY: dict[str, Any] = {"is_live_ready": True}
metas = st.sampled_from(
    [READY] * 9 + [None, {"is_live_ready": "true"}, {"tier": "research"}, {"tags": ["Research", 1]}]
)
statuses = st.sampled_from(["APPLIED_OFFLINE"] * 4 + ["PROMOTED", "PROPOSED"])


@st.composite
def patches_on(draw: st.DrawFn, live: dict[str, Any]) -> list[ConfigPatch]:
    """Up to nine patches: most a small step from the live value, some agreeing, some in conflict, some odd."""
    found: list[ConfigPatch] = []
    targets = draw(st.permutations(TARGETS)) + draw(st.lists(st.sampled_from(TARGETS), max_size=3))
    for number, target in enumerate(targets):
        old, steps = live.get(target), draw(st.integers(1, 6)) * draw(st.sampled_from([1, -1]))
        small = old + steps if type(old) is int else round(old + steps / 20, 2) if type(old) is float else 1.0
        twins = [p.new_value for p in found if p.target == target] or [small]
        value = draw(odd) if draw(seldom) or abs(small) > 2**60 else draw(st.sampled_from(twins))
        given = {"confidence_score": draw(scores), "meta": draw(metas), "status": draw(statuses)}
        given |= {"old_value": draw(odd)} if draw(seldom) else {"old_value": old}
        found.append(patch(target, value, id=f"p-{number}", **given))
    return found


bounds = st.tuples(grid, grid, st.integers(1, 20)).map(
    lambda drawn: {"min_value": min(drawn[:2]) / 4, "max_value": max(drawn[:2]) + 0.5, "max_step": drawn[2] / 20}
)
globs = st.lists(st.sampled_from(["*", "*", "macro.*", "*leverage", "strategy.*", "desk.size"]), min_size=1, max_size=3)
grants = st.fixed_dictionaries(
    {"targets": globs},
    optional={"min_confidence": st.sampled_from([0.5, 0.9]), "require_live_ready": st.booleans()},
)


@st.composite
def policies(draw: st.DrawFn, *, capped: bool) -> dict[str, Any]:
    """A policy that allows a good deal; without caps every value finds a place."""
    most = st.sampled_from([0, 1, 2, 3, 100, 100]) if capped else st.just(100)
    own = [{"targets": draw(globs), **draw(bounds)} for _ in range(draw(seldom))]
    allow = draw(globs) if draw(seldom) else None
    return {
        "mode": "bounded_auto",
        "max_per_proposal": draw(most),
        "bounds": {tag: draw(bounds) for tag in TAGS},
        "bounds_for": own,
        "hard_limits": {draw(st.sampled_from(TAGS)): draw(grid)} if draw(seldom) else {},
        "eligibility": [*draw(st.lists(grants, max_size=2)), draw(grants) if draw(seldom) else {"targets": ["*"]}],
        "auto_apply": {
            "max_per_day": draw(most),
            "min_confidence": draw(st.sampled_from([0.0, 0.5, 0.8, 0.9])),
            **({} if allow is None else {"allow": allow}),
        },
        "blacklist": {"targets": ["macro.weight"] if draw(seldom) else [], "tags": []},
    }


@st.composite
def cycles(draw: st.DrawFn, *, capped: bool = True) -> Cycle:
    """A whole cycle's input."""
    live: dict[str, Any] = {target: draw(grid) for target in TARGETS}
    if draw(seldom):
        live[draw(st.sampled_from(TARGETS))] = draw(st.integers(0, 3) | odd)
    if draw(seldom):
        del live[draw(st.sampled_from(TARGETS))]
    return Cycle(draw(patches_on(live)), live, draw(policies(capped=capped)))
