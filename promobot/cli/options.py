"""Options that every command has, described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from promobot.cli.moments import moment
from promobot.cli.output import Format

__all__ = ["BaseBranch", "Now", "OutputFormat", "Repo", "moment"]

Repo = Annotated[Path, typer.Option("--repo", metavar="DIR", help="The repository to work in.")]
BaseBranch = Annotated[
    str | None,
    typer.Option(
        "--base",
        metavar="BRANCH",
        help="The base branch, on which proposals land and whose values are live. Default: the current branch's "
        "upstream, else the remote's default branch.",
    ),
]
OutputFormat = Annotated[Format, typer.Option("--format", help="What standard output holds.")]
Now = Annotated[
    str | None,
    typer.Option("--now", metavar="TIME", help="The time to judge at, ISO 8601; without an offset UTC. Default: now."),
]
