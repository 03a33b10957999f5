"""What a cycle came to: the one value that every output (text, JSON, job summary, step outputs) is rendered from."""

from __future__ import annotations

from dataclasses import dataclass

from promobot.core.changes import Change
from promobot.core.found import PullRequest
from promobot.core.models import PromotionDecision, ProposalKind, Reason
from promobot.core.planning import Outcome
from promobot.core.policy.types import AutoApplyMode


@dataclass(frozen=True)
class CycleResult:
    """The result of `propose`. `changes` are all accepted ones; `approve` is the command line that merges by hand."""

    outcome: Outcome
    mode: AutoApplyMode
    decisions: tuple[PromotionDecision, ...] = ()
    changes: tuple[Change, ...] = ()
    proposal_id: str | None = None
    branch: str | None = None
    commit: str | None = None
    pull_request: PullRequest | None = None
    superseded: tuple[int, ...] = ()
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()
    checklist: str | None = None
    approve: str | None = None
    kind: ProposalKind = "promotion"
    export_sha256: str | None = None
