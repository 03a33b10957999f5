"""The boxes of the checklist in a pull request's body. A tick is an operator's word: asked for, never computed with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from promobot.core.gate.verdict import Violation

_BOX = re.compile(r"^[ \t]*[-*+][ \t]+\[([ xX])\][ \t]+(.*?)[ \t]*$")
MOST_BODY = 200_000
"""Characters of a body that are looked at; a forge takes 65,536."""


def boxes(text: str) -> list[tuple[str, bool]]:
    """The boxes of a Markdown text, each with whether it is ticked; line ends of any kind."""
    lines = re.split(r"\r\n|\r|\n", text[:MOST_BODY])
    return [(found[2], found[1] != " ") for line in lines if (found := _BOX.match(line))]


def unticked(checklist: str, body: str, path: str) -> Iterator[Violation]:
    """What the body lacks of the committed checklist at `path`. Only our own sentences are shown, never the body's."""
    there = boxes(body)
    count, ticked = Counter(text for text, _ in there), Counter(text for text, done in there if done)
    wanted = Counter(text for text, _ in boxes(checklist))
    for number, (text, times) in enumerate(wanted.items(), start=1):
        if count[text] < times:
            yield Violation("box_missing", f"box {number} of the checklist is not in the pull request's body", path)
        elif ticked[text] < count[text]:
            yield Violation("unticked", f"box {number} of the checklist is not ticked", path)
