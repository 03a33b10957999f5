"""`promobot audit verify`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from promobot.adapters.actions import Surroundings
from promobot.adapters.checkpoint import load_checkpoint, save_checkpoint
from promobot.adapters.github import Forge, Patience, PullRequests
from promobot.adapters.github.merged import MergedPulls
from promobot.adapters.repository import Repository
from promobot.cli.audit.asking import known_base, progress
from promobot.cli.options import BaseBranch, OutputFormat, Repo
from promobot.cli.output import Format, print_json
from promobot.core.audit.proof import Proof
from promobot.core.gate.verdict import Violation
from promobot.core.rendering.proof import proof_json, proof_lines, refused_json
from promobot.core.rendering.text import log_line
from promobot.errors import RepositoryRefused
from promobot.usecases.audit.online import Online
from promobot.usecases.audit.verify import Asked, ask_forge, checkpoint_after
from promobot.usecases.audit.verify import verify as story

VIOLATIONS = 1


def verify(
    revision: Annotated[
        str, typer.Argument(metavar="REV", help="The newest commit to prove; everything behind it is looked at.")
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
    online: Annotated[
        bool,
        typer.Option(
            "--online",
            help="Also ask the forge (GITHUB_TOKEN, GITHUB_REPOSITORY) whether each landing's pull request was merged, "
            "reviewed and approved as its record says. Two requests a landing.",
        ),
    ] = False,
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Prove that nothing but merged proposals ever changed the live overrides.

    Every commit behind REV is judged from raw objects: each change of the overrides must be the landing of exactly one
    intact proposal, whose files, values, rules and predecessors agree with the history. Without --online nobody is
    asked, and nothing of the checkout is believed. What a clone cannot prove is said with every answer.

    Exit codes: 0 proved, 1 findings, each with its commit, or a clone that cannot be read (shallow, none at all),
    2 usage error, or there never was a policy, 5 the forge failed, which is no answer.

    Examples:

      promobot audit verify

      promobot audit verify v2.0 --since v1.0 --format json

      promobot audit verify --checkpoint ~/audit/live.json
    """
    try:
        repository = Repository(repo)
        found = known_base(repository, base)
        before = None if checkpoint is None else load_checkpoint(checkpoint)
        proof = story(repository, Asked(found.branch, found.remote, revision, since, before), progress)
        if online:
            proof = ask_forge(repository, proof, _asker(repository, found.branch, proof))
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


def _asker(repository: Repository, branch: str, proof: Proof) -> Online:
    surroundings = Surroundings.of(os.environ)
    name, secret = surroundings.named_repository(), surroundings.token()
    patience = Patience(say=lambda text: typer.echo(f"... {text}", err=True))
    forge = Forge(surroundings.api_url, name, secret, surroundings.server_url, patience)
    return Online(repository, MergedPulls(forge), PullRequests(forge), branch, proof.chronicle.head, _asked)


def _show(proof: Proof, format_: Format) -> None:
    if format_ is Format.JSON:
        print_json(proof_json(proof))
        return
    for line in proof_lines(proof):
        typer.echo(line)


def _asked(done: int, of: int) -> None:
    _tell(f"asked the forge about {done:,} of {of:,} landings", last=done == of)


def _tell(text: str, *, last: bool) -> None:
    """On long work, for a person who waits."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text}" + "\n" * last)
        sys.stderr.flush()
