"""The main story: an export becomes one branch with one commit and one pull request, or a reason why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from promobot.core.base_state import BaseState
from promobot.core.cycle import CycleResult
from promobot.core.health import Health, NoReport
from promobot.core.intake import Intake, export_digest
from promobot.core.models import Reason
from promobot.core.planning import Outcome, plan_without
from promobot.core.policy import effective_mode
from promobot.core.policy.types import AutoApplyMode
from promobot.core.prepared import Prepared, prepare
from promobot.core.wishes import expired_overrides
from promobot.usecases.base import Elsewhere, prove_read, read_policy
from promobot.usecases.desk import Desk, again
from promobot.usecases.ending import Ending
from promobot.usecases.place import Order, place, place_wish, read_state, would_be
from promobot.usecases.scene import Asked, Scene

ExportSource = Callable[[str], Intake | None]
"""The policy's exports folder -> the exports of this cycle, or None where there is none."""

HealthSource = Callable[[str], Health]
"""The path of the policy's test report -> what it says, or why it cannot be read."""


def no_report(path: str) -> Health:
    """For a cycle that has no way to read one."""
    return NoReport(f"{path}: no report was read")


@dataclass(frozen=True)
class Question:
    """What is asked of a cycle: the base branch, the exports, the time, how far it may go, the tests' report.

    `reconsider` sets aside that a person closed a pull request that asked the same.
    """

    base_branch: str
    exports: ExportSource
    at: datetime
    mode: AutoApplyMode | None = None
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    health: HealthSource = no_report
    reconsider: bool = False


def propose(desk: Desk, question: Question, *, dry_run: bool = False) -> CycleResult:
    """Run one cycle. Raises PromobotError; whatever happens, running again converges to the same one proposal."""
    return again(desk, lambda: _cycle(desk, question, dry_run))


def _cycle(desk: Desk, question: Question, dry_run: bool) -> CycleResult:
    place_of = f"{desk.remote}/{question.base_branch}" if desk.remote else question.base_branch
    desk.say(f"reading {place_of}")
    base = desk.publisher.base_head()
    policy, _ = read_policy(desk.repository, question.base_branch, base, question.elsewhere)
    mode, warnings = effective_mode(policy, question.mode)
    nothing = CycleResult(Outcome.NOTHING_TO_PROPOSE, mode, warnings=warnings)
    if mode is AutoApplyMode.DISABLED:
        return replace(nothing, outcome=Outcome.DISABLED)
    health = question.health(policy.test_health.report) if policy.test_health is not None else None
    intake = question.exports(policy.paths.exports)
    state = read_state(desk, question.base_branch, base, question.elsewhere, question.at)
    asked = Asked(state, question.at, health, question.elsewhere)
    expired = expired_overrides(state, question.at)
    if expired is not None:
        desk.say("taking back what has expired")
        taken = place_wish(desk, asked, expired, nothing, dry_run=dry_run)
        if taken.outcome is not Outcome.SUPPRESSED:
            return taken
    if intake is None:
        return _without(desk, asked, replace(nothing, reasons=(_no_export(policy.paths.exports),)), dry_run)
    desk.say(f"judging {len(intake.patches)} patch{'es' * (len(intake.patches) != 1)} on {base[:12]}")
    intake = replace(intake, health=health)
    prepared = prepare(state, intake, question.mode, question.at)
    result = replace(
        nothing,
        decisions=prepared.decisions,
        changes=prepared.changes,
        warnings=(*prepared.warnings, *_ignored(state)),
        export_sha256=export_digest(intake.files),
    )
    if prepared.proposed is None:
        return _without(desk, asked, replace(result, reasons=(_why_nothing(prepared, intake),)), dry_run)
    prove_read(state, prepared.proposed, prepared.changes)
    order = Order(
        prepared.proposed,
        lambda created: prepare(state, intake, question.mode, question.at, created),
        reconsider=question.reconsider,
        dry_run=dry_run,
    )
    return place(desk, asked, prepared, order, result)


def _without(desk: Desk, asked: Asked, result: CycleResult, dry_run: bool) -> CycleResult:
    """Nothing is to be proposed: proposals that are open may be over, too."""
    around = Scene(desk, asked)
    planned = plan_without(around.others())
    reasons = (*result.reasons, *planned.reasons)
    if dry_run:
        return replace(result, reasons=reasons) if planned.outcome is result.outcome else would_be(result, planned)
    ending = Ending(desk, asked)
    ending.withdraw(planned.withdraw, around, reasons)
    superseded = ending.supersede(planned.supersede, planned.by)
    closed = planned.withdraw[-1].pull if planned.withdraw else None
    result = replace(
        result,
        outcome=planned.outcome,
        reasons=reasons,
        pull_request=closed,
        superseded=tuple(superseded),
        warnings=(*result.warnings, *ending.warnings),
    )
    if result.export_sha256 is not None:
        ending.write_down(result, None)
    return result


def _no_export(folder: str) -> Reason:
    return Reason("no_export", f"{folder} holds no export")


def _ignored(state: BaseState) -> list[str]:
    path, base_config = state.policy.paths.live_overrides, state.policy.paths.base_config
    if state.base_config is None:
        return [f"there is no {base_config} on the base branch, so a misspelt target cannot be told from a new one"]
    return [f"{path}: the live system ignores {target}: {why}" for target, why in state.ignored.items()][:20]


def _why_nothing(prepared: Prepared, intake: Intake) -> Reason:
    if not intake.patches:
        return Reason("no_patches", "the export holds no patch")
    if not prepared.decisions:
        return Reason("no_candidates", "no patch has the status APPLIED_OFFLINE or PROMOTED")
    count = len(prepared.decisions)
    return Reason(
        "all_rejected", f"all {count} candidates were rejected" if count > 1 else "the candidate was rejected"
    )
