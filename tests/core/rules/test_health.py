"""Go or No-Go by the report of the tests that guard promotions: readable, green and fresh, or nothing is proposed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from promobot.core.health import HealthReport, NoReport
from tests.core.rules.contract import STATUS_OF
from tests.support.builders import NOW, Case, check_case, codes, decide, patch, policy, report

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


def asked(**keys: Any) -> dict[str, Any]:
    return {"test_health": {"report": "reports/health.json", **keys}}


def aged(age: timedelta) -> HealthReport:
    return report(finished_at=NOW - age)


ALL_AT_ONCE = (
    "No-Go by reports/health.json: the health score 0.0 is below 100.0; 12 checks failed, 0 may; the run reports "
    "3 trigger violations; nobody can tell how old the report is; mend what fails and run the tests again"
)
OLD = "No-Go by reports/health.json: the report is older than 24 hours; run the tests again"
FUTURE = "No-Go by reports/health.json: the report says that its run finished in the future; run the tests again"
BAD = report(score=0.0, failed=12, passed=0, violations=3, finished_at=None)

CASES = [
    Case("test_health", False, "the section is off", health=BAD),
    Case("test_health", False, "green and fresh", policy=asked(), health=report()),
    Case("test_health", True, "no report was read", policy=asked()),
    Case("test_health", True, "a report that cannot be read", policy=asked(), health=NoReport("x.json is missing")),
    Case("test_health", True, "no test ran", policy=asked(min_score=0), health=report(score=None, passed=0)),
    Case("test_health", True, "below the default of 100", policy=asked(), health=report(score=99.99999999999999)),
    Case("test_health", False, "exactly a minimum of its own", policy=asked(min_score=99.5), health=report(score=99.5)),
    Case("test_health", True, "the float below it", policy=asked(min_score=99.5),
         health=report(score=99.49999999999999)),
    Case("test_health", False, "an integer score", policy=asked(), health=report(score=100)),
    Case("test_health", True, "one failure, and none may", policy=asked(), health=report(failed=1)),
    Case("test_health", False, "exactly as many failures as may", policy=asked(max_failures=2),
         health=report(failed=2)),
    Case("test_health", True, "one more than may", policy=asked(max_failures=2), health=report(failed=3)),
    Case("test_health", False, "skipped checks are no failures", policy=asked(), health=report(skipped=50)),
    Case("test_health", True, "the run raised an alarm, whatever may fail", health=report(violations=1),
         policy=asked(max_failures=99, min_score=0)),
    Case("test_health", False, "exactly as old as it may be", policy=asked(), health=aged(DAY)),
    Case("test_health", True, "a second older", policy=asked(), health=aged(DAY + SECOND)),
    Case("test_health", False, "an age of its own", policy=asked(max_age_hours=48), health=aged(2 * DAY)),
    Case("test_health", False, "finished just now", policy=asked(), health=aged(timedelta())),
    Case("test_health", False, "another clock is an hour ahead", policy=asked(), health=aged(-HOUR)),
    Case("test_health", True, "a report of the future is no report of today", policy=asked(),
         health=aged(-HOUR - SECOND)),
    Case("test_health", True, "a report without a time", policy=asked(), health=report(finished_at=None)),
    Case("test_health", True, "nobody knows what time it is", policy=asked(), health=report(), at=None),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_health(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


@pytest.mark.parametrize(
    ("health", "sentence"),
    [
        (None, "No-Go: reports/health.json: no report was read"),
        (NoReport("reports/health.json is missing; run it"), "No-Go: reports/health.json is missing; run it"),
        (
            BAD,
            ALL_AT_ONCE,
        ),
        (aged(2 * DAY), OLD),
        (aged(-DAY), FUTURE),
    ],
)
def test_the_reason_tells_all_that_is_wrong(health: HealthReport | NoReport | None, sentence: str) -> None:
    decision = Case("", True, "", policy=asked(), health=health).decision()
    assert [(reason.code, reason.message) for reason in decision.reasons] == [("test_health", sentence)]


def test_a_no_go_holds_for_every_patch() -> None:
    decisions = decide(
        patch(), patch("desk.size", 5.0, id="two"), rules=policy(**asked()), health=NoReport("reports/health.json")
    )
    assert [codes(decision)[:1] for decision in decisions] == [["test_health"], ["test_health"]]
