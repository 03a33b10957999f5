"""What experiments must have shown, and the rest of a target whose last change was taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from promobot.core.lately import Lately
from tests.core.rules.contract import STATUS_OF
from tests.support.builders import NOW, Case, check_case


def shown(metrics: Any) -> dict[str, Any]:
    return {"meta": {"metrics": metrics}}


def asked(**limits: Any) -> dict[str, Any]:
    return {"performance": {"metrics": limits}}


def back(days: float, target: str = "portfolio.leverage") -> Lately:
    """The target was taken back so many days ago."""
    return Lately(taken_back={target: NOW - timedelta(days=days)})


SHARPE, DRAWDOWN = asked(sharpe={"min": 1.2}), asked(max_drawdown={"max": 0.1})
OPTIONAL = asked(sharpe={"min": 1.2, "required": False})
BOTH = asked(sharpe={"min": 1.2}, trades={"min": 100, "max": 5000})
WEEK = {"performance": {"cool_down_days": 7}}
LAST_AGE = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

CASES = [
    Case("performance", False, "the section is off", lately=back(0)),
    Case("performance", False, "an empty section asks nothing", policy={"performance": {}}, lately=back(0)),
    Case("performance", False, "exactly the minimum", patch=shown({"sharpe": 1.2}), policy=SHARPE),
    Case("performance", True, "the float below it", patch=shown({"sharpe": 1.1999999999999997}), policy=SHARPE),
    Case("performance", False, "above the minimum", patch=shown({"sharpe": 3}), policy=SHARPE),
    Case("performance", False, "exactly the maximum", patch=shown({"max_drawdown": 0.1}), policy=DRAWDOWN),
    Case("performance", True, "the float above it", patch=shown({"max_drawdown": 0.10000000000000002}),
         policy=DRAWDOWN),
    Case("performance", False, "below the maximum", patch=shown({"max_drawdown": -5}), policy=DRAWDOWN),
    Case("performance", True, "0.1 + 0.2 is above 0.3", patch=shown({"ulcer": 0.1 + 0.2}),
         policy=asked(ulcer={"max": 0.3})),
    Case("performance", False, "0.3 is not", patch=shown({"ulcer": 0.3}), policy=asked(ulcer={"max": 0.3})),
    Case("performance", True, "integers that one float stands for are still told apart",
         patch=shown({"trades": 2**53 + 1}), policy=asked(trades={"max": 2**53})),
    Case("performance", False, "both ends of a range", patch=shown({"n": 5}), policy=asked(n={"min": 5, "max": 5})),
    Case("performance", True, "no meta", policy=SHARPE),
    Case("performance", True, "no metrics", patch={"meta": {}}, policy=SHARPE),
    Case("performance", True, "another metric", patch=shown({"Sharpe": 9}), policy=SHARPE),
    *(
        Case("performance", True, f"metrics of another type: {odd!r}", patch=shown(odd), policy=SHARPE)
        for odd in (None, [], ["sharpe"], "sharpe", 9, [{"sharpe": 9}])
    ),
    *(
        Case("performance", True, f"{story} metric that is no number: {odd!r}", patch=shown({"sharpe": odd}),
             policy=rules)
        for story, rules in (("a required", SHARPE), ("an optional", OPTIONAL))
        for odd in (True, "1.5", None, [1.5], {"value": 1.5}, float("nan"), float("inf"), 2**63)
    ),
    Case("performance", False, "an optional metric is left out", patch=shown({}), policy=OPTIONAL),
    Case("performance", False, "an optional metric is left out with all of meta", policy=OPTIONAL),
    Case("performance", True, "an optional metric that is there must be good", patch=shown({"sharpe": 1}),
         policy=OPTIONAL),
    Case("performance", True, "one of two metrics", patch=shown({"sharpe": 9, "trades": 99}), policy=BOTH),
    Case("performance", False, "two metrics", patch=shown({"sharpe": 9, "trades": 100, "other": "x"}), policy=BOTH),
    Case("performance", True, "taken back just now", policy=WEEK, lately=back(0)),
    Case("performance", True, "in the last second of the rest", policy=WEEK,
         lately=Lately(taken_back={"portfolio.leverage": NOW - timedelta(days=7, seconds=-1)})),
    Case("performance", False, "rested for exactly so long", policy=WEEK, lately=back(7)),
    Case("performance", True, "taken back in the future, whoever bent the date", policy=WEEK, lately=back(-3)),
    Case("performance", True, "taken back at the end of time", policy=WEEK,
         lately=Lately(taken_back={"portfolio.leverage": LAST_AGE})),
    Case("performance", False, "another target was taken back", policy=WEEK, lately=back(0, "portfolio.leverage2")),
    Case("performance", False, "only changed lately", policy=WEEK,
         lately=Lately(changed={"portfolio.leverage": (NOW,)})),
    Case("performance", False, "no rest is asked", policy={"performance": {"cool_down_days": 0}}, lately=back(0)),
    Case("performance", True, "nobody knows what time it is", policy=WEEK, at=None),
    Case("performance", False, "metrics need no time", patch=shown({"sharpe": 9}), policy=SHARPE, at=None),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_performance(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


def test_everything_that_is_missed_is_told_in_one_sentence() -> None:
    rules = {"performance": {**BOTH["performance"], "cool_down_days": 7}}
    case = Case("", True, "", patch=shown({"trades": 5001}), policy=rules, lately=back(2))
    (told,) = [reason.message for reason in case.decision().reasons if reason.code == "performance"]
    assert told == (
        "the metric sharpe is missing or no number; trades 5001 is above 5000.0; "
        "its last change was taken back on 2026-11-20; it rests for 7 days"
    )
