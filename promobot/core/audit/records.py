"""What the records say, held against what git says of the landings. Pure.

Who approved and merged is the forge's word, which git cannot prove: it is only shown. What landed must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from promobot.core.audit.events import Landing
from promobot.core.audit.statement import Approval, Filed, Statement, read_statement
from promobot.core.gate.verdict import Violation
from promobot.core.proposals import branch_name
from promobot.core.record import PREDICATE, RECORDS, STATEMENT
from promobot.core.rendering.artifacts import CHECKLIST, META, PATCHES
from promobot.core.rendering.text import visible_json

Sha256 = Callable[[str], str | None]
"""Blob -> the sha256 of its content in hex; None where it cannot be had, which agrees with no record."""

MISMATCH, UNREADABLE, OF_NOTHING, MISSING = "record_mismatch", "record_unreadable", "record_of_nothing", "no_record"


def record_path(digest: str) -> str:
    """Where the record of a proposal stands on the ledger."""
    return f"{RECORDS}/{digest}.json"


def judge_record(
    landing: Landing, filed: Filed, content: bytes | None, sha256: Sha256
) -> tuple[Approval | None, list[Violation]]:
    """Hold a landing's record against it: what the record says of the approval, and one finding a wrong member.

    The approval is None where the record cannot be read.
    """
    commit, path = landing.at.commit, record_path(filed.digest)
    try:
        statement = _read(content)
    except ValueError as error:
        told = f"the record of {landing.proposal_id} cannot be read: {error}"
        return None, [Violation(UNREADABLE, told, path, commit)]
    findings = [
        Violation(MISMATCH, f"the record of {landing.proposal_id} is not of this landing: {told}", path, commit)
        for told in _disagreements(landing, statement, sha256)
    ]
    return statement.approval, findings


def of_nothing(filed: Filed, content: bytes | None, landed: Callable[[str], bool]) -> Violation | None:
    """The finding on a record whose digest is that of no landing that was judged, or None.

    `landed` says of a commit whether it stands on the base branch's first-parent line outside of what was judged:
    before the baseline, or after the revision. There its landing may well be.
    """
    path = record_path(filed.digest)
    try:
        commit = _read(content).said("landing.commit")
    except ValueError as error:
        return Violation(UNREADABLE, f"a record of no landing here cannot be read: {error}", path, filed.commit)
    if isinstance(commit, str) and landed(commit):
        return None
    shown = visible_json(commit, 60)
    told = f"the proposal of this record never landed on this line; it names the landing {shown}, which is not there"
    return Violation(OF_NOTHING, f"{told}: it was taken out of the history, or the record is false", path, filed.commit)


def unrecorded(landings: Iterable[Landing], recorded: frozenset[str]) -> Iterator[Violation]:
    """A finding for each landing without a record, for a policy whose [audit] require_record is true."""
    for landing in landings:
        if landing.digest not in recorded:
            told = f"{landing.proposal_id} landed and has no record; run promobot record"
            yield Violation(MISSING, told, record_path(landing.digest), landing.at.commit)


def _read(content: bytes | None) -> Statement:
    if content is None:
        raise ValueError("its content is not in this clone; fetch the ledger again")
    return read_statement(content)


def _disagreements(landing: Landing, statement: Statement, sha256: Sha256) -> Iterator[str]:
    """What is wrong, a sentence for each member."""
    form = {"_type": STATEMENT, "predicateType": PREDICATE}
    wrong = {name: statement.members.get(name) for name, said in form.items() if statement.members.get(name) != said}
    yield from (_told(name, said, form[name]) for name, said in wrong.items())
    # Of another form nobody knows what its members mean.
    if "predicateType" in wrong:
        return
    for member, is_so in _members(landing).items():
        said = statement.said(member)
        if said != is_so:
            yield _told(f"predicate.{member}", said, is_so)
    yield from _files(landing, statement, sha256)


def _members(landing: Landing) -> dict[str, Any]:
    """Dotted path in the predicate -> what git says."""
    overrides = landing.overrides
    return {
        "proposal.id": landing.proposal_id,
        "proposal.digest": landing.digest,
        "proposal.evidence_digest": landing.evidence_digest,
        "proposal.kind": landing.kind,
        "proposal.mode": landing.mode,
        "proposal.branch": branch_name(landing.digest),
        "proposal.reverts": landing.reverts,
        "decision.applied": [change.target for change in landing.changes if change.automatic],
        "decision.by_hand": [change.target for change in landing.changes if not change.automatic],
        "policy.landed_under": landing.policy,
        "landing.commit": landing.at.commit,
        "landing.overrides.path": overrides.path,
        "landing.overrides.before": overrides.before,
        "landing.overrides.after": overrides.after,
    }


def _files(landing: Landing, statement: Statement, sha256: Sha256) -> Iterator[str]:
    """The subject: the artifacts that landed and the overrides file as it was then, no more and no less."""
    there = {
        f"{landing.folder}/{name}": landing.artifacts[name]
        for name in (META, PATCHES, CHECKLIST)
        if name in landing.artifacts
    }
    if landing.overrides.after is not None:
        there[landing.overrides.path] = landing.overrides.after
    for path in sorted(there.keys() | statement.subject.keys()):
        blob, said = there.get(path), statement.subject.get(path)
        if blob is None:
            yield f"its subject names {visible_json(path)}, which did not land"
        elif said is None:
            yield f"its subject lacks {visible_json(path)}"
        elif said[0] != blob:
            yield _told(f"subject {path} gitBlob", said[0], blob)
        elif said[1] != sha256(blob):
            yield _told(f"subject {path} sha256", said[1], sha256(blob))


def _told(member: str, said: Any, is_so: Any) -> str:
    return f"{member} is {visible_json(said)}, git says {visible_json(is_so)}"
