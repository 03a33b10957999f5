"""Values as the rules see them: scalars, compared exactly and without mixing types.

A float64 stands for the shortest decimal text that denotes it (DESIGN 3.3), so 0.35 -> 0.45 is a step of
exactly 0.1. `True` is never a number, although Python says so.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TypeGuard

Scalar = bool | int | float | str

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

# A dotted path of ASCII segments (DESIGN 3.1), in the dialect that both pydantic and `re.fullmatch` understand.
TARGET_PATTERN = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"


def as_scalar(value: object) -> Scalar | None:
    """Give the value back when a patch could carry it (bool, 64-bit int, finite float, str), else None."""
    if isinstance(value, bool | str):
        return value
    return value if is_number(value) else None


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether this is a finite float or a signed 64-bit integer; TOML knows larger ones, which no patch can hold."""
    if isinstance(value, int):
        return not isinstance(value, bool) and INT64_MIN <= value <= INT64_MAX
    return isinstance(value, float) and math.isfinite(value)


def as_decimal(value: object) -> Decimal | None:
    """The exact decimal of a number's shortest text, or None for anything that is not a number."""
    return Decimal(repr(value)) if is_number(value) else None


def fitted(new: Scalar, live: Scalar | None) -> Scalar:
    """`new` in the type of the live value: an integer for a float key becomes the equal float; -0.0 is 0.0.

    An integer that no float64 equals (2^53 + 1 is the first) stays one, and so is of another type than the key.
    """
    if type(new) is int and isinstance(live, float) and float(new) == new:
        return float(new)
    return 0.0 if isinstance(new, float) and new == 0 else new


def same(left: object, right: object) -> bool:
    """Equal in value and in type: 1, 1.0 and True are three different values."""
    return type(left) is type(right) and left == right


def shown(value: Scalar) -> str:
    """A number or boolean as TOML and JSON write it (`true`, `8.0`). Strings are untrusted: see `rendering.text`."""
    return ("true" if value else "false") if isinstance(value, bool) else repr(value)


def shown_decimal(value: Decimal) -> str:
    """A decimal for people: no exponent for everyday sizes, no trailing zeros."""
    if value and not -7 <= value.adjusted() <= 15:
        return f"{value.normalize():e}"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
