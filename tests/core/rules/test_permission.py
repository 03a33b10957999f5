"""Whether anything, and this target, may be applied automatically at all."""

from __future__ import annotations

import pytest

from promobot.core.policy.types import AutoApplyMode
from tests.core.rules.contract import STATUS_OF
from tests.support.builders import Case, check_case, codes

AUTO, MANUAL, DISABLED = AutoApplyMode.BOUNDED_AUTO, AutoApplyMode.MANUAL_ONLY, AutoApplyMode.DISABLED

CASES = [
    Case("not_allowed", False, "no list allows every bounded target"),
    Case("not_allowed", True, "an empty list allows none", policy={"auto_apply": {"allow": []}}),
    Case("not_allowed", False, "named", policy={"auto_apply": {"allow": ["portfolio.*"]}}),
    Case("not_allowed", True, "others are named", policy={"auto_apply": {"allow": ["macro.*", "portfolio"]}}),
    Case("not_allowed", True, "globs mind case", policy={"auto_apply": {"allow": ["PORTFOLIO.*"]}}),
    Case("auto_confidence", False, "exactly the default of 0.8", patch={"confidence_score": 0.8}),
    Case("auto_confidence", True, "below the default of 0.8", patch={"confidence_score": 0.7999999999999999}),
    Case("auto_confidence", True, "missing", patch={"confidence_score": None}),
    Case("auto_confidence", True, "missing is below zero too", patch={"confidence_score": None},
         policy={"auto_apply": {"min_confidence": 0}}),
    Case("auto_confidence", False, "a minimum of its own", patch={"confidence_score": 0.5},
         policy={"auto_apply": {"min_confidence": 0.5}}),
    Case("auto_confidence", True, "one is a minimum too", patch={"confidence_score": 0.9999999999999999},
         policy={"auto_apply": {"min_confidence": 1}}),
    Case("lock", True, "locked", policy={"lock": True}),
    Case("lock", True, "locked in another mode", policy={"lock": True, "mode": "manual_only"}),
    Case("lock", False, "not locked", policy={"lock": False}),
    Case("mode", False, "bounded_auto"),
    Case("mode", True, "manual_only in the policy", policy={"mode": "manual_only"}),
    Case("mode", True, "lowered by a flag", mode=MANUAL),
    Case("mode", True, "disabled by a flag", mode=DISABLED),
    Case("mode", True, "a flag cannot raise it", policy={"mode": "manual_only"}, mode=AUTO),
    Case("mode", False, "the lock speaks for itself", policy={"lock": True}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_permission(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


def test_a_proposal_may_be_accepted_and_left_to_a_person_for_many_reasons_at_once() -> None:
    case = Case(
        "", True, "", policy={"mode": "manual_only", "auto_apply": {"allow": []}},
        patch={"target": "desk.name", "new_value": "x", "confidence_score": None}, live={},
    )  # fmt: skip
    decision = case.decision()
    assert decision.accepted and not decision.auto_apply
    assert codes(decision) == ["mode", "not_allowed", "auto_confidence", "no_bounds", "not_numeric", "no_live_value"]
