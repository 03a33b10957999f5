"""JUnit reports: counted from the cases, never better than what a suite claims, and safe whatever is in them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promobot.adapters.health_report import read_health
from promobot.adapters.health_report.junit import junit_report
from promobot.core.health import HealthReport
from tests.adapters.test_health_report import MARK, problem, put

TEN = datetime(2026, 11, 22, 10, tzinfo=UTC)
PASS, FAIL, SKIP = "<testcase/>", "<testcase><failure/></testcase>", "<testcase><skipped/></testcase>"
OUTPUT = "<system-out>x<![CDATA[<failure/><!DOCTYPE a>]]></system-out><!-- <failure/> --><?php failure?>"
AGAIN = ("rerunFailure", "rerunError", "flakyFailure", "flakyError")


def refused(folder: Path, text: str) -> str:
    return problem(read_health(put(folder, text.encode(), ".xml"), "reports/junit.xml"), "reports/junit.xml")


def counts(text: str) -> tuple[int, int, int]:
    """(passed, failed, skipped)"""
    report = junit_report(text, "")
    return report.passed, report.failed, report.skipped


# The dialects, each with (passed, failed, skipped).
COUNTED: dict[str, tuple[str, tuple[int, int, int]]] = {
    "one suite as the root": (f"<testsuite>{PASS}{PASS}{FAIL}{SKIP}</testsuite>", (2, 1, 1)),
    "suites": (f"<testsuites><testsuite>{PASS}</testsuite><testsuite>{FAIL}</testsuite></testsuites>", (1, 1, 0)),
    "nested": (
        f"<testsuite>{PASS}<testsuite>{SKIP}<testsuite>{FAIL}{PASS}</testsuite></testsuite></testsuite>",
        (2, 1, 1),
    ),
    "no cases": ('<testsuites tests="7"><testsuite tests="7"/></testsuites>', (0, 0, 0)),
    "nothing": ("<testsuites/>", (0, 0, 0)),
    "error": ("<testsuite><testcase><error/></testcase></testsuite>", (0, 1, 0)),
    "failure and error": ("<testsuite><testcase><failure/><error/></testcase></testsuite>", (0, 1, 0)),
    "two failures, as GoogleTest": ("<testsuite><testcase><failure/><failure/></testcase></testsuite>", (0, 1, 0)),
    "failure and skipped": ("<testsuite><testcase><skipped/><failure/></testcase></testsuite>", (0, 1, 0)),
    "skipped twice": ("<testsuite><testcase><skipped/><skipped/></testcase></testsuite>", (0, 0, 1)),
    **{name: (f"<testsuite><testcase><{name}/></testcase></testsuite>", (0, 1, 0)) for name in AGAIN},
    "disabled, as GoogleTest": (
        '<testsuite><testcase status="notrun"/><testcase status="run"/></testsuite>',
        (1, 0, 1),
    ),
    "disabled, as CTest": ('<testsuite><testcase status="disabled"><skipped/></testcase></testsuite>', (0, 0, 1)),
    "failed by its status": ('<testsuite><testcase status="FAILED"><skipped/></testcase></testsuite>', (0, 1, 0)),
    "inside what nobody knows": (f"<testsuite><group><x>{FAIL}</x></group>{PASS}</testsuite>", (1, 1, 0)),
    "output": (f"<testsuite><properties/><testcase>{OUTPUT}</testcase><system-err/></testsuite>", (1, 0, 0)),
    "declared and indented": (
        f'<?xml version="1.0" encoding="utf-8"?>\r\n<testsuite>\r\n\t{FAIL}\n</testsuite>\n',
        (0, 1, 0),
    ),
    "a wrong declaration": (f'<?xml version="1.0" encoding="utf-16"?><testsuite>{FAIL}é</testsuite>', (0, 1, 0)),
}


@pytest.mark.parametrize("case", COUNTED)
def test_cases_are_counted(case: str) -> None:
    text, expected = COUNTED[case]
    assert counts(text) == expected


# What suites claim: (passed, failed, skipped) of two passed cases, one failed, one skipped.
FOUR = f"{PASS}{PASS}{FAIL}{SKIP}"
CLAIMS: dict[str, tuple[str, tuple[int, int, int]]] = {
    "less": (f'<testsuite tests="9" failures="0" errors="0" skipped="0">{FOUR}</testsuite>', (2, 1, 1)),
    "the same": (f'<testsuite failures="1">{FOUR}</testsuite>', (2, 1, 1)),
    "more failures": (f'<testsuite failures="2">{FOUR}</testsuite>', (1, 2, 1)),
    "more errors": (f'<testsuite errors="2">{FOUR}</testsuite>', (1, 2, 1)),
    "both": (f'<testsuite failures="1" errors="1">{FOUR}</testsuite>', (1, 2, 1)),
    "without time": (f'<testsuite errors="3">{FOUR}</testsuite>', (0, 3, 1)),
    "more than there are": (f'<testsuite failures="50">{FOUR}</testsuite>', (0, 50, 1)),
    "at the root": (f'<testsuites failures="2"><testsuite failures="1">{FOUR}</testsuite></testsuites>', (1, 2, 1)),
    "no case at all": ('<testsuites><testsuite errors="1"/></testsuites>', (0, 1, 0)),
    "nested": (f"<testsuite><testsuite errors='2'>{FOUR}</testsuite>{PASS}</testsuite>", (2, 2, 1)),
    "one above, another below": (
        f'<testsuites failures="1"><testsuite errors="1">{PASS}</testsuite><testsuite>{FAIL}</testsuite></testsuites>',
        (0, 2, 0),
    ),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_a_claim_only_makes_it_worse(case: str) -> None:
    text, expected = CLAIMS[case]
    assert counts(text) == expected


@pytest.mark.parametrize("claim", ["", " ", "one", "-1", "1.0", "1e3", "+1", "٣", "1_000", "9" * 10, "9" * 5000])
@pytest.mark.parametrize("attribute", ["failures", "errors"])
def test_a_claim_that_is_no_number_is_no_report(tmp_path: Path, attribute: str, claim: str) -> None:
    for text in (
        f'<testsuites {attribute}="{claim}"/>',
        f'<testsuites><testsuite {attribute}="{claim}"/></testsuites>',
    ):
        assert refused(tmp_path, text).startswith("has a suite whose failures or errors is no number; ")


@pytest.mark.parametrize(
    ("cases", "score"),
    [(PASS, 100.0), (FAIL, 0.0), (PASS * 3 + FAIL, 75.0), (PASS * 2 + FAIL, 200 / 3), (SKIP, None), ("", None)],
)
def test_the_score_is_the_percentage_of_what_ran(cases: str, score: float | None) -> None:
    found = junit_report(f"<testsuite>{cases}{SKIP}</testsuite>", "").score
    assert found == score
    assert found is None or isinstance(found, float)


def suite(timestamp: str, seconds: str | None = None, inside: str = "") -> str:
    taken = "" if seconds is None else f' time="{seconds}"'
    return f'<testsuite timestamp="{timestamp}"{taken}>{inside}</testsuite>'


NINE = suite("2026-11-22T09:00:00")
TIMES: dict[str, tuple[str, datetime | None]] = {
    "none": ("<testsuite time='5'/>", None),
    "without an offset": (suite("2026-11-22T10:00:00"), TEN),
    "with an offset": (suite("2026-11-22T12:00:00+02:00"), TEN),
    "and its time": (suite("2026-11-22T09:59:58.5", "1.5"), TEN),
    "seconds only": (suite("2026-11-22T09:00:00Z", "3600"), TEN),
    "small": (suite("2026-11-22T10:00:00Z", "5e-07"), TEN + timedelta(microseconds=0.5)),
    "thousands, as Surefire": (suite("2026-11-22T09:00:00Z", "3,600.000"), TEN),
    "newest of suites": (f"<testsuites>{NINE}{suite('2026-11-22T09:59:59', '1')}{NINE}</testsuites>", TEN),
    "nested is newest": (suite("2026-11-22T08:00:00", "1", NINE + suite("2026-11-22T10:00:00")), TEN),
    "outside is newest": (suite("2026-11-22T09:59:50", "10", NINE), TEN),
    "at the root": (f'<testsuites timestamp="2026-11-22T09:00:00" time="3600">{NINE}</testsuites>', TEN),
    "only one has one": (f"<testsuites><testsuite time='9'/>{suite('2026-11-22T10:00:00')}</testsuites>", TEN),
    # A time that could mean two things never makes a report younger.
    **{
        f"time {text!r}": (suite("2026-11-22T10:00:00", text), TEN)
        for text in ("", "-1", "nan", "inf", "3600,000", "1,5", "1e3", "1_0", "1 s", "٣", "3600,000,0")
    },
}


@pytest.mark.parametrize("case", TIMES)
def test_the_newest_suite_gives_the_time(case: str) -> None:
    text, finished = TIMES[case]
    assert junit_report(text, "").finished_at == finished


@pytest.mark.parametrize(
    ("timestamp", "seconds"),
    [
        *((text, None) for text in ("", MARK.replace("<", "&lt;"), "1795341600", "Sun, 22 Nov 2026 10:00:00 GMT")),
        ("9999-12-31T23:59:59", "1"),
        ("2026-11-22T10:00:00", "9" * 30),
        ("2026-11-22T10:00:00", "9" * 400),
        ("0001-01-01T00:00:00+01:00", None),
    ],
)
def test_a_time_that_is_none_is_no_report(tmp_path: Path, timestamp: str, seconds: str | None) -> None:
    assert refused(tmp_path, suite(timestamp, seconds)).startswith("has a suite whose timestamp, with its time, is no ")


_CASES = st.lists(st.sampled_from([PASS, FAIL, SKIP]), max_size=4).map("".join)
_CLAIMS = st.sampled_from(["", ' failures="1"', ' errors="2"', ' failures="1" errors="1" time="3"', ' failures="0"'])
_SUITES = st.recursive(
    st.tuples(_CLAIMS, _CASES).map(lambda parts: f"<testsuite{parts[0]}>{parts[1]}</testsuite>"),
    lambda inner: st.tuples(_CLAIMS, _CASES, st.lists(inner, max_size=3).map("".join)).map(
        lambda parts: f"<testsuite{parts[0]}>{parts[1]}{parts[2]}</testsuite>"
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200)
@given(_SUITES)
def test_no_failure_is_lost_and_one_more_never_helps(text: str) -> None:
    report = junit_report(text, "")
    assert report.failed >= text.count(FAIL)
    assert report.skipped == text.count(SKIP)
    assert report.passed <= text.count(PASS)
    worse = junit_report(text.replace(PASS, FAIL, 1), "")
    assert worse.failed >= report.failed and worse.passed <= report.passed
    assert (worse.score or 0.0) <= (report.score or 0.0)


PYTEST = """\
import pytest

