"""The command line: parse, call one use case, print, map to an exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

__all__ = ["main"]

NOT_INSTALLED, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with the documented code."""
    # GitPython looks for git when it is imported and raises; quiet, it tells when git is needed.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    # Whatever else is installed beside pydantic has no word in how policies and exports are read.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["check"]:
            # Its life is short, and a search for garbage while modules are loaded takes a tenth of it.
            gc.set_threshold(100_000)
            # Before the rest is loaded, or found to be missing: git and the standard library often have the answer.
            from promobot.cli.gate import quick  # noqa: PLC0415

            code = quick(words[1:])
            if code is not None:
                # Nor need the interpreter search them again, three times, before it goes.
                gc.freeze()
                sys.exit(code)
        from promobot.cli.app import run  # noqa: PLC0415
    except ImportError as error:
        sys.stderr.write(f"promobot: a part is not installed ({error}); pip install -r requirements.lock\n")
        sys.exit(NOT_INSTALLED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    run(words)
