"""The JSON summary of a TestHealth run -> HealthReport. The keys are the seed's; others are ignored."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from promobot.adapters.health_report.unreadable import Unreadable
from promobot.core.health import HealthReport
from promobot.core.models import Instant
from promobot.core.values import INT64_MAX, INT64_MIN

MAX_PROFILE = 100
_Count = Annotated[int, Field(ge=0)]
_COUNT = "an integer, 0 or more"


class _Summary(BaseModel):
    """The descriptions complete the sentence "must be ..."."""

    model_config = ConfigDict(frozen=True, strict=True)

    health_score: Annotated[FiniteFloat, Field(ge=0, le=100)] = Field(description="a number from 0 to 100")
    passed_checks: _Count = Field(description=_COUNT)
    failed_checks: _Count = Field(description=_COUNT)
    skipped_checks: _Count = Field(default=0, description=_COUNT)
    trigger_violations: _Count | list[Any] = Field(default=0, description="a list, or an integer, 0 or more")
    finished_at: Instant = Field(description="an ISO 8601 time such as 2026-01-31T12:00:00Z")
    profile_name: str | None = Field(default=None, description="a string")


def summary_report(text: str, sha256: str) -> HealthReport:
    """Read the summary; a time without an offset is UTC. A run in which nothing passed or failed has no score.

    `profile` is one line of at most 100 printable characters and still free text: show it through `text.quoted`.
    Raises Unreadable with every key that is missing or of the wrong type.
    """
    summary = _validated(_document(text))
    violations = summary.trigger_violations
    return HealthReport(
        sha256=sha256,
        score=summary.health_score if summary.passed_checks or summary.failed_checks else None,
        passed=summary.passed_checks,
        failed=summary.failed_checks,
        skipped=summary.skipped_checks,
        violations=len(violations) if isinstance(violations, list) else violations,
        finished_at=summary.finished_at,
        profile=None if summary.profile_name is None else _printable(summary.profile_name),
    )


def _validated(document: object) -> _Summary:
    if not isinstance(document, dict):
        raise Unreadable("is not a JSON object; let the tests write the summary of a TestHealth run")
    try:
        return _Summary.model_validate(document)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        # A union reports one problem for each of its types; one sentence for the key is enough.
        told = dict.fromkeys(_sentence(str(problem["loc"][0]), problem["type"]) for problem in problems)
        raise Unreadable(f"is no TestHealth summary: {'; '.join(told)}") from error


def _sentence(key: str, kind: str) -> str:
    wanted = _Summary.model_fields[key].description
    return f"{key} is missing and must be {wanted}" if kind == "missing" else f"{key} must be {wanted}"


def _document(text: str) -> object:
    """JSON as DESIGN 3.1 reads it: the standard parser alone takes NaN, 1e999 and the last of duplicate names."""
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        raise Unreadable(f"is not JSON (line {error.lineno}); let the tests write it anew") from error
    except RecursionError as error:
        raise Unreadable("is nested too deeply; let the tests write the summary of a TestHealth run") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Unreadable("has a name twice in one object, so it has no one meaning; let the tests write it once")
    return members


def _constant(_text: str) -> object:
    raise Unreadable("holds NaN or Infinity, which is not JSON; let the tests write a number")


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise Unreadable("holds a number too large for a 64-bit float; let the tests write a smaller one")
    return number


def _integer(text: str) -> int:
    # Judged by its length first: converting thousands of digits costs quadratic time.
    if len(text) > 20 or not INT64_MIN <= int(text) <= INT64_MAX:
        raise Unreadable("holds an integer outside the signed 64-bit range; let the tests write a smaller one")
    return int(text)


def _printable(text: str) -> str:
    """Cut to a length; what cannot be printed (controls, half surrogates, changes of direction) becomes U+FFFD."""
    cut = text if len(text) <= MAX_PROFILE else text[: MAX_PROFILE - 1] + "…"
    return "".join(char if char.isprintable() else "\ufffd" for char in cut)
