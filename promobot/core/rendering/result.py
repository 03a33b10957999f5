"""A cycle's result, and a refusal, as the JSON documents of DESIGN 3.4 and as lines for people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from promobot.core.changes import Change
from promobot.core.cycle import CycleResult
from promobot.core.planning import Outcome
from promobot.core.rendering.artifacts import decision_document
from promobot.core.rendering.documents import (
    SCHEMA_VERSION,
    DetailDocument,
    ErrorDocument,
    OverrideDocument,
    PullRequestDocument,
    RefusalDocument,
    ResultDocument,
)
from promobot.core.rendering.text import log_line
from promobot.core.values import Scalar, shown
from promobot.errors import Detail, PromobotError

HEADLINES = {
    Outcome.OPENED: "A proposal was opened.",
    Outcome.ADOPTED: "The proposal's branch was there; its pull request was missing and is open now.",
    Outcome.UPDATED: "The open proposal was brought up to date.",
    Outcome.UNCHANGED: "The same proposal is open already; nothing was changed.",
    Outcome.WAITING: "Another proposal is open and comes first; nothing of this one was kept. Run the command again "
    "once that one is merged or closed.",
    Outcome.ALREADY_APPROVED: "The same proposal was merged before; nothing was changed.",
    Outcome.SUPPRESSED: "A person said no to the same proposal; nothing was changed.",
    Outcome.BLOCKED: "The proposal's branch is not as promobot left it; nothing was changed.",
    Outcome.NOTHING_TO_PROPOSE: "There is nothing to propose.",
    Outcome.CLOSED: "The open proposal no longer holds and was closed.",
    Outcome.DISABLED: "promobot is disabled; nothing was done.",
    Outcome.DRY_RUN: "Dry run: this is what would be proposed; nothing was written.",
}


def result_json(result: CycleResult) -> dict[str, Any]:
    """The result as data."""
    pull = result.pull_request
    document = ResultDocument(
        schema_version=SCHEMA_VERSION,
        outcome=result.outcome,
        mode=result.mode,
        proposal_id=result.proposal_id,
        decisions=[decision_document(decision) for decision in result.decisions],
        overrides={c.target: OverrideDocument(c.old, c.new) for c in result.changes if c.automatic},
        branch=result.branch,
        commit=result.commit,
        pull_request=None if pull is None else PullRequestDocument(pull.number, pull.url),
        superseded=list(result.superseded),
        reasons=list(result.reasons),
        warnings=list(result.warnings),
    )
    return asdict(document)


def error_json(error: PromobotError) -> dict[str, Any]:
    """A refusal as data."""
    details = [DetailDocument(file=d.file, pointer=d.pointer, line=d.line, message=d.message) for d in error.details]
    refusal = RefusalDocument(code=error.code, exit_code=error.exit_code, message=error.message, details=details)
    return asdict(ErrorDocument(SCHEMA_VERSION, refusal))


def result_lines(result: CycleResult) -> list[str]:
    """The result for a terminal or a log; no line can be taken for a workflow command."""
    lines = [HEADLINES[result.outcome], *(f"  {reason.message}" for reason in result.reasons)]
    waits = result.outcome is Outcome.WAITING
    for decision in sorted(result.decisions, key=lambda d: (not d.accepted, not d.auto_apply)):
        verdict, reasons = str(decision.status), decision.reasons
        if decision.accepted:
            verdict, reasons = _accepted(decision.auto_apply, waits=waits), decision.auto_apply_reasons
        step = f"{_brief(decision.live_value)} -> {_brief(decision.new_value)}"
        lines.append(f"  {decision.target} {step}: {verdict} [{decision.candidate.patch.id}]")
        lines += [f"      {reason.code}: {reason.message}" for reason in reasons]
    if not result.decisions:
        lines += [_change_line(change, waits=waits) for change in result.changes]
    # A proposal that waits stands nowhere: its name and branch are what it would have had.
    named = {} if waits else {"proposal": result.proposal_id, "branch": result.branch, "commit": result.commit}
    lines += [f"{name + ':':<14}{value}" for name, value in named.items() if value]
    if result.pull_request:
        lines.append(f"pull request: {result.pull_request.url}")
    if result.approve:
        lines.append(f"to approve:   {result.approve}")
    return [log_line(line) for line in lines]


def _accepted(auto_apply: bool, *, waits: bool) -> str:
    """What becomes of a value; of one that waits, what would have."""
    if waits:
        return "waits, would be applied on merge" if auto_apply else "waits, would be by hand"
    return "applied on merge" if auto_apply else "by hand"


def _change_line(change: Change, *, waits: bool) -> str:
    """A change that no patch asked for, but a person or a date."""
    if change.new is None:
        gone = "waits, its override would be" if waits else "its override is"
        return f"  {change.target} {_brief(change.old)}: {gone} taken away on merge"
    return f"  {change.target} {_brief(change.old)} -> {_brief(change.new)}: {_accepted(True, waits=waits)}"


def error_lines(error: PromobotError) -> list[str]:
    """A refusal for a terminal or a log."""
    told = [f"  {_place(d)}{d.message}" for d in error.details]
    if len(told) == 1 and error.message.endswith(told[0].strip()):
        # The message says it all already.
        told = []
    return [log_line(line) for line in (f"promobot: {error.message}", *told)]


def _place(detail: Detail) -> str:
    parts = [detail.file, f"line {detail.line}" if detail.line else None, detail.pointer or None]
    named = ", ".join(part for part in parts if part)
    return f"{named}: " if named else ""


def _brief(value: Scalar | None) -> str:
    if value is None:
        return "none"
    return "(text)" if isinstance(value, str) else shown(value)
