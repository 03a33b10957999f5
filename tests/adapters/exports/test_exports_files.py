"""Where an export comes from: files, standard input, what is no file at all, and the newest file of a folder."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from promobot.adapters import exports
from promobot.adapters.exports import load_patches_for_promotion, newest_export
from promobot.errors import UsageError
from tests.adapters.exports.files import patch, refusal, write


class _Input:
    """Standard input as bytes, as `sys.stdin` has it."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def usage(path: Path | str) -> str:
    """The words of a UsageError about a path."""
    with pytest.raises(UsageError) as caught:
        load_patches_for_promotion(path)
    assert caught.value.exit_code == 2
    return caught.value.message


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", _Input(json.dumps([patch("in")]).encode()))
    assert [one.id for one in load_patches_for_promotion("-")] == ["in"]


def test_standard_input_is_named_in_its_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", _Input(b""))
    (problem,) = refusal("-")
    assert (problem.file, problem.message) == ("standard input", "the text ends where a value should stand")


def test_a_file_named_like_standard_input_is_reached_by_its_path(tmp_path: Path) -> None:
    assert [one.id for one in load_patches_for_promotion(write(tmp_path, json.dumps(patch("f")), "-"))] == ["f"]


@pytest.mark.parametrize("source", ["file", "stdin"])
def test_the_size_limit_is_inclusive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    data = json.dumps([patch()]).encode()
    path: Path | str = write(tmp_path, data)

    def limited(limit: int) -> Path | str:
        monkeypatch.setattr(exports, "MAX_BYTES", limit)
        if source == "stdin":
            monkeypatch.setattr("sys.stdin", _Input(data))
            return "-"
        return path

    assert len(load_patches_for_promotion(limited(len(data)))) == 1
    (problem,) = refusal(limited(len(data) - 1))
    assert problem.message.startswith("larger than")


def test_the_size_limit_is_that_of_the_contract() -> None:
    assert exports.MAX_BYTES == 64 * 1024 * 1024


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert usage(tmp_path / "none.json") == f"{tmp_path / 'none.json'} cannot be read: No such file or directory"


def test_a_folder_is_no_export(tmp_path: Path) -> None:
    assert "is a folder" in usage(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    assert "is a folder" in usage(tmp_path / "link")


def test_a_named_pipe_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    assert usage(tmp_path / "pipe.json") == f"{tmp_path / 'pipe.json'} is not a file"


def test_a_device_is_refused() -> None:
    assert usage(os.devnull) == f"{os.devnull} is not a file"


def test_a_link_to_a_file_is_followed_and_one_to_nowhere_or_itself_refused(tmp_path: Path) -> None:
    write(tmp_path, json.dumps(patch("real")), "real.json")
    for name, target in (("link", "real.json"), ("dangling", "none"), ("loop", "loop")):
        (tmp_path / name).symlink_to(target)
    assert [one.id for one in load_patches_for_promotion(tmp_path / "link")] == ["real"]
    assert "cannot be read" in usage(tmp_path / "dangling")
    assert "cannot be read" in usage(tmp_path / "loop")


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000])
def test_an_impossible_path_is_a_usage_error(path: str) -> None:
    assert "cannot be read" in usage(path)


def exports_folder(folder: Path, ages: dict[str, int]) -> Path:
    for name, age in ages.items():
        os.utime(write(folder, "[]", name), (age, age))
    return folder


NEWEST: dict[str, tuple[dict[str, int], dict[str, int], str | None]] = {
    "by modification time": ({"a.json": 10, "b.json": 30, "c.jsonl": 20}, {}, "b.json"),
    "by commit time": ({"a.json": 99, "b.json": 98}, {"a.json": 10, "b.json": 20}, "b.json"),
    "commit time against modification time": ({"a.json": 99, "b.json": 50}, {"a.json": 40}, "b.json"),
    "an old file beside a new commit": ({"a.json": 1, "b.json": 50}, {"a.json": 60}, "a.json"),
    "equal times by name": ({"a.json": 5, "c.json": 5, "b.jsonl": 5}, {}, "c.json"),
    "equal commit times by name": ({"2.json": 9, "1.json": 99}, {"1.json": 5, "2.json": 5}, "2.json"),
    "JSON Lines too": ({"a.json": 1, "b.jsonl": 2}, {}, "b.jsonl"),
    "other suffixes": ({"a.json": 1, "b.txt": 9, "c.json.tmp": 9, "d": 9, ".json": 9, "e.toml": 9}, {}, "a.json"),
    "only others": ({"README.md": 9}, {}, None),
    "empty": ({}, {}, None),
    "commits of files that are gone": ({"a.json": 1}, {"gone.json": 99}, "a.json"),
}


@pytest.mark.parametrize("case", NEWEST)
def test_the_newest_export_of_a_folder(tmp_path: Path, case: str) -> None:
    ages, committed, name = NEWEST[case]
    found = newest_export(exports_folder(tmp_path, ages), committed)
    assert found == (None if name is None else tmp_path / name)


def test_links_and_folders_are_no_exports(tmp_path: Path) -> None:
    exports_folder(tmp_path, {"a.json": 1})
    outside = tmp_path.parent / f"{tmp_path.name}-outside.json"
    outside.write_text("[]")
    (tmp_path / "z.json").symlink_to(outside)
    (tmp_path / "y.json").symlink_to("nowhere")
    (tmp_path / "x.json").mkdir()
    os.mkfifo(tmp_path / "w.json")
    assert newest_export(tmp_path, {"z.json": 99, "y.json": 99, "x.json": 99, "w.json": 99}) == tmp_path / "a.json"


def test_no_folder_no_export(tmp_path: Path) -> None:
    assert newest_export(tmp_path / "none", {}) is None
    assert newest_export(write(tmp_path, "[]"), {}) is None
