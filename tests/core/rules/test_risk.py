"""The threshold of the risk score. The arithmetic of the score itself is in tests/core/test_risk.py."""

from __future__ import annotations

from typing import Any

import pytest

from promobot.core.lately import Lately
from tests.core.rules.contract import STATUS_OF
from tests.support.builders import NOW, Case, check_case, codes


def only(dimension: str, max_score: float, **keys: Any) -> dict[str, Any]:
    """A policy that looks at one dimension."""
    weights = dict.fromkeys(("step", "bound", "confidence", "churn", "breadth"), 0.0) | {dimension: 100.0}
    return {"risk": {"max_score": max_score, "weights": weights, **keys}}


CHANGED = Lately(changed={"portfolio.leverage": (NOW, NOW)})

CASES = [
    Case("risk", False, "the section is off", patch={"confidence_score": None}),
    # 1.5 -> 1.6 uses 0.1 of 0.25: 40 points.
    Case("risk", False, "exactly the highest score", policy=only("step", 40)),
    Case("risk", True, "a hundredth above it", policy=only("step", 39.99)),
    Case("risk", False, "a hundred is never above a hundred", patch={"new_value": 1.75, "confidence_score": None},
         policy={"risk": {"max_score": 100.0}}),
    Case("risk", True, "zero lets only zero pass", policy=only("step", 0)),
    Case("risk", False, "zero lets zero pass", policy=only("churn", 0)),
    Case("risk", True, "two changes of four lately", policy=only("churn", 49.99), lately=CHANGED),
    Case("risk", False, "two changes of four lately", policy=only("churn", 50), lately=CHANGED),
    Case("risk", True, "missing confidence counts in full", patch={"confidence_score": None},
         policy=only("confidence", 99.99)),
    Case("risk", True, "nobody knows what time it is, so churn counts in full", policy=only("churn", 99.99), at=None),
    Case("risk", True, "an export cannot talk its score down", policy=only("step", 39.99),
         patch={"old_value": 1.5, "meta": {"risk": 0, "risk_score": 0, "metrics": {"risk": 0}}}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_risk(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


def test_the_reason_tells_what_each_dimension_adds() -> None:
    case = Case("", True, "", policy={"risk": {"max_score": 20}}, lately=CHANGED)
    decision = case.decision()
    assert codes(decision) == ["risk"]
    # 30 * 0.4 + 25 * 0.1 + 15 * 2/4; 1.6 is far from both bounds, and nothing else moves.
    assert decision.reasons[0].message == "the risk score 22 is above 20.0 (step 12, confidence 2.5, churn 7.5)"
