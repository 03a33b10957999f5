"""The main story: an export becomes one branch with one commit and one pull request, or a reason why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import ValidationError

from promobot.adapters.exports import Intake
from promobot.adapters.repository import Repository
from promobot.core.cycle import CycleResult
from promobot.core.models import ConfigPatch, Reason
from promobot.core.planning import BranchState, Outcome, Plan, PullRequest, Step, plan
from promobot.core.policy import effective_mode
from promobot.core.policy_types import AutoApplyMode
from promobot.core.proposals import ExportFile
from promobot.core.rendering.artifacts import META, PATCHES
from promobot.core.rendering.message import trailers_of
from promobot.errors import BranchTaken, ForgeFailed, PromobotError, RemoteFailed
from promobot.usecases.ports import Forge, Publisher
from promobot.usecases.prepare import Prepared, Question, prepare, read_policy

ExportSource = Callable[[str], Intake | None]
"""The policy's exports folder -> the exports of this cycle, or None where there is none."""

ATTEMPTS = 3
"""How often a cycle that loses the race for its branch looks again; the second look finds the winner's branch."""


@dataclass(frozen=True)
class Desk:
    """The adapters that the story works with. `forge` is None for work in plain git; `say` tells of progress."""

    repository: Repository
    publisher: Publisher
    forge: Forge | None = None
    run_url: str | None = None
    remote: str | None = None
    say: Callable[[str], None] = lambda _: None


def propose(desk: Desk, question: Question, exports: ExportSource, *, dry_run: bool = False) -> CycleResult:
    """Run one cycle. Raises PromobotError; whatever happens, running again converges to the same one proposal.

    `exports` is asked once the policy is known; the question's own intake is not used.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _cycle(desk, question, exports, dry_run)
        except BranchTaken:
            if attempt == ATTEMPTS:
                raise
            desk.say("another run created the branch first; looking again")
    raise AssertionError("unreachable")


def _cycle(desk: Desk, question: Question, exports: ExportSource, dry_run: bool) -> CycleResult:
    desk.say(f"reading branch {question.base_branch}")
    base = desk.publisher.base_head()
    policy, _ = read_policy(desk.repository, base, question)
    mode, warnings = effective_mode(policy, question.mode)
    result = CycleResult(Outcome.NOTHING_TO_PROPOSE, mode, warnings=warnings)
    if mode is AutoApplyMode.DISABLED:
        return replace(result, outcome=Outcome.DISABLED)
    intake = exports(policy.paths.exports)
    if intake is None:
        return replace(result, reasons=(Reason("no_export", f"{policy.paths.exports} holds no export"),))
    question = replace(question, intake=intake)
    desk.say(f"judging {len(intake.patches)} patches on {base[:12]}")
    prepared = prepare(desk.repository, base, question)
    result = replace(result, decisions=prepared.decisions, changes=prepared.changes, warnings=prepared.warnings)
    if prepared.proposal is None:
        return replace(result, reasons=(_why_nothing(prepared, question),))
    found = desk.publisher.branch(prepared.branch)
    ours = None if found is None else _as_committed(desk, question, found, prepared)
    pulls = None if desk.forge is None else desk.forge.of_branch(prepared.branch, question.base_branch)
    planned = plan(landed=prepared.digest in prepared.landed.digests, branch=found, ours=ours is not None, pulls=pulls)
    # What is committed already is what counts: its id, its time, its text.
    standing = ours or prepared
    result = replace(
        result,
        outcome=planned.outcome,
        proposal_id=standing.proposal.proposal_id if standing.proposal else None,
        branch=prepared.branch,
        commit=found.commit if found else None,
        pull_request=_latest(pulls),
        reasons=planned.reasons,
        checklist=standing.checklist,
    )
    if dry_run:
        reason = Reason("would_be", f"without --dry-run the outcome would be: {planned.outcome}")
        return replace(result, outcome=Outcome.DRY_RUN, reasons=(*planned.reasons, reason))
    return _carry_out(desk, question, planned, standing, result)


def _carry_out(desk: Desk, question: Question, planned: Plan, standing: Prepared, result: CycleResult) -> CycleResult:
    """The plan's steps, in order. Stopping anywhere leaves what a later run adopts."""
    if Step.CREATE_BRANCH in planned.steps:
        desk.say(f"committing {len(standing.files)} files to {standing.branch}")
        message = standing.message(desk.run_url)
        commit = desk.publisher.publish(
            standing.branch, standing.base_commit, standing.files, message, question.at.astimezone(UTC)
        )
        result = replace(result, commit=commit)
    if Step.OPEN_PULL_REQUEST in planned.steps and desk.forge is not None:
        desk.say("opening the pull request")
        title, body, github = standing.title, standing.checklist, standing.policy.github
        pull = desk.forge.open(branch=standing.branch, base=question.base_branch, title=title, body=body)
        warnings = desk.forge.decorate(
            pull, labels=github.labels, reviewers=github.reviewers, team_reviewers=github.team_reviewers
        )
        result = replace(result, pull_request=pull, warnings=(*result.warnings, *warnings))
    if desk.forge is None and planned.outcome in (Outcome.OPENED, Outcome.UNCHANGED):
        place = f"{desk.remote}/{standing.branch}" if desk.remote else standing.branch
        result = replace(result, approve=_approval(desk.remote, place, question.base_branch))
    return result


