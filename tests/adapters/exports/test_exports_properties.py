"""Properties of the reader: it agrees with the standard parser on every plain document, and nothing else escapes it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from promobot.adapters.exports import load_patches_for_promotion
from promobot.adapters.exports.strict_json import StrictReader
from promobot.core.models import ConfigPatch
from promobot.errors import ExportRefused
from tests.adapters.exports.files import PATCH

MANY = settings(deadline=None, max_examples=300)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=25,
)
DUMPS = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "indent": st.none() | st.integers(0, 3) | st.sampled_from(["\t", "\r\n ", "\n"]),
        "separators": st.sampled_from([(",", ":"), (" ,\n", "\t: "), (", ", ": ")]),
    }
)


def exactly(value: Any) -> Any:
    """The value with the types spelt out, so that 1, 1.0, True and -0.0 are told apart."""
    if isinstance(value, dict):
        return [(key, exactly(member)) for key, member in value.items()]
    return [exactly(member) for member in value] if isinstance(value, list) else (type(value), repr(value))


def strictly(text: str) -> tuple[Any, list[str]]:
    reader = StrictReader(text, "x.json")
    value = reader.read()
    return value, [problem.message for problem in reader.problems]


@MANY
@given(JSON, DUMPS, st.text(" \t\r\n", max_size=3))
def test_the_reader_gives_what_the_standard_parser_gives(value: Any, style: dict[str, Any], blanks: str) -> None:
    text = blanks + json.dumps(value, **style) + blanks
    read, problems = strictly(text)
    assert problems == []
    assert exactly(read) == exactly(json.loads(text)) == exactly(value)


class _Doubtful(ValueError):
    """The standard parser met what our contract refuses."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise _Doubtful
    return dict(pairs)


def _word(_: str) -> None:
    raise _Doubtful


def _integer(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise _Doubtful
    return int(text)


def _real(text: str) -> float:
    if float(text) in (float("inf"), float("-inf")):
        raise _Doubtful
    return float(text)


def by_the_standard_parser(text: str) -> tuple[bool, Any]:
    """Whether the contract takes the document, by the standard parser and its hooks, and the value."""
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_word, parse_int=_integer, parse_float=_real
        )  # fmt: skip
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return False, None
    return True, value


# Pieces that documents are made of, in any order: far more often nearly right than random text is.
PIECES = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", ",", ":", " ", "\n", '"a"', '"b"', '"\\u0061"', '"\\ud800"', '"\\"', "1", "-", "0", "1.5",
         "1e5", "1e999", "9223372036854775808", "NaN", "-Infinity", "true", "null", "\u00a0", "\ufeff", "\u0663", '"'],
    ),
    max_size=12,
).map("".join)  # fmt: skip


@MANY
@given(PIECES | TEXT | st.builds(json.dumps, JSON).flatmap(lambda text: st.just(text[:-1]) | st.just(text + ",")))
@example('{"a": 1, "\\u0061": 2}')
@example("[1, 9223372036854775808]")
@example('["\\ud83d\\ude00"]')
@example("\ufeff[]")
def test_the_reader_takes_just_what_the_contract_takes(text: str) -> None:
    taken, value = by_the_standard_parser(text)
    read, problems = strictly(text)
    assert taken == (problems == []), problems
    if taken:
        assert exactly(read) == exactly(value)


def load(data: bytes, suffix: str) -> list[ConfigPatch] | None:
    """The patches, or None where the export is refused; anything else that is raised fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        path.write_bytes(data)
        try:
            return load_patches_for_promotion(path)
        except ExportRefused as refused:
            assert refused.details
            for detail in refused.details:
                assert detail.file == str(path)
                assert detail.message
                assert detail.line is not None
                assert 1 <= detail.line <= data.count(b"\n") + 1
            return None


FIELDS = st.sampled_from([*ConfigPatch.model_fields, "ID", "x", "patches"])
NEAR_PATCHES = st.dictionaries(FIELDS, JSON, max_size=6).map(lambda fields: PATCH | fields)


@settings(deadline=None, max_examples=250)
@given(
    st.binary(max_size=60)
    | (TEXT | PIECES).map(str.encode)
    | st.builds(json.dumps, NEAR_PATCHES | st.lists(NEAR_PATCHES | JSON, max_size=4)).map(str.encode),
    st.sampled_from([".json", ".jsonl"]),
)
def test_nothing_but_patches_or_a_refusal_comes_out(data: bytes, suffix: str) -> None:
    patches = load(data, suffix)
    assert patches is None or all(isinstance(one, ConfigPatch) for one in patches)


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(TEXT, JSON, max_size=4), NUMBERS | st.booleans() | TEXT.map(lambda text: text[:1000]), TEXT)
def test_what_an_export_says_is_read_as_it_is(meta: dict[str, Any], value: Any, reason: str) -> None:
    told = PATCH | {"meta": meta, "new_value": value, "reason": reason}
    patches = load(json.dumps([told]).encode(), ".json")
    assert patches is not None
    (one,) = patches
    assert exactly(one.meta) == exactly(meta)
    assert (exactly(one.new_value), one.reason) == (exactly(value), reason)


@pytest.mark.parametrize("depth", [1, 63, 64])
def test_the_deepest_document_equals_the_standard_parsers(depth: int) -> None:
    text = '{"a": [' * (depth // 2) + "[" * (depth % 2) + "]" * (depth % 2) + "]}" * (depth // 2)
    assert strictly(text) == (json.loads(text), [])
