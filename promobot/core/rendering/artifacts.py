"""A proposal -> the bytes of its three files. The library, the git adapter and the tests all use these bytes."""

from __future__ import annotations

from typing import Any

from promobot.core.canonical import indented_json
from promobot.core.models import PromotionDecision, PromotionProposal, RiskScore
from promobot.core.policy import PromotionPolicy
from promobot.core.rendering.checklist import render_checklist
from promobot.core.rendering.decision_document import DecisionDocument
from promobot.core.rendering.wish_checklist import render_wish_checklist

META, PATCHES, CHECKLIST = "proposal_meta.json", "config_patches.json", "OPERATOR_CHECKLIST.md"


def render_artifacts(proposal: PromotionProposal, policy: PromotionPolicy) -> dict[str, bytes]:
    """File name -> content."""
    return {
        META: _json(proposal.meta),
        PATCHES: _json(_patches(proposal)),
        CHECKLIST: _checklist(proposal, policy).encode("utf-8"),
    }


def _checklist(proposal: PromotionProposal, policy: PromotionPolicy) -> str:
    """The one place where the kinds part ways: a promotion shows its decisions, any other kind its wish."""
    promotion = proposal.meta["kind"] == "promotion"
    return render_checklist(proposal, policy) if promotion else render_wish_checklist(proposal, policy)


def _json(value: Any) -> bytes:
    # ASCII only: an editor or a diff shows every hidden character of an export as an escape.
    return f"{indented_json(value)}\n".encode("ascii")


def _patches(proposal: PromotionProposal) -> dict[str, Any]:
    decided = [
        {"patch": _patch(d.candidate.patch), "decision": decision_json(d), "risk": risk_json(d.risk)}
        for d in proposal.decisions
    ]
    skipped = [{"patch": _patch(patch), "decision": None} for patch in proposal.skipped]
    return {"schema_version": 1, "proposal_id": proposal.proposal_id, "patches": decided + skipped}


def _patch(patch: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = patch.model_dump(mode="json", exclude_unset=True)
    return dumped


def decision_json(decision: PromotionDecision) -> dict[str, Any]:
    """One decision as §3.4 gives it, with the tags and the value in the live type."""
    told = vars(decision_document(decision))
    return told | {name: [dict(vars(reason)) for reason in told[name]] for name in ("reasons", "auto_apply_reasons")}


def decision_document(decision: PromotionDecision) -> DecisionDocument:
    """One decision as `--format json` and the artifacts give it."""
    return DecisionDocument(
        patch_id=decision.candidate.patch.id,
        target=decision.target,
        status=decision.status,
        reasons=list(decision.reasons),
        tags=list(decision.candidate.tags),
        auto_apply=decision.auto_apply,
        auto_apply_reasons=list(decision.auto_apply_reasons),
    )


def risk_json(risk: RiskScore | None) -> dict[str, Any] | None:
    """The score and what each dimension adds to it; None where the policy asks for no score."""
    if risk is None:
        return None
    return {"score": float(risk.score), "points": {name: float(points) for name, points in risk.points.items()}}
