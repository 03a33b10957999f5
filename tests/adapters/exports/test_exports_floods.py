"""Exports that would cost more than they are worth: told up to a number, and not paid for beyond it."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from promobot.adapters.exports import load_patches_for_promotion
from promobot.adapters.exports.reading import MAX_PROBLEMS
from promobot.errors import ExportRefused
from tests.support.fake_github.git import clean_env
from tests.support.workspace import ROOT

FLOODS = {
    "no objects": "[" + "0," * 500_000 + "0]",
    "empty objects": "[" + "{}," * 300_000 + "{}]",
    "duplicate names": "{" + '"a":1,' * 200_000 + '"a":1}',
    "not numbers": "[" + "NaN," * 200_000 + "NaN]",
    "unknown fields": json.dumps({f"field {number}": number for number in range(100_000)}),
    "unknown members": json.dumps({"patches": [], **{f"member {number}": 0 for number in range(100_000)}}),
    "one long name": json.dumps([{"id": "a", "x" * 2_000_000: 1}]),
}


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
def test_a_flood_of_problems_stays_small(tmp_path: Path, text: str) -> None:
    """Memory is a small multiple of the input's size, and nobody is told more than a thousand problems."""
    path = tmp_path / "export.json"
    path.write_text(text)
    tracemalloc.start()
    with pytest.raises(ExportRefused) as refused:
        load_patches_for_promotion(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 1 <= len(refused.value.details) <= MAX_PROBLEMS
    assert max(len(detail.message) for detail in refused.value.details) < 500
    assert peak < 40 * len(text) + 20_000_000


def test_problems_of_all_files_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"\xff")
    (tmp_path / "b.json").write_text('{"id": "a"}')
    with pytest.raises(ExportRefused) as refused:
        load_patches_for_promotion(tmp_path / "a.json", tmp_path / "b.json")
    assert {Path(detail.file or "").name for detail in refused.value.details} == {"a.json", "b.json"}


def test_an_id_is_taken_by_a_patch_that_is_wrong_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text('[{"id": "a"}, {"id": "A", "target": "x.y", "new_value": 1, "status": "PROMOTED"}]')
    with pytest.raises(ExportRefused) as refused:
        load_patches_for_promotion(path)
    assert "/1/id" in [detail.pointer for detail in refused.value.details]


@pytest.mark.parametrize(
    ("text", "pointer"),
    [('[{"id": "a", "\\ud800": 2}]', "/0"), ('[{"id": "a", b: 2}]', "/0"), ('[{"id": "a", "b" 2}]', "/0/b")],
)
def test_a_problem_of_a_name_is_the_objects(tmp_path: Path, text: str, pointer: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(text)
    with pytest.raises(ExportRefused) as refused:
        load_patches_for_promotion(path)
    assert refused.value.details[0].pointer == pointer


def test_a_closed_standard_input_is_a_usage_error(tmp_path: Path) -> None:
    code = (
        "import sys; sys.stdin = None\n"
        "from promobot.adapters.exports import read_exports\n"
        "from promobot.errors import UsageError\n"
        "try:\n    read_exports(['-'])\nexcept UsageError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_env({"PYTHONPATH": str(ROOT)}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "standard input is closed; name a file"
