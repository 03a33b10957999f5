"""The command line: parse, call one use case, print, map to an exit code."""

from __future__ import annotations

from promobot.cli.app import main

__all__ = ["main"]
