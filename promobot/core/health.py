"""Whether the tests that guard promotions are green: what a report said, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class HealthReport:
    """A report of a test run.

    `sha256` is that of the file; `score` goes from 0 to 100 (None: no test ran); the numbers count checks;
    `violations` counts the alarms that the run itself raised; `finished_at` is None where the report has no time.
    """

    sha256: str
    score: float | None
    passed: int
    failed: int
    skipped: int = 0
    violations: int = 0
    finished_at: datetime | None = None
    profile: str | None = None


@dataclass(frozen=True)
class NoReport:
    """There is no report that could be read; `problem` says why, without any text from the file."""

    problem: str


Health = HealthReport | NoReport


def health_json(health: Health | None) -> dict[str, Any] | None:
    """As `proposal_meta.json` records it; None where the policy asks for no report."""
    if health is None:
        return None
    if isinstance(health, NoReport):
        return {"problem": health.problem}
    finished = health.finished_at
    return {
        "sha256": health.sha256,
        "score": health.score,
        "passed": health.passed,
        "failed": health.failed,
        "skipped": health.skipped,
        "violations": health.violations,
        "finished_at": None if finished is None else finished.astimezone(UTC).isoformat(),
        "profile": health.profile,
    }


def health_of_json(told: Mapping[str, Any] | None) -> Health | None:
    """What was recorded, read back. Raises KeyError, TypeError or ValueError for anything else."""
    if told is None:
        return None
    if "problem" in told:
        return NoReport(str(told["problem"]))
    finished = told["finished_at"]
    return HealthReport(**{**told, "finished_at": None if finished is None else datetime.fromisoformat(finished)})
