"""The documents of the commands that propose nothing: `check`, `record`, `reject`, `doctor` and `init`, as declared
types. Those of `audit` are in audit_documents.

`promobot schema result` is generated from them (core.schemas). Members may be added, never removed or retyped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from promobot.core.explain.findings import Severity
from promobot.core.explain.parameters import Verdict
from promobot.core.models import Reason
from promobot.core.policy.types import AutoApplyMode
from promobot.core.rendering.documents import PullRequestDocument, Version

Warnings = Annotated[list[str], Field(description="what a person should know, though nothing was refused for it")]
Digest = Annotated[str, Field(description="of the proposal's question, 64 hex digits")]


@dataclass(frozen=True)
class ViolationDocument:
    """One thing that speaks against a merge, or, as a warning, one worth knowing."""

    code: Annotated[str, Field(description="stable, for machines; a governance rule's own code where one speaks")]
    message: Annotated[str, Field(description="what is wrong, for people")]
    commit: Annotated[str | None, Field(description="where it belongs to one commit")]
    path: Annotated[str | None, Field(description="where it belongs to one file")]


@dataclass(frozen=True)
class VerdictDocument:
    """`check`: whether a head may be merged into a base, and into no other commit than this."""

    schema_version: Version
    ok: Annotated[bool, Field(description="whether there is no violation")]
    violations: list[ViolationDocument]
    warnings: list[ViolationDocument]
    base: Annotated[str, Field(description="the full id of the commit to merge into")]
    head: Annotated[str, Field(description="the full id of the commit to be merged")]
    merge_base: Annotated[str | None, Field(description="null: there is none, or several")]
    result: Annotated[str | None, Field(description="the tree of the merge; null: git could not merge")]


@dataclass(frozen=True)
class RecordedDocument:
    """One landing, and who let it land."""

    proposal_id: str
    digest: Digest
    commit: Annotated[str, Field(description="the landing, on the base branch's first-parent line")]
    path: Annotated[str, Field(description="of the record on the branch promobot-ledger")]
    pull_request: Annotated[PullRequestDocument | None, Field(description="null: none brought it, or nobody was asked")]
    merger: Annotated[str | None, Field(description="login; null: not known")]
    approvers: Annotated[list[str], Field(description="logins of those whose approval stood at the merge")]


@dataclass(frozen=True)
class RecordDocument:
    """`record`: what was written down of the landings."""

    schema_version: Version
    dry_run: Annotated[bool, Field(description="true: nothing was written")]
    recorded: Annotated[list[RecordedDocument], Field(description="the landings that had no record")]
    already: Annotated[int, Field(description="how many landings had one")]
    waiting: Annotated[list[str], Field(description="proposal ids whose pull request the forge still calls open")]
    noted: Annotated[int, Field(description="how many notes are new in refs/notes/promobot")]
    warnings: Warnings


@dataclass(frozen=True)
class RefusedDocument:
    """What a person said no to."""

    proposal_id: str
    digest: Digest
    target: Annotated[str | None, Field(description="null: the whole proposal")]


@dataclass(frozen=True)
class EntryDocument:
    """Where the no stands."""

    path: Annotated[str, Field(description="on the branch promobot-ledger")]
    written: Annotated[bool, Field(description="false: the same no stood there already")]


@dataclass(frozen=True)
class RejectionDocument:
    """`reject`: a person's no."""

    schema_version: Version
    refused: RefusedDocument
    ledger: EntryDocument
    pull_request: Annotated[PullRequestDocument | None, Field(description="the one that was closed")]
    warnings: Warnings


@dataclass(frozen=True)
class FindingDocument:
    """One thing that was looked at."""

    severity: Severity
    code: Annotated[str, Field(description="stable, for machines")]
    message: Annotated[str, Field(description="what was found, for people")]
    mend: Annotated[str, Field(description="what to do about it; empty where it is well")]


@dataclass(frozen=True)
class BoundsDocument:
    """How far a value may move, in the parameter's own unit."""

    min_value: float
    max_value: float
    max_step: float


@dataclass(frozen=True)
class ParameterDocument:
    """How far the best imaginable patch of a parameter comes under the policy."""

    target: str
    live: Annotated[bool | int | float | None, Field(description="null: text, which may be secret, or no scalar")]
    verdict: Verdict
    reasons: Annotated[list[Reason], Field(description="why it is not auto")]
    bounds: BoundsDocument | None
    reachable: Annotated[
        list[int | float] | None, Field(description="the least and the greatest value that one proposal may set")
    ]


@dataclass(frozen=True)
class AuditDocument:
    """What the policy asks of the history."""

    baseline: Annotated[str | None, Field(description="null: the commit that first brought the policy")]
    require_signed: bool
    require_record: bool
    allowed_keys: Annotated[int, Field(description="how many may sign, SSH and OpenPGP")]
    acknowledged: Annotated[int, Field(description="how many findings people know of")]


@dataclass(frozen=True)
class PolicyDocument:
    """The policy that was explained, in short."""

    source: Annotated[str, Field(description="the file")]
    branch: Annotated[str, Field(description="whose live values it was held against")]
    mode: AutoApplyMode
    lock: bool
    effective_mode: Annotated[AutoApplyMode, Field(description="the mode that lock leaves")]
    max_per_proposal: int
    max_per_day: int
    min_confidence: float
    grants: Annotated[int, Field(description="how many stand under [[eligibility]]")]
    evidence: Annotated[dict[str, bool], Field(description="by section (risk, ...): whether it asks for anything")]
    audit: AuditDocument


@dataclass(frozen=True)
class ExplanationDocument:
    """`doctor`: what the policy lets through, and what is not well."""

    schema_version: Version
    ok: Annotated[bool, Field(description="whether no finding is an error")]
    findings: list[FindingDocument]
    parameters: list[ParameterDocument]
    policy: PolicyDocument


@dataclass(frozen=True)
class FileDocument:
    """What became of one file, or would."""

    path: Annotated[str, Field(description="in the repository")]
    action: Annotated[
        Literal["create", "append", "keep"], Field(description="keep: it, or what does its work, stands there already")
    ]
    why: Annotated[str, Field(description="what it is for, or why it stays as it is")]


@dataclass(frozen=True)
class LabelsDocument:
    """The labels that promobot uses on a forge."""

    known: list[str]
    created: Annotated[list[str], Field(description="those that were missing, where --labels asked for them")]


@dataclass(frozen=True)
class InitialisedDocument:
    """`init`: what was put into the repository."""

    schema_version: Version
    outcome: Annotated[
        Literal["initialised", "unchanged", "dry_run"], Field(description="unchanged: everything stood there already")
    ]
    files: list[FileDocument]
    labels: LabelsDocument
    next_steps: Annotated[list[str], Field(description="what is left to a person, in the order in which it is done")]
