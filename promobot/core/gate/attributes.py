"""Git attributes that hold for the files the live system and promobot read: nothing may bend or hide these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from promobot.core.gate.protected import ATTRIBUTES
from promobot.core.gate.verdict import Violation
from promobot.core.rendering.text import visible

HARMLESS = ("text=", "eol=")
"""Attributes that move line ends only, which no reader of TOML or JSON minds; `* text=auto` is in many repositories."""


def bending(told: Mapping[str, Iterable[str]]) -> Iterator[Violation]:
    """`told` are the attributes (`name=value`) of each path that must have none."""
    for path, names in sorted(told.items()):
        wrong = [name for name in names if not name.startswith(HARMLESS)]
        if wrong:
            message = f"git attributes hold for {visible(path)} ({visible(', '.join(wrong))}); take them away"
            yield Violation("attributes", message, ATTRIBUTES)
