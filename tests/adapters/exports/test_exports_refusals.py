"""What DESIGN 3.1 refuses, each with pointer, line and a message that says what to mend."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from promobot.adapters.exports import load_patches_for_promotion
from promobot.errors import ExportRefused
from tests.adapters.exports.files import PATCH, patch, places, refusal, write

VALUE = "must be true, false, a 64-bit integer, a finite number or a string of up to 1,000 characters"
TIME = "not an ISO 8601 time such as 2026-01-31T12:00:00Z"
STATUS = "must be one of PROPOSED, APPLIED_OFFLINE, PROMOTED, REJECTED, RETIRED"

# A member's value -> the message at that member.
VALUES: dict[str, tuple[str, Any, str]] = {
    "id number": ("id", 5, "must be a string"),
    "id null": ("id", None, "must be a string"),
    "id empty": ("id", "", "must match"),
    "id too long": ("id", "x" * 129, "must match"),
    "id with a dash first": ("id", "-x", "must match"),
    "id with a line end": ("id", "x\n", "must match"),
    "id with a NUL": ("id", "x\0", "must match"),
    "id with a blank": ("id", "a b", "must match"),
    "id with an accent": ("id", "é", "must match"),
    "id with other digits": ("id", "x\u0663", "must match"),
    "id with a line separator": ("id", "x\u2028", "must match"),
    "id with markup": ("id", "a`b", "must match"),
    "target list": ("target", ["a"], "must be a string"),
    "target empty": ("target", "", "must match"),
    "target too long": ("target", "x" * 256, "string should have at most 255 characters"),
    "target with a line end": ("target", "a.b\n", "must match"),
    "target with CR": ("target", "a\r", "must match"),
    "target with an escape": ("target", "a\x1b", "must match"),
    "target with a dot first": ("target", ".a", "must match"),
    "target with a dot last": ("target", "a.", "must match"),
    "target with two dots": ("target", "a..b", "must match"),
    "target with a blank": ("target", "a b", "must match"),
    "target with a slash": ("target", "../a", "must match"),
    "target with a quote": ("target", 'a"b', "must match"),
    "target not ASCII": ("target", "\u0430", "must match"),
    "new_value null": ("new_value", None, VALUE),
    "new_value list": ("new_value", [1], VALUE),
    "new_value object": ("new_value", {"x": 1}, VALUE),
    "new_value too long": ("new_value", "x" * 1001, VALUE),
    "old_value list": ("old_value", [], VALUE),
    "old_value too long": ("old_value", "x" * 1001, VALUE),
    "status in small letters": ("status", "promoted", STATUS),
    "status with a blank": ("status", "PROMOTED ", STATUS),
    "status unknown": ("status", "LIVE", STATUS),
    "status null": ("status", None, STATUS),
    "status number": ("status", 1, STATUS),
    "status list": ("status", ["PROMOTED"], STATUS),
    "status object": ("status", {}, STATUS),
    "confidence true": ("confidence_score", True, "must be a number"),
    "confidence text": ("confidence_score", "0.9", "must be a number"),
    "confidence over 1": ("confidence_score", 1.0000000000000002, "input should be less than or equal to 1"),
    "confidence 2": ("confidence_score", 2, "input should be less than or equal to 1"),
    "confidence under 0": ("confidence_score", -5e-324, "input should be greater than or equal to 0"),
    "confidence list": ("confidence_score", [], "must be a number"),
    "time number": ("generated_at", 1767225600, TIME),
    "time true": ("generated_at", True, TIME),
    "time empty": ("applied_at", "", TIME),
    "time in words": ("promoted_at", "yesterday", TIME),
    "time with a line end": ("applied_at", "2026-01-31T12:00:00Z\n", TIME),
    "no such day": ("applied_at", "2026-02-30", TIME),
    "time before year 1": ("generated_at", "0001-01-01T00:00:00+05:00", "outside the years 1 to 9999 in UTC"),
    "time after year 9999": ("generated_at", "9999-12-31T23:59:59-05:00", "outside the years 1 to 9999 in UTC"),
    "reason number": ("reason", 5, "must be a string"),
    "reason list": ("reason", ["x"], "must be a string"),
    "experiment true": ("source_experiment_id", True, "must be a string"),
    "meta list": ("meta", [], "must be an object (a table)"),
    "meta text": ("meta", "x", "must be an object (a table)"),
    "meta true": ("meta", True, "must be an object (a table)"),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_member_of_the_wrong_type_is_refused_at_its_line(tmp_path: Path, case: str) -> None:
    field, value, message = VALUES[case]
    text = json.dumps({"patches": [patch(), PATCH | {"id": "p2"} | {field: value}]}, indent=1)
    (problem,) = refusal(write(tmp_path, text))
    assert problem.message.startswith(message)
    assert problem.pointer == f"/patches/1/{field}"
    second = text.index("{", text.index("p1"))
    assert problem.line == text.count("\n", 0, text.index(f'"{field}"', second)) + 1


@pytest.mark.parametrize("field", ["id", "target", "new_value", "status"])
def test_a_required_member_is_missed_at_the_patch(tmp_path: Path, field: str) -> None:
    broken = {name: value for name, value in PATCH.items() if name != field}
    (problem,) = refusal(write(tmp_path, f"[\n{json.dumps(patch('ok'))},\n{json.dumps(broken)}]"))
    assert (problem.pointer, problem.line, problem.message) == (f"/1/{field}", 3, "is required and missing")


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("newvalue", 'unknown field "newvalue"; did you mean new_value?'),
        ("confidence", 'unknown field "confidence"; did you mean confidence_score?'),
        ("Target", 'unknown field "Target"; did you mean target?'),
        ("generatedAt", 'unknown field "generatedAt"; did you mean generated_at?'),
        ("patches", 'unknown field "patches"; known fields: id, target,'),
        ("zzz", 'unknown field "zzz"; known fields: id, target, new_value, old_value, status,'),
        ("", 'unknown field ""; known fields: id,'),
        ("__class__", 'unknown field "__class__"; known fields'),
        ("\n::error::", 'unknown field "\\n::error::"; known fields'),
        ("`x`|\u202e", 'unknown field "\\u0060x\\u0060\\u007c\\u202e"; known fields'),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest_known_one(tmp_path: Path, field: str, message: str) -> None:
    (problem,) = refusal(write(tmp_path, json.dumps([PATCH | {field: 1}])))
    assert problem.message.startswith(message)
    assert problem.pointer == f"/0/{field}"


@pytest.mark.parametrize("name", ["model_config", "model_fields", "copy"])
def test_a_member_of_the_class_is_no_field(tmp_path: Path, name: str) -> None:
    (problem,) = refusal(write(tmp_path, json.dumps(PATCH | {name: {}})))
    assert problem.pointer == f"/{name}"


# A status as somebody might write it -> the one it is nearest to.
MISSPELT: dict[str, str | None] = {
    "APPLIED_OFLINE": "APPLIED_OFFLINE",
    "applied_offline": "APPLIED_OFFLINE",
    "Applied Offline": "APPLIED_OFFLINE",
    "applied-offline": "APPLIED_OFFLINE",
    "APPLIED_OFFLINE\n": "APPLIED_OFFLINE",
    "APPLIED": "APPLIED_OFFLINE",
    "promoted": "PROMOTED",
    " PROMOTED ": "PROMOTED",
    "PROMOTED\u200b": "PROMOTED",
    "PROM\u041eTED": "PROMOTED",
    "Proposed": "PROPOSED",
    "REJECT": "REJECTED",
    "retired!": "RETIRED",
    "LIVE": None,
    "": None,
    "::error::PROMOTED`@all": None,
    "x" * 5_000_000: None,
}


@pytest.mark.parametrize("status", MISSPELT, ids=lambda status: repr(status)[:30])
def test_a_misspelt_status_is_told_the_nearest_one(tmp_path: Path, status: str) -> None:
    """The export's own text is not repeated: the line says where it stands."""
    (problem,) = refusal(write(tmp_path, json.dumps(patch(status=status))))
    near = MISSPELT[status]
    assert problem.pointer == "/status"
    assert problem.message == STATUS + (f"; did you mean {near}?" if near else "")


