"""How long a finding of the loop stays true."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.core.rules.contract import STATUS_OF
from tests.support.builders import NOW, Case, check_case


def made(age: timedelta) -> dict[str, Any]:
    return {"generated_at": (NOW - age).isoformat()}


WEEK = {"patches": {"max_age_days": 7}}
SEVEN, SECOND = timedelta(days=7), timedelta(seconds=1)

CASES = [
    Case("expired_patch", False, "the section is off", patch=made(timedelta(days=9999))),
    Case("expired_patch", False, "the section says nothing of ages", patch=made(timedelta(days=9999)),
         policy={"patches": {"hold_days": 7}}),
    Case("expired_patch", False, "no time, and none is asked", policy={"patches": {"hold_days": 7}}),
    Case("expired_patch", False, "fresh", patch=made(SECOND), policy=WEEK),
    Case("expired_patch", False, "exactly as old as it may be", patch=made(SEVEN), policy=WEEK),
    Case("expired_patch", True, "a second older", patch=made(SEVEN + SECOND), policy=WEEK),
    Case("expired_patch", True, "no time", policy=WEEK),
    Case("expired_patch", True, "other times do not count", policy=WEEK,
         patch={"applied_at": NOW.isoformat(), "promoted_at": NOW.isoformat()}),
    Case("expired_patch", False, "a time without an offset is UTC", patch={"generated_at": "2026-11-15T12:00:00"},
         policy=WEEK),
    Case("expired_patch", True, "an offset counts", patch={"generated_at": "2026-11-15T12:00:00+00:01"}, policy=WEEK),
    Case("expired_patch", True, "a time in the future tells no age", patch=made(-SEVEN), policy=WEEK),
    Case("expired_patch", False, "a clock that is a little ahead", patch=made(-timedelta(minutes=59)), policy=WEEK),
    Case("expired_patch", False, "the future only warns where no age is asked for", patch=made(-SEVEN)),
    Case("expired_patch", True, "the first day of all", patch={"generated_at": "0001-01-01"}, policy=WEEK),
    Case("expired_patch", True, "nobody knows what time it is", patch=made(SECOND), policy=WEEK, at=None),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_freshness(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "generated_at is missing; a patch may be at most 7 days old"),
        (made(SEVEN + SECOND), "the patch is older than 7 days"),
    ],
)
def test_the_reason_names_the_age(given: dict[str, Any], sentence: str) -> None:
    (reason,) = Case("", True, "", patch=given, policy=WEEK).decision().reasons
    assert reason.message == sentence
