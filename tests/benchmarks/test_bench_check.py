"""The gate's benchmark works and prints what it measured; how long anything took is not judged here."""

from __future__ import annotations

import re

import pytest

from tests.benchmarks.bench_check import main


def test_it_measures_and_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--commits", "50", "--files", "60", "--runs", "1"]) in (0, 1)
    out = capsys.readouterr().out
    assert out.startswith("50 commits, 60 files; medians of 1 runs\n")
    for case in ("ordinary pull request", "proposal of three patches"):
        assert f"{case}; limit " in out
        assert f"{case}, base moved on by 25; limit " in out
    assert len(re.findall(r"^  check +cpu +\d+\.\d ms   wall +\d+\.\d ms$", out, re.MULTILINE)) == 4
    ratio = r"^  of the limit +cpu +\d+\.\d\d      wall +\d+\.\d\d +(?:ok|EXCEEDED)$"
    assert len(re.findall(ratio, out, re.MULTILINE)) == 4
