"""`--now` as every command reads it; apart from the other options, because the gate reads it without typer."""

from __future__ import annotations

from datetime import UTC, datetime

from promobot.errors import UsageError


def moment(text: str | None) -> datetime:
    """The time asked for, else the clock's."""
    if text is None:
        return datetime.now(UTC)
    try:
        asked = datetime.fromisoformat(text)
        asked = asked.replace(tzinfo=UTC) if asked.tzinfo is None else asked.astimezone(UTC)
        if not 1970 <= asked.year <= 2099:
            raise ValueError("git cannot date a commit so")
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--now {text!r} is no ISO 8601 time such as 2026-01-31T12:00:00Z (1970 to 2099)") from error
    return asked
