"""What `audit verify` answers: what was found, what people have looked at already, and what git cannot prove. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from promobot.core.audit.events import Chronicle, Landing, PolicyChange
from promobot.core.audit.signatures import Signature, State
from promobot.core.audit.statement import Approval, Filed
from promobot.core.gate.verdict import Violation
from promobot.core.policy.audit import Acknowledged, Audit

NOT_PROVED = (
    "who approved and merged: the forge says so, and the record repeats it (--online asks again)",
    "that branch rules and required checks were in force at a merge",
    "who made an unsigned commit: names, addresses and messages are whatever its author wrote",
    "when something happened: dates are the committer's own; only their order is judged",
    "that trees and commits are what their names say, which git fsck does; a fetch has done it",
    "values of the base config, which people edit by ordinary merges (audit show names the commit)",
    "what stands beside the records on the ledger: cycles and refusals",
    "that nothing was rewritten before this clone was made: give --checkpoint a file of an earlier run",
)
"""What no clone can prove offline; said with every answer, so that nobody reads more into it."""


@dataclass(frozen=True)
class Proof:
    """`acknowledged` are findings with the reason for which the policy lets them be; `approvals` are by digest,
    `signatures` by commit: of the landings and of the commits that carried them; `records` are all of the
    ledger's. `baseline` is where proofs of this history begin; with a checkpoint this one
    began later. `online` says whether the forge was asked, too."""

    chronicle: Chronicle
    violations: tuple[Violation, ...]
    acknowledged: tuple[tuple[Violation, str], ...] = ()
    warnings: tuple[Violation, ...] = ()
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    signatures: Mapping[str, Signature] = field(default_factory=dict)
    records: tuple[Filed, ...] = ()
    baseline: str = ""
    online: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing was found that nobody has acknowledged."""
        return not self.violations

    def against(self, landing: Landing) -> tuple[Violation, ...]:
        """The findings that name a landing's commit or one that carried it."""
        commits = {landing.at.commit, *landing.brought}
        return tuple(one for one in self.violations if one.commit in commits)


def moved_baselines(changes: Iterable[tuple[PolicyChange, Audit, Audit]]) -> Iterator[Violation]:
    """A warning for each change of a baseline: what lies before the new one is no longer judged."""
    for change, before, after in changes:
        if before.baseline is not None and before.baseline != after.baseline:
            told = f"[audit] baseline was {before.baseline} until here; begin there with --since to see the rest"
            yield Violation("baseline_moved", told, change.policy.path, change.at.commit)


def with_answer(
    proof: Proof, findings: Iterable[Violation], warnings: Iterable[Violation], acknowledged: Iterable[Acknowledged]
) -> Proof:
    """The proof with what the forge said of its landings."""
    violations, known = sorted_out(findings, acknowledged)
    return replace(
        proof,
        violations=(*proof.violations, *violations),
        acknowledged=(*proof.acknowledged, *known),
        warnings=(*proof.warnings, *warnings),
        online=True,
    )


def sorted_out(
    found: Iterable[Violation], acknowledged: Iterable[Acknowledged]
) -> tuple[tuple[Violation, ...], tuple[tuple[Violation, str], ...]]:
    """The findings that stand, and those that the policy acknowledges by commit and code, each with the reason."""
    reasons: dict[tuple[str | None, str], str] = {(one.commit, one.code): one.reason for one in acknowledged}
    unique = tuple(dict.fromkeys(found))
    known = tuple((one, reasons[one.commit, one.code]) for one in unique if (one.commit, one.code) in reasons)
    return tuple(one for one in unique if (one.commit, one.code) not in reasons), known


def unsigned(landings: Iterable[Landing], signatures: Mapping[str, Signature], audit: Audit) -> Iterator[Violation]:
    """A bad signature is always a finding; a missing one, or one by an unknown key, where the policy asks for it.

    `audit` is that of the policy which these landings landed under.
    """
    for landing in landings:
        for commit in (landing.at.commit, *landing.brought):
            signature = signatures.get(commit, Signature(State.UNSIGNED))
            if signature.state is State.BAD:
                yield Violation("bad_signature", f"its signature is bad: {signature.why}", None, commit)
        state = signatures.get(landing.at.commit, Signature(State.UNSIGNED)).state
        if audit.require_signed and state not in (State.GOOD, State.BAD):
            message = f"{landing.proposal_id} landed without a good signature by an allowed key ({state})"
            yield Violation("not_signed", message, None, landing.at.commit)
