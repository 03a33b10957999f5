"""Base state + patches -> a cycle, decided and rendered: decisions, the one proposal, every byte it consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from promobot.core.base_state import BaseState
from promobot.core.candidates import READY, build_promotion_candidates_from_patches
from promobot.core.changes import Change, changes_of, overrides_of
from promobot.core.facts import Facts, asked_values
from promobot.core.filters import judge
from promobot.core.intake import Intake
from promobot.core.models import PromotionDecision, PromotionProposal
from promobot.core.overrides import NEW_FILE, apply_overrides
from promobot.core.policy import effective_mode
from promobot.core.policy.types import AutoApplyMode
from promobot.core.proposals import Ground, branch_name, build_promotion_proposals
from promobot.core.rendering.artifacts import CHECKLIST, render_artifacts
from promobot.core.rendering.message import commit_message
from promobot.core.version import __version__


@dataclass(frozen=True)
class Proposed:
    """A proposal and the files it consists of: path in the repository -> bytes."""

    proposal: PromotionProposal
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """The question's digest."""
        return str(self.proposal.meta["digest"])

    @property
    def branch(self) -> str:
        """The proposal's branch."""
        return branch_name(self.digest)

    @property
    def checklist(self) -> str:
        """OPERATOR_CHECKLIST.md, which is the pull request's body."""
        return self.files[f"{self.proposal.output_dir}/{CHECKLIST}"].decode()

    def message(self, overrides: str, run_url: str | None) -> str:
        """The commit's message; `overrides` is `old..new` of auto.toml's blobs, or `none`."""
        return commit_message(self.proposal.title, self.proposal.meta, overrides, run_url)


@dataclass(frozen=True)
class Prepared:
    """One cycle. `proposed` is None where nothing was accepted."""

    mode: AutoApplyMode
    decisions: tuple[PromotionDecision, ...] = ()
    changes: tuple[Change, ...] = ()
    proposed: Proposed | None = None
    warnings: tuple[str, ...] = field(default=())


def prepare(
    state: BaseState,
    intake: Intake,
    mode: AutoApplyMode | None,
    at: datetime,
    created: datetime | None = None,
    *,
    engine: str = __version__,
) -> Prepared:
    """Decide and render. Same arguments, same bytes. `mode` is the one asked for; the policy may lower it.

    `created` is the time in the proposal's id, where an earlier run created it, and `engine` the version it names.
    """
    effective, warnings = effective_mode(state.policy, mode)
    if effective is AutoApplyMode.DISABLED:
        return Prepared(effective, warnings=warnings)
    at = at.astimezone(UTC).replace(microsecond=0)
    candidates = build_promotion_candidates_from_patches(intake.patches)
    facts = Facts(
        policy=state.policy,
        mode=effective,
        live=state.live,
        evaluated_at=at,
        landed_today=state.landed.values_today,
        lately=state.landed.lately,
        health=intake.health,
        asked=asked_values(candidates, state.live),
        refused=state.refused,
        predecessors=state.landed.predecessors,
    )
    decisions = tuple(judge(candidates, facts))
    changes = tuple(changes_of(decisions, state.landed.predecessors))
    skipped = sorted((patch for patch in intake.patches if patch.status not in READY), key=lambda patch: patch.id)
    ground = _ground(state, intake, facts, at, created or at, engine)
    proposals = build_promotion_proposals(decisions, ground=ground, skipped=skipped)
    proposed = rendered(state, proposals[0], changes) if proposals else None
    return Prepared(effective, decisions, changes, proposed, (*warnings, *_from_the_future(intake, at)))


def _ground(state: BaseState, intake: Intake, facts: Facts, at: datetime, created: datetime, engine: str) -> Ground:
    return Ground(
        created_at=created,
        evaluated_at=at,
        engine=engine,
        mode=facts.mode,
        base_branch=state.branch,
        base_commit=state.commit,
        policy_path=state.policy_path,
        policy_blob=state.policy_blob,
        overrides_path=state.policy.paths.live_overrides,
        reports_path=state.policy.paths.reports,
        exports=intake.files,
        predecessors=state.landed.predecessors,
        facts=facts,
    )


def rendered(state: BaseState, proposal: PromotionProposal, changes: tuple[Change, ...]) -> Proposed:
    """The three artifacts, and the overrides where anything is applied."""
    artifacts = render_artifacts(proposal, state.policy)
    files = {f"{proposal.output_dir}/{name}": data for name, data in artifacts.items()}
    plan, path = overrides_of(changes), state.policy.paths.live_overrides
    if plan:
        text = NEW_FILE if state.overrides is None else state.overrides
        files[path] = apply_overrides(text, plan, path).encode("utf-8")
    return Proposed(proposal, files)


def _from_the_future(intake: Intake, at: datetime) -> list[str]:
    return [
        f"patch {patch.id}: {name} lies in the future"
        for patch in intake.patches
        for name in ("generated_at", "applied_at", "promoted_at")
        if (moment := getattr(patch, name)) is not None and moment > at
    ]
