"""What hypothesis draws from: cycles that mostly would apply something, with a few things wrong in each."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from promobot.core.base_state import BaseState, Landed
from promobot.core.facts import LiveValues
from promobot.core.health import Health, NoReport
from promobot.core.intake import ExportFile, Intake
from promobot.core.lately import Lately
from promobot.core.models import ConfigPatch, PromotionDecision
from promobot.core.policy import PromotionPolicy
from promobot.core.prepared import Prepared, prepare
from tests.support.builders import NOW, decide, patch, report

# Two cores, run in parallel: a slow example is not a finding.
relaxed = settings(deadline=None, database=None)
quick = settings(relaxed, max_examples=20)

TARGETS = ("portfolio.leverage", "strategy.trigger_delay", "macro.weight", "macro.leverage", "x.risk", "desk.size")
TAGS = ("leverage", "macro", "risk", "trigger")


class Cycle(NamedTuple):
    """Patches, live values, a policy as its file would have it, what happened lately, the report of the tests."""

    patches: list[ConfigPatch]
    live: dict[str, Any]
    policy: dict[str, Any]
    lately: Lately
    health: Health | None

    @property
    def rules(self) -> PromotionPolicy:
        """The policy, read."""
        return PromotionPolicy.model_validate(self.policy)

    def decided(self, policy: dict[str, Any] | None = None) -> list[PromotionDecision]:
        """The decisions, under the cycle's own policy or another."""
        rules = PromotionPolicy.model_validate(policy or self.policy)
        return decide(*self.patches, rules=rules, live=self.live, lately=self.lately, health=self.health)

    def prepared(self, patches: Iterable[ConfigPatch]) -> Prepared:
        """The whole cycle with every byte that it would commit, for its patches in some order."""
        given = tuple(patches)
        state = BaseState(
            "main", "0" * 40, self.rules, "config/promobot.toml", "1" * 40, LiveValues(self.live),
            landed=Landed(lately=self.lately),
        )  # fmt: skip
        return prepare(state, Intake(given, (ExportFile("2" * 64, len(given)),), self.health), None, NOW)


grid = st.integers(0, 40).map(lambda twentieths: twentieths / 20)
near = st.builds(math.nextafter, grid, st.sampled_from([-math.inf, math.inf]))
far = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
odd: st.SearchStrategy[Any] = near | far | st.booleans() | st.text(max_size=3)
seldom = st.sampled_from([False] * 7 + [True])
scores = st.sampled_from([0.9] * 6 + [0.95, 1, 0.8, 0.5, None])
GOOD: dict[str, Any] = {"is_live_ready": True, "metrics": {"sharpe": 1.5, "drawdown": 0.05}}
metas = st.sampled_from(
    [GOOD] * 18
    + [GOOD | {"tier": "core"}, GOOD | {"tags": ["lab"]}]
    + [{"is_live_ready": True, "metrics": {"sharpe": 1.1, "drawdown": 0.2}}]
    + [{"is_live_ready": True, "metrics": {"sharpe": 2, "drawdown": "0"}}]
    + [None, {"is_live_ready": "true"}, {"tier": "research"}, {"tags": ["Research", 1]}]
)
ages = st.sampled_from([None, *((NOW - timedelta(days=days)).isoformat() for days in (*[1] * 6, 0, 5, 20))])
experiments = st.sampled_from([None, "sweep-1", "sweep-2", "lab-3"])
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
        given |= {"generated_at": draw(ages), "source_experiment_id": draw(experiments)}
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


limits = st.fixed_dictionaries({}, optional={"required": st.booleans()})
sections: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "risk": st.fixed_dictionaries(
        {
            "max_score": st.sampled_from([30.0, 45.0, 60.0, 80.0]),
            "window_days": st.sampled_from([3, 3, 30]),
            # A heavy one makes its dimension decide.
            "weights": st.sampled_from([{}, {"churn": 500.0}, {"churn": 500.0}, {"breadth": 500.0}]),
        },
        optional={"full_churn": st.sampled_from([1, 1, 2, 4]), "full_breadth": st.integers(3, 12)},
    ),
    "performance": st.fixed_dictionaries(
        {
            "metrics": st.fixed_dictionaries(
                {},
                optional={
                    "sharpe": limits.map(lambda keys: {"min": 1.2, "max": 3.0, **keys}),
                    "drawdown": limits.map(lambda keys: {"max": 0.1, **keys}),
                },
            )
        },
        optional={"cool_down_days": st.sampled_from([4, 10])},
    ),
    "test_health": st.fixed_dictionaries(
        {
            "report": st.just("reports/health.json"),
            "min_score": st.sampled_from([90.0, 100.0]),
            "max_failures": st.integers(0, 2),
            "max_age_hours": st.sampled_from([1, 24]),
        }
    ),
    "patches": st.fixed_dictionaries({"max_age_days": st.sampled_from([3, 10])}),
}


some_sections = st.lists(st.sampled_from(list(sections)), max_size=2, unique=True)


@st.composite
def policies(draw: st.DrawFn, *, capped: bool, only: Collection[str] | None) -> dict[str, Any]:
    """A policy that allows a good deal; without caps every value finds a place. `only`: just these sections are on."""
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
        **{name: draw(sections[name]) for name in (draw(some_sections) if only is None else only)},
    }


days = st.sampled_from([-1.0, 0.5, 2.0, 3.5, 5.0, 9.0, 20.0, 20.0])
times = st.lists(days, max_size=3).map(lambda ago: tuple(NOW - timedelta(days=number) for number in sorted(ago)))
lately = st.builds(
    Lately,
    st.fixed_dictionaries({}, optional=dict.fromkeys(TARGETS, times)),
    st.dictionaries(st.sampled_from(TARGETS), days.map(lambda ago: NOW - timedelta(days=ago)), max_size=1),
)
reports: st.SearchStrategy[Health | None] = st.one_of(
    st.sampled_from(
        [report()] * 8
        + [report(failed=1), report(score=95.0), report(finished_at=NOW - timedelta(hours=12))]
        + [None, NoReport("reports/health.json is missing")]
    ),
    st.builds(
        report,
        score=st.sampled_from([100.0, 95.0, 50.0, None]),
        failed=st.sampled_from([0, 0, 1, 3]),
        violations=st.sampled_from([0, 0, 0, 1]),
        finished_at=st.sampled_from([0, 2, 30, -5]).map(lambda hours: NOW - timedelta(hours=hours)),
    ),
)


@st.composite
def cycles(draw: st.DrawFn, *, capped: bool = True, only: Collection[str] | None = None) -> Cycle:
    """A whole cycle's input."""
    live: dict[str, Any] = {target: draw(grid) for target in TARGETS}
    if draw(seldom):
        live[draw(st.sampled_from(TARGETS))] = draw(st.integers(0, 3) | odd)
    if draw(seldom):
        del live[draw(st.sampled_from(TARGETS))]
    return Cycle(draw(patches_on(live)), live, draw(policies(capped=capped, only=only)), draw(lately), draw(reports))
