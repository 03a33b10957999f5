"""OPERATOR_CHECKLIST.md, which is also the pull request's body: what changes, why, what to tick.

Written for a phone: the answer first, then the table, then the boxes; evidence and refusals stand folded below.
It stays under 58,000 characters; every value that merging applies is in it, whatever else is trimmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from promobot.core.changes import Change, changes_of
from promobot.core.models import PromotionDecision, PromotionProposal
from promobot.core.policy import PromotionPolicy
from promobot.core.rendering.budget import Block, fit
from promobot.core.rendering.facts import instant_text
from promobot.core.rendering.provenance import SAY_NO, provenance
from promobot.core.rendering.rows import accepted_line, accepted_row, header
from promobot.core.rendering.text import code, prose, quoted, value_cell, visible_json
from promobot.core.values import shown

# The seed's checklist, as questions that a person answers by ticking.
BOXES = (
    "Every patch above is safe for live: I have read each value, and its evidence below.",
    "No research or experimental (R&D) strategy is among them.",
    "Risk limits and bounds are respected, also by what I apply by hand.",
    "TestHealth: the tests that guard promotions are green.",
    "Go/No-Go: by our runbook this is a Go.",
)
NAMED_ON_TOP = 6


def render_checklist(proposal: PromotionProposal, policy: PromotionPolicy) -> str:
    """The whole document. Same proposal and policy, same text."""
    accepted = sorted((d for d in proposal.decisions if d.accepted), key=lambda d: not d.auto_apply)
    rejected = [d for d in proposal.decisions if not d.accepted]
    rows = _by_target(accepted)
    changes = changes_of(proposal.decisions)
    blocks = (
        Block(
            ("# Promotion proposal", "", _answer(changes, proposal.meta), *_tests(proposal.meta), ""),
            tuple(accepted_line(equal, policy) for equal in rows[:NAMED_ON_TOP]),
            ("",),
            rest="The others stand in the table.",
        ),
        Block(
            header(policy),
            tuple(accepted_row(equal, policy) for equal in rows),
            ("",),
            firm=sum(equal[0].auto_apply for equal in rows),
        ),
        Block(("## Before you merge", "", *(f"- [ ] {prose(box)}" for box in BOXES), "", SAY_NO, "")),
        _folded("Evidence, in the loop's own words", [_evidence(decision) for decision in accepted]),
        _folded(f"Rejected: {_count(len(rejected), 'patch', 'patches')}", [_rejected(d) for d in rejected]),
        Block(("## Provenance", "", *provenance(proposal))),
    )
    return fit(blocks, order=(0, 1, 4, 3))


def _by_target(accepted: Sequence[PromotionDecision]) -> list[list[PromotionDecision]]:
    """Equal patches for one target are one change and one row; the applied ones come first, as they came in."""
    rows: dict[str, list[PromotionDecision]] = {}
    for decision in accepted:
        rows.setdefault(decision.target, []).append(decision)
    return list(rows.values())


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _answer(changes: Sequence[Change], meta: Mapping[str, Any]) -> str:
    """What merging does, in one sentence."""
    applied = [change for change in changes if change.automatic]
    by_hand = len(changes) - len(applied)
    where = meta.get("paths", {}).get("live_overrides")
    left = ""
    if by_hand:
        it = "it" if by_hand == 1 else "them"
        proposed = f"{_count(by_hand, 'value is', 'values are')} proposed by hand"
        left = f" {proposed}: merging does not change {it}; promobot apply proposes {it} once this is merged."
    if not applied:
        return f"**Merging changes no live value.**{left}"
    place = f" in {code(where)}" if where else ""
    return f"**Merging sets {_count(len(applied), 'live value', 'live values')}**{place}.{left}"


def _tests(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """What the report of the tests said, where the policy asks for one. A proposal that stands had a Go."""
    health = meta["facts"].get("test_health")
    if health is None or "problem" in health:
        return ()
    told = f"score {code(shown(health['score']))}, {health['passed']} passed, {health['failed']} failed"
    finished = instant_text(datetime.fromisoformat(health["finished_at"]))
    return ("", f"TestHealth: **Go**, {told}, finished {code(finished)}.")


def _folded(title: str, lines: Sequence[str]) -> Block:
    if not lines:
        return Block(())
    head = ("<details>", f"<summary>{title}</summary>", "")
    return Block(head, tuple(lines), ("", "</details>", ""))


def _evidence(decision: PromotionDecision) -> str:
    patch = decision.candidate.patch
    told = [f"- {code(patch.target)}: patch {code(patch.id)}"]
    if patch.source_experiment_id is not None:
        told.append(f"experiment {quoted(patch.source_experiment_id, 80)}")
    metrics = patch.claim("metrics")
    if isinstance(metrics, dict) and metrics:
        told.append(f"metrics `{visible_json(metrics)}`")
    if patch.reason is not None:
        told.append(f"reason {quoted(patch.reason)}")
    return ", ".join(told)


def _rejected(decision: PromotionDecision) -> str:
    patch = decision.candidate.patch
    why = "; ".join(f"{prose(reason.message)} ({code(reason.code)})" for reason in decision.reasons)
    step = f"{value_cell(decision.live_value)} → {value_cell(decision.new_value)}"
    return f"- {code(patch.target)} {step}, patch {code(patch.id)}: {why}"
