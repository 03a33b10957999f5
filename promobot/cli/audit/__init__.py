"""`promobot audit`: log, show, verify."""

from __future__ import annotations

import typer

from promobot.cli.audit.log import log
from promobot.cli.audit.show import show
from promobot.cli.audit.verify import verify

audit = typer.Typer(
    help="Answer from git alone: what was live when, who approved it, on what evidence, under which policy.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
audit.command("log")(log)
audit.command("show")(show)
audit.command("verify")(verify)
