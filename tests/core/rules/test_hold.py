"""The rest of a target whose last change was reverted, by whatever way; on unless the policy says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from promobot.core.lately import Lately
from promobot.core.policy import PromotionPolicy
from tests.core.rules.contract import STATUS_OF
from tests.support.builders import NOW, Case, check_case, codes, decide, patch


def back(days: float, target: str = "portfolio.leverage") -> Lately:
    """The target was taken back so many days ago."""
    return Lately(taken_back={target: NOW - timedelta(days=days)})


SECOND = 1 / 86400
OFF, DAY = {"patches": {"hold_days": 0}}, {"patches": {"hold_days": 1}}
LAST_AGE = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

CASES = [
    Case("on_hold", False, "nothing was reverted"),
    Case("on_hold", True, "reverted just now, and the policy says nothing", lately=back(0)),
    Case("on_hold", True, "in the last second of the default week", lately=back(7 - SECOND)),
    Case("on_hold", False, "a week is over", lately=back(7)),
    Case("on_hold", True, "within a rest of its own length", lately=back(1 - SECOND), policy=DAY),
    Case("on_hold", False, "after a rest of its own length", lately=back(1), policy=DAY),
    Case("on_hold", False, "turned off", lately=back(0), policy=OFF),
    Case("on_hold", False, "turned off, and nobody knows what time it is", lately=back(0), policy=OFF, at=None),
    Case("on_hold", True, "only the other key of the section is given", lately=back(1),
         policy={"patches": {"max_age_days": 9}}, patch={"generated_at": NOW.isoformat()}),
    Case("on_hold", True, "reverted in the future, whoever bent the date", lately=back(-30)),
    Case("on_hold", True, "reverted at the end of time", lately=Lately(taken_back={"portfolio.leverage": LAST_AGE})),
    Case("on_hold", False, "another target was reverted", lately=back(0, "portfolio.leverage2")),
    Case("on_hold", False, "only changed lately", lately=Lately(changed={"portfolio.leverage": (NOW,)})),
    Case("on_hold", True, "nobody knows what time it is", lately=back(99), at=None),
    Case("on_hold", False, "nobody knows what time it is, and nothing was reverted", at=None),
    Case("on_hold", True, "another value than before is no other target", lately=back(1), patch={"new_value": 1.55}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_on_hold(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


def test_the_reason_names_day_length_and_mend() -> None:
    (reason,) = Case("", True, "", lately=back(2)).decision().reasons
    assert reason.message == (
        "its last change was reverted on 2026-11-20; the target is on hold for 7 days "
        "(a person can still use promobot set)"
    )


def test_only_the_reverted_target_rests() -> None:
    decisions = decide(patch(), patch("macro.regime_weight", 0.3, id="p-2"), lately=back(1))
    assert {decision.target: codes(decision) for decision in decisions} == {
        "macro.regime_weight": [], "portfolio.leverage": ["on_hold"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sections", "days"),
    [
        ({}, 7),
        ({"patches": {"hold_days": 0}}, 0),
        ({"patches": {"hold_days": 12}, "performance": {"cool_down_days": 5}}, 12),
        ({"patches": {"hold_days": 2}, "performance": {"cool_down_days": 5}}, 5),
        ({"patches": {"hold_days": 60}, "risk": {"max_score": 50}}, 60),
        ({"risk": {"max_score": 50}}, 30),
    ],
)
def test_the_history_is_read_as_far_back_as_the_longest_rest(sections: dict[str, object], days: int) -> None:
    assert PromotionPolicy.model_validate(sections).lately_days == days
