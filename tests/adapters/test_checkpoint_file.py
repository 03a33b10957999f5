"""The checkpoint on disk: the first run has none, it is replaced in one step, and what goes wrong is told plainly."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from promobot.adapters.checkpoint import load_checkpoint, save_checkpoint
from promobot.core.audit.checkpoint import checkpoint_of, checkpoint_text
from promobot.errors import UsageError

POINT = checkpoint_of("a" * 40, "b" * 40, "c" * 40, ())


def test_the_first_run_has_none(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "cp.json") is None
    assert list(tmp_path.iterdir()) == [], "looking leaves nothing behind"


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "cp.json"
    for point in (POINT, replace(POINT, commit="d" * 40)):
        save_checkpoint(path, point)
        assert load_checkpoint(path) == point
        assert path.read_bytes() == checkpoint_text(point)
    assert [file.name for file in tmp_path.iterdir()] == ["cp.json"]


def test_what_stood_there_stays_whole_where_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cp.json"
    save_checkpoint(path, POINT)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match=r"cp\.json cannot be written: No space left on device; name a file that can"):
        save_checkpoint(path, replace(POINT, commit="d" * 40))
    assert load_checkpoint(path) == POINT
    assert [file.name for file in tmp_path.iterdir()] == ["cp.json"]


def test_a_folder_that_is_not_there_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        load_checkpoint(tmp_path / "no" / "cp.json")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_checkpoint(tmp_path)
    (tmp_path / "cp").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        save_checkpoint(tmp_path / "cp", POINT)
    assert [file.name for file in tmp_path.iterdir()] == ["cp"]


def test_what_is_no_checkpoint_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "cp.json"
    path.write_bytes(b"{}")
    with pytest.raises(UsageError, match=r"cp\.json is no checkpoint"):
        load_checkpoint(path)


def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(UsageError, match="too long"):
        load_checkpoint(Path("/dev/zero"))
