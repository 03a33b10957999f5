"""The export's schema: it never refuses what the reader takes, and refuses with it as far as a schema can see."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from promobot.adapters.exports.reading import Reading
from promobot.core.schemas import schema_text
from tests.adapters.exports.files import manifest, patch, text_of
from tests.support.workspace import ROOT

SCHEMA = json.loads(schema_text("export"))
EXPORT = Draft202012Validator(SCHEMA)


def read(text: str) -> bool:
    """Whether the reader takes the document."""
    reading = Reading()
    reading.add(text.encode("utf-8", "surrogatepass"), "export.json")
    return not reading.problems


TAKEN, REFUSED, UNSEEN = "taken", "refused", "refused by the reader alone"
EXPORTS: dict[str, tuple[str, str]] = {
    "list": (json.dumps([patch("a"), patch("b")]), TAKEN),
    "empty list": ("[]", TAKEN),
    "object": (json.dumps({"patches": [patch()]}), TAKEN),
    "empty object of patches": ('{"patches": []}', TAKEN),
    "one patch": (json.dumps(patch()), TAKEN),
    "manifest": (json.dumps(manifest([patch()])), TAKEN),
    "every field": (
        json.dumps(
            patch(
                old_value=None,
                confidence_score=1,
                generated_at="2026-01-31",
                applied_at="2026-01-31 12:00",
                promoted_at="20260131T120000+0200",
                reason="x\n",
                source_experiment_id="",
                meta={"tags": 5},
            )
        ),
        TAKEN,
    ),
    "nulls": (json.dumps(patch(confidence_score=None, generated_at=None, reason=None, meta=None)), TAKEN),
    "bool": (json.dumps(patch(new_value=False)), TAKEN),
    "longest text": (json.dumps(patch(new_value="é" * 1000)), TAKEN),
    "null": ("null", REFUSED),
    "number": ("5", REFUSED),
    "empty": ("{}", REFUSED),
    "list of lists": ("[[]]", REFUSED),
    "list of nulls": ("[null]", REFUSED),
    "patches null": ('{"patches": null}', REFUSED),
    "patches an object": ('{"patches": {}}', REFUSED),
    "member beside patches": ('{"patches": [], "note": 1}', REFUSED),
    "manifest without patches": ('{"manifest_id": "x"}', REFUSED),
    "manifest without integrity": ('{"schema_version": 1, "manifest_id": "x", "patches": []}', REFUSED),
    "manifest of another version": (json.dumps(manifest([], schema_version=2)), REFUSED),
    "manifest of version true": (json.dumps(manifest([], schema_version=True)), REFUSED),
    "manifest with a numeric id": (json.dumps(manifest([], manifest_id=7)), REFUSED),
    "manifest with a member": (json.dumps(manifest([], signature="x")), REFUSED),
    "integrity null": (json.dumps(manifest([], integrity=None)), REFUSED),
    "integrity empty": (json.dumps(manifest([], integrity={})), REFUSED),
    "digest in capitals": (json.dumps(manifest([], integrity={"content_sha256": "AB" * 32})), REFUSED),
    "unknown field": (json.dumps(patch(confidence=1)), REFUSED),
    "no id": (json.dumps({key: value for key, value in patch().items() if key != "id"}), REFUSED),
    "id with a blank": (json.dumps(patch("a b")), REFUSED),
    "id too long": (json.dumps(patch("x" * 129)), REFUSED),
    "target with a blank": (json.dumps(patch(target="a. b")), REFUSED),
    "target in Cyrillic": (json.dumps(patch(target="portfolio.l\u0435verage")), REFUSED),
    "target too long": (json.dumps(patch(target="x" * 256)), REFUSED),
    "status in another case": (json.dumps(patch(status="promoted")), REFUSED),
    "value null": (json.dumps(patch(new_value=None)), REFUSED),
    "value list": (json.dumps(patch(new_value=[1])), REFUSED),
    "text too long": (json.dumps(patch(new_value="x" * 1001)), REFUSED),
    "confidence true": (json.dumps(patch(confidence_score=True)), REFUSED),
    "confidence text": (json.dumps(patch(confidence_score="0.9")), REFUSED),
    "confidence 1.01": (json.dumps(patch(confidence_score=1.01)), REFUSED),
    "time a number": (json.dumps(patch(generated_at=1_700_000_000)), REFUSED),
    "time a word": (json.dumps(patch(generated_at="yesterday")), REFUSED),
    "time American": (json.dumps(patch(generated_at="01/31/2026")), REFUSED),
    "meta a list": (json.dumps(patch(meta=[])), REFUSED),
    "duplicate id": (json.dumps([patch("a"), patch("A")]), UNSEEN),
    "duplicate key": ('{"patches": [], "patches": []}', UNSEEN),
    "wrong digest": (json.dumps(manifest([], integrity={"content_sha256": "0" * 64})), UNSEEN),
    "integer outside int64": (text_of(new_value="9223372036854775808"), UNSEEN),
    "no number": (text_of(new_value="NaN"), UNSEEN),
    "lone surrogate": (text_of(reason='"\\ud800"'), UNSEEN),
    "the 31st of February": (json.dumps(patch(generated_at="2026-02-31")), UNSEEN),
    # ECMA 262, which JSON Schema asks for, ends `$` at the text's end; Python's own checker also before a last LF.
    "target with a newline": (json.dumps(patch(target="a\n")), UNSEEN),
}


@pytest.mark.parametrize("case", EXPORTS)
def test_reader_and_schema_agree_on_exports(case: str) -> None:
    text, verdict = EXPORTS[case]
    assert read(text) is (verdict == TAKEN)
    assert EXPORT.is_valid(json.loads(text)) is (verdict != REFUSED)


def test_the_shipped_exports_are_valid() -> None:
    found = sorted((ROOT / "reports/learning_snippets").glob("*.json"))
    assert found
    for path in found:
        EXPORT.validate(json.loads(path.read_bytes()))


def test_a_line_of_json_lines_is_a_patch() -> None:
    line = Draft202012Validator(SCHEMA | {"anyOf": [{"$ref": "#/$defs/ConfigPatch"}]})
    assert line.is_valid(patch())
    assert not line.is_valid([patch()])


MOMENTS = st.datetimes(timezones=st.sampled_from([None, UTC])).filter(lambda at: at.year >= 1000)
SPELLINGS: list[Callable[[datetime], str]] = [
    datetime.isoformat,
    lambda at: at.isoformat(" ", "minutes"),
    lambda at: f"{at:%Y%m%dT%H%M%S}",
    lambda at: f"{at:%G-W%V-%u}",
    lambda at: f"{at:%GW%V}",
    lambda at: f"{at:%Y-%m-%dT%H}+02:00",
]
TIMES = st.builds(lambda spell, at: spell(at), st.sampled_from(SPELLINGS), MOMENTS)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | TIMES | st.just({"a": [None]})
FIELDS = dict.fromkeys(SCHEMA["$defs"]["ConfigPatch"]["properties"], VALUES)
MOSTLY_RIGHT = {field: TIMES | st.none() for field in FIELDS if field.endswith("_at")}
PATCHES = st.one_of(
    st.fixed_dictionaries({}, optional=FIELDS | MOSTLY_RIGHT),
    st.fixed_dictionaries(MOSTLY_RIGHT, optional={"new_value": VALUES, "old_value": VALUES, "meta": VALUES}),
).map(lambda given: patch() | given)
DOCUMENTS = PATCHES | st.lists(PATCHES, max_size=1) | st.fixed_dictionaries({"patches": st.lists(PATCHES, max_size=1)})


@pytest.mark.parametrize("spell", SPELLINGS)
def test_every_spelling_of_a_time_is_taken(spell: Callable[[datetime], str]) -> None:
    document = patch(generated_at=spell(datetime(2026, 1, 31, 12, 30, tzinfo=UTC)))
    assert read(json.dumps(document))
    EXPORT.validate(document)


@settings(deadline=None, max_examples=500)
@given(DOCUMENTS)
def test_the_schema_never_refuses_what_the_reader_takes(document: Any) -> None:
    text = json.dumps(document)
    if read(text):
        EXPORT.validate(json.loads(text))
