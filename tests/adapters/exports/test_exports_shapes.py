"""The shapes of DESIGN 3.1: list, `{"patches": []}`, one patch, JSON Lines, manifest; and where they end."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from promobot.adapters.exports import load_patches_for_promotion, read_exports
from promobot.core.models import PatchStatus
from tests.adapters.exports.files import manifest, patch, places, refusal, text_of, write

TWO = [patch("a"), patch("b", reason="größer 🎉")]

SHAPES = {
    "list": json.dumps(TWO),
    "object": json.dumps({"patches": TWO}),
    "indented": json.dumps({"patches": TWO}, indent=4),
    "CRLF": json.dumps(TWO, indent=1).replace("\n", "\r\n"),
    "not escaped": json.dumps(TWO, ensure_ascii=False),
    "blanks around": f" \n\t{json.dumps(TWO)}\r\n\n",
    "manifest": json.dumps(manifest(TWO)),
    "manifest in another order": json.dumps(dict(reversed(manifest(TWO).items())), indent=2, ensure_ascii=False),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_patches(tmp_path: Path, shape: str) -> None:
    patches = load_patches_for_promotion(write(tmp_path, SHAPES[shape]))
    assert [(one.id, one.reason) for one in patches] == [("a", None), ("b", "größer 🎉")]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, TWO)),
        "\n".join(map(json.dumps, TWO)) + "\n",
        "\r\n".join(map(json.dumps, TWO)) + "\r\n",
        "\n\n  \n\t\r\n" + "\n\n".join(map(json.dumps, TWO)) + "\n \n",
    ],
)
def test_json_lines_hold_one_patch_a_line(tmp_path: Path, text: str) -> None:
    assert [one.id for one in load_patches_for_promotion(write(tmp_path, text, "x.jsonl"))] == ["a", "b"]


def test_one_patch_object_is_an_export(tmp_path: Path) -> None:
    (one,) = load_patches_for_promotion(write(tmp_path, json.dumps(patch("only"))))
    assert (one.id, one.target, one.new_value, one.status) == (
        "only", "portfolio.leverage", 1.75, PatchStatus.APPLIED_OFFLINE,
    )  # fmt: skip


@pytest.mark.parametrize("text", ["[]", '{"patches": []}', " [ ] ", json.dumps(manifest([]))])
def test_an_export_may_hold_no_patch(tmp_path: Path, text: str) -> None:
    assert load_patches_for_promotion(write(tmp_path, text)) == []


def test_empty_json_lines_hold_no_patch(tmp_path: Path) -> None:
    assert load_patches_for_promotion(write(tmp_path, "", "x.jsonl"), write(tmp_path, "\n\n", "y.jsonl")) == []


def test_no_paths_no_patches() -> None:
    assert load_patches_for_promotion() == []


def test_files_are_read_in_order_and_named_by_their_bytes(tmp_path: Path) -> None:
    first, second = write(tmp_path, json.dumps([patch("b")]), "1.json"), write(tmp_path, json.dumps(TWO[:1]), "2.json")
    intake = read_exports([str(first), str(second)])
    assert [one.id for one in intake.patches] == ["b", "a"]
    assert [(file.sha256, file.patches) for file in intake.files] == [
        (hashlib.sha256(path.read_bytes()).hexdigest(), 1) for path in (first, second)
    ]


ACCEPTED_FIELDS: dict[str, tuple[str, Any]] = {
    "true": ("new_value", True),
    "zero": ("new_value", 0),
    "largest integer": ("new_value", 2**63 - 1),
    "smallest integer": ("new_value", -(2**63)),
    "float that is whole": ("new_value", 2.0),
    "largest float": ("new_value", 1.7976931348623157e308),
    "smallest float": ("new_value", 5e-324),
    "empty string": ("new_value", ""),
    "longest string": ("new_value", "é" * 1000),
    "string with controls": ("new_value", "a\x00\n\u202e"),
    "string like a number": ("new_value", "1.5"),
    "no old value": ("old_value", None),
    "old value": ("old_value", False),
    "confidence 0": ("confidence_score", 0.0),
    "confidence 1": ("confidence_score", 1.0),
    "no confidence": ("confidence_score", None),
    "longest id": ("id", "x" * 128),
    "odd id": ("id", "0._:-"),
    "longest target": ("target", ".".join("x" * 128)),
    "odd target": ("target", "-._.0"),
    "long reason": ("reason", "r" * 100_000),
    "no reason": ("reason", None),
    "empty experiment": ("source_experiment_id", ""),
    "no meta": ("meta", None),
    "empty meta": ("meta", {}),
    "ill-typed claims": ("meta", {"is_live_ready": "yes", "tags": 5, "tier": [], "metrics": None, "": 1}),
    "unknown claims": ("meta", {"anything": [1, {"x": None}]}),
}


@pytest.mark.parametrize("case", ACCEPTED_FIELDS)
def test_values_at_the_border_are_taken_as_they_are(tmp_path: Path, case: str) -> None:
    field, value = ACCEPTED_FIELDS[case]
    (one,) = load_patches_for_promotion(write(tmp_path, json.dumps(patch() | {field: value})))
    read = getattr(one, field)
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("literal", "value"),
    [("-0", 0), ("-0.0", -0.0), ("1E2", 100.0), ("1e-999", 0.0), ("10e+0", 10.0), ("0.1", 0.1), ("1.0", 1.0), ("1", 1)],
)
def test_a_number_is_what_its_text_says(tmp_path: Path, literal: str, value: float) -> None:
    (one,) = load_patches_for_promotion(write(tmp_path, text_of(new_value=literal)))
    assert (type(one.new_value), repr(one.new_value)) == (type(value), repr(value))


@pytest.mark.parametrize("score", ["0", "1", "1.0", "0.5e0"])
def test_a_whole_confidence_is_a_number_too(tmp_path: Path, score: str) -> None:
    (one,) = load_patches_for_promotion(write(tmp_path, text_of(confidence_score=score)))
    assert one.confidence_score == float(score)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31 12:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_times_are_iso_8601_and_naive_means_utc(tmp_path: Path, text: str, moment: datetime) -> None:
    (one,) = load_patches_for_promotion(write(tmp_path, json.dumps(patch(generated_at=text, applied_at=None))))
    assert one.generated_at == moment
    assert one.generated_at.tzinfo is UTC
    assert one.applied_at is None


def test_a_naive_time_is_utc_wherever_the_machine_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        (one,) = load_patches_for_promotion(write(tmp_path, json.dumps(patch(generated_at="2026-01-31T12:00"))))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert one.generated_at == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("status", list(PatchStatus))
def test_every_status_is_known(tmp_path: Path, status: PatchStatus) -> None:
    (one,) = load_patches_for_promotion(write(tmp_path, json.dumps(patch(status=str(status)))))
    assert one.status is status


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_nesting_of_64_is_read_and_of_65_refused(tmp_path: Path) -> None:
    # The patch itself and meta are two levels.
    (one,) = load_patches_for_promotion(write(tmp_path, text_of(meta=f'{{"x": {nested(62)}}}')))
    assert one.claim("x") is not None
    (problem,) = refusal(write(tmp_path, text_of(meta=f'{{"x": {nested(63)}}}')))
    assert problem.message == "nesting is deeper than 64 levels"
    assert problem.pointer == "/meta/x" + "/0" * 62


@pytest.mark.parametrize("opener", ["[", '{"a":'])
def test_nesting_without_end_is_refused_like_any_other(tmp_path: Path, opener: str) -> None:
    (problem,) = refusal(write(tmp_path, opener * 200_000))
    assert problem.message == "nesting is deeper than 64 levels"


@pytest.mark.parametrize(
    ("text", "pointer", "message"),
    [
        ("null", "", "an export is a list of patches, an object with `patches`, or one patch object"),
        ("5", "", "an export is a list of patches, an object with `patches`, or one patch object"),
        ('"x"', "", "an export is a list of patches, an object with `patches`, or one patch object"),
        ('{"patches": null}', "/patches", "must be a list of patches"),
        ('{"patches": {"id": "x"}}', "/patches", "must be a list of patches"),
        ("[null]", "/0", "a patch is a JSON object"),
        ("[[]]", "/0", "a patch is a JSON object"),
        ('{"patches": [1]}', "/patches/0", "a patch is a JSON object"),
        ('{"patches": [], "note": 1}', "/note", 'unknown member "note"; known here: patches'),
        ('{"patches": [], "a/b~c": 1}', "/a~1b~0c", 'unknown member "a/b~c"; known here: patches'),
        ('{"manifest_id": "x"}', "", "a manifest needs the member `patches`"),
    ],
)
def test_any_other_shape_is_refused(tmp_path: Path, text: str, pointer: str, message: str) -> None:
    (problem,) = refusal(write(tmp_path, text))
    assert (problem.pointer, problem.message, problem.line) == (pointer, message, 1)


def test_a_line_of_json_lines_is_one_patch_and_nothing_else(tmp_path: Path) -> None:
    text = "\n".join([json.dumps([patch()]), json.dumps({"patches": []}), json.dumps(patch()) + "{}"])
    details = refusal(write(tmp_path, text, "x.jsonl"))
    assert places(details)[0] == ("", 1)
    assert ("/patches", 2) in places(details)
    assert places(details)[-1] == ("", 3)


def test_json_lines_under_another_name_are_trailing_data(tmp_path: Path) -> None:
    (problem,) = refusal(write(tmp_path, "\n".join(map(json.dumps, TWO))))
    assert problem.message == "text goes on after the document's end; name a file of JSON lines .jsonl"
    assert problem.line == 2
