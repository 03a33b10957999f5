"""`promobot audit verify`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from promobot.adapters.checkpoint import load_checkpoint, save_checkpoint
from promobot.adapters.repository import Repository, find_base
from promobot.cli.options import BaseBranch, OutputFormat, Repo
from promobot.cli.output import Format, print_json
from promobot.core.audit.proof import Proof
from promobot.core.gate.verdict import Violation
from promobot.core.rendering.proof import proof_json, proof_lines, refused_json
from promobot.core.rendering.text import log_line
from promobot.errors import RepositoryRefused
from promobot.usecases.audit.verify import Asked, checkpoint_after
from promobot.usecases.audit.verify import verify as story

VIOLATIONS = 1
EVERY = 1000
"""Commits between two lines of progress."""


def verify(
    revision: Annotated[
        str, typer.Argument(metavar="[REV]", help="The newest commit to prove; everything behind it is looked at.")
    ] = "HEAD",
    since: Annotated[
        str | None,
        typer.Option(
            metavar="REV",
            help="Begin after this commit. Default: the policy's [audit] baseline, else the "
            "commit that first brought the policy.",
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Go on from where the last run without findings ended, which this file tells, and see whether history "
            "or records were rewritten since; written anew when nothing is found. Keep it outside the repository.",
        ),
    ] = None,
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Prove that nothing but merged proposals ever changed the live overrides.

    Every commit behind REV is judged from raw objects: each change of the overrides must be the landing of exactly one
    intact proposal, whose files, values, rules and predecessors agree with the history. Nobody is asked and nothing
    of the checkout is believed. Exit code 1 means findings; each names its commit.

    Examples:

      promobot audit verify

      promobot audit verify v2.0 --since v1.0 --format json
    """
    try:
        repository = Repository(repo)
        found = find_base(repository, base)
        before = None if checkpoint is None else load_checkpoint(checkpoint)
        proof = story(repository, Asked(found.branch, found.remote, revision, since, before), _progress)
        after = checkpoint_after(repository, proof)
    except RepositoryRefused as error:
        unreadable = Violation(error.code, log_line(error.message))
        if format_ is Format.JSON:
            print_json(refused_json(unreadable))
        else:
            typer.echo(f"not proved: {unreadable.message} [{unreadable.code}]")
        raise typer.Exit(VIOLATIONS) from error
    if checkpoint is not None and proof.ok:
        save_checkpoint(checkpoint, after)
    _show(proof, format_)
    raise typer.Exit(0 if proof.ok else VIOLATIONS)


def _show(proof: Proof, format_: Format) -> None:
    if format_ is Format.JSON:
        print_json(proof_json(proof))
        return
    for line in proof_lines(proof):
        typer.echo(line)


def _progress(done: int, of: int) -> None:
    """On long work, for a person who waits."""
    if sys.stderr.isatty() and of > EVERY:
        end = "\n" if done == of else ""
        sys.stderr.write(f"\rjudged {done:,} of {of:,} commits{end}")
        sys.stderr.flush()
