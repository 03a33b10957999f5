"""`promobot check`, as the full command line has it: its help, and whatever the quick way in `cli.gate` leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from promobot.cli.gate import Request, answer, show
from promobot.cli.options import Now, OutputFormat, Repo
from promobot.cli.output import Format


def check(
    base: Annotated[
        str | None,
        typer.Option(
            metavar="REV",
            help="The commit to merge into. Default: in Actions the event's, else the current branch's upstream, "
            "else the remote's default branch.",
        ),
    ] = None,
    head: Annotated[
        str | None, typer.Option(metavar="REV", help="The commit to be merged. Default: the event's, else HEAD.")
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The base branch's name, where --base is no branch. Default: as for --base."),
    ] = None,
    body: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The pull request's text, to judge its boxes by. Default: the event's; none elsewhere."
        ),
    ] = None,
    now: Now = None,
    repo: Repo = Path(),
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Say whether a head may be merged into a base: the gate.

    The result of the merge is judged under the policy of the base, from git objects alone: nothing of the head is
    checked out, run or believed. What touches no protected path passes. A proposal must be exactly what promobot
    makes of it, and its values must still pass today; the policy, the base config and the rest have rules of their
    own. Refusals are known where the clone has the branch promobot-ledger.

    Exit code 1 means violations; the verdict holds for the one base commit that it names.

    Examples:

      promobot check --base origin/main --head HEAD

      promobot check --base origin/main --head origin/promobot/0123456789abcdef

      promobot check --base main --head promobot/0123456789abcdef --format json

    The second is for a proposal that was pushed, the third for a repository without a remote.
    """
    asked = Request(base, head, branch, None if body is None else str(body), str(repo), now, format_.value)
    raise typer.Exit(show(answer(asked), asked))
