"""The answer of `audit show --target`: a value at a time, what made it so, and until when it held. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from promobot.core.audit.entries import moment_text
from promobot.core.audit.events import Moment
from promobot.core.audit.life import BASE_CONFIG, OVERRIDE, Held, Version
from promobot.core.rendering.entries import entry_json, entry_lines
from promobot.core.rendering.names import author_text, value_text
from promobot.core.rendering.proof import SHORT
from promobot.core.rendering.text import log_line

FROM = {OVERRIDE: "an override", BASE_CONFIG: "the base config"}


def held_lines(held: Held, at: str | None) -> Iterator[str]:
    """For people. `at` is the time that was asked for."""
    reading = held.reading
    told = f"{value_text(reading.value, 1000)} ({FROM[reading.source]})" if reading.source else "not set"
    yield log_line(f"{held.target} {f'at {at}' if at else 'now'}: {told}")
    if reading.note:
        yield log_line(f"  note: {reading.note}")
    yield f"  the line stood at {_commit(held.commit)}"
    yield f"since {_commit(held.since.at)}"
    yield from _why(held)
    if held.until is None:
        yield "until now: nothing on this line has changed it"
    else:
        yield f"until {_commit(held.until.at)}"
    yield "times are the committers' own dates; the first-parent order of the line decides where they go back"


def held_json(held: Held, at: str | None) -> dict[str, Any]:
    """The document of `--format json`."""
    return {
        "schema_version": 1,
        "target": held.target,
        "at": at,
        "value": held.reading.value,
        "source": held.reading.source,
        "note": held.reading.note,
        "commit": held.commit.commit,
        "since": _version(held.since),
        "until": None if held.until is None else _version(held.until),
        "given": held.given,
        "entry": None if held.entry is None else entry_json(held.entry),
    }


def _why(held: Held) -> Iterator[str]:
    if held.entry is not None:
        yield from (f"  {line}" for line in entry_lines(held.entry))
        return
    if held.given:
        yield "  it stood there at the audit's baseline or before, and is taken as given"
    elif held.reading.source == BASE_CONFIG:
        yield "  the base config was changed by this commit, which no proposal stands behind"
    else:
        yield "  no event of the proved history explains it; see promobot audit verify"
    yield log_line(f"  by {author_text(held.since.author)}, as the commit says")


def _commit(at: Moment) -> str:
    return f"{moment_text(at) or 'no readable date'}, commit {at.commit[:SHORT]}"


def _version(version: Version) -> dict[str, Any]:
    return {"time": moment_text(version.at), "commit": version.at.commit}
