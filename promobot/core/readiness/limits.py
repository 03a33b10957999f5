"""What no setting that can be read takes away; told as notes, where it applies, so that nobody takes ok for never."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from promobot.core.explain.findings import Finding, Severity
from promobot.core.readiness.seen import GATE_CHECK, ForgeSeen, Rules
from promobot.core.readiness.settings import requires_gate

ELSEWHERE = f"require the workflow of {GATE_CHECK} itself by a ruleset of the organisation"
FORGED = f"whoever may push a branch can run a workflow there that sets {GATE_CHECK} to green, as GitHub Actions"
QUEUED = "a merge queue takes the workflow files from its own commit: a change of .github judges its own group"

# code, the rules that bring it along, what it is, what stands against it
_LIMITS: tuple[tuple[str, Callable[[Rules], bool], str, str], ...] = (
    (
        "gate_by_name",
        requires_gate,
        FORGED,
        f"let few people push, or {ELSEWHERE}; nothing, where the check's source is an App that no workflow speaks for",
    ),
    (
        "queue_workflows",
        lambda rules: rules.merge_queue,
        QUEUED,
        f"let code owners stop such a change, or {ELSEWHERE}",
    ),
)


def limits(forge: ForgeSeen) -> Iterator[Finding]:
    """One note for each limit that the base branch's rules are known to bring along."""
    for code, brings, message, mend in _LIMITS:
        if forge.base.holds(brings) is True:
            yield Finding(Severity.NOTE, code, message, mend)
