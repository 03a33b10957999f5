"""One cycle in the pure core, from patches to every rendering, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from promobot.core.candidates import build_promotion_candidates_from_patches
from promobot.core.changes import changes_of
from promobot.core.cycle import CycleResult
from promobot.core.facts import LiveValues
from promobot.core.filters import filter_candidates_for_live
from promobot.core.found import PullRequest
from promobot.core.intake import ExportFile
from promobot.core.models import ConfigPatch, PromotionDecision, PromotionProposal
from promobot.core.planning import Outcome
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.types import AutoApplyMode
from promobot.core.proposals import Ground, build_promotion_proposals
from promobot.core.rendering.artifacts import CHECKLIST, render_artifacts
from promobot.core.rendering.message import commit_message

AT = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
BASE, BLOB, EXPORT = "a1" * 20, "b2" * 20, "c3" * 32
BLOBS = f"{'d4' * 20}..{'e5' * 20}"
RUN = "https://forge.invalid/desk/live/actions/runs/7"

OPEN = PromotionPolicy.model_validate(
    {
        "mode": AutoApplyMode.BOUNDED_AUTO,
        "max_per_proposal": 100,
        "eligibility": [{"targets": ["*"]}],
        "auto_apply": {"max_per_day": 1000},
        "blacklist": {"targets": ["barred"]},
    }
)
"""Everything may be proposed, but for what starts with `barred`."""


def patch(identity: str, target: str, new_value: object, **fields: Any) -> ConfigPatch:
    """A patch that the loop holds for ready, as an export states it."""
    given = {"id": identity, "target": target, "new_value": new_value, "status": "PROMOTED", "confidence_score": 0.9}
    return ConfigPatch.model_validate(given | fields)


@dataclass(frozen=True)
class Cycle:
    """A cycle that proposes something."""

    proposal: PromotionProposal
    policy: PromotionPolicy

    @property
    def decisions(self) -> tuple[PromotionDecision, ...]:
        return self.proposal.decisions

    @cached_property
    def files(self) -> dict[str, bytes]:
        return render_artifacts(self.proposal, self.policy)

    @cached_property
    def checklist(self) -> str:
        return self.files[CHECKLIST].decode("utf-8")

    @property
    def message(self) -> str:
        return commit_message(self.proposal.title, self.proposal.meta, BLOBS, RUN)

    @property
    def result(self) -> CycleResult:
        return CycleResult(
            Outcome.OPENED,
            self.policy.mode,
            self.decisions,
            tuple(changes_of(self.decisions)),
            self.proposal.proposal_id,
            "promobot/0123456789abcdef",
            BASE,
            PullRequest(7, "https://forge.invalid/desk/live/pull/7", "open"),
        )


def cycle(
    patches: Iterable[ConfigPatch],
    live: Mapping[str, object],
    base_config: Mapping[str, object] | None = None,
    policy: PromotionPolicy = OPEN,
) -> Cycle:
    """Judge the patches against live values and render; at least one patch must be accepted."""
    read = list(patches)
    candidates = build_promotion_candidates_from_patches(read)
    values = LiveValues.of(live, base_config)
    decisions = filter_candidates_for_live(candidates, policy=policy, live=values, evaluated_at=AT)
    ground = Ground(
        created_at=AT,
        mode=policy.mode,
        base_branch="main",
        base_commit=BASE,
        policy_path="config/promobot.toml",
        policy_blob=BLOB,
        overrides_path=policy.paths.live_overrides,
        reports_path=policy.paths.reports,
        exports=(ExportFile(EXPORT, len(read)),),
    )
    taken = {candidate.patch.id for candidate in candidates}
    skipped = [one for one in read if one.id not in taken]
    (proposal,) = build_promotion_proposals(decisions, ground=ground, skipped=skipped)
    return Cycle(proposal, policy)
