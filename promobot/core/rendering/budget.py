"""Fitting a document into a forge's limit: what must stay stays, the rest gives way from the end, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promobot.core.rendering.text import utf16_length

# The forge takes 65,536 characters; the rest is room for what a person adds and for CRLF after an edit.
LONGEST_BODY = 58_000


@dataclass(frozen=True)
class Block:
    """Lines of one section: `head` and `tail` always stand, `lines` only as far as there is room (or all: `firm`)."""

    head: tuple[str, ...]
    lines: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    firm: int = 0
    rest: str = "{count} more stand in `config_patches.json`."


def fit(blocks: Sequence[Block], order: Sequence[int], limit: int = LONGEST_BODY) -> str:
    """Join the blocks as they stand; give room to their optional lines in the given order of block numbers."""
    kept = [block.firm for block in blocks]
    room = limit - sum(
        _size((*block.head, *block.lines[: block.firm], block.rest, "", *block.tail)) for block in blocks
    )
    for number in order:
        block = blocks[number]
        for line in block.lines[block.firm :]:
            room -= _size((line,))
            if room < 0:
                break
            kept[number] += 1
    return "\n".join(line for block, count in zip(blocks, kept, strict=True) for line in _shown(block, count)) + "\n"


def _size(lines: tuple[str, ...]) -> int:
    return sum(utf16_length(line) + 1 for line in lines)


def _shown(block: Block, count: int) -> tuple[str, ...]:
    left = len(block.lines) - count
    more = ("", block.rest.format(count=left)) if left else ()
    return (*block.head, *block.lines[:count], *more, *block.tail)
