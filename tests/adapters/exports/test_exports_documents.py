"""What no JSON document of ours may be: bad encodings, trailing data, literals without one meaning (DESIGN 3.1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from promobot.adapters.exports import load_patches_for_promotion
from tests.adapters.exports.files import refusal, text_of, write

INTEGER = "an integer outside the signed 64-bit range"
FLOAT = "a number too large for a 64-bit float"
HALF = "a string holds half of a surrogate pair, which is no character"
END = "the text ends where a value should stand"
NOT_JSON = "expected a JSON value"

# Bytes of a whole file -> (pointer, line, start of the message) of its one problem.
FILES: dict[str, tuple[bytes, str, int, str]] = {
    "empty": (b"", "", 1, END),
    "blank": (b" \n\r\n\t", "", 3, END),
    "byte order mark": (b"\xef\xbb\xbf[]", "", 1, "starts with a byte order mark; save the file as UTF-8 without one"),
    "UTF-16 with its mark": ("[]".encode("utf-16"), "", 1, "not UTF-8; save the file as UTF-8"),
    "UTF-16 without": ("[]".encode("utf-16-le"), "/0", 1, NOT_JSON),
    "UTF-16 big-endian": ("[]".encode("utf-16-be"), "", 1, NOT_JSON),
    "UTF-32": ("[]".encode("utf-32"), "", 1, "not UTF-8; save the file as UTF-8"),
    "Latin-1": (b'\n["caf\xe9"]', "", 2, "not UTF-8; save the file as UTF-8"),
    "cut in a character": (b'["\xf0\x9f\x8e', "", 1, "not UTF-8"),
    "overlong": (b'["\xc0\xaf"]', "", 1, "not UTF-8"),
    "a surrogate in UTF-8": (b'["\xed\xa0\x80"]', "", 1, "not UTF-8"),
    "beyond Unicode": (b'["\xf5\x80\x80\x80"]', "", 1, "not UTF-8"),
    "a mark inside": (b"[]\xef\xbb\xbf", "", 1, "text goes on after the document's end"),
    "two documents": (b"[]\n[]", "", 2, "text goes on after the document's end"),
    "a comma behind": (b"[],", "", 1, "text goes on after the document's end"),
    "a NUL behind": (b"[]\0", "", 1, "text goes on after the document's end"),
    "a comment": (b"// x\n[]", "", 1, NOT_JSON),
    "a fence": (b"```json\n[]\n```", "", 1, NOT_JSON),
    "single quotes": (b"{'id': 1}", "", 1, "expected a member's name in double quotes"),
    "bare name": (b"{id: 1}", "", 1, "expected a member's name in double quotes"),
    "comma at an object's end": (b'{"id": 1,}', "", 1, "expected a member's name in double quotes"),
    "comma at a list's end": (b"[1,\n]", "/1", 2, NOT_JSON),
    "comma at a list's start": (b"[,]", "/0", 1, NOT_JSON),
    "no comma": (b"[1\n2]", "/1", 2, "expected `,` or `]`"),
    "no colon": (b'{"id"\n1}', "/id", 2, "expected `:` behind a member's name"),
    "wrong closer": (b'{"id": 1]', "/id", 1, "expected `,` or `}`"),
    "list left open": (b"[1,\n2", "/2", 2, "expected `,` or `]`"),
    "object left open": (b'{"id":', "/id", 1, END),
    "string left open": (b'["abc', "/0", 1, "not a JSON string"),
    "a line in a string": (b'["a\nb"]', "/0", 1, "not a JSON string"),
    "a NUL in a string": (b'["a\0"]', "/0", 1, "not a JSON string"),
    "unknown escape": (b'["\\x41"]', "/0", 1, "not a JSON string"),
    "half an escape": (b'["\\u12"]', "/0", 1, "not a JSON string"),
    "True": (b"[True]", "/0", 1, NOT_JSON),
    "nil": (b"[nil]", "/0", 1, NOT_JSON),
    "nulls": (b"[nulls]", "/0", 1, NOT_JSON),
    "leading zero": (b"[01]", "/1", 1, "expected `,` or `]`"),
    "leading plus": (b"[+1]", "/0", 1, NOT_JSON),
    "only a minus": (b"[-]", "/0", 1, NOT_JSON),
    "no fraction": (b"[1.]", "/1", 1, "expected `,` or `]`"),
    "no whole": (b"[.5]", "/0", 1, NOT_JSON),
    "no exponent": (b"[1e]", "/1", 1, "expected `,` or `]`"),
    "hexadecimal": (b"[0x10]", "/1", 1, "expected `,` or `]`"),
    "other digits": ("[\u0663]".encode(), "/0", 1, NOT_JSON),
    "superscript": ("[\u00b2]".encode(), "/0", 1, NOT_JSON),
    "other blanks": ("\u00a0[]".encode(), "", 1, NOT_JSON),
    "form feed": (b"\f[]", "", 1, NOT_JSON),
    "minus true": (b"[-true]", "/0", 1, NOT_JSON),
}


@pytest.mark.parametrize("case", FILES)
def test_what_is_no_json_document_is_refused_at_its_place(tmp_path: Path, case: str) -> None:
    data, pointer, line, message = FILES[case]
    (problem,) = refusal(write(tmp_path, data))
    assert problem.message.startswith(message)
    if pointer or "member's name" not in message:
        assert problem.pointer == pointer
    assert problem.line == line


# A member's raw JSON -> the message at that member.
LITERALS: dict[str, tuple[str, str, str]] = {
    "NaN": ("new_value", "NaN", "NaN is not a JSON number"),
    "Infinity": ("new_value", "Infinity", "Infinity is not a JSON number"),
    "-Infinity": ("new_value", "-Infinity", "-Infinity is not a JSON number"),
    "NaN in meta": ("meta", '{"x": [NaN]}', "NaN is not a JSON number"),
    "1e999": ("new_value", "1e999", FLOAT),
    "-1e999": ("new_value", "-1e999", FLOAT),
    "1e999999999": ("new_value", "1e999999999", FLOAT),
    "1.8e308": ("new_value", "1.8e308", FLOAT),
    "just over": ("new_value", "1.7976931348623159e308", FLOAT),
    "1e999 in meta": ("meta", '{"a": {"b": 1e999}}', FLOAT),
    "5,000 digits": ("new_value", "9" * 5000, INTEGER),
    "5,000 digits in meta": ("meta", '{"x": ' + "9" * 5000 + "}", INTEGER),
    "a million digits": ("new_value", "1" * 1_000_000, INTEGER),
    "5,000 digits and a fraction": ("new_value", "9" * 5000 + ".5", FLOAT),
    "2**63": ("new_value", "9223372036854775808", INTEGER),
    "-2**63-1": ("new_value", "-9223372036854775809", INTEGER),
    "2**63 as confidence": ("confidence_score", "9223372036854775808", INTEGER),
    "high half": ("reason", '"\\ud83c"', HALF),
    "low half": ("reason", '"\\udf89"', HALF),
    "halves the wrong way round": ("reason", '"\\udf89\\ud83c"', HALF),
    "half in a list": ("meta", '["\\ud800"]', HALF),
}


@pytest.mark.parametrize("case", LITERALS)
def test_a_literal_without_one_meaning_is_refused(tmp_path: Path, case: str) -> None:
    field, literal, message = LITERALS[case]
    text = "[\n" + text_of() + ",\n" + text_of(id='"p2"', **{field: f"\n{literal}"}) + "]"
    details = refusal(write(tmp_path, text))
    assert [detail.message for detail in details] == [message]
    pointer = details[0].pointer or ""
    assert pointer == f"/1/{field}" or pointer.startswith(f"/1/{field}/")
    assert details[0].line == 4


@pytest.mark.parametrize(
    ("literal", "value"),
    [("1.7976931348623157e308", 1.7976931348623157e308), ("1.7976931348623158e308", 1.7976931348623157e308),
     ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)), ('"\\ud83c\\udf89"', "🎉")],
)  # fmt: skip
def test_the_last_good_literal_is_taken(tmp_path: Path, literal: str, value: object) -> None:
    (one,) = load_patches_for_promotion(write(tmp_path, text_of(new_value=literal)))
    assert one.new_value == value
