"""`promobot audit show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from promobot.cli.audit.asking import instant, opened, progress, show_json, show_lines
from promobot.cli.options import BaseBranch, OutputFormat, Repo
from promobot.cli.output import Format
from promobot.core.rendering.dossier import dossier_json, dossier_lines
from promobot.core.rendering.facts import instant_text
from promobot.core.rendering.held import held_json, held_lines
from promobot.errors import UsageError
from promobot.usecases.audit.live import live
from promobot.usecases.audit.show import show as story


def show(
    proposal: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="A landed proposal: its id or the start of it, or its digest (16 or 64 hex)."
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="TARGET", help="In place of ID: a parameter, whose live value is looked up.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="With --target: when it was live, ISO 8601; without an offset UTC. Default: the newest commit.",
        ),
    ] = None,
    revision: Annotated[
        str, typer.Option("--rev", metavar="REV", help="The newest commit to look at; everything behind it is proved.")
    ] = "HEAD",
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Show one proposal whole, or the value that was live at a time and why.

    ID: its values, every patch with its decision (rejected ones, too) and the loop's evidence, the facts that the rules
    used, the policy, who approved and merged it by its record, its signature, and what the proof found against it.

    --target: the value that the live system read, from the overrides or else the base config; the event that made it
    so; and until when it held. The base branch's first-parent line is walked, dated by its committers.

    The history is proved first, as promobot audit verify does, from this clone alone.

    Examples:

      promobot audit show live_promotion_20261120

      promobot audit show --target portfolio.leverage --at 2026-11-20T12:00:00Z
    """
    if (proposal is None) == (target is None) or (at is not None and target is None):
        raise UsageError("name one proposal, or a --target (with --at TIME); see promobot audit show --help")
    moment = instant(at, "--at")
    repository, asked = opened(repo, base, revision)
    if proposal is not None:
        dossier = story(repository, asked, proposal, progress)
        if format_ is Format.JSON:
            show_json(dossier_json(dossier))
        else:
            show_lines(dossier_lines(dossier))
        return
    held = live(repository, asked, target or "", moment, progress)
    told = None if moment is None else instant_text(moment)
    if format_ is Format.JSON:
        show_json(held_json(held, told))
    else:
        show_lines(held_lines(held, told))
