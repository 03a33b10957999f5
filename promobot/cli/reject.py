"""`promobot reject`."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from promobot.adapters.actions import Surroundings, annotation_lines
from promobot.cli.hints import tell_half_a_forge
from promobot.cli.options import BaseBranch, Now, OutputFormat, Repo, moment
from promobot.cli.output import Format, print_json
from promobot.cli.wiring import ForgeChoice, open_desk
from promobot.core.ledger import Claimant
from promobot.core.rendering.text import log_line
from promobot.usecases import reject as story


def reject(
    proposal: Annotated[str, typer.Argument(metavar="ID", help="An open proposal: its id, its branch or its digest.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why not, in your own words; it is kept.")],
    target: Annotated[
        str | None, typer.Option("--target", metavar="TARGET", help="Only this parameter's value, not the whole.")
    ] = None,
    forge: Annotated[
        ForgeChoice, typer.Option(help="github also closes the pull request; none works in plain git; auto as usual.")
    ] = ForgeChoice.AUTO,
    now: Now = None,
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Say no to an open proposal, or to one of its values.

    The no is written to the branch promobot-ledger, where the next run reads it. A whole proposal is closed and its
    branch deleted; the loop does not ask the same question again unless promobot propose --reconsider does. With
    --target the loop's proposal stays as it is until the next run proposes the rest without that value, which closes
    it; the value stays refused until the live value changes or something newer lands on the parameter.

    The no binds the loop alone: set, unset, apply and revert may ask the same again.

    Closing a pull request by hand is a no as well; this is for one value, for plain git, or to keep the reason.

    Examples:

      promobot reject live_promotion_20261122T120000Z_0123456789abcdef --reason "not before the audit"

      promobot reject 0123456789abcdef --target portfolio.leverage --reason "too much for a holiday week"
    """
    surroundings = Surroundings.of(os.environ)
    tell_half_a_forge(forge, surroundings)
    at = moment(now)
    desk, branch = open_desk(repo, base, forge, surroundings, at)
    name = desk.repository.git.ask("config", "user.name") or _account()
    no = story.No(proposal, target, reason, Claimant(name, os.environ.get("GITHUB_ACTOR")))
    told = story.reject(desk, branch, at, no)
    if format_ is Format.JSON:
        print_json(_document(told))
    else:
        what = f"{told.target} of {told.proposal_id}" if told.target else told.proposal_id
        typer.echo(log_line(f"The no to {what} is {'written' if told.written else 'in the ledger already'}."))
        typer.echo(f"ledger:       {told.path}")
        if told.closed:
            typer.echo(f"closed:       {told.closed.url}")
    for warning in told.warnings:
        plain = [f"warning: {log_line(warning)}"]
        lines = annotation_lines("warning", [log_line(warning)]) if surroundings.in_actions else plain
        typer.echo("\n".join(lines), err=True)


def _account() -> str | None:
    """Who runs this, as far as the machine says; nobody has proved it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _document(told: story.Rejection) -> dict[str, Any]:
    closed = told.closed
    return {
        "schema_version": 1,
        "refused": {"proposal_id": told.proposal_id, "digest": told.digest, "target": told.target},
        "ledger": {"path": told.path, "written": told.written},
        "pull_request": None if closed is None else {"number": closed.number, "url": closed.url},
        "warnings": list(told.warnings),
    }
