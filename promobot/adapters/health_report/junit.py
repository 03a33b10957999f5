"""JUnit XML -> HealthReport, counted from the test cases themselves; what a suite claims can only make it worse.

junitparser knows the dialects: nested suites, both roots, and Surefire's results of tests that ran again. Two of its
ways are kept away: it parses with lxml where that is installed, and where one number attribute is absent it overwrites
all the others with its own count. Hence `junit_tree`, and attributes read as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple, cast

from junitparser import Attr, Skipped
from junitparser.xunit2 import JUnitXml, TestCase, TestSuite
from pydantic import TypeAdapter, ValidationError

from promobot.adapters.health_report.junit_tree import junit_tree
from promobot.adapters.health_report.unreadable import Unreadable
from promobot.core.health import HealthReport
from promobot.core.models import Instant

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_COUNT = re.compile(r"[0-9]{1,9}")
# Plain seconds, or with thousands separators as Surefire writes them (1,234.567). Others, such as 1,5, say nothing.
_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?([eE]-[0-9]+)?|[0-9]{1,3}(,[0-9]{3})+\.[0-9]+")
# What GoogleTest and CTest write into `status`, GoogleTest without any element for a disabled test.
_FAILED = frozenset({"fail", "failed", "failure", "error"})
_SKIPPED = frozenset({"notrun", "disabled", "skipped"})


class _Case(TestCase):
    status = Attr()


class _Suite(TestSuite):
    failures = Attr()
    errors = Attr()
    time = Attr()


class _Root(JUnitXml):
    failures = Attr()
    errors = Attr()
    time = Attr()
    timestamp = Attr()


class _Counts(NamedTuple):
    cases: int
    failed: int
    skipped: int
    finished: datetime | None


def junit_report(text: str, sha256: str) -> HealthReport:
    """Read JUnit: the score is the percentage of passed tests among those that passed or failed; None: none did.

    A case failed when it, or any run of it (rerunFailure, rerunError, flakyFailure, flakyError), has a failure or
    error: a test that passes now and then guards nothing, and the policy's `max_failures` can allow for it.
    The report finished when its newest suite did (timestamp + time; without an offset UTC). Raises Unreadable.
    """
    # Annotated to take an Element of its own and to give JUnitXml; it takes ElementTree's and gives the class asked.
    root = cast(_Root, _Root.fromroot(junit_tree(text)))  # type: ignore[arg-type]
    counts = _counted(root)
    passed = max(0, counts.cases - counts.failed - counts.skipped)
    ran = passed + counts.failed
    return HealthReport(
        sha256=sha256,
        score=100 * passed / ran if ran else None,
        passed=passed,
        failed=counts.failed,
        skipped=counts.skipped,
        finished_at=counts.finished,
    )


def _counted(group: _Root | _Suite) -> _Counts:
    """A suite with all suites in it. Its claim counts where it is worse: a runner may fail outside of any case."""
    cases = map(_outcome, group.iterchildren(_Case))  # type: ignore[no-untyped-call]
    suites = map(_counted, group.iterchildren(_Suite))  # type: ignore[no-untyped-call]
    count = failed = skipped = 0
    times = list(_finished(group))
    for part in chain(cases, suites):
        count, failed, skipped = count + part.cases, failed + part.failed, skipped + part.skipped
        times.extend([] if part.finished is None else [part.finished])
    failed = max(failed, _claim(group.failures) + _claim(group.errors))
    return _Counts(count, failed, skipped, max(times, default=None))


def _outcome(case: _Case) -> _Counts:
    results = list(case)
    status = (case.status or "").lower()
    failed = status in _FAILED or any(not isinstance(result, Skipped) for result in results)
    skipped = not failed and (status in _SKIPPED or bool(results))
    return _Counts(1, int(failed), int(skipped), None)


def _claim(text: str | None) -> int:
    if text is None:
        return 0
    if not _COUNT.fullmatch(text):
        raise Unreadable("has a suite whose failures or errors is no number; let the tests write JUnit")
    return int(text)


def _finished(group: _Root | _Suite) -> Iterator[datetime]:
    if group.timestamp is None:
        return
    seconds = group.time if group.time is not None and _SECONDS.fullmatch(group.time) else "0"
    try:
        yield _INSTANT.validate_python(group.timestamp) + timedelta(seconds=float(seconds.replace(",", "")))
    except (ValidationError, OverflowError) as error:
        raise Unreadable(
            "has a suite whose timestamp, with its time, is no ISO 8601 time; let the tests write 2026-01-31T12:00:00Z"
        ) from error
