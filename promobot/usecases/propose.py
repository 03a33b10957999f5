"""The main story: an export becomes one branch with one commit and one pull request, or a reason why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from shlex import quote

from promobot.adapters.repository import Repository
from promobot.core.base_state import BaseState
from promobot.core.changes import Change, by_hand_key
from promobot.core.cycle import CycleResult
from promobot.core.health import Health, NoReport
from promobot.core.intake import Intake
from promobot.core.models import Reason
from promobot.core.planning import Outcome, Plan, PullRequest, Step, plan
from promobot.core.policy import effective_mode
from promobot.core.policy.types import AutoApplyMode
from promobot.core.prepared import Prepared, Proposed, prepare
from promobot.errors import BranchTaken
from promobot.usecases.base import Elsewhere, prove_read, read_base, read_policy
from promobot.usecases.ports import Forge, Publisher
from promobot.usecases.standing import overrides_blobs, standing_proposal

ExportSource = Callable[[str], Intake | None]
"""The policy's exports folder -> the exports of this cycle, or None where there is none."""

HealthSource = Callable[[str], Health]
"""The path of the policy's test report -> what it says, or why it cannot be read."""


def no_report(path: str) -> Health:
    """For a cycle that has no way to read one."""
    return NoReport(f"{path}: no report was read")


ATTEMPTS = 3
"""How often a cycle that loses the race for its branch looks again; the second look finds the winner's branch."""


@dataclass(frozen=True)
class Question:
    """What is asked of a cycle: the base branch, the exports, the time, how far it may go, the tests' report."""

    base_branch: str
    exports: ExportSource
    at: datetime
    mode: AutoApplyMode | None = None
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    health: HealthSource = no_report


@dataclass(frozen=True)
class Desk:
    """The adapters that the story works with. `forge` is None for work in plain git; `say` tells of progress."""

    repository: Repository
    publisher: Publisher
    forge: Forge | None = None
    run_url: str | None = None
    remote: str | None = None
    say: Callable[[str], None] = lambda _: None


