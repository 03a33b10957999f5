"""The nouns of the promotion loop, named as in the loop's own document: patch, candidate, decision, proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    StrictBool,
    StrictInt,
    StrictStr,
    WithJsonSchema,
)

from promobot.core.values import INT64_MAX, INT64_MIN, TARGET_PATTERN, Scalar

# Strict on purpose: `true` is not a number and "1.5" is not a float (DESIGN 3.1).
ExportedValue = (
    StrictBool
    | Annotated[StrictInt, Field(ge=INT64_MIN, le=INT64_MAX)]
    | FiniteFloat
    | Annotated[StrictStr, Field(max_length=1000)]
)


class PatchStatus(StrEnum):
    """Where a patch stands in the learning loop. Only the second and third become candidates."""

    PROPOSED = "PROPOSED"
    APPLIED_OFFLINE = "APPLIED_OFFLINE"
    PROMOTED = "PROMOTED"
    REJECTED = "REJECTED"
    RETIRED = "RETIRED"


def _instant(value: object) -> object:
    """Read an ISO 8601 text as an instant in UTC; a text without an offset means UTC."""
    if value is None:
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise ValueError("not an ISO 8601 time such as 2026-01-31T12:00:00Z") from error
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the years 1 to 9999 in UTC") from error


def _status(value: object) -> object:
    """Take the status by its exact name; strict mode alone would take the enum's members only."""
    return PatchStatus(value) if isinstance(value, str) and value in PatchStatus.__members__ else value


# What `_instant` reads is wider than JSON Schema's `date-time`: a date alone, no offset, ISO 8601's other spellings.
_INSTANT_PATTERN = r"^[0-9]{4}(-[0-9]{2}-[0-9]{2}|[0-9]{4}|-?W[0-9]{2}(-?[0-9])?)([^0-9][0-9]{2}.*)?$"
Instant = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "pattern": _INSTANT_PATTERN})
]


class ConfigPatch(BaseModel):
    """One parameter change that the learning loop found, as its export states it (DESIGN 3.1). Untrusted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$", description="unique in the export, whatever its case"
    )
    target: str = Field(pattern=TARGET_PATTERN, max_length=255, description="dotted path of the parameter")
    new_value: ExportedValue = Field(description="the value found, in the parameter's own unit")
    old_value: ExportedValue | None = Field(default=None, description="what the loop believed the live value to be")
    status: Annotated[PatchStatus, BeforeValidator(_status)] = Field(description="where it stands in the loop")
    confidence_score: Annotated[FiniteFloat, Field(ge=0, le=1)] | None = Field(
        default=None, description="from 0 to 1; missing is below any minimum"
    )
    generated_at: Instant | None = Field(default=None, description="ISO 8601; without an offset UTC")
    applied_at: Instant | None = Field(default=None, description="ISO 8601; without an offset UTC")
    promoted_at: Instant | None = Field(default=None, description="ISO 8601; without an offset UTC")
    reason: str | None = Field(default=None, description="free text, never trusted")
    source_experiment_id: str | None = Field(default=None, description="free text, never trusted")
    meta: dict[str, Any] | None = Field(
        default=None,
        description="claims, such as is_live_ready, tier, tags, metrics; an ill-typed one counts as absent",
    )

    def claim(self, name: str) -> object:
        """A member of `meta`, or None. A claim can only narrow a decision, never widen it."""
        return (self.meta or {}).get(name)


class DecisionStatus(StrEnum):
    """What the governance rules say of a candidate. PENDING never leaves the engine."""

    PENDING = "PENDING"
    REJECTED_BY_POLICY = "REJECTED_BY_POLICY"
    REJECTED_BY_SANITY_CHECK = "REJECTED_BY_SANITY_CHECK"
    ACCEPTED_FOR_PROPOSAL = "ACCEPTED_FOR_PROPOSAL"


@dataclass(frozen=True)
class Reason:
    """Why a rule spoke: a stable code for machines, a sentence for people (never text from an export)."""

    code: str
    message: str


@dataclass(frozen=True)
class PromotionCandidate:
    """A patch that the loop holds for ready, tagged by its target. Not eligible until someone else says so."""

    patch: ConfigPatch
    tags: tuple[str, ...] = ()
    eligible_for_live: bool = False
    notes: str = ""


@dataclass(frozen=True)
class RiskScore:
    """How risky a candidate is: points by dimension, two decimals each; together from 0 (calm) to 100."""

    points: Mapping[str, Decimal]

    @property
    def score(self) -> Decimal:
        """The sum, so that a reader can check it on paper."""
        return min(Decimal(100), sum(self.points.values(), Decimal(0)))


@dataclass(frozen=True)
class PromotionDecision:
    """A candidate with every reason that applies.

    `live_value` is what the base branch holds (None: nothing), `new_value` the patch's value in the live type.
    `auto_apply` is true only for an accepted decision against which no rule spoke; then merging changes the value.
    `risk` is None where the policy asks for no score.
    """

    candidate: PromotionCandidate
    status: DecisionStatus
    reasons: tuple[Reason, ...] = ()
    auto_apply: bool = False
    auto_apply_reasons: tuple[Reason, ...] = ()
    live_value: Scalar | None = None
    new_value: Scalar | None = None
    risk: RiskScore | None = None

    @property
    def accepted(self) -> bool:
        """Whether the candidate goes into the proposal."""
        return self.status is DecisionStatus.ACCEPTED_FOR_PROPOSAL

    @property
    def target(self) -> str:
        """The dotted parameter path."""
        return self.candidate.patch.target


ProposalKind = Literal["promotion", "operator", "revert", "expiry"]


@dataclass(frozen=True)
class PromotionProposal:
    """One cycle's proposal: every decision, accepted or not, and the facts they rest on.

    `meta` is the JSON object written to `proposal_meta.json`; `output_dir` is relative to where it is materialized;
    `skipped` are the patches of the export that the loop itself does not hold for ready, kept for the record.
    """

    proposal_id: str
    title: str
    description: str
    decisions: tuple[PromotionDecision, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)
    output_dir: str | None = None
    skipped: tuple[ConfigPatch, ...] = ()
