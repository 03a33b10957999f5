"""Everything that is known of one landed proposal, as `audit show` tells it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promobot.core.audit.entries import Entry
from promobot.core.audit.events import Event, Landing, Undoing
from promobot.core.audit.signatures import Signature
from promobot.core.audit.statement import Filed, Statement


@dataclass(frozen=True)
class Dossier:
    """`entry` is the landing's. `meta` and `patches` are its files as they say themselves, None where they cannot be
    read; `record` is where its record stands and `statement` what it says; `signatures` are by commit; `later` took it
    back."""

    entry: Entry
    landing: Landing
    meta: Mapping[str, Any] | None
    patches: list[Any] | None
    record: Filed | None
    statement: Statement | None
    signatures: Mapping[str, Signature]
    later: tuple[Event, ...] = ()


def members_of(data: bytes | None) -> Mapping[str, Any] | None:
    """A file's JSON object; None for anything else."""
    try:
        told = json.loads(data or b"", parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def at(told: object, *names: str) -> Any:
    """What stands at a path of members; None where nothing does."""
    for name in names:
        told = told.get(name) if isinstance(told, Mapping) else None
    return told


def array(told: object) -> list[Any]:
    """A JSON array; empty for anything else."""
    return told if isinstance(told, list) else []


def took_back(landing: Landing, events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events that took a landing back: reverts by the command and by the forge's button."""
    return tuple(
        event
        for event in events
        if (isinstance(event, Landing) and event.reverts == landing.digest)
        or (isinstance(event, Undoing) and event.landing == landing)
    )


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON")
