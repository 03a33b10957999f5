"""`promobot demo`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from promobot.cli.options import Now, OutputFormat, moment
from promobot.cli.output import Format, print_json
from promobot.core.rendering.result import result_json, result_lines
from promobot.core.rendering.text import log_line
from promobot.usecases import demo as story


def demo(
    export: Annotated[
        Path | None,
        typer.Argument(metavar="[EXPORT]", help="An export of your own; it must fit the example's base config."),
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Play in this new folder and leave it there to look at.")
    ] = None,
    now: Now = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Play the whole story in a throwaway repository.

    An export arrives, promobot judges it and commits a proposal to a branch, an operator merges, and the live config
    has changed. Needs git, and neither a token nor the network. The repository is removed afterwards, unless --keep
    names a new folder for it: then look at its git log.

    Examples:

      promobot demo

      promobot demo --keep ./promobot-demo
    """
    text = format_ is Format.TEXT
    at = moment(now)
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="promobot-demo-") as folder:
            result = story.demo(Path(folder), at, export, _tell if text else _keep_quiet)
    else:
        result = story.demo(story.new_folder(keep), at, export, _tell if text else _keep_quiet)
    if text:
        typer.echo("")
        for line in result_lines(result.cycle) if not result.changes else ["", *_ending(keep)]:
            typer.echo(line)
    else:
        changes = {c.target: {"before": c.before, "after": c.after} for c in result.changes}
        print_json(result_json(result.cycle) | {"live_changes": changes})


def _ending(keep: Path | None) -> list[str]:
    return [f"The repository is in {keep}/trading-system."] if keep else ["The throwaway repository is gone again."]


def _keep_quiet(_: story.Chapter) -> None:
    """With --format json standard output holds the result and nothing else."""


def _tell(chapter: story.Chapter) -> None:
    typer.echo(f"\n== {chapter.title}\n")
    for line in chapter.body.splitlines():
        typer.echo(log_line(f"   {line}" if line else ""))
