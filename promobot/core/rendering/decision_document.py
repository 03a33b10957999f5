"""The decision on one patch as a document: in what `--format json` prints (documents), and in a proposal's files.

It stands by itself because the gate reads proposals and prints none of the other documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, WithJsonSchema

from promobot.core.models import DecisionStatus, Reason

# PENDING never leaves the engine.
Verdict = Annotated[
    DecisionStatus,
    WithJsonSchema({"enum": [str(s) for s in DecisionStatus if s is not DecisionStatus.PENDING], "type": "string"}),
    Field(description="what the governance rules say of the patch"),
]


@dataclass(frozen=True)
class DecisionDocument:
    """The decision on one patch, with every reason that applies."""

    patch_id: Annotated[str, Field(description="the patch's id in the export")]
    target: Annotated[str, Field(description="the dotted parameter path")]
    status: Verdict
    reasons: Annotated[list[Reason], Field(description="why it is rejected; empty when accepted")]
    tags: Annotated[list[str], Field(description="derived from the target")]
    auto_apply: Annotated[bool, Field(description="whether merging the proposal sets the value")]
    auto_apply_reasons: Annotated[list[Reason], Field(description="why an accepted value is left to be set by hand")]
