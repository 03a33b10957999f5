"""`promobot propose`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from promobot.adapters.actions import Surroundings
from promobot.adapters.repository import Repository, find_base
from promobot.cli.hints import tell_half_a_forge
from promobot.cli.inputs import export_source, health_source
from promobot.cli.options import BaseBranch, Now, OutputFormat, Repo, moment
from promobot.cli.output import Format, print_result
from promobot.cli.wiring import ForgeChoice, make_desk, uses_github
from promobot.core.policy.types import AutoApplyMode
from promobot.errors import UsageError
from promobot.usecases import propose as story
from promobot.usecases.base import Elsewhere


def propose(
    exports: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EXPORT]...",
            help="Exports of the learning loop (.json, .jsonl); - is standard input. "
            "Default: the newest file in the policy's exports folder.",
        ),
    ] = None,
    auto_apply_mode: Annotated[
        AutoApplyMode | None,
        typer.Option(help="How far this run may go. It can lower the policy's mode, never raise it."),
    ] = None,
    forge: Annotated[
        ForgeChoice,
        typer.Option(
            help="github opens a pull request (needs GITHUB_TOKEN and GITHUB_REPOSITORY); none stays in plain git; "
            "auto is github inside Actions or where both are set, else none."
        ),
    ] = ForgeChoice.AUTO,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Plan, print what would be proposed, and write nothing.")
    ] = False,
    reconsider: Annotated[
        bool,
        typer.Option(
            "--reconsider",
            help="Ask again although a person closed or rejected the same question. What reject --target refused stays "
            "refused.",
        ),
    ] = False,
    output_dir: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Folder in the repository for the proposal's files; only with forge none."),
    ] = None,
    live_overrides_path: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Overrides file in the repository; only with forge none."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another policy than the base branch's; only with forge none.")
    ] = None,
    now: Now = None,
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Put an export through the governance rules and open one proposal.

    Every patch is judged under config/promobot.toml of the base branch. What is accepted becomes one branch
    (promobot/...) with one commit: the proposal's record, and in bounded_auto the diff of the live overrides. On a
    forge a pull request is opened, its body the operator's checklist. Your checkout, index and HEAD stay as they are.

    Running again with the same export changes nothing.

    Examples:

      promobot propose

      promobot propose --forge none export.json

      promobot propose --dry-run --format json
    """
    surroundings = Surroundings.of(os.environ)
    github = uses_github(forge, surroundings)
    tell_half_a_forge(forge, surroundings)
    own = {"--output-dir": output_dir, "--live-overrides-path": live_overrides_path, "--policy": policy}
    if github and any(value is not None for value in own.values()):
        named = ", ".join(name for name, value in own.items() if value is not None)
        raise UsageError(f"{named}: only with --forge none; on a forge the base branch's own policy holds")
    at = moment(now)
    repository = Repository(repo)
    found = find_base(repository, base)
    elsewhere = Elsewhere(policy, output_dir, live_overrides_path)
    question = story.Question(
        base_branch=found.branch,
        exports=export_source(repository, exports),
        at=at,
        mode=auto_apply_mode,
        elsewhere=elsewhere,
        health=health_source(repository),
        reconsider=reconsider,
    )
    desk = make_desk(
        repository, found, question, surroundings, github=github, say=lambda text: typer.echo(f"... {text}", err=True)
    )
    print_result(story.propose(desk, question, dry_run=dry_run), format_, surroundings)
