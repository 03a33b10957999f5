"""The JSON summary of a TestHealth run: what counts, what may be left out, and what no summary may say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from promobot.adapters.health_report import read_health
from promobot.core.health import HealthReport
from tests.adapters.test_health_report import MARK, SUMMARY, problem, put

TEN = datetime(2026, 11, 22, 10, tzinfo=UTC)


def read(folder: Path, text: str) -> HealthReport:
    health = read_health(put(folder, text.encode(), ".json"), "x.json")
    assert isinstance(health, HealthReport), health
    return health


def refused(folder: Path, text: str) -> str:
    return problem(read_health(put(folder, text.encode(), ".json"), "reports/health.json"), "reports/health.json")


def test_a_whole_summary_is_kept(tmp_path: Path) -> None:
    whole = SUMMARY | {
        "skipped_checks": 2,
        "profile_name": "nightly",
        "trigger_violations": [{"check": MARK}, {}, None],
        "unknown": {"health_score": "x"},
    }
    health = read(tmp_path, json.dumps(whole))
    assert health == HealthReport(health.sha256, 97.5, 39, 1, 2, 3, TEN, "nightly")


def test_only_four_keys_are_required(tmp_path: Path) -> None:
    health = read(tmp_path, json.dumps(SUMMARY))
    assert health == HealthReport(health.sha256, 97.5, 39, 1, 0, 0, TEN, None)


@pytest.mark.parametrize("key", SUMMARY)
def test_a_missing_key_is_named_with_what_it_must_be(tmp_path: Path, key: str) -> None:
    reason = refused(tmp_path, json.dumps({name: value for name, value in SUMMARY.items() if name != key}))
    assert reason.startswith(f"is no TestHealth summary: {key} is missing and must be a")
    assert ";" not in reason


def test_all_wrong_keys_are_named_at_once(tmp_path: Path) -> None:
    wrong = {"health_score": MARK, "passed_checks": MARK, "trigger_violations": MARK, "profile_name": [MARK]}
    assert refused(tmp_path, json.dumps(wrong)) == (
        "is no TestHealth summary: health_score must be a number from 0 to 100; "
        "passed_checks must be an integer, 0 or more; failed_checks is missing and must be an integer, 0 or more; "
        "trigger_violations must be a list, or an integer, 0 or more; "
        "finished_at is missing and must be an ISO 8601 time such as 2026-01-31T12:00:00Z; "
        "profile_name must be a string"
    )


NO_COUNT: list[Any] = [True, "3", None, -1, 3.0, 0.5, {"n": 3}]
NO_TIME = [True, 0, 1795341600, None, "", "yesterday", "22.11.2026", "2026-11-22T25:00Z", "2026-11-22\n"]
WRONG: dict[str, list[Any]] = {
    "health_score": [True, "97", None, [97], -1, -0.001, 100.001, 101, 10**18],
    "passed_checks": [*NO_COUNT, []],
    "failed_checks": [*NO_COUNT, []],
    "skipped_checks": [*NO_COUNT, []],
    "trigger_violations": NO_COUNT,
    "finished_at": [*NO_TIME, "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"],
    "profile_name": [True, 1, [], {}],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in WRONG.items() for value in values])
def test_a_value_of_the_wrong_type_or_range_is_no_report(tmp_path: Path, key: str, value: object) -> None:
    assert refused(tmp_path, json.dumps(SUMMARY | {key: value})).startswith(f"is no TestHealth summary: {key} must be ")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-22T10:00:00", TEN),
        ("2026-11-22 10:00:00+00:00", TEN),
        ("2026-11-22T12:00:00+02:00", TEN),
        ("20261122T100000Z", TEN),
        ("2026-11-22T10:00:00.250Z", TEN.replace(microsecond=250_000)),
        ("2026-11-22", TEN.replace(hour=0)),
    ],
)
def test_a_time_is_kept_as_an_instant_in_utc(tmp_path: Path, text: str, instant: datetime) -> None:
    finished = read(tmp_path, json.dumps(SUMMARY | {"finished_at": text})).finished_at
    assert finished == instant
    assert finished is not None and finished.tzinfo is UTC


@pytest.mark.parametrize(("score", "kept"), [(0, 0.0), (100, 100.0), (100.0, 100.0), (99.99, 99.99), (-0.0, 0.0)])
def test_the_ends_of_the_score_count(tmp_path: Path, score: float, kept: float) -> None:
    found = read(tmp_path, json.dumps(SUMMARY | {"health_score": score})).score
    assert (found, type(found)) == (kept, float)


@pytest.mark.parametrize(("passed", "failed", "score"), [(0, 0, None), (1, 0, 97.5), (0, 1, 97.5)])
def test_a_run_that_checked_nothing_has_no_score(tmp_path: Path, passed: int, failed: int, score: float | None) -> None:
    counts = {"passed_checks": passed, "failed_checks": failed, "skipped_checks": 40}
    assert read(tmp_path, json.dumps(SUMMARY | counts)).score == score


@pytest.mark.parametrize(("told", "violations"), [([], 0), ([0], 1), ([[], []], 2), (0, 0), (7, 7)])
def test_violations_are_a_list_or_a_number(tmp_path: Path, told: object, violations: int) -> None:
    assert read(tmp_path, json.dumps(SUMMARY | {"trigger_violations": told})).violations == violations


PROFILES = {
    "plain": ("nightly é", "nightly é"),
    "none": (None, None),
    "empty": ("", ""),
    "longest": ("x" * 100, "x" * 100),
    "too long": ("x" * 101, "x" * 99 + "…"),
    "lines": ("a\r\n::error::b\u2028", "a\ufffd\ufffd::error::b\ufffd"),
    "half a surrogate": ("a\ud800b", "a\ufffdb"),
    "change of direction": ("a\u202eb\u200b", "a\ufffdb\ufffd"),
    "terminal": ("\x1b[31m", "\ufffd[31m"),
}


@pytest.mark.parametrize("case", PROFILES)
def test_the_profile_is_one_printable_line(tmp_path: Path, case: str) -> None:
    told, kept = PROFILES[case]
    assert read(tmp_path, json.dumps(SUMMARY | {"profile_name": told})).profile == kept


INSIDE = json.dumps(SUMMARY)[:-1]
DOUBTFUL = {
    "no object": ("[1]", "is not a JSON object; "),
    "a list of summaries": (f"[{INSIDE}}}]", "is not a JSON object; "),
    "null": ("null", "is not a JSON object; "),
    "no JSON": (MARK, "is not JSON (line 1); "),
    "line": (f'{{\n"a": 1,\n{MARK}', "is not JSON (line 3); "),
    "comma at the end": (f"{INSIDE},}}", "is not JSON (line 1); "),
    "control character": (f'{INSIDE}, "a": "\t"}}', "is not JSON (line 1); "),
    "NaN": (f'{INSIDE}, "a": NaN}}', "holds NaN or Infinity"),
    "Infinity": (INSIDE.replace("97.5", "-Infinity") + "}", "holds NaN or Infinity"),
    "1e999": (INSIDE.replace("97.5", "1e999") + "}", "holds a number too large "),
    "-1e999 elsewhere": (f'{INSIDE}, "a": [-1e999]}}', "holds a number too large "),
    "int64 and one": (f'{INSIDE}, "a": {2**63}}}', "holds an integer outside "),
    "below int64": (f'{INSIDE}, "a": {-(2**63) - 1}}}', "holds an integer outside "),
    "5,000 digits": (INSIDE.replace("39", "9" * 5000) + "}", "holds an integer outside "),
    "same name twice": (f'{INSIDE}, "health_score": 100}}', "has a name twice "),
    "same name, escaped": (f'{INSIDE}, "health\\u005fscore": 100}}', "has a name twice "),
    "same name further in": (f'{INSIDE}, "a": {{"b": 1, "b": 1}}}}', "has a name twice "),
    "deep list": (f'{INSIDE}, "a": {"[" * 100_000}{"]" * 100_000}}}', "is nested too deeply; "),
    "deep object": ('{"a":' * 100_000 + "1" + "}" * 100_000, "is nested too deeply; "),
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_a_document_with_more_than_one_meaning_is_no_report(tmp_path: Path, case: str) -> None:
    text, reason = DOUBTFUL[case]
    assert refused(tmp_path, text).startswith(reason)


def test_the_largest_integer_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps(SUMMARY | {"passed_checks": 2**63 - 1})).passed == 2**63 - 1
