"""JSON for readers: the bytes of the standard library's own indentation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.canonical import indented_json
from promobot.core.models import DecisionStatus
from tests.core.strategies import relaxed

scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.sampled_from(DecisionStatus),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner), st.tuples(inner), st.dictionaries(st.text(), inner)),
    max_leaves=20,
)


def indented(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False)


@relaxed
@given(values)
def test_it_is_what_the_standard_library_writes(value: object) -> None:
    assert indented_json(value) == indented(value)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": -float("inf")}])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        indented_json(value)


def test_what_json_cannot_hold_is_refused() -> None:
    for value in ({1}, b"x", {"a": object()}, {1: 2}):
        with pytest.raises(TypeError):
            indented_json(value)
