"""What a person should know about how a command was called, before anything else is said."""

from __future__ import annotations

import typer

from promobot.adapters.actions import Surroundings
from promobot.cli.wiring import ForgeChoice


def tell_half_a_forge(choice: ForgeChoice, surroundings: Surroundings) -> None:
    """Warn on standard error where only one of token and name is set, so that `auto` stays in plain git.

    Somebody in a hurry may wait for a pull request that nobody opens. In Actions the forge is always asked.
    """
    token, name = surroundings.secret is not None, surroundings.repository is not None
    if choice is ForgeChoice.AUTO and not surroundings.in_actions and token != name:
        there, missing = ("GITHUB_TOKEN", "GITHUB_REPOSITORY") if token else ("GITHUB_REPOSITORY", "GITHUB_TOKEN")
        text = f"{there} is set and {missing} is not, so this stays in plain git; set both, or say --forge none"
        typer.echo(f"warning: {text}", err=True)
