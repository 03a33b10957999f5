"""A value as a person types it on a command line -> the value, in the type of what is live."""

from __future__ import annotations

import re
from typing import Any

from promobot.core.values import Scalar, fitted, is_number
from promobot.errors import UsageError

_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
# A longer text denotes no number that anybody means.
LONGEST_NUMBER = 64
# DESIGN 3.1: what a patch may hold.
LONGEST_TEXT = 1000

_WANTED = {bool: "true or false", int: "a 64-bit integer, such as 5", float: "a finite number, such as 1.75"}


def typed(text: str, live: Any, target: str) -> Scalar:
    """Read a value in the type of the live one; where nothing is live, as it looks.

    For a float key an integer will do. Texts may stand in quotes, which are then no part of it. Raises UsageError,
    which names the type; also where the live value is of a type that no proposal can hold.
    """
    kind = _looks_like(text) if live is None else type(live)
    if kind is str:
        return _unquoted(text, target)
    if kind not in _WANTED:
        raise UsageError(f"the live value of {target} is of a type that no proposal can set")
    value = _boolean(text) if kind is bool else _number(text, kind)
    if value is None:
        raise UsageError(f"{target} takes {_WANTED[kind]}; {text[:LONGEST_NUMBER]!a} is none")
    return value


def is_text(text: str) -> bool:
    """Whether it is Unicode: bytes of a command line that are no UTF-8 come in as lone surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)


def _number(text: str, kind: type) -> int | float | None:
    """The number, or None for what is none of that kind, or too large for it."""
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    value = fitted(int(text), 0.0 if kind is float else 0) if _INTEGER.fullmatch(text) else float(text)
    if value == 0 and re.search("[1-9]", text.lower().partition("e")[0]):
        # Too small for a float64: nobody who writes 1e-400 means 0.
        return None
    return value if is_number(value) and type(value) is kind else None


def _looks_like(text: str) -> type:
    if _boolean(text) is not None:
        return bool
    if _INTEGER.fullmatch(text):
        return int
    return float if _NUMBER.fullmatch(text) else str


def _unquoted(text: str, target: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    value = text[1:-1] if quoted else text
    if len(value) > LONGEST_TEXT or not is_text(value):
        raise UsageError(f"{target} takes a text of up to {LONGEST_TEXT} characters of Unicode")
    return value