def _approval(remote: str | None, place: str, base: str) -> str:
    """The command lines by which a person approves without a forge."""
    merge = f"git switch {base} && git merge --no-ff {place}"
    return merge if remote is None else f"git fetch {remote} && {merge} && git push {remote} {base}"


def _as_committed(desk: Desk, question: Question, found: BranchState, prepared: Prepared) -> Prepared | None:
    """What we would have committed for the branch's own export and time, if that is exactly what it holds; else None.

    The message's trailers only say where to look. The proof is that the same rules, run on the patches and the base
    that the branch names, give the same tree and the same question.
    """
    proposal_id = trailers_of(found.message).get("Promotion-Proposal", "")
    folder = f"{prepared.policy.paths.reports}/{proposal_id}"
    if len(found.parents) != 1 or not desk.repository.is_ancestor(found.parents[0], prepared.base_commit):
        return None
    try:
        meta, patches = (desk.publisher.read(found.commit, f"{folder}/{name}") for name in (META, PATCHES))
        then = _question_of(question, meta or b"", patches or b"")
        again = prepare(desk.repository, found.parents[0], then)
    except (ForgeFailed, RemoteFailed):
        # "Could not look" is not "is not there".
        raise
    except (PromobotError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if again.proposal is None or again.digest != prepared.digest:
        return None
    return again if desk.repository.tree_with(found.parents[0], again.files, keep=False) == found.tree else None


def _question_of(question: Question, meta: bytes, patches: bytes) -> Question:
    """The question that a branch's artifacts tell of; anything unreadable raises."""
    told, listed = json.loads(meta), json.loads(patches)["patches"]
    files = tuple(ExportFile(str(file["sha256"]), int(file["patches"])) for file in told["export"]["files"])
    try:
        read = tuple(ConfigPatch.model_validate(entry["patch"]) for entry in listed)
    except ValidationError as error:
        raise ValueError("a patch in the artifacts is not one") from error
    at = datetime.fromisoformat(told["facts"]["evaluated_at"])
    return replace(question, intake=Intake(read, files), at=at, mode=AutoApplyMode(told["mode"]))


def _why_nothing(prepared: Prepared, question: Question) -> Reason:
    if not question.intake.patches:
        return Reason("no_patches", "the export holds no patch")
    if not prepared.decisions:
        return Reason("no_candidates", "no patch has the status APPLIED_OFFLINE or PROMOTED")
    return Reason("all_rejected", f"all {len(prepared.decisions)} candidates were rejected")


def _latest(pulls: tuple[PullRequest, ...] | None) -> PullRequest | None:
    """The open pull request, else the newest."""
    return max(pulls or (), key=lambda pull: (pull.state == "open", pull.number), default=None)
