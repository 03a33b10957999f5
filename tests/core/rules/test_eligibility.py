"""Who may be proposed at all: without a grant on the base branch the answer is no."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from promobot.core.filters import filter_candidates_for_live
from promobot.core.models import PromotionCandidate
from tests.core.rules.contract import STATUS_OF
from tests.support.builders import LIVE, NOW, Case, check_case, codes, patch, policy


def grants(*given: dict[str, Any]) -> dict[str, Any]:
    return {"eligibility": [{"targets": ["*"], **grant} for grant in given]}


LAST_DAY = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
THE_END = datetime(2026, 12, 1, tzinfo=UTC)
NAIVE_END = THE_END.replace(tzinfo=None)
UNTIL_DECEMBER = grants({"expires": date(2026, 12, 1)})
READY, SURE = {"require_live_ready": True}, {"min_confidence": 0.75}

CASES = [
    Case("not_eligible", True, "no grant at all", policy={"eligibility": []}),
    Case("not_eligible", False, "a glob over dots", policy=grants({"targets": ["port*age"]})),
    Case("not_eligible", True, "globs match whole targets", policy=grants({"targets": ["portfolio"]})),
    Case("not_eligible", True, "globs mind case", policy=grants({"targets": ["Portfolio.*"]})),
    Case("not_eligible", False, "any grant suffices", policy=grants({"targets": ["x"]}, {"targets": ["portfolio.?*"]})),
    Case("not_eligible", False, "last second of a grant", policy=UNTIL_DECEMBER, at=LAST_DAY),
    Case("not_eligible", True, "a date ends at its first moment in UTC", policy=UNTIL_DECEMBER, at=THE_END),
    Case("not_eligible", True, "without a time an expiring grant does not count", policy=UNTIL_DECEMBER, at=None),
    Case("not_eligible", False, "without a time any other counts", at=None),
    Case("not_eligible", False, "a naive end means UTC", policy=grants({"expires": NAIVE_END}), at=LAST_DAY),
    Case("not_eligible", True, "a naive end means UTC", policy=grants({"expires": NAIVE_END}), at=THE_END),
    Case("not_eligible", True, "an end with an offset", at=datetime(2026, 11, 30, 23, tzinfo=UTC),
         policy=grants({"expires": datetime(2026, 12, 1, tzinfo=timezone(timedelta(hours=1)))})),
    Case("low_confidence", True, "below", patch={"confidence_score": 0.7499}, policy=grants(SURE)),
    Case("low_confidence", False, "exactly the minimum", patch={"confidence_score": 0.75}, policy=grants(SURE)),
    Case("low_confidence", True, "missing", patch={"confidence_score": None}, policy=grants(SURE)),
    Case("low_confidence", True, "missing is below zero too", patch={"confidence_score": None},
         policy=grants({"min_confidence": 0.0})),
    Case("low_confidence", False, "zero meets zero", patch={"confidence_score": 0},
         policy=grants({"min_confidence": 0})),
    Case("low_confidence", False, "nothing is asked", patch={"confidence_score": None}),
    Case("low_confidence", False, "another grant asks less", patch={"confidence_score": 0.5},
         policy=grants(SURE, {"min_confidence": 0.5})),
    Case("low_confidence", False, "no grant, no minimum", patch={"confidence_score": 0}, policy={"eligibility": []}),
    Case("low_confidence", False, "the minimum of a grant for others", patch={"confidence_score": 0},
         policy=grants({}, {"targets": ["macro.*"], "min_confidence": 0.9})),
    Case("not_live_ready", True, "no meta", policy=grants(READY)),
    Case("not_live_ready", False, "said so", patch={"meta": {"is_live_ready": True}}, policy=grants(READY)),
    Case("not_live_ready", True, "said no", patch={"meta": {"is_live_ready": False}}, policy=grants(READY)),
    *(
        Case("not_live_ready", True, f"ill-typed {claim!r}", patch={"meta": {"is_live_ready": claim}},
             policy=grants(READY))
        for claim in (1, "true", [True], None)
    ),
    Case("not_live_ready", False, "not asked", patch={"meta": {"is_live_ready": False}}),
    Case("not_live_ready", False, "another grant does not ask", policy=grants(READY, {})),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_eligibility(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


def test_two_grants_do_not_add_up() -> None:
    """Sure enough for one grant and ready enough for another is not what either of them asks."""
    both = grants({"min_confidence": 0.95}, {"min_confidence": 0.5, **READY})
    case = Case("not_live_ready", True, "0.9 is between", policy=both)
    assert codes(case.decision()) == ["low_confidence", "not_live_ready"]
    ready = Case("", False, "meets the second", patch={"meta": {"is_live_ready": True}}, policy=both)
    assert codes(ready.decision()) == []


@pytest.mark.parametrize(
    "eligibility",
    [[], [{"targets": ["*"], "min_confidence": 1.0, "require_live_ready": True}]],
    ids=["no grant", "a grant that is missed"],
)
def test_code_that_uses_the_library_may_set_the_flag_itself(eligibility: list[dict[str, Any]]) -> None:
    candidate = PromotionCandidate(patch(), ("leverage",), eligible_for_live=True)
    (decision,) = filter_candidates_for_live(
        [candidate], policy=policy(eligibility=eligibility), live=LIVE, evaluated_at=NOW
    )
    assert decision.auto_apply, codes(decision)


def test_the_decision_says_whether_the_candidate_was_eligible() -> None:
    assert Case("", False, "granted").decision().candidate.eligible_for_live
    assert not Case("", False, "not granted", policy={"eligibility": []}).decision().candidate.eligible_for_live
