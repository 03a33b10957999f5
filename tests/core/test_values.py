"""Numbers as people write them: exact decimals of the shortest text, and types that are never mixed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.facts import LiveValues, leaves
from promobot.core.values import as_decimal, as_scalar, fitted, same, shown, shown_decimal

INFINITE, NOT_A_NUMBER = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.35, "0.35"), (0.1 + 0.2, "0.30000000000000004"), (8, "8"), (5e-324, "5E-324"), (1e308, "1E+308"), (-0.0, "0"),
     (2**63 - 1, "9223372036854775807")],
)  # fmt: skip
def test_a_number_is_the_decimal_that_it_is_written_as(value: float, text: str) -> None:
    assert as_decimal(value) == Decimal(text)


@pytest.mark.parametrize(
    "value", [True, False, "1.5", None, [1], INFINITE, -INFINITE, NOT_A_NUMBER, 2**63, -(2**63) - 1, 10**400]
)
def test_nothing_else_is_a_number(value: object) -> None:
    assert as_decimal(value) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_decimal_of_a_float_reads_back_as_the_same_float(value: float) -> None:
    number = as_decimal(value)
    assert number is not None and float(number) == value


@pytest.mark.parametrize(
    ("value", "scalar"),
    [(True, True), (1, 1), (1.5, 1.5), ("x", "x"), (INFINITE, None), (NOT_A_NUMBER, None), ([1], None), (None, None),
     (2**63 - 1, 2**63 - 1), (2**63, None)],
)  # fmt: skip
def test_a_scalar_is_what_a_patch_could_carry(value: object, scalar: object) -> None:
    assert same(as_scalar(value), scalar)


FITTED: list[tuple[Any, Any, Any]] = [
    (8, 10.0, 8.0), (8, 10, 8), (8.0, 10, 8.0), (True, 1.0, True), (8, None, 8), (8, "x", 8), ("8", 1.0, "8"),
]  # fmt: skip


@pytest.mark.parametrize(("new", "live", "result"), FITTED)
def test_only_an_integer_for_a_float_changes_its_type(new: Any, live: Any, result: Any) -> None:
    assert same(fitted(new, live), result)


def test_one_one_point_zero_and_true_are_three_values() -> None:
    assert not same(1, 1.0) and not same(1, True) and not same(1.0, True) and not same(0, False)
    assert same(1, 1) and same("a", "a") and same(True, True)


def test_values_are_shown_as_toml_and_json_write_them() -> None:
    assert [shown(value) for value in (True, False, 8, 8.0, 0.1, 1e300)] == [
        "true",
        "false",
        "8",
        "8.0",
        "0.1",
        "1e+300",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [("0.30", "0.3"), ("2.0", "2"), ("100", "100"), ("0", "0"), ("1E+2", "100"), ("0.0000001", "0.0000001"),
     ("1E+300", "1e+300"), ("1E-300", "1e-300")],
)  # fmt: skip
def test_a_step_is_shown_without_needless_zeros_or_exponents(text: str, told: str) -> None:
    assert shown_decimal(Decimal(text)) == told


def test_leaves_of_nested_tables_and_quoted_keys_name_the_same_paths() -> None:
    assert dict(leaves({"a": {"b": 1, "c.d": 2}, "e.f": {"g": 3}, "empty": {}})) == {"a.b": 1, "a.c.d": 2, "e.f.g": 3}


def test_the_live_value_is_the_override_else_the_base_else_none() -> None:
    live = LiveValues.of({"a.b": 2.0}, {"a": {"b": 1.0, "c": [1]}, "d": 3})
    assert [live.value(target) for target in ("a.b", "d", "a.c", "nowhere", "a")] == [2.0, 3, None, None, None]
    assert live.raw("a.c") == [1]
    assert [live.knows(target) for target in ("a.b", "a.c", "a", "nowhere")] == [True, True, False, False]
    assert LiveValues.of({}, None).knows("nowhere")


@pytest.mark.parametrize("live", [0.0, -0.0, 1.5, None, 3])
def test_minus_zero_is_zero(live: float | None) -> None:
    """Two patches that ask for 0.0 and -0.0 ask the same question, in whatever order they come."""
    assert str(fitted(-0.0, live)) == "0.0"