@pytest.fixture
def broken():
    raise RuntimeError("<failure/>")

def test_pass(): print("]]> <!DOCTYPE x> \\x1b[31m")
def test_fail(): assert "&amp;" == "<"
def test_error(broken): pass
def test_skip(): pytest.skip("not here")
@pytest.mark.xfail
def test_xfail(): assert False
"""


@pytest.mark.parametrize("family", ["xunit2", "xunit1"])
def test_what_pytest_writes_is_read(tmp_path: Path, family: str) -> None:
    (tmp_path / "test_five.py").write_text(PYTEST)
    report = tmp_path / "junit.xml"
    options = ["-q", "-p", "no:cacheprovider", "-o", f"junit_family={family}", f"--junitxml={report}"]
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")} | {"TZ": "UTC"}
    before = datetime.now(UTC) - timedelta(seconds=1)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", tmp_path, "-c", os.devnull, *options, "test_five.py"],
        cwd=tmp_path, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    health = read_health(report, "junit.xml")
    assert isinstance(health, HealthReport), health
    assert (health.passed, health.failed, health.skipped) == (1, 2, 2)
    assert health.score == 100 / 3
    assert health.finished_at is not None
    assert before <= health.finished_at <= datetime.now(UTC) + timedelta(seconds=1)


def test_a_hundred_thousand_cases_take_seconds(tmp_path: Path) -> None:
    """About 0.6 s; the limit leaves room for a busy machine and none for quadratic time."""
    case = '<testcase classname="tests.test_something" name="test_it" time="0.001"/>'
    text = f"<testsuites><testsuite>{case * 100_000}{FAIL}</testsuite></testsuites>"
    started = time.process_time()
    health = read_health(put(tmp_path, text.encode(), ".xml"), "x")
    assert time.process_time() - started < 10
    assert isinstance(health, HealthReport)
    assert (health.passed, health.failed) == (100_000, 1)
