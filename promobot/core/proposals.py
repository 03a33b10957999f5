"""Decisions -> none or one proposal, named by the digest of the question it asks.

The question is what a person says yes or no to: which values, from what, to what, on which branch. Patch ids,
times and texts are not part of it, so the same question asked again finds the same branch and pull request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from promobot.core.canonical import sha256_of
from promobot.core.changes import Change, changes_of
from promobot.core.facts import Facts
from promobot.core.intake import ExportFile, export_digest
from promobot.core.models import ConfigPatch, PromotionDecision, PromotionProposal, ProposalKind
from promobot.core.policy.types import AutoApplyMode
from promobot.core.rendering.facts import facts_json
from promobot.core.rendering.message import subject
from promobot.core.version import __version__

SHORT = 16
_BRANCH = re.compile(rf"promobot/[0-9a-f]{{{SHORT}}}")


@dataclass(frozen=True)
class Ground:
    """Where a proposal stands: everything besides the decisions that goes into its question or its record.

    `created_at` is the time in its id, that of its first creation; `evaluated_at` (default: the same) the time of the
    decisions, which is later where it was made again on a base that had moved.
    """

    created_at: datetime
    mode: AutoApplyMode = AutoApplyMode.MANUAL_ONLY
    kind: ProposalKind = "promotion"
    base_branch: str | None = None
    base_commit: str | None = None
    policy_path: str | None = None
    policy_blob: str | None = None
    overrides_path: str | None = None
    reports_path: str | None = None
    exports: tuple[ExportFile, ...] = ()
    predecessors: Mapping[str, str] = field(default_factory=dict)
    facts: Facts | None = None
    evaluated_at: datetime | None = None
    engine: str = __version__


def question_digest(changes: Iterable[Change], ground: Ground) -> str:
    """The proposal's identity (DESIGN 3.5)."""
    asked = [[c.target, c.old, c.new, c.automatic, c.predecessor] for c in changes]
    question = {"kind": ground.kind, "base": ground.base_branch, "mode": str(ground.mode), "changes": asked}
    return sha256_of(question)


def evidence_digest(decisions: Iterable[PromotionDecision]) -> str:
    """What the loop says in favour of the accepted patches: experiments, metrics, confidence."""
    evidence = [
        [
            d.target,
            d.candidate.patch.confidence_score,
            d.candidate.patch.source_experiment_id,
            d.candidate.patch.claim("metrics"),
        ]
        for d in decisions
        if d.accepted
    ]
    return sha256_of(sorted(evidence, key=sha256_of))


def build_promotion_proposals(
    decisions: Iterable[PromotionDecision], *, ground: Ground, skipped: Iterable[ConfigPatch] = ()
) -> list[PromotionProposal]:
    """No proposal when nothing was accepted, else exactly one that carries every decision."""
    everything = tuple(decisions)
    changes = changes_of(everything, ground.predecessors)
    if not changes:
        return []
    by_hand = sum(not change.automatic for change in changes)
    proposal = proposal_on(
        ground,
        changes,
        title=subject(changes),
        description=f"{len(changes) - by_hand} applied on merge, {by_hand} by hand",
        evidence=evidence_digest(everything),
        facts=facts_json(everything, ground.facts, ground.evaluated_at or ground.created_at),
    )
    return [replace(proposal, decisions=everything, skipped=tuple(skipped))]


def proposal_on(
    ground: Ground,
    changes: Sequence[Change],
    *,
    title: str,
    description: str,
    evidence: str,
    facts: Mapping[str, Any],
    more: Mapping[str, Any] | None = None,
) -> PromotionProposal:
    """The one proposal that asks for these changes (sorted by target), of whatever kind, without decisions.

    `evidence` is the evidence digest; `facts` and the members of `more` go into the meta as they are.
    """
    digest = question_digest(changes, ground)
    proposal_id = f"live_promotion_{ground.created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}_{digest[:SHORT]}"
    meta = {"proposal_id": proposal_id, "digest": digest, "evidence_digest": evidence, "facts": facts, **(more or {})}
    return PromotionProposal(
        proposal_id=proposal_id,
        title=title,
        description=description,
        decisions=(),
        meta=_meta(changes, ground) | meta,
        output_dir=proposal_id if ground.reports_path is None else f"{ground.reports_path}/{proposal_id}",
    )


def branch_name(digest: str) -> str:
    """The proposal's branch; creating it is the lock between concurrent runs."""
    return f"promobot/{digest[:SHORT]}"


def is_branch_name(name: str) -> bool:
    """Whether `branch_name` could have given this; any other branch promobot/* is a person's own."""
    return _BRANCH.fullmatch(name) is not None


def _meta(changes: Sequence[Change], ground: Ground) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "kind": ground.kind,
        "mode": str(ground.mode),
        "engine_version": ground.engine,
        "base": {"branch": ground.base_branch, "commit": ground.base_commit},
        "policy": {"path": ground.policy_path, "blob": ground.policy_blob},
        "paths": {"live_overrides": ground.overrides_path, "reports": ground.reports_path},
        "export": {
            "sha256": export_digest(ground.exports),
            "files": [{"sha256": export.sha256, "patches": export.patches} for export in ground.exports],
        },
        "changes": [
            {"target": c.target, "old": c.old, "new": c.new, "automatic": c.automatic, "predecessor": c.predecessor}
            for c in changes
        ],
        "overrides": {c.target: {"old": c.old, "new": c.new} for c in changes if c.automatic},
    }
