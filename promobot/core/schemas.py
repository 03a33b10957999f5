"""JSON Schemas (draft 2020-12) of what people and machines exchange with promobot, generated from the models.

A schema judges a parsed document, so it cannot see everything that promobot refuses: duplicate keys, encodings and
literals, ids that are not unique, digests, or keys that contradict each other. promobot alone has the last word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from promobot.core.models import ConfigPatch
from promobot.core.policy import PromotionPolicy
from promobot.core.rendering.audit_documents import (
    DossierDocument,
    HeldDocument,
    LogDocument,
    ProofDocument,
    UnreadableDocument,
)
from promobot.core.rendering.documents import ErrorDocument, ResultDocument
from promobot.core.rendering.reports import (
    ExplanationDocument,
    InitialisedDocument,
    RecordDocument,
    RejectionDocument,
    VerdictDocument,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"

PatchList = Annotated[list[ConfigPatch], Field(description="the patches")]


class PatchesObject(BaseModel):
    """An object that holds the patches and nothing else."""

    model_config = ConfigDict(extra="forbid")

    patches: PatchList


class Integrity(BaseModel):
    """What the manifest's content must add up to."""

    model_config = ConfigDict(extra="forbid")

    content_sha256: str = Field(
        pattern="^[0-9a-f]{64}$",
        description="sha256 in lower-case hex of the manifest without `integrity` as canonical JSON: sorted keys, "
        "separators , and :, UTF-8, no ASCII escaping",
    )


class Manifest(BaseModel):
    """Patches with a digest over them, so that a change on the way is noticed."""

    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1, "1", "1.0"] = Field(description="of the manifest's form")
    manifest_id: str = Field(description="the loop's own name for it")
    patches: PatchList
    integrity: Integrity


class _Plain(GenerateJsonSchema):
    """Without the titles that only repeat a key."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  the base class gives it
        """Never: the key says it."""
        return False


class _Toml(_Plain):
    """TOML has no null: a key that may be left out is described by what it holds where it stands."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        """What the key holds."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """The default, where it is a value; what a missing key means otherwise stands in its description."""
        made = super().default_schema(schema)
        if made.get("default", ...) is None:
            del made["default"]
        return made

    def encode_default(self, dft: Any) -> Any:
        """A section's defaults, likewise."""
        made = super().encode_default(dft)
        return {key: value for key, value in made.items() if value is not None} if isinstance(made, dict) else made


def _policy() -> dict[str, Any]:
    return TypeAdapter(PromotionPolicy).json_schema(schema_generator=_Toml) | {
        "title": "promobot policy",
        "description": "config/promobot.toml: what may reach the live system, and how far. An unknown key is an error; "
        "a missing one has its default. promobot also refuses keys that contradict each other and paths that lead "
        "out of the repository.",
    }


def _export() -> dict[str, Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(PatchList | PatchesObject | ConfigPatch | Manifest)
    return adapter.json_schema(schema_generator=_Plain) | {
        "title": "promobot export",
        "description": "What a learning loop hands over, as one JSON document. In JSON Lines (.jsonl) each line is one "
        "patch: #/$defs/ConfigPatch. promobot also refuses duplicate keys and ids, a wrong digest, NaN and infinity, "
        "integers outside int64, a byte order mark, nesting over 64 levels and more than 64 MiB.",
    }


def _result() -> dict[str, Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(
        ResultDocument
        | ErrorDocument
        | VerdictDocument
        | RecordDocument
        | RejectionDocument
        | ExplanationDocument
        | InitialisedDocument
        | ProofDocument
        | UnreadableDocument
        | LogDocument
        | DossierDocument
        | HeldDocument
    )
    return adapter.json_schema(mode="serialization", schema_generator=_Plain) | {
        "title": "promobot result",
        "description": "What a command prints with --format json: how the cycle ended (propose, set, unset, apply, "
        "revert), what check, record, reject, doctor or audit found, what init wrote, or why it was refused. Members "
        "may be added; those named here stay.",
    }


_SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {"policy": _policy, "export": _export, "result": _result}


def schema_text(name: str) -> str:
    """The schema of `policy`, `export` or `result` as ASCII JSON: sorted, indented, ending in a newline."""
    text = json.dumps({"$schema": DIALECT} | _SCHEMAS[name](), indent=2, sort_keys=True, allow_nan=False)
    # Whoever reads a schema has no use for our own document's section numbers.
    return re.sub(r" \(DESIGN [0-9.]+\)", "", text) + "\n"