@pytest.mark.parametrize(
    ("field", "near"),
    [("Status", "status"), ("NEW_VALUE", "new_value"), ("newValue", "new_value"), ("target ", "target"),
     ("\u0442arget", "target"), ("ID", "id")],
)  # fmt: skip
def test_a_misspelt_field_is_told_the_nearest_one_in_any_case(tmp_path: Path, field: str, near: str) -> None:
    (problem,) = refusal(write(tmp_path, json.dumps(patch() | {field: "x"})))
    assert problem.message.startswith("unknown field ")
    assert problem.message.endswith(f"; did you mean {near}?")


DUPLICATES = {
    "in a patch": ('{"id": "p1",\n"id": "p2"}', "/id", 2, "id"),
    "the same value": ('[{"id": 1}, {"id": 1,\n"x": 2,\n"id": 1}]', "/1/id", 3, "id"),
    "escaped": ('{"target": "a",\n"t\\u0061rget": "b"}', "/target", 2, "target"),
    "deep in meta": ('{"meta": {"a": [{"k": 1,\n\n"k": 2}]}}', "/meta/a/0/k", 3, "k"),
    "of the envelope": ('{"patches": [],\n"patches": []}', "/patches", 2, "patches"),
    "empty": ('{"": 1,\n"": 2}', "/", 2, ""),
}


