"""The answer of `audit verify`, as text and as JSON. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from promobot.core.audit.events import Landing, PolicyChange
from promobot.core.audit.proof import NOT_PROVED, Proof
from promobot.core.audit.signatures import Signature, State
from promobot.core.gate.verdict import Violation
from promobot.core.rendering.text import log_line

SHORT = 12


def proof_json(proof: Proof) -> dict[str, Any]:
    """The document of `--format json` (DESIGN 3.4)."""
    chronicle = proof.chronicle
    return {
        "schema_version": 1,
        "ok": proof.ok,
        "violations": [finding_json(one) for one in proof.violations],
        "acknowledged": [finding_json(one) | {"reason": reason} for one, reason in proof.acknowledged],
        "warnings": [finding_json(one) for one in proof.warnings],
        "head": chronicle.head,
        "baseline": chronicle.baseline,
        "commits": chronicle.commits,
        "landings": [landing_json(one, proof) for one in chronicle.landings],
        "policy_changes": sum(isinstance(event, PolicyChange) for event in chronicle.events),
        "records": len(proof.records),
        "unproved": dict(chronicle.unproved),
        "online": proof.online,
        "not_proved": list(NOT_PROVED),
    }


def refused_json(violation: Violation) -> dict[str, Any]:
    """The document where the history cannot be read at all."""
    return {"schema_version": 1, "ok": False, "violations": [finding_json(violation)]}


def finding_json(violation: Violation) -> dict[str, Any]:
    """One finding: code, message, commit and path (null: none)."""
    return {name: getattr(violation, name) for name in ("code", "message", "commit", "path")}


def landing_json(landing: Landing, proof: Proof) -> dict[str, Any]:
    """What was judged of a landing: which proposal, with whose signature (state, key), recorded or not."""
    signature = proof.signatures.get(landing.at.commit, Signature(State.UNSIGNED))
    return {
        "commit": landing.at.commit,
        "kind": landing.kind,
        "proposal_id": landing.proposal_id,
        "digest": landing.digest,
        "signature": {"state": str(signature.state), "key": signature.key},
        "recorded": landing.digest in proof.approvals,
    }


def signed(proof: Proof) -> str:
    """How many landings have a signature of which state, in words."""
    states = (proof.signatures.get(one.at.commit, Signature(State.UNSIGNED)).state for one in proof.chronicle.landings)
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(Counter(states).items()))


def proof_lines(proof: Proof) -> Iterator[str]:
    """For people: the findings, then what was proved, then what git cannot prove."""
    for one in proof.violations:
        yield _line("finding", one)
    for one, reason in proof.acknowledged:
        yield _line("acknowledged", one) + f" (known: {log_line(reason)})"
    for one in proof.warnings:
        yield _line("warning", one)
    chronicle = proof.chronicle
    count = len(proof.violations)
    head, baseline = chronicle.head[:SHORT], chronicle.baseline[:SHORT]
    told = "proved" if proof.ok else f"not proved: {count} finding{'s' * (count != 1)}"
    landings = len(chronicle.landings)
    commits = f"{chronicle.commits} commit{'s' * (chronicle.commits != 1)}"
    yield f"{told}; {commits} from {baseline} to {head}, {landings} landing{'s' * (landings != 1)}"
    if landings:
        yield f"signatures: {signed(proof)}; records: {len(proof.approvals)} of {landings}"
    for name, why in chronicle.unproved.items():
        yield log_line(f"note: {name} was {why}")
    yield "not proved by git alone:"
    yield from (f"  - {sentence}" for sentence in NOT_PROVED)


def _line(kind: str, one: Violation) -> str:
    where = [one.commit and one.commit[:SHORT], one.path and log_line(one.path)]
    place = [" ".join(filter(None, where))] if any(where) else []
    return log_line(": ".join([kind, *place, f"{one.message} [{one.code}]"]))
