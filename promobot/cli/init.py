"""`promobot init`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from promobot.adapters.actions import Surroundings
from promobot.adapters.github import Forge, Patience
from promobot.adapters.github.labels import create_labels
from promobot.adapters.repository.command import GitCommand
from promobot.cli.options import OutputFormat, Repo
from promobot.cli.output import Format, print_json
from promobot.core.rendering.text import log_line
from promobot.core.starter import LABELS, wishes
from promobot.errors import RepositoryRefused, UsageError
from promobot.usecases.init import Plan, carry_out, plan_init

SCHEMA_VERSION = 1


def init(
    action: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER/NAME@COMMIT",
            help="The repository that holds promobot, and the commit of it that the workflows run.",
        ),
    ] = None,
    owner: Annotated[
        list[str] | None,
        typer.Option(
            metavar="@WHO", help="Who must approve changes: @person or @org/team; may be given several times."
        ),
    ] = None,
    base_config: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The live system's config in the repository. Default: as found."),
    ] = None,
    exports: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Where in the repository the loop's exports arrive.")
    ] = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="Also create the labels on GitHub; needs GITHUB_TOKEN, GITHUB_REPOSITORY.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")] = False,
    repo: Repo = Path(),
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Put promobot into a repository: policy, workflows, code owners.

    Writes a policy that grants nothing yet, the workflows that propose, judge and record, lines in CODEOWNERS for
    every path that decides over live values, and an example of an export. Nothing that stands there is overwritten,
    nothing is committed or pushed; running it again adds what is missing. It asks once before it writes.

    Exit codes: 0 done (also: nothing to do, or you said no), 2 usage or policy error, 4 something is in the way of a
    file, 5 the forge failed.

    Examples:

      promobot init --dry-run

      promobot init --action OWNER/promobot@COMMIT --owner @acme/operators

      promobot init --yes --labels --format json
    """
    asked = wishes(action, owner or [], base_config, exports)
    forge = _forge() if labels and not dry_run else None
    root = _root(repo)
    plan = plan_init(root, asked)
    if plan.writes and not (yes or dry_run) and not _agreed(root, plan, format_):
        typer.echo("Nothing was written.")
        return
    if not dry_run:
        carry_out(root, plan)
    created = () if forge is None else create_labels(forge, LABELS)
    outcome = "dry_run" if dry_run else "initialised" if plan.writes or created else "unchanged"
    if format_ is Format.JSON:
        print_json(_document(plan, outcome, created))
        return
    for line in _lines(root, plan, outcome, created, shown=not (yes or dry_run or not plan.writes)):
        typer.echo(log_line(line))


def _root(repo: Path) -> Path:
    """The checkout's top folder, from anywhere in it."""
    folder = GitCommand(repo).repo.working_tree_dir
    if folder is None:
        raise RepositoryRefused(f"{repo} is a bare repository; run init in a checkout of it")
    return Path(folder)


def _forge() -> Forge:
    surroundings = Surroundings.of(os.environ)
    name, token = surroundings.named_repository(), surroundings.token()
    patience = Patience(say=lambda text: typer.echo(f"... {text}", err=True))
    return Forge(surroundings.api_url, name, token, surroundings.server_url, patience)


def _agreed(root: Path, plan: Plan, format_: Format) -> bool:
    """Ask once, on a terminal. Raises UsageError where nobody can answer."""
    person = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    if format_ is Format.JSON or not person:
        raise UsageError("init asks before it writes, and nobody can answer here; give --yes, or look with --dry-run")
    for line in _steps(root, plan):
        typer.echo(log_line(line))
    return typer.confirm("Write these files?")


def _steps(root: Path, plan: Plan) -> list[str]:
    wide = max(len(step.path) for step in plan.steps)
    return [f"In {root}:", *(f"  {step.action:<6}  {step.path:<{wide}}  {step.why}" for step in plan.steps), ""]


def _lines(root: Path, plan: Plan, outcome: str, created: tuple[str, ...], *, shown: bool) -> list[str]:
    """`shown`: the steps stand above already, where the person was asked."""
    told = [] if shown else _steps(root, plan)
    wrote = f"Wrote {len(plan.writes)} file{'s' * (len(plan.writes) != 1)}; nothing was committed."
    stands = "Everything stands; nothing was written."
    told.append("Nothing was written (dry run)." if outcome == "dry_run" else wrote if plan.writes else stands)
    told.append(
        f"Created the labels {', '.join(created)}." if created
        else f"Labels are made when they are first used, or by --labels: {', '.join(LABELS)}."
    )  # fmt: skip
    return [*told, "", "Next:", *(f"  {number}. {step}" for number, step in enumerate(plan.next_steps, start=1))]


def _document(plan: Plan, outcome: str, created: tuple[str, ...]) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "outcome": outcome,
        "files": [{"path": step.path, "action": step.action, "why": step.why} for step in plan.steps],
        "labels": {"known": list(LABELS), "created": list(created)},
        "next_steps": list(plan.next_steps),
    }
