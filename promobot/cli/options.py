"""Options that every command has, described once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from promobot.cli.output import Format
from promobot.errors import UsageError

Repo = Annotated[Path, typer.Option("--repo", metavar="DIR", help="The repository to work in.")]
BaseBranch = Annotated[
    str | None,
    typer.Option(
        "--base",
        metavar="BRANCH",
        help="The branch to propose to. Default: the current branch's upstream, else the remote's default branch.",
    ),
]
OutputFormat = Annotated[Format, typer.Option("--format", help="What standard output holds.")]
Now = Annotated[
    str | None,
    typer.Option("--now", metavar="TIME", help="The time to judge at, ISO 8601; without an offset UTC. Default: now."),
]


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
