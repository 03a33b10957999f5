"""`promobot schema`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from promobot.cli.output import Format


class Name(StrEnum):
    """What there is a schema of."""

    POLICY = "policy"
    EXPORT = "export"
    RESULT = "result"


def schema(
    name: Annotated[
        Name,
        typer.Argument(
            help="policy: config/promobot.toml. export: what the learning loop hands over. "
            "result: what propose, set, unset, apply, revert, check, record, reject, doctor, audit and init print "
            "with --format json, and any command's errors."
        ),
    ],
    format_: Annotated[  # noqa: ARG001  every command takes it
        Format, typer.Option("--format", help="Taken as by every command; a schema is JSON in both.")
    ] = Format.TEXT,
) -> None:
    """Print a JSON Schema of the policy, an export or a result.

    Give the policy's to your editor, for completion and a word on every key; check the loop's exports against the
    export's where they are made, before promobot refuses one; read results by the result's. The schemas
    (draft 2020-12) are those of this version of promobot. Needs no repository.

    A schema cannot see everything: promobot itself also refuses duplicate keys, a wrong digest and keys that
    contradict each other.

    Examples:

      promobot schema policy >policy.schema.json

      promobot schema export >export.schema.json

      check-jsonschema --schemafile export.schema.json export.json
    """
    # Only here: no other command should pay for making schemas.
    from promobot.core.schemas import schema_text  # noqa: PLC0415

    typer.echo(schema_text(name), nl=False)