def propose(desk: Desk, question: Question, *, dry_run: bool = False) -> CycleResult:
    """Run one cycle. Raises PromobotError; whatever happens, running again converges to the same one proposal."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _cycle(desk, question, dry_run)
        except BranchTaken:
            if attempt == ATTEMPTS:
                raise
            desk.say("another run created the branch first; looking again")
    raise AssertionError("unreachable")


def _cycle(desk: Desk, question: Question, dry_run: bool) -> CycleResult:
    place = f"{desk.remote}/{question.base_branch}" if desk.remote else question.base_branch
    desk.say(f"reading {place}")
    base = desk.publisher.base_head()
    policy, _ = read_policy(desk.repository, question.base_branch, base, question.elsewhere)
    mode, warnings = effective_mode(policy, question.mode)
    nothing = CycleResult(Outcome.NOTHING_TO_PROPOSE, mode, warnings=warnings)
    if mode is AutoApplyMode.DISABLED:
        return replace(nothing, outcome=Outcome.DISABLED)
    intake = question.exports(policy.paths.exports)
    if intake is None:
        return replace(nothing, reasons=(Reason("no_export", f"{policy.paths.exports} holds no export"),))
    if policy.test_health is not None:
        intake = replace(intake, health=question.health(policy.test_health.report))
    desk.say(f"judging {len(intake.patches)} patch{'es' * (len(intake.patches) != 1)} on {base[:12]}")
    state = read_base(desk.repository, question.base_branch, base, question.elsewhere, question.at)
    prepared = prepare(state, intake, question.mode, question.at)
    result = replace(
        nothing, decisions=prepared.decisions, changes=prepared.changes, warnings=(*prepared.warnings, *_ignored(state))
    )
    if prepared.proposed is None:
        return replace(result, reasons=(_why_nothing(prepared, intake),))
    prove_read(state, prepared.proposed, prepared.changes)
    return _place(desk, question, state, prepared.proposed, result, dry_run)


def _place(
    desk: Desk, question: Question, state: BaseState, wanted: Proposed, result: CycleResult, dry_run: bool
) -> CycleResult:
    """Look at what is there already, plan, and carry the plan out."""
    found = desk.publisher.branch(wanted.branch)
    ours = None
    if found is not None:
        ours = standing_proposal(desk.repository, desk.publisher, found, state, wanted, question.elsewhere, question.at)
    pulls = None if desk.forge is None else desk.forge.of_branch(wanted.branch, question.base_branch)
    planned = plan(
        landed=_has_landed(wanted, state, result.changes),
        branch=found,
        ours=ours is not None,
        same_evidence=ours is None or _ground_of(ours) == _ground_of(wanted),
        pulls=pulls,
    )
    # What is committed already is what counts: its id, its time, its text.
    standing = ours or wanted
    result = replace(
        result,
        outcome=planned.outcome,
        proposal_id=standing.proposal.proposal_id,
        branch=wanted.branch,
        commit=found.commit if found else None,
        pull_request=_latest(pulls),
        reasons=planned.reasons,
        checklist=standing.checklist,
    )
    if dry_run:
        reason = Reason("would_be", f"without --dry-run the outcome would be: {planned.outcome}")
        return replace(result, outcome=Outcome.DRY_RUN, reasons=(*planned.reasons, reason))
    return _carry_out(desk, question, planned, state, standing, result)


def _carry_out(
    desk: Desk, question: Question, planned: Plan, state: BaseState, standing: Proposed, result: CycleResult
) -> CycleResult:
    """The plan's steps, in order. Stopping anywhere leaves what a later run adopts."""
    if Step.CREATE_BRANCH in planned.steps:
        desk.say(f"committing {len(standing.files)} files to {standing.branch}")
        message = standing.message(overrides_blobs(desk.repository, state, standing), desk.run_url)
        moment = question.at.astimezone(UTC)
        commit = desk.publisher.publish(standing.branch, state.commit, standing.files, message, moment)
        result = replace(result, commit=commit)
    if Step.OPEN_PULL_REQUEST in planned.steps and desk.forge is not None:
        desk.say("opening the pull request")
        title, body, github = standing.proposal.title, standing.checklist, state.policy.github
        pull = desk.forge.open(branch=standing.branch, base=question.base_branch, title=title, body=body)
        warnings = desk.forge.decorate(
            pull, labels=github.labels, reviewers=github.reviewers, team_reviewers=github.team_reviewers
        )
        result = replace(result, pull_request=pull, warnings=(*result.warnings, *warnings))
    if desk.forge is None and planned.outcome in (Outcome.OPENED, Outcome.UNCHANGED):
        result = replace(result, approve=_approval(desk.remote, standing.branch, question.base_branch))
    return result


def _has_landed(wanted: Proposed, state: BaseState, changes: tuple[Change, ...]) -> bool:
    """Whether this question landed, or, where nothing would be applied, every by-hand change in it did."""
    known = state.landed.by_hand
    asked = {by_hand_key(c.target, c.old, c.new, c.predecessor) for c in changes}
    return wanted.digest in state.landed.digests or (asked <= known and not any(c.automatic for c in changes))


def _ground_of(proposed: Proposed) -> tuple[str, str]:
    """On what a proposal rests: the digest of its evidence and the policy that judged it."""
    return proposed.proposal.meta["evidence_digest"], proposed.proposal.meta["policy"]["blob"]


def _approval(remote: str | None, branch: str, base: str) -> str:
    """The command lines by which a person approves without a forge."""
    if remote is None:
        return f"git switch {quote(base)} && git merge --no-ff {branch}"
    place, main = quote(remote), quote(base)
    fetched = f"git fetch {place} && git switch {main} && git merge --ff-only {quote(f'{remote}/{base}')}"
    return f"{fetched} && git merge --no-ff {quote(f'{remote}/{branch}')} && git push {place} {main}"


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
    return Reason("all_rejected", f"all {len(prepared.decisions)} candidates were rejected")


def _latest(pulls: tuple[PullRequest, ...] | None) -> PullRequest | None:
    """The open pull request, else the newest."""
    return max(pulls or (), key=lambda pull: (pull.state == "open", pull.number), default=None)
