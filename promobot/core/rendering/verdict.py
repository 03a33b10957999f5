"""The gate's verdict as JSON, as lines for a terminal, as annotations and as a job summary. One standard-library file:
the quick answer uses it too."""

from __future__ import annotations

from typing import Any

from promobot.core.gate.verdict import Verdict, Violation
from promobot.core.rendering.text import log_line, prose

SHORT = 12


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """The document of `check --format json` (DESIGN 3.4)."""
    return {
        "schema_version": 1,
        "ok": verdict.ok,
        "violations": [_json(one) for one in verdict.violations],
        "warnings": [_json(one) for one in verdict.warnings],
        "base": verdict.base,
        "head": verdict.head,
        "merge_base": verdict.merge_base,
        "result": verdict.result,
    }


def _json(one: Violation) -> dict[str, str | None]:
    return {"code": one.code, "message": one.message, "commit": one.commit, "path": _path(one.path)}


def _path(path: str | None) -> str | None:
    """A path that is no UTF-8 is told with escapes: JSON has no bytes."""
    return None if path is None else path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def verdict_lines(verdict: Verdict) -> list[str]:
    """For a terminal or a log."""
    count = len(verdict.violations)
    head = "ok: may be merged" if verdict.ok else f"{count} violation{'s' * (count != 1)}: must not be merged"
    lines = [head, *(f"  {one.code}: {one.message}{_where(one)}" for one in verdict.violations)]
    lines += [f"  warning {one.code}: {one.message}{_where(one)}" for one in verdict.warnings]
    return [log_line(line) for line in (*lines, holds_for(verdict))]


def holds_for(verdict: Verdict) -> str:
    """For which commits the verdict holds; it expires when the base moves."""
    return f"This holds for {verdict.head[:SHORT]} merged into {verdict.base[:SHORT]} and for no other base commit."


def _where(one: Violation) -> str:
    return f" (commit {one.commit[:SHORT]})" if one.commit else ""


def verdict_summary(verdict: Verdict) -> str:
    """Markdown for the job summary."""
    head = "**promobot check: ok**" if verdict.ok else f"**promobot check: {len(verdict.violations)} violation(s)**"
    rows = [f"- `{one.code}`: {prose(one.message)}{_where(one)}" for one in verdict.violations]
    rows += [f"- warning `{one.code}`: {prose(one.message)}" for one in verdict.warnings]
    return "\n".join([head, "", *rows, "", prose(holds_for(verdict))])
