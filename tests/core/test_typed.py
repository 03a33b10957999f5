"""A value as it is typed, in the type of the live one."""

from __future__ import annotations

from typing import Any

import pytest

from promobot.core.typed import typed
from promobot.errors import UsageError

READ: dict[str, tuple[str, Any, Any]] = {
    "a float": ("1.75", 1.5, 1.75),
    "an integer for a float": ("2", 1.5, 2.0),
    "a negative float": ("-0.25", 1.5, -0.25),
    "with an exponent": ("1e-3", 1.5, 0.001),
    "an integer": ("+7", 5, 7),
    "the largest integer": ("9223372036854775807", 5, 2**63 - 1),
    "true": ("true", False, True),
    "false": ("false", True, False),
    "a text": ("slow", "fast", "slow"),
    "a text of a number": ("5", "fast", "5"),
    "a text in quotes": ('"a b"', "fast", "a b"),
    "a text in single quotes": ("'true'", "fast", "true"),
    "one quote": ('"', "fast", '"'),
    "an empty text": ("", "fast", ""),
    "nothing live: a number": ("1.0", None, 1.0),
    "nothing live: an integer": ("1", None, 1),
    "nothing live: a boolean": ("true", None, True),
    "nothing live: a text": ("x", None, "x"),
    "nothing live: a quoted number": ('"1"', None, "1"),
}


@pytest.mark.parametrize(("text", "live", "value"), READ.values(), ids=READ)
def test_a_value_takes_the_live_ones_type(text: str, live: Any, value: Any) -> None:
    read = typed(text, live, "a.b")
    assert (type(read), read) == (type(value), value)


REFUSED: dict[str, tuple[str, Any, str]] = {
    "a text for a float": ("fast", 1.5, "a finite number"),
    "a quoted number for a float": ('"1.5"', 1.5, "a finite number"),
    "nan": ("nan", 1.5, "a finite number"),
    "infinity": ("-inf", 1.5, "a finite number"),
    "too large a float": ("1e999", 1.5, "a finite number"),
    "an integer that no float equals": ("9007199254740993", 1.5, "a finite number"),
    "too small a float, which would be 0": ("-1e-400", 1.5, "a finite number"),
    "an underscore": ("1_000", 1.5, "a finite number"),
    "a point without digits": (".5", 1.5, "a finite number"),
    "digits of another script": ("\u0663", 5, "a 64-bit integer"),
    "a float for an integer": ("5.0", 5, "a 64-bit integer"),
    "too large an integer": ("9223372036854775808", 5, "a 64-bit integer"),
    "thousands of digits": ("9" * 5000, 5, "a 64-bit integer"),
    "an empty number": ("", 5, "a 64-bit integer"),
    "another word for true": ("True", False, "true or false"),
    "one for true": ("1", False, "true or false"),
    "too long a text": ("x" * 1001, "fast", "1000 characters"),
    "no Unicode": ("\udc80", "fast", "Unicode"),
    "an array": ("1", [1], "no proposal can set"),
}


@pytest.mark.parametrize(("text", "live", "wanted"), REFUSED.values(), ids=REFUSED)
def test_what_is_none_is_refused_with_what_it_takes(text: str, live: Any, wanted: str) -> None:
    with pytest.raises(UsageError, match=wanted) as caught:
        typed(text, live, "a.b")
    assert "a.b" in caught.value.message
    assert caught.value.message.isascii()