@pytest.mark.parametrize("case", DUPLICATES)
def test_a_name_that_stands_twice_is_refused(tmp_path: Path, case: str) -> None:
    text, pointer, line, name = DUPLICATES[case]
    details = refusal(write(tmp_path, text))
    assert places(details) == [(pointer, line)]
    assert details[0].message == f'the name "{name}" stands twice in one object'


TAKEN = "another patch has this id already; ids are unique, whatever their case"


@pytest.mark.parametrize("second", ["P-1", "p-1"])
def test_an_id_is_unique_whatever_its_case(tmp_path: Path, second: str) -> None:
    (problem,) = refusal(write(tmp_path, json.dumps([patch("p-1"), patch("p-2"), patch(second)], indent=0)))
    assert problem.pointer == "/2/id"
    assert problem.line == 15
    assert problem.message == TAKEN


@pytest.mark.parametrize("identity", ["a", "A", "7", "ab", "x" * 128])
def test_an_id_of_any_length_is_unique(tmp_path: Path, identity: str) -> None:
    """Python keeps one object for each string of one character, so equal is not to be told by being the same."""
    (problem,) = refusal(write(tmp_path, json.dumps([patch(identity), patch(identity)])))
    assert (problem.pointer, problem.message) == ("/1/id", TAKEN)


def test_an_id_is_unique_over_all_files_and_lines(tmp_path: Path) -> None:
    first = write(tmp_path, json.dumps([patch("run-1")]), "a.json")
    second = write(tmp_path, json.dumps(patch("run-2")) + "\n" + json.dumps(patch("RUN-1")), "b.jsonl")
    (problem,) = refusal(first, second)
    assert (problem.file, problem.pointer, problem.line) == (str(second), "/id", 2)
    assert [p.id for p in load_patches_for_promotion(first)] == ["run-1"]
    assert len(refusal(first, first)) == 1, "the same file twice is no larger export"


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    first = write(tmp_path, '[\n{"id": 5, "target": "a..b", "new_value": null, "status": "x"},\n{"idd": 1}]', "a.json")
    second = write(tmp_path, '{"new_value": NaN, "meta": {"a": 1e999, "a": 99999999999999999999}}', "b.json")
    third = write(tmp_path, b"\xff", "c.json")
    fourth = write(tmp_path, '{"id": 1}\n\n{"id":\n', "d.jsonl")
    details = refusal(first, second, third, fourth)
    told = {
        path: [(d.pointer, d.line) for d in details if d.file == str(path)] for path in (first, second, third, fourth)
    }
    assert sorted(told[first]) == sorted(
        [(f"/0/{name}", 2) for name in ("id", "target", "new_value", "status")]
        + [(f"/1/{name}", 3) for name in ("id", "target", "new_value", "status", "idd")]
    )
    assert told[second] == [("/new_value", 1), ("/meta/a", 1), ("/meta/a", 1), ("/meta/a", 1)]
    assert told[third] == [("", 1)]
    assert sorted(told[fourth])[:2] == [("/id", 1), ("/id", 3)]


def test_the_refusal_counts_the_problems(tmp_path: Path) -> None:
    for count, words in ((1, "1 problem;"), (2, "2 problems;"), (5000, "at least 1000 problems;")):
        with pytest.raises(ExportRefused, match=words) as caught:
            load_patches_for_promotion(write(tmp_path, json.dumps([0] * count)))
        assert len(caught.value.details) == min(count, 1000)


def test_a_value_is_never_repeated_in_a_message(tmp_path: Path) -> None:
    secret = "c0ffee-secret"
    broken = {field: [secret] for field in PATCH} | {"reason": {secret: secret}, "generated_at": secret}
    text = "\n".join(detail.message for detail in refusal(write(tmp_path, json.dumps(broken))))
    assert secret not in text
