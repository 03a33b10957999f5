"""The commands, and the one place where a refusal becomes an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from promobot.cli.audit import audit
from promobot.cli.check import check
from promobot.cli.demo import demo
from promobot.cli.doctor import doctor
from promobot.cli.init import init
from promobot.cli.output import Format, print_error
from promobot.cli.propose import propose
from promobot.cli.record import record
from promobot.cli.reject import reject
from promobot.cli.schema import schema
from promobot.cli.wishes import register
from promobot.core.version import __version__
from promobot.errors import InternalError, Interrupted, PromobotError, UsageError

INTERRUPTED, READER_GONE = 130, 141
"""As a shell says it: 128 + SIGINT, 128 + SIGPIPE."""

HELP = """Turns a learning loop's parameter changes into governed pull requests.

The loop may propose, never authorize: what may change, and how far, stands in config/promobot.toml on the base
branch. Merging a proposal is the approval, and git history is the record.

Exit codes: 0 done (also: nothing to propose), 1 violations found, 2 usage or policy error, 3 export refused,
4 repository state refused, 5 git remote, forge or network failed.
"""

app = typer.Typer(
    name="promobot",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
app.command("propose")(propose)
register(app)
app.command("reject")(reject)
app.command("check")(check)
app.command("record")(record)
app.add_typer(audit, name="audit")
app.command("demo")(demo)
app.command("init")(init)
app.command("doctor")(doctor)
app.command("schema")(schema)


COMMANDS = frozenset(command.name for command in app.registered_commands)
AUDITS = frozenset(command.name for command in audit.registered_commands)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"promobot {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that stand before the command."""


def run(arguments: Sequence[str]) -> NoReturn:
    """Run the command line and exit with the documented code."""
    words = list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(words or ["--help"])
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        # Whoever read our output went away, or its place is full; Python must not complain again at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = READER_GONE if isinstance(error, BrokenPipeError) else InternalError.exit_code
    sys.exit(code)


def _run(words: list[str]) -> int:
    try:
        code = app(words, standalone_mode=False, prog_name="promobot")
    except PromobotError as error:
        return _refused(error, words)
    except typer.TyperException as error:
        return _refused(_usage(error, words), words)
    except typer.Exit as ended:
        code = ended.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # typer answers a gone reader with an exit of its own, whose code would read as "violations found".
        code = READER_GONE
    except Exception:
        typer.echo(_quiet_traceback(), err=True)
        return _refused(InternalError("internal error; nothing more was done, please report the lines above"), words)
    if code == INTERRUPTED:
        return _refused(Interrupted("interrupted; running again converges to the same end"), words)
    return code if isinstance(code, int) else 0


def _refused(error: PromobotError, words: list[str]) -> int:
    print_error(error, _format(words))
    return error.exit_code


def _usage(error: typer.TyperException, words: list[str]) -> UsageError:
    """What the parser says, in our form, with the help that fits."""
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    command = next((f" {word}" for word in words if word in COMMANDS), "")
    if words[:1] == ["audit"]:
        command = " audit" + next((f" {word}" for word in words[1:2] if word in AUDITS), "")
    return UsageError(f"{message.replace('Value error, ', '').rstrip('.')}; see promobot{command} --help")


def _quiet_traceback() -> str:
    """Where it happened, without the exception's own text, which may quote an export."""
    kind, _, trace = sys.exc_info()
    name = "an exception" if kind is None else kind.__name__
    return "".join(traceback.format_tb(trace)) + name


def _format(words: list[str]) -> Format:
    """The format asked for, read by hand because parsing may be what failed."""
    joined = "\0".join(words)
    return Format.JSON if "--format=json" in words or "--format\0json" in joined else Format.TEXT
