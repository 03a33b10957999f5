"""Bytes that are no JSON document of ours, or only just one (DESIGN 3.1)."""

from __future__ import annotations

from tests.support.hostile_exports.case import Case, as_bytes, judged, p, raw, refused, taken

GOOD = as_bytes([p()])
INTEGER, FLOAT = "outside the signed 64-bit range", "too large for a 64-bit float"
TWICE, DEEP, HALF = "stands twice in one object", "deeper than 64 levels", "half of a surrogate pair"
ENDS, NO_VALUE, BEHIND = "the text ends", "expected a JSON value", "goes on after the document's end"


def nested(levels: int) -> str:
    """Lists in `meta`, which is the third level already: list, patch, meta."""
    return '{"x": ' + "[" * levels + "]" * levels + "}"


def in_meta(story: str, text: str, pointer: str, words: str) -> Case:
    """What is refused anywhere in the document, not only where it matters."""
    return refused(story, raw(meta=text), (f"/0/meta{pointer}", 1, words))


def value(story: str, text: str, words: str) -> Case:
    """A literal in the place of the new value."""
    return refused(story, raw(new_value=text), ("/0/new_value", 1, words))


ENCODINGS = [
    refused("empty file", b"", ("", 1, ENDS)),
    refused("white space only", b" \n\t\r\n ", ("", 3, ENDS)),
    refused("byte order mark", b"\xef\xbb\xbf" + GOOD, ("", 1, "byte order mark")),
    refused("UTF-16 with a mark", GOOD.decode().encode("utf-16"), ("", 1, "not UTF-8")),
    refused("UTF-16 without a mark", GOOD.decode().encode("utf-16-le"), ("/0", 1, NO_VALUE)),
    refused("UTF-32 big-endian", GOOD.decode().encode("utf-32-be"), ("", 1, NO_VALUE)),
    refused("UTF-7 minus", b"+AFs-]", ("", 1, NO_VALUE)),
    refused("Latin-1 in a reason", b"\n" + raw(reason='"caf\xe9"').decode().encode("latin-1"), ("", 2, "not UTF-8")),
    refused("overlong slash", GOOD + b"\xc0\xaf", ("", 1, "not UTF-8")),
    refused("raw surrogate", b'["\xed\xa0\x80"]', ("", 1, "not UTF-8")),
    refused("compressed", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", ("", 1, "not UTF-8")),
    refused("a NUL at the end", GOOD + b"\0", ("", 1, BEHIND)),
    refused("a NUL in the middle", GOOD.replace(b"portfolio", b"port\0folio"), ("/0/target", 1, "not a JSON string")),
    refused("a mark inside", GOOD.replace(b"[{", b"[\xef\xbb\xbf{"), ("/0", 1, NO_VALUE)),
]

GRAMMAR = [
    refused("comment", b"// ready for live\n" + GOOD, ("", 1, NO_VALUE)),
    refused("block comment behind", GOOD + b"/* */", ("", 1, BEHIND)),
    refused("single quotes", GOOD.replace(b'"', b"'"), ("/0", 1, "in double quotes")),
    refused("trailing comma", GOOD.replace(b"}]", b"},\n]"), ("/1", 2, NO_VALUE)),
    refused("a second document behind", GOOD + b"\n" + GOOD, ("", 2, BEHIND)),
    refused("a second patch behind", GOOD[1:-1] + b"\n" + GOOD[1:-1], ("", 2, "name a file of JSON lines .jsonl")),
    refused("cut in the middle", GOOD[:-30], ("/0/target", 1, "not a JSON string")),
    refused("never closed", GOOD[:-1], ("/1", 1, "expected `,` or `]`")),
    refused("a line break in a string", raw(reason='"a\nb"'), ("/0/reason", 1, "not a JSON string")),
    refused("JavaScript", b"export default " + GOOD, ("", 1, NO_VALUE)),
    refused("YAML", b"- id: p\n  target: portfolio.leverage\n", ("", 1, NO_VALUE)),
    refused("Markdown fence", b"```json\n" + GOOD + b"\n```", ("", 1, NO_VALUE)),
    refused("other blanks", "\u00a0".encode() + GOOD, ("", 1, NO_VALUE)),
]

LITERALS = [
    value("NaN", "NaN", "NaN is not a JSON number"),
    value("Infinity", "Infinity", "Infinity is not a JSON number"),
    value("-Infinity", "-Infinity", "-Infinity is not a JSON number"),
    value("nan in small letters", "nan", NO_VALUE),
    value("1e999", "1e999", FLOAT),
    value("-1e999", "-1e999", FLOAT),
    value("1e999999999", "1e999999999", FLOAT),
    value("just over the largest float", "1.7976931348623159e308", FLOAT),
    value("5,000 digits", "1" * 5000, INTEGER),
    value("5,000 digits and a fraction", "1" * 5000 + ".0", FLOAT),
    value("2**63", str(2**63), INTEGER),
    value("-2**63-1", str(-(2**63) - 1), INTEGER),
    value("hexadecimal", "0x1", "expected `,` or `}`"),
    value("leading plus", "+1.25", NO_VALUE),
    value("leading zero", "01.25", "expected `,` or `}`"),
    value("no digits behind the point", "1.", "expected `,` or `}`"),
    value("fullwidth digits", "\uff11.25", NO_VALUE),
    value("underscores", "1_25e-2", "expected `,` or `}`"),
    in_meta("NaN in meta", '{"metrics": {"sharpe": NaN}}', "/metrics/sharpe", "NaN"),
    in_meta("1e999 in meta", '{"a": [0, 1e999]}', "/a/1", FLOAT),
    in_meta("5,000 digits in meta", '{"a": ' + "9" * 5000 + "}", "/a", INTEGER),
    in_meta("lone high surrogate", '{"note": "\\ud83d"}', "/note", HALF),
    in_meta("lone low surrogate as a name", '{"\\ude00": 1}', "", HALF),
    in_meta("surrogates the wrong way round", '["\\ude00\\ud83d"]', "/0", HALF),
    in_meta("65 levels", nested(62), "/x" + "/0" * 61, DEEP),
    refused("200,000 levels", b"[" * 200_000, ("/0" * 64, 1, DEEP)),
    refused("200,000 objects deep", b'{"a":' * 200_000, ("/a" * 64, 1, DEEP)),
    taken("64 levels", raw(meta=nested(61))),
    taken("a whole surrogate pair", raw(reason='"\\ud83d\\ude00"')),
    taken("escaped letters of a name are the name", GOOD.replace(b'"target"', b'"t\\u0061rget"')),
    taken("escaped letters of a target are the target", GOOD.replace(b"portfolio", b"p\\u006frtfolio")),
    taken("1.25 with an exponent", raw(new_value="0.125E+1")),
    taken("1.25 with 5,000 zeros", raw(new_value="1.25" + "0" * 5000)),
]

DUPLICATES = [
    refused("two targets", raw(target='"desk.size",\n"target": "portfolio.leverage"'), ("/0/target", 2, TWICE)),
    refused("two new values", raw(new_value='1.25, "new_value": 9.0'), ("/0/new_value", 1, TWICE)),
    refused("an escaped second name", raw(new_value='1.25, "new_v\\u0061lue": 9.0'), ("/0/new_value", 1, TWICE)),
    refused("the same value twice", raw(status='"PROMOTED", "status": "PROMOTED"'), ("/0/status", 1, TWICE)),
    in_meta("is_live_ready twice", '{"is_live_ready": true, "is_live_ready": false}', "/is_live_ready", TWICE),
    in_meta("deep in meta", '{"a": [{"b": {"c": 1, "c": 1}}]}', "/a/0/b/c", TWICE),
    refused("patches twice", b'{"patches": [],\n"patches": [' + GOOD[1:-1] + b"]}", ("/patches", 2, TWICE)),
    taken("names that differ by their case", raw(meta='{"tier": "core", "Tier": "x"}')),
    taken("names that only look alike", raw(meta='{"tier": "core", "ti\u0435r": "x"}')),
]

CASES = [*ENCODINGS, *GRAMMAR, *LITERALS, *DUPLICATES, judged("an empty list")]
