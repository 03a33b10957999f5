"""The documents of `audit verify`, `audit log` and `audit show`, as declared types.

`promobot schema result` is generated from them (core.schemas). Members may be added, never removed or retyped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from promobot.core.audit.signatures import State
from promobot.core.rendering.documents import PullRequestDocument, Version
from promobot.core.rendering.reports import Digest, ViolationDocument
from promobot.core.values import Scalar

Commit = Annotated[str, Field(description="the full id of a commit")]
Time = Annotated[str | None, Field(description="the committer date in UTC, ISO 8601; null: it cannot be told")]
Blob = Annotated[str | None, Field(description="git's id of a file's content; null: there is none")]
Findings = Annotated[list[ViolationDocument], Field(description="what was found and stands")]


@dataclass(frozen=True)
class KnownDocument(ViolationDocument):
    """A finding that the policy acknowledges."""

    reason: Annotated[str, Field(description="why it may stay, as [[audit.acknowledged]] says")]


@dataclass(frozen=True)
class KeyDocument:
    """A commit's signature, in short."""

    state: State
    key: Annotated[str | None, Field(description="fingerprint of the key that it names; proved by good alone")]


@dataclass(frozen=True)
class SignatureDocument(KeyDocument):
    """A commit's signature."""

    why: Annotated[str, Field(description="for people; empty where there is nothing to say")]


@dataclass(frozen=True)
class ProvedDocument:
    """A landing that was judged."""

    commit: Commit
    kind: str
    proposal_id: str
    digest: Digest
    signature: KeyDocument
    recorded: Annotated[bool, Field(description="whether the ledger holds its record, which can be read")]


@dataclass(frozen=True)
class ProofDocument:
    """`audit verify`: whether nothing but merged proposals changed the live overrides."""

    schema_version: Version
    ok: Annotated[bool, Field(description="whether nothing was found that nobody has acknowledged")]
    violations: Findings
    acknowledged: list[KnownDocument]
    warnings: list[ViolationDocument]
    head: Commit
    baseline: Annotated[str, Field(description="the full id of the commit whose content was taken as given")]
    commits: Annotated[int, Field(description="how many were judged")]
    landings: list[ProvedDocument]
    policy_changes: int
    records: Annotated[int, Field(description="how many the ledger holds")]
    unproved: Annotated[
        dict[str, str], Field(description="by proposal id: why its files could not be made again byte by byte")
    ]
    online: Annotated[bool, Field(description="whether the forge was asked as well")]
    not_proved: Annotated[list[str], Field(description="what this proof cannot say, for people")]


@dataclass(frozen=True)
class UnreadableDocument:
    """`audit verify` of a history that cannot be read at all."""

    schema_version: Version
    ok: Literal[False]
    violations: list[ViolationDocument]


@dataclass(frozen=True)
class ChangeDocument:
    """One value before and after, in the parameter's own type and unit."""

    target: str
    old: Annotated[Scalar | None, Field(description="null: none")]
    new: Annotated[Scalar | None, Field(description="null: the override is gone, so the base config holds")]
    automatic: Annotated[bool, Field(description="false: left to be set by hand, so nothing changed")]


@dataclass(frozen=True)
class AuthorDocument:
    """Who a commit says to be by; anybody can write anything there."""

    name: str
    email: str


@dataclass(frozen=True)
class EventDocument:
    """One event of the history; what its sort does not have is null, empty or false."""

    kind: Annotated[
        str, Field(description="a proposal's kind, or policy, or finding: fault with a commit that landed nothing")
    ]
    by_button: Annotated[bool, Field(description="whether the forge's Revert button took the proposal back")]
    time: Time
    commit: Annotated[str, Field(description="on the first-parent line")]
    brought_by: Annotated[list[str], Field(description="commits of the merged branch that carried the proposal")]
    proposal_id: str | None
    digest: Digest | None
    mode: str | None
    reverts: Annotated[str | None, Field(description="the digest of the proposal that this one takes back")]
    changes: list[ChangeDocument]
    recorded: Annotated[bool, Field(description="whether there is a record, which tells the next three")]
    pull_request: PullRequestDocument | None
    approvers: Annotated[list[str], Field(description="logins of those whose approval stood at the merge")]
    merger: Annotated[str | None, Field(description="login; null: not known")]
    policy: Annotated[
        str | None, Field(description="the policy's blob: that it landed under, or that a change brought")
    ]
    policy_before: Blob
    author: Annotated[AuthorDocument | None, Field(description="of a policy change")]
    verified: Annotated[bool, Field(description="whether nothing that stands was found against it")]
    findings: Findings
    acknowledged: list[KnownDocument]
    unproved: Annotated[str | None, Field(description="why its files could not be made again byte by byte")]


@dataclass(frozen=True)
class LogDocument:
    """`audit log`: what changed the live values, newest first."""

    schema_version: Version
    ok: Annotated[bool, Field(description="whether audit verify is content")]
    head: Commit
    baseline: Annotated[str, Field(description="the full id of the commit whose content was taken as given")]
    events: Annotated[int, Field(description="how many there are without any filter")]
    findings: Annotated[int, Field(description="how many the whole proof has")]
    unlisted: Annotated[int, Field(description="how many of them belong to no event")]
    records: Annotated[int, Field(description="how many the ledger holds")]
    entries: list[EventDocument]


@dataclass(frozen=True)
class ArtifactDocument:
    """A file that landed with the proposal."""

    path: str
    blob: str


@dataclass(frozen=True)
class SwitchDocument:
    """A file before and after."""

    path: str
    before: Blob
    after: Blob


@dataclass(frozen=True)
class DossierDocument:
    """`audit show ID`: one landed proposal whole."""

    schema_version: Version
    proposal: EventDocument
    taken_back_by: Annotated[list[str], Field(description="commits of the events that took it back")]
    meta: Annotated[dict[str, Any] | None, Field(description="proposal_meta.json; null: it cannot be read")]
    patches: Annotated[list[Any] | None, Field(description="config_patches.json's patches; null: it cannot be read")]
    files: Annotated[dict[str, ArtifactDocument], Field(description="by name")]
    overrides: SwitchDocument
    record: Annotated[dict[str, Any] | None, Field(description="the in-toto statement; null: none that can be read")]
    signatures: Annotated[dict[str, SignatureDocument], Field(description="by commit: the landing's, and its branch's")]


@dataclass(frozen=True)
class PointDocument:
    """A commit of the first-parent line."""

    time: Time
    commit: Commit


@dataclass(frozen=True)
class HeldDocument:
    """`audit show --target`: a value at a time, what made it so, and until when it held."""

    schema_version: Version
    target: str
    at: Annotated[str | None, Field(description="the time that was asked for; null: the newest commit")]
    value: Annotated[Scalar | None, Field(description="what the live system read; null: nothing, or no scalar")]
    source: Literal["override", "base_config"] | None
    note: Annotated[str | None, Field(description="what could not be read, for people")]
    commit: Annotated[str, Field(description="where the line stood at that time")]
    since: Annotated[PointDocument, Field(description="the commit that brought the value")]
    until: Annotated[PointDocument | None, Field(description="the commit that changed it; null: none")]
    given: Annotated[bool, Field(description="whether it stood there at the audit's baseline, which is not judged")]
    entry: Annotated[EventDocument | None, Field(description="the event that brought it; null: no event")]
