"""Untrusted text, made harmless for every place that shows it: Markdown, tables, logs.

The rule for Markdown: text of an export stands in a code span, where no parser looks for links, mentions, issue
numbers, boxes or HTML; and it is written as a JSON string whose few dangerous characters are JSON escapes.
So nothing can end the span, the table cell or the line, and the exact text can still be read back.
"""

from __future__ import annotations

import json
import re
import unicodedata
from json.encoder import encode_basestring

from promobot.core.values import Scalar, shown

# Ends a code span, ends a table cell.
_STRUCTURE = frozenset("`|")
# Control, format (bidi overrides, zero widths), surrogate, private, unassigned, line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# What Unicode counts as letters or marks and yet draws nothing: joiners, fillers, blank Braille, variation selectors.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(map(chr, range(0xFE00, 0xFE10)))
_BLANK |= frozenset(map(chr, range(0xE0100, 0xE01F0)))
_CODE = re.compile(r"((?<![\w.])(?:[-+]?\d(?:[\d.e+-]*\d)?|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)(?![\w]))")
_CLOSED = re.compile(r"[A-Za-z0-9._:+/ -]+")
_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>|~&$#@"})
_SEEN = re.compile(r"[ -_a-{}~]*")
"""Characters of ASCII that everybody sees and that end nothing."""


def visible(text: str, limit: int = 200) -> str:
    """The text as a quoted JSON string on one line, safe in a code span and in a log; cut with an ellipsis."""
    return _harmless(encode_basestring(_cut(text, limit)))


def visible_json(value: object, limit: int = 200) -> str:
    """Any JSON value in the same manner, cut to a length."""
    return _cut(_harmless(_cut(json.dumps(value, sort_keys=True, ensure_ascii=False), limit)), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _harmless(one_line: str) -> str:
    # The runner reads `##[command]` anywhere in a line.
    shown = one_line if _SEEN.fullmatch(one_line) else "".join(map(_escaped, one_line))
    return shown.replace("##[", "#\\u0023[")


def _escaped(char: str) -> str:
    if char not in _STRUCTURE and char not in _BLANK and unicodedata.category(char) not in _INVISIBLE:
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def code(text: str) -> str:
    """A code span for text of a closed alphabet (ids, targets, hashes, paths); anything else goes through `visible`."""
    return f"`{text if _CLOSED.fullmatch(text) and text == text.strip() else visible(text)}`"


def quoted(text: str, limit: int = 200) -> str:
    """A code span for free text of an export."""
    return f"`{visible(text, limit)}`"


def value_cell(value: Scalar | None, limit: int = 60) -> str:
    """A parameter's value for a table cell; `none` where there is no live value."""
    if value is None:
        return "none"
    return quoted(value, limit) if isinstance(value, str) else code(shown(value))


def prose(text: str) -> str:
    """A sentence of ours (a rule's reason): Markdown's own characters escaped, numbers and dotted names in code spans.

    A number may come from an export, and a long one would pass for a commit's id; a name may begin with `www.`.
    """
    parts = _CODE.split(text)
    return "".join(code(part) if place % 2 else _escaped_markdown(part) for place, part in enumerate(parts))


def _escaped_markdown(text: str) -> str:
    return text.translate(_MARKDOWN)


def log_line(text: str) -> str:
    """A line for a log that may quote anything: no line break, and no start that the runner takes for a command."""
    flat = "".join(" " if unicodedata.category(char) in _INVISIBLE else char for char in text)
    flat = flat.replace("##[", "# #[")
    return f"\u200b{flat}" if flat.lstrip().startswith("::") else flat


def utf16_length(text: str) -> int:
    """The length as a browser counts it, which is what the forge's limit may mean."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
