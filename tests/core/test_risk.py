"""The risk score by hand, dimension by dimension, and by property: it never falls when a worry grows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.lately import Lately
from promobot.core.models import RiskScore
from tests.core.strategies import relaxed
from tests.support.builders import NOW, decide, patch, policy

DIMENSIONS = ("step", "bound", "confidence", "churn", "breadth")
TARGET = "portfolio.leverage"  # bounds 1.0..2.0, step 0.25


class Worry(NamedTuple):
    """One patch of leverage and what surrounds it: `changes` days ago, `others` that move with it, bounds, [risk]."""

    live: Any = 1.5
    new: Any = 1.6
    confidence: float | None = 1.0
    changes: tuple[float, ...] = ()
    others: int = 0
    bounds: dict[str, float] | None = None
    risk: dict[str, Any] | None = None
    target: str = TARGET

    def score(self, *, at: Any = NOW) -> RiskScore:
        rules = policy(
            risk={"max_score": 100.0, **(self.risk or {})},
            **({} if self.bounds is None else {"bounds": {"leverage": self.bounds}}),
        )
        moving = [patch(f"other.n{number}", 1, id=f"o-{number}") for number in range(self.others)]
        decisions = decide(
            patch(self.target, self.new, confidence_score=self.confidence),
            *moving,
            rules=rules,
            live={} if self.live is None else {self.target: self.live},
            lately=Lately(changed={self.target: tuple(NOW - timedelta(days=days) for days in self.changes)}),
            at=at,
        )
        (found,) = [decision.risk for decision in decisions if decision.target == self.target]
        assert found is not None
        assert found.score == min(100, sum(found.points.values())), "what is shown adds up"
        return found


def alone(dimension: str) -> dict[str, float]:
    return {"weights": dict.fromkeys(DIMENSIONS, 0.0) | {dimension: 100.0}}  # type: ignore[dict-item]


ALONE: dict[str, tuple[str, Worry, str]] = {
    "step: 0.1 of 0.25": ("step", Worry(), "40"),
    "step: downwards is as far": ("step", Worry(new=1.4), "40"),
    "step: all of it": ("step", Worry(new=1.75), "100"),
    "step: more than all of it": ("step", Worry(new=9.0), "100"),
    "step: 0.35 -> 0.45 of 0.1 is exact": ("step", Worry(0.35, 0.45, bounds={"min_value": 0, "max_step": 0.1}), "100"),
    "step: nothing moves": ("step", Worry(new=1.5), "0"),
    "step: 1e-9 of 0.25 rounds up": ("step", Worry(new=1.500000001), "0.01"),
    "step: a third rounds up": ("step", Worry(new=1.6, bounds={"max_step": 0.3}), "33.34"),
    "step: an eighth needs no rounding": ("step", Worry(new=1.53125), "12.5"),
    "step: an integer for a float": ("step", Worry(new=2), "100"),
    "step: no bounds": ("step", Worry(4.0, 4.1, target="desk.size"), "100"),
    "step: no live value": ("step", Worry(live=None), "100"),
    "step: a text": ("step", Worry("a", "b"), "100"),
    "step: a boolean": ("step", Worry(False, True), "100"),
    "bound: another such step fits": ("bound", Worry(new=1.6), "0"),
    "bound: another such step would end at the bound": ("bound", Worry(new=1.75), "0"),
    "bound: room for half a step": ("bound", Worry(1.7, 1.9), "50"),
    "bound: room for a third of a step rounds up": ("bound", Worry(1.6, 1.9), "66.67"),
    "bound: the lower one is as near": ("bound", Worry(1.3, 1.1), "50"),
    "bound: at it": ("bound", Worry(1.8, 2.0), "100"),
    "bound: beyond it": ("bound", Worry(1.8, 2.1), "100"),
    "bound: nothing moves": ("bound", Worry(1.99, 1.99), "0"),
    "bound: nothing moves, at a bound": ("bound", Worry(2.0, 2.0), "0"),
    "bound: away from it": ("bound", Worry(2.0, 1.9), "0"),
    "bound: still outside": ("bound", Worry(0.5, 0.9), "100"),
    "bound: from outside to the bound": ("bound", Worry(0.5, 1.0), "100"),
    "bound: from outside, inside by half of the step": ("bound", Worry(0.8, 1.2), "50"),
    "bound: no bounds": ("bound", Worry(4.0, 4.1, target="desk.size"), "100"),
    "bound: no live value": ("bound", Worry(live=None), "100"),
    "bound: a text": ("bound", Worry("a", "b"), "100"),
    "confidence: certain": ("confidence", Worry(), "0"),
    "confidence: 0.9": ("confidence", Worry(confidence=0.9), "10"),
    "confidence: 0.99999 rounds up": ("confidence", Worry(confidence=0.99999), "0.01"),
    "confidence: none at all": ("confidence", Worry(confidence=0.0), "100"),
    "confidence: missing": ("confidence", Worry(confidence=None), "100"),
    "churn: quiet": ("churn", Worry(), "0"),
    "churn: one of four": ("churn", Worry(changes=(1,)), "25"),
    "churn: exactly as old as the window, and older": ("churn", Worry(changes=(30, 30.00002, 31)), "25"),
    "churn: four of four": ("churn", Worry(changes=(1, 2, 3, 4)), "100"),
    "churn: five of four": ("churn", Worry(changes=(1, 2, 3, 4, 5)), "100"),
    "churn: of the future": ("churn", Worry(changes=(-400,)), "25"),
    "churn: one of three rounds up": ("churn", Worry(changes=(1,), risk={"full_churn": 3}), "33.34"),
    "churn: a window of its own": ("churn", Worry(changes=(1, 6, 8), risk={"window_days": 7}), "50"),
    "breadth: alone": ("breadth", Worry(), "0"),
    "breadth: three others of ten": ("breadth", Worry(others=3), "30"),
    "breadth: ten others": ("breadth", Worry(others=10), "100"),
    "breadth: eleven others": ("breadth", Worry(others=11), "100"),
    "breadth: one of three rounds up": ("breadth", Worry(others=1, risk={"full_breadth": 3}), "33.34"),
}


@pytest.mark.parametrize(("dimension", "worry", "points"), ALONE.values(), ids=ALONE)
def test_each_dimension_alone(dimension: str, worry: Worry, points: str) -> None:
    found = worry._replace(risk={**(worry.risk or {}), **alone(dimension)}).score()
    assert found.score == Decimal(points)
    assert found.points == {name: Decimal(points) if name == dimension else 0 for name in DIMENSIONS}


def test_the_default_weights_by_hand() -> None:
    """30 * 0.2/0.25, 20 * (1 - 0.1/0.2), 25 * 0.15, 15 * 2/4, 10 * 2/10."""
    found = Worry(1.7, 1.9, confidence=0.85, changes=(1, 2), others=2).score()
    assert found.points == {
        "step": 24, "bound": 10, "confidence": Decimal("3.75"), "churn": Decimal("7.5"), "breadth": 2,
    }  # fmt: skip
    assert found.score == Decimal("47.25")


def test_only_the_proportions_of_weights_matter() -> None:
    worry = Worry(1.7, 1.9, confidence=0.85, changes=(1, 2), others=2)
    small = {"step": 0.3, "bound": 0.2, "confidence": 0.25, "churn": 0.15, "breadth": 0.1}
    assert worry._replace(risk={"weights": small}).score() == worry.score()


def test_everything_at_its_worst_is_a_hundred_even_where_thirds_round_up() -> None:
    thirds = {"weights": {"step": 1.0, "bound": 1.0, "confidence": 1.0, "churn": 0.0, "breadth": 0.0}}
    found = Worry(None, "x", None, risk=thirds).score()
    assert [found.points[name] for name in DIMENSIONS] == [Decimal("33.34")] * 3 + [0, 0]
    assert found.score == 100


def test_without_a_time_churn_counts_in_full() -> None:
    assert Worry().score(at=None).points["churn"] == 15


def test_a_score_counts_what_other_rules_refuse() -> None:
    """A blacklist would otherwise lower the score of what it spares."""
    rules = policy(risk={"max_score": 100.0}, blacklist={"targets": ["other"]})
    decisions = decide(patch(), patch("other.n", 1, id="o"), rules=rules)
    assert [d.risk.points["breadth"] for d in decisions if d.risk and d.accepted] == [1]


def test_a_policy_without_the_section_gives_no_score() -> None:
    assert [decision.risk for decision in decide(patch())] == [None]


hundredths = st.integers(100, 200).map(lambda number: number / 100)
confidences = st.none() | st.floats(0, 1)
weights = st.fixed_dictionaries(dict.fromkeys(DIMENSIONS, st.sampled_from([0.0, 0.1, 1.0, 7.0, 1000.0]))).filter(
    lambda drawn: any(drawn.values())
)
settings = st.fixed_dictionaries(
    {"weights": weights, "window_days": st.integers(1, 60), "full_churn": st.integers(1, 5)}
)
worries = st.builds(
    Worry, hundredths, hundredths, confidences, st.lists(st.integers(-1, 70), max_size=5).map(tuple),
    st.integers(0, 3), st.none(), settings, st.just(TARGET),
)  # fmt: skip


def between(worry: Worry, share: int) -> float:
    """A value on the way from the live to the new one, in hundredths."""
    steps = round((worry.new - worry.live) * 100) * share // 10
    return float(round(worry.live + steps / 100, 2))


@relaxed
@given(worries, st.integers(0, 10))
def test_the_score_never_falls_when_a_worry_grows(worry: Worry, share: int) -> None:
    """From a live value inside the bounds. (From outside, a longer step may lead to a calmer place.)"""
    most, sure = worry.score().score, worry.confidence
    calmer = {
        "a smaller step": worry._replace(new=between(worry, share)),
        "more confidence": worry._replace(confidence=share / 10 if sure is None else max(sure, share / 10)),
        "fewer changes": worry._replace(changes=worry.changes[1:]),
        "older changes": worry._replace(changes=tuple(days + share for days in worry.changes)),
        "fewer others": worry._replace(others=max(0, worry.others - 1)),
    }
    for story, calm in calmer.items():
        assert calm.score().score <= most, story
    assert 0 <= most <= 100


@relaxed
@given(worries, st.integers(1, 99), st.booleans())
def test_the_nearer_the_bound_at_the_same_step_the_higher_the_score(worry: Worry, nearer: int, upper: bool) -> None:
    """Also where the value was or will be outside of the bounds."""
    step = round(worry.new - worry.live, 2)
    wide = {"min_value": worry.new - 0.5, "max_value": worry.new + 0.5, "max_step": 0.25}
    near = {**wide, **({"max_value": worry.new + 0.5 - nearer / 100} if upper else {})}
    near |= {} if upper else {"min_value": worry.new - 0.5 + nearer / 100}
    if near["min_value"] <= near["max_value"]:
        far, close = worry._replace(bounds=wide).score(), worry._replace(bounds=near).score()
        assert far.score <= close.score, step


@relaxed
@given(worries, st.randoms(use_true_random=False))
def test_the_order_of_candidates_does_not_matter(worry: Worry, random: Any) -> None:
    patches = [patch(TARGET, worry.new, confidence_score=worry.confidence, id="z")]
    patches += [patch(f"other.n{number}", 1, id=f"o-{number}") for number in range(worry.others)]
    patches += [patch(TARGET, worry.live, id="again")]
    rules = policy(risk={"max_score": 50.0, **(worry.risk or {})})
    one, other = (
        decide(*order, rules=rules, live={TARGET: worry.live})
        for order in (patches, random.sample(patches, len(patches)))
    )
    assert one == other
