"""A wish as data: written whole, read back strictly, and nothing that no proposal could hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.wish import Wish, wish_json, wish_of_json
from tests.core.strategies import relaxed

ID, DIGEST = "live_promotion_20261122T120000Z_" + "d" * 16, "d" * 64
SET: dict[str, Any] = {"kind": "operator", "values": {"a.b": 1.5}, "reason": "why", "source": {"command": "set"}}
REVERT: dict[str, Any] = {
    "kind": "revert",
    "values": {"a.b": None, "c": 2},
    "reason": "",
    "source": {"command": "revert", "proposal": ID, "digest": DIGEST},
    "replaces": {"a.b": 1.5, "c": None},
}
GOOD: dict[str, dict[str, Any]] = {
    "set": SET,
    "unset": {**SET, "values": {"a.b": None}, "source": {"command": "unset"}},
    "apply": {**SET, "source": {"command": "apply", "proposal": ID}},
    "revert": REVERT,
    "expiry": {"kind": "expiry", "values": {"a": None}, "reason": "x", "source": {"command": "expiry"}},
}


@pytest.mark.parametrize("given", GOOD.values(), ids=GOOD)
def test_what_is_written_is_read_back(given: dict[str, Any]) -> None:
    wish = Wish(**given)
    assert wish_of_json(json.loads(json.dumps(wish_json(wish)))) == wish
    assert wish_json(wish) == {"replaces": {}, **given}


values = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(
    allow_nan=False, allow_infinity=False
) | st.text(st.characters(codec="utf-8"), max_size=20)  # fmt: skip


@relaxed
@given(st.dictionaries(st.from_regex(r"[A-Za-z0-9_-]{1,9}(\.[a-z]{1,3}){0,2}", fullmatch=True), values, min_size=1))
def test_any_value_keeps_its_type(told: dict[str, Any]) -> None:
    again = wish_of_json(json.loads(json.dumps(wish_json(Wish(**{**SET, "values": told})))))
    assert {k: (type(v), repr(v)) for k, v in again.values.items()} == {k: (type(v), repr(v)) for k, v in told.items()}


PLAIN: dict[str, Any] = {"replaces": {}, **SET}
CHANGED: dict[str, dict[str, Any]] = {
    "a promotion": {"kind": "promotion"},
    "no kind": {"kind": None},
    "a list as kind": {"kind": ["operator"]},
    "a target that is none": {"values": {"a b": 1}},
    "a target too long": {"values": {"a" * 256: 1}},
    "an array": {"values": {"a": [1]}},
    "an object": {"values": {"a": {"b": 1}}},
    "too large an integer": {"values": {"a": 2**63}},
    "no finite number": {"values": {"a": float("inf")}},
    "too long a text": {"values": {"a": "x" * 1001}},
    "a lone surrogate": {"values": {"a": "\ud800"}},
    "a reason that is none": {"reason": None},
    "too long a reason": {"reason": "x" * 1001},
    "a surrogate in the reason": {"reason": "\udc80"},
    "no command": {"source": {}},
    "another kind's command": {"source": {"command": "revert"}},
    "an unknown command": {"source": {"command": "propose"}},
    "a command that is no text": {"source": {"command": ["set"]}},
    "a source with more": {"source": {"command": "set", "proposal": ID}},
    "apply without a proposal": {"source": {"command": "apply"}},
    "a source with blanks": {"source": {"command": "apply", "proposal": "a b"}},
    "replaces of another target": {"replaces": {"z": 1}},
    "replaces that is no value": {"replaces": {"a.b": [1]}},
}
BAD: dict[str, Any] = {
    "no object": [],
    "a member missing": {k: v for k, v in wish_json(Wish(**SET)).items() if k != "reason"},
    "a member too many": {**wish_json(Wish(**SET)), "more": 1},
    "no values": {**SET, "values": {}, "replaces": {}},
    "values as a list": {**SET, "values": ["a"], "replaces": {}},
    "source as a text": {**SET, "source": "set", "replaces": {}},
    **{name: PLAIN | changed for name, changed in CHANGED.items()},
    "a revert without a digest": {**REVERT, "source": {"command": "revert", "proposal": ID}},
}


@pytest.mark.parametrize("told", BAD.values(), ids=BAD)
def test_anything_else_is_refused(told: Any) -> None:
    with pytest.raises(ValueError):
        wish_of_json(told)
