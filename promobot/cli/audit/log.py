"""`promobot audit log`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from promobot.adapters import pager
from promobot.cli.audit.asking import instant, opened, progress, show_json, show_lines
from promobot.cli.options import BaseBranch, Repo
from promobot.core.audit.entries import KINDS
from promobot.core.audit.filters import Filter
from promobot.core.rendering.entries import entry_lines, log_json
from promobot.core.rendering.entries_csv import csv_lines
from promobot.core.rendering.proof import SHORT
from promobot.usecases.audit.log import Told
from promobot.usecases.audit.log import log as story

Kind = StrEnum("Kind", {kind.upper(): kind for kind in KINDS})  # type: ignore[misc]


class Form(StrEnum):
    """How standard output is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def log(
    revision: Annotated[
        str, typer.Argument(metavar="REV", help="The newest commit to list; everything behind it is proved.")
    ] = "HEAD",
    target: Annotated[
        list[str] | None, typer.Option("--target", metavar="GLOB", help="Only events of these targets; * crosses dots.")
    ] = None,
    after: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only what landed at this time or later; without an offset UTC.")
    ] = None,
    before: Annotated[str | None, typer.Option(metavar="TIME", help="Only what landed before this time.")] = None,
    approver: Annotated[
        list[str] | None, typer.Option(metavar="LOGIN", help="Only what they approved or merged, as the record says.")
    ] = None,
    kind: Annotated[
        list[Kind] | None,
        typer.Option(
            metavar="KIND",
            help=f"Only events of this kind: {', '.join(KINDS)} (a finding against a commit that landed nothing).",
        ),
    ] = None,
    proposal: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Only this proposal and what took it back: its id or the start of it, or its digest."
        ),
    ] = None,
    most: Annotated[
        int | None, typer.Option("--max-count", "-n", metavar="N", min=0, help="Only the newest N of them.")
    ] = None,
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: Annotated[Form, typer.Option("--format", help="What standard output holds.")] = Form.TEXT,
) -> None:
    """List what changed the live values, newest first: proposals, reverts, policy changes.

    The history is proved first, as promobot audit verify does; each event is verified, or shows the codes of what was
    found. Nobody is asked: who approved and merged stands in the records of the branch promobot-ledger, as far as it
    was fetched; times are the committers' dates. Options of one sort are alternatives, different ones restrict each
    other.

    csv has one row for each change of a value, for a spreadsheet; values stand there as in JSON. On a terminal the list
    goes through your pager, as with git log ($GIT_PAGER, core.pager, $PAGER; cat is none). A pager that the repository
    itself configures is not run.

    Exit code 0 whatever is found; promobot audit verify is the verdict.

    Examples:

      promobot audit log --target portfolio.leverage

      promobot audit log --after 2026-10-01 --format csv >quarter.csv

      promobot audit log --approver ann --kind operator
    """
    repository, asked = opened(repo, base, revision)
    wanted = Filter(
        tuple(target or ()),
        instant(after, "--after"),
        instant(before, "--before"),
        tuple(approver or ()),
        tuple(str(one) for one in kind or ()),
        proposal,
    )
    told = story(repository, asked, wanted, most, progress)
    if format_ is Form.JSON:
        show_json(log_json(told.entries, _totals(told)))
    elif format_ is Form.CSV:
        pager.show("".join(csv_lines(told.entries, wanted)))
    else:
        show_lines(_lines(told))


def _lines(told: Told) -> Iterator[str]:
    for entry in told.entries:
        yield from entry_lines(entry)
        yield ""
    chronicle, found = told.proof.chronicle, len(told.proof.violations)
    shown = f"{len(told.entries)} of {told.events}" if len(told.entries) < told.events else str(told.events)
    yield f"{shown} event{'s' * (told.events != 1)} from {chronicle.baseline[:SHORT]} to {chronicle.head[:SHORT]}"
    if found:
        rest = f", {told.unlisted} of them against no event" if told.unlisted else ""
        yield f"{found} finding{'s' * (found != 1)}{rest}: promobot audit verify tells them all"
    if told.proof.chronicle.landings and not told.proof.records:
        yield "no records here, so nobody is named: fetch the branch promobot-ledger, or run promobot record"


def _totals(told: Told) -> dict[str, Any]:
    proof = told.proof
    return {
        "ok": proof.ok,
        "head": proof.chronicle.head,
        "baseline": proof.chronicle.baseline,
        "events": told.events,
        "findings": len(proof.violations),
        "unlisted": told.unlisted,
        "records": len(proof.records),
    }
