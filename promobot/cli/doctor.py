"""`promobot doctor`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from promobot.adapters.actions import Surroundings
from promobot.adapters.repository import Repository, find_base
from promobot.cli.inputs import export_source, health_source
from promobot.cli.options import BaseBranch, Now, OutputFormat, Repo, moment
from promobot.cli.output import Format, print_json
from promobot.cli.wiring import make_desk
from promobot.core.rendering.explanation import explanation_json, explanation_lines
from promobot.usecases.base import Elsewhere
from promobot.usecases.doctor import doctor as examine
from promobot.usecases.propose import Question

FOUND_ERRORS = 1


def doctor(
    policy_only: Annotated[
        bool, typer.Option("--policy-only", help="Explain the policy only; leave export and test report alone.")
    ] = False,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Another policy than the base branch's, such as one not merged yet."),
    ] = None,
    now: Now = None,
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Explain the policy in plain words, and say what is not well.

    For every parameter of the base config: could the loop change it automatically, and from which value to which
    today; or only by way of a person, and why; or never, and which key of the policy says so. The answers are the
    rules' own: they are asked about a patch that has everything to be said for it.

    Then what a person should look at: live values outside the policy's bounds, grants that end, names that match no
    parameter. Without --policy-only also whether all that propose reads can be read, and what would become of the
    newest export. Nothing is written.

    Exit codes: 0 no errors (warnings count as none), 1 errors found, 2 the policy is broken, 5 the remote failed.

    Examples:

      promobot doctor

      promobot doctor --policy-only --policy config/promobot.toml

      promobot doctor --format json
    """
    at = moment(now)
    repository = Repository(repo)
    found = find_base(repository, base)
    question = Question(
        found.branch, export_source(repository, None), at, elsewhere=Elsewhere(policy), health=health_source(repository)
    )
    surroundings = Surroundings.of(os.environ)
    desk = make_desk(repository, found, question, surroundings, github=False, say=lambda _: None)
    told = examine(repository, desk.publisher.base_head(), question, policy_only=policy_only)
    if format_ is Format.JSON:
        print_json(explanation_json(told))
    else:
        for line in explanation_lines(told):
            typer.echo(line)
    if not told.ok:
        raise typer.Exit(FOUND_ERRORS)
