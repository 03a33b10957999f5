"""What goes into the branch promobot-ledger: one file for each distinct cycle, one for each refusal. Pure.

A cycle's file is named by what was asked and what was decided, so that a cycle that repeats another has no file of its
own. A refusal's file is named by what was refused, so that the name alone says no, even if the content is garbled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from promobot.core.base_state import BaseState
from promobot.core.canonical import sha256_of
from promobot.core.changes import Change, by_hand_key
from promobot.core.models import PromotionDecision, PromotionProposal, Reason
from promobot.core.proposals import branch_name
from promobot.core.rendering.facts import instant_text
from promobot.core.version import __version__

LEDGER = "promobot-ledger"
CYCLES, REFUSALS = "cycles", "refusals"

PATIENCE = 60.0
"""Seconds in which an append that meets faster writers is tried again."""

FRUITLESS = 6
"""How often in a row an append may lose to nobody: the branch did not move, so it is no race that waiting wins."""

_KEY_FILE = re.compile(r"([0-9a-f]{64})\.json")

Entry = tuple[str, bytes]
"""A path on the branch and the file's content."""


def cycle_entry(
    state: BaseState,
    decisions: Iterable[PromotionDecision],
    *,
    export_sha256: str | None,
    mode: str,
    outcome: str,
    evaluated_at: datetime,
    kind: str = "promotion",
    proposal: PromotionProposal | None = None,
    run_url: str | None = None,
) -> Entry:
    """`cycles/<sha256>.json`. The name is the digest of base, policy, export and decisions; the content is these in
    full, with the outcome and the names of the proposal (None: nothing was proposed).

    No free text of an export goes in, nor a value: a string value may be such a text.
    """
    ordered = sorted(decisions, key=lambda decision: (decision.target, decision.candidate.patch.id))
    asked = {"base": state.commit, "policy": state.policy_blob, "export": export_sha256}
    if kind != "promotion" and proposal is not None:
        # A wish has no decisions; its question tells it from another on the same base.
        asked["question"] = proposal.meta["digest"]
    name = sha256_of(asked | {"decisions": [_named(decision) for decision in ordered]})
    meta = {} if proposal is None else proposal.meta
    digest = meta.get("digest")
    return f"{CYCLES}/{name}.json", _document(
        {
            "kind": kind,
            "mode": mode,
            "outcome": outcome,
            "base": {"branch": state.branch, "commit": state.commit},
            "policy": {"path": state.policy_path, "blob": state.policy_blob},
            "export": {"sha256": export_sha256},
            "decisions": [_told(decision) for decision in ordered],
            "proposal_id": None if proposal is None else proposal.proposal_id,
            "digest": digest,
            "evidence_digest": meta.get("evidence_digest"),
            "branch": None if digest is None else branch_name(digest),
            "evaluated_at": instant_text(evaluated_at),
            "engine_version": __version__,
            "run_url": run_url,
        }
    )


def _named(decision: PromotionDecision) -> list[Any]:
    """What tells one decision from another; the messages only explain."""
    codes = ([reason.code for reason in reasons] for reasons in (decision.reasons, decision.auto_apply_reasons))
    against, by_hand = codes
    status = str(decision.status)
    return [decision.candidate.patch.id, decision.target, status, against, decision.auto_apply, by_hand]


def _told(decision: PromotionDecision) -> dict[str, Any]:
    return {
        "patch_id": decision.candidate.patch.id,
        "target": decision.target,
        "status": str(decision.status),
        "reasons": _reasons(decision.reasons),
        "auto_apply": decision.auto_apply,
        "auto_apply_reasons": _reasons(decision.auto_apply_reasons),
    }


def _reasons(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    return [{"code": reason.code, "message": reason.message} for reason in reasons]


@dataclass(frozen=True)
class Whole:
    """A whole proposal that a person said no to."""

    proposal_id: str
    digest: str


@dataclass(frozen=True)
class Claimant:
    """Who says to have refused, as far as it is known; nobody has proved it."""

    name: str | None = None
    login: str | None = None


def refusal_key(refused: Change | Whole) -> str:
    """One value: the key of the same step from the same landing. A proposal: its digest."""
    if isinstance(refused, Whole):
        return refused.digest
    return by_hand_key(refused.target, refused.old, refused.new, refused.predecessor)


def refusal_entry(refused: Change | Whole, *, reason: str, at: datetime, by: Claimant) -> Entry:
    """`refusals/<key>.json`: what was refused, when, by whom, and why in the person's own words."""
    key = refusal_key(refused)
    if isinstance(refused, Whole):
        what: dict[str, Any] = {"proposal_id": refused.proposal_id, "digest": refused.digest}
    else:
        what = {"target": refused.target, "old": refused.old, "new": refused.new, "predecessor": refused.predecessor}
    said = {"reason": reason, "at": instant_text(at), "by": {"name": by.name, "login": by.login, "verified": False}}
    return f"{REFUSALS}/{key}.json", _document({"key": key, "refused": what, **said, "engine_version": __version__})


def refused_keys(names: Iterable[str]) -> frozenset[str]:
    """The keys that the names of files in `refusals/` stand for; the contents are not asked."""
    return frozenset(found[1] for name in names if (found := _KEY_FILE.fullmatch(name)))


def entry_message(path: str, run_url: str | None = None) -> str:
    """The message of the commit that adds an entry."""
    trailer = f"\nPromotion-Run: {run_url}\n" if run_url else ""
    return f"ledger: {path}\n{trailer}"


def pause(attempt: int, dice: float) -> float:
    """Seconds to wait after the attempt of this number (from 1) was lost; `dice` is random in [0, 1).

    The longest wait doubles up to three seconds; any length below it is as likely, so that writers part.
    """
    longest: float = min(3.0, 0.1 * 2**attempt)
    return dice * longest


def _document(members: dict[str, Any]) -> bytes:
    """JSON for people and machines: ASCII, sorted, a newline at the end."""
    text = json.dumps({"schema_version": 1, **members}, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return f"{text}\n".encode("ascii")
