"""`promobot doctor`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from promobot.adapters.actions import Surroundings
from promobot.adapters.github import Forge, Patience
from promobot.adapters.github.settings import RepositorySettings
from promobot.adapters.repository import Repository, find_base
from promobot.cli.inputs import export_source, health_source
from promobot.cli.options import BaseBranch, Now, OutputFormat, Repo, moment
from promobot.cli.output import Format, print_json
from promobot.cli.wiring import ForgeChoice, make_desk
from promobot.core.rendering.explanation import explanation_json, explanation_lines
from promobot.usecases.base import Elsewhere
from promobot.usecases.doctor import doctor as examine
from promobot.usecases.propose import Question
from promobot.usecases.readiness import Look

FOUND_ERRORS = 1


def doctor(
    policy_only: Annotated[
        bool, typer.Option("--policy-only", help="Explain the policy only; leave export and test report alone.")
    ] = False,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Another policy than the base branch's, such as one not merged yet."),
    ] = None,
    forge: Annotated[
        ForgeChoice,
        typer.Option(
            help="Whose settings to look at; auto: GitHub's where GITHUB_TOKEN and GITHUB_REPOSITORY are set."
        ),
    ] = ForgeChoice.AUTO,
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
    newest export. With a forge, last: whether branch rules, code owners, workflows and Actions are set so that nothing
    goes round gate and reviewers. What is missing there is an error in mode bounded_auto, else a warning; what the
    token may not see is unknown, with the permission that it needs. Nothing is written.

    Exit codes: 0 no errors (warnings count as none), 1 errors found, 2 the policy is missing or broken, 4 the base
    branch is not there (push it first), 5 the remote or the forge failed.

    Examples:

      promobot doctor

      promobot doctor --policy-only --policy config/promobot.toml

      GITHUB_REPOSITORY=owner/name GITHUB_TOKEN=... promobot doctor --format json
    """
    at = moment(now)
    repository = Repository(repo)
    found = find_base(repository, base)
    question = Question(
        found.branch, export_source(repository, None), at, elsewhere=Elsewhere(policy), health=health_source(repository)
    )
    surroundings = Surroundings.of(os.environ)
    desk = make_desk(repository, found, question, surroundings, github=False, say=lambda _: None)
    look = _look(forge, surroundings)
    told = examine(repository, desk.publisher.base_head(), question, policy_only=policy_only, look=look)
    if format_ is Format.JSON:
        print_json(explanation_json(told))
    else:
        for line in explanation_lines(told):
            typer.echo(line)
    if not told.ok:
        raise typer.Exit(FOUND_ERRORS)


def _look(choice: ForgeChoice, surroundings: Surroundings) -> Look | None:
    """How to look at the forge; None where nobody asks for it. Raises UsageError where token or name is missing."""
    known = surroundings.secret is not None and surroundings.repository is not None
    if choice is ForgeChoice.NONE or (choice is ForgeChoice.AUTO and not known):
        return None
    name, token = surroundings.named_repository(), surroundings.token()
    patience = Patience(say=lambda text: typer.echo(f"... {text}", err=True))
    return RepositorySettings(Forge(surroundings.api_url, name, token, surroundings.server_url, patience)).look
