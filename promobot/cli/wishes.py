"""`promobot set`, `unset`, `apply` and `revert`: what a person asks for, as a proposal like any other."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from promobot.adapters.actions import Surroundings
from promobot.cli.hints import tell_half_a_forge
from promobot.cli.options import BaseBranch, Now, OutputFormat, Repo, moment
from promobot.cli.output import Format, print_result
from promobot.cli.wiring import ForgeChoice, open_desk
from promobot.core.base_state import BaseState
from promobot.core.wish import Wish
from promobot.errors import UsageError
from promobot.usecases import wishes as story
from promobot.usecases.desk import Desk

Asks = Callable[[Desk, BaseState], tuple[Wish, tuple[str, ...]]]
Target = Annotated[str, typer.Argument(metavar="TARGET", help="The parameter's dotted name, as in the base config.")]
Proposal = Annotated[
    str, typer.Argument(metavar="ID", help="A merged proposal: its id, the start of it, or its digest.")
]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in your own words; whoever merges reads it.")]
AnyReason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why, in your own words. May be left out in a hurry.")
]
OfForge = Annotated[
    ForgeChoice,
    typer.Option(
        "--forge",
        help="github opens a pull request (needs GITHUB_TOKEN and GITHUB_REPOSITORY); none stays in plain git; "
        "auto is github inside Actions or where both are set, else none.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Plan, print what would be proposed, and write nothing.")]


def set_(
    target: Target,
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="The new value, in the type of the live one; texts may be quoted.")
    ],
    reason: Why,
    forge: OfForge = ForgeChoice.AUTO,
    dry_run: DryRun = False,
    now: Now = None,
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Propose one live value of your own.

    It is applied when a person merges the proposal, whatever the mode, and inside the policy's hard limits and the
    parameter's type. Every other bound that it passes is not refused but shown to whoever merges.

    Where another person's proposal is open and would be lost, nothing is proposed (outcome waiting, exit code 0): merge
    or reject that one, then ask again.

    Examples:

      promobot set portfolio.leverage 1.25 --reason "calmer over the holidays"

      promobot set macro.tilt -0.1 --reason "hedge" --dry-run
    """
    if value.startswith("--"):
        raise UsageError(
            f"{value!a} looks like an option; if it is the value, put it into quotes of its own: '\"--x\"'"
        )
    run = _Run(forge, dry_run, now, repo, base, format_)
    run.carry_out(lambda _, state: (story.set_value(state, target, value, reason), ()))


def unset(
    target: Target,
    reason: Why,
    forge: OfForge = ForgeChoice.AUTO,
    dry_run: DryRun = False,
    now: Now = None,
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Propose to take a live override away.

    Once the proposal is merged, the live system reads the base config's value again.

    Examples:

      promobot unset portfolio.leverage --reason "back to the base config"
    """
    run = _Run(forge, dry_run, now, repo, base, format_)
    run.carry_out(lambda _, state: (story.unset_value(state, target, reason), ()))


def apply(
    proposal: Proposal,
    reason: AnyReason = "",
    forge: OfForge = ForgeChoice.AUTO,
    dry_run: DryRun = False,
    now: Now = None,
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Propose the values that a merged proposal left to be set by hand.

    Values that are live already are skipped with a warning. Where a live value has changed since the proposal was
    decided, nothing is proposed and the parameter is named: look at it, then use promobot set.

    Examples:

      promobot apply live_promotion_20261122T120000Z_0123456789abcdef
    """
    run = _Run(forge, dry_run, now, repo, base, format_)
    run.carry_out(lambda desk, state: story.apply_by_hand(state, story.landing_of(desk, state, proposal), reason))


def revert(
    proposal: Proposal,
    reason: AnyReason = "",
    forge: OfForge = ForgeChoice.AUTO,
    dry_run: DryRun = False,
    now: Now = None,
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Propose to restore exactly what a merged proposal replaced.

    It passes under lock, quota and tightened bounds. It is refused only where one of the parameters has changed
    since, so that nobody's later change is lost: then use promobot set or promobot unset.

    Examples:

      promobot revert live_promotion_20261122T120000Z_0123456789abcdef --reason "orders were rejected"

      promobot revert 0123456789abcdef --forge none
    """
    run = _Run(forge, dry_run, now, repo, base, format_)
    run.carry_out(lambda desk, state: (story.revert(story.landing_of(desk, state, proposal), reason), ()))


def register(app: typer.Typer) -> None:
    """Add the four commands."""
    # Else a negative VALUE would be taken for an option.
    app.command("set", context_settings={"ignore_unknown_options": True})(set_)
    app.command("unset")(unset)
    app.command("apply")(apply)
    app.command("revert")(revert)


@dataclass(frozen=True)
class _Run:
    """The options that all four commands have."""

    forge: ForgeChoice
    dry_run: bool
    now: str | None
    repo: Path
    base: str | None
    format: Format

    def carry_out(self, asks: Asks) -> None:
        """Put the wish to the base branch and print what came of it."""
        surroundings = Surroundings.of(os.environ)
        tell_half_a_forge(self.forge, surroundings)
        at = moment(self.now)
        desk, branch = open_desk(self.repo, self.base, self.forge, surroundings, at)
        result = story.carry_out(desk, branch, at, lambda state: asks(desk, state), dry_run=self.dry_run)
        print_result(result, self.format, surroundings)
