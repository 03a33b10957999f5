"""The audit's benchmark works, at a size that judges no time; and verify finds nothing where there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.audit_history import build
from tests.benchmarks.audit_stream import git
from tests.benchmarks.bench_audit import Measured, Verified, blobs, main, sources, verdict, wrong
from tests.support.gate import AUTO


def test_it_measures_and_verify_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--landings", "40", "--small", "20", "--runs", "1", "--folder", str(tmp_path)])
    told = capsys.readouterr().out
    rows = [line.split() for line in told.split("\n")[1:3]]
    assert [row[0] for row in rows] == ["20", "40"]
    assert all(float(number) > 0 for row in rows for number in (row[1], row[3], row[5], row[6], row[8]))
    assert "landings:" not in told, told


def test_what_is_not_honest_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for landings in (10, 20):
        build(tmp_path / f"history-{landings}.git", landings)
        (tmp_path / f"history-{landings}.git" / "made-by").write_text(sources())
    forged(tmp_path / "history-20.git")
    assert main(["--landings", "20", "--small", "10", "--runs", "1", "--folder", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "at 20 landings:" in told
    assert "at 10 landings:" not in told


def forged(repository: Path) -> None:
    """Somebody changes a live value by hand."""
    clone = repository.parent / "clone"
    git(repository.parent, "clone", "--quiet", str(repository), str(clone))
    (clone / AUTO).write_text((clone / AUTO).read_text() + '"portfolio.leverage" = 2.9\n')
    person = ("-c", "user.name=A Person", "-c", "user.email=person@example.invalid")
    git(clone, *person, "commit", "--quiet", "--all", "--message", "by hand")
    git(clone, "push", "--quiet", "origin", "main")


def test_the_yardstick_reads_every_version_of_what_an_audit_reads(tmp_path: Path) -> None:
    repository = tmp_path / "history.git"
    build(repository, 30)
    kinds = git(repository, "cat-file", "--batch-check", "--batch-all-objects").split("\n")
    everything = {line.split()[0] for line in kinds if " blob " in line}
    named = (line.partition(" ") for line in git(repository, "rev-list", "--objects", "HEAD").split("\n"))
    work = {name for name, _, path in named if path.startswith("src/")}
    assert set(blobs(repository).decode().split()) == everything - work


def test_limits() -> None:
    good = Measured(1000, 1.0, 4.0, 200, 400, []), Measured(10_000, 10.0, 40.0, 300, 400, [])
    assert verdict(*good) == []
    slow = Measured(10_000, 10.0, 40.1, 300, 400, [])
    told = "verify takes 4.01 times the yardstick; at most 4.0 are allowed"
    assert verdict(good[0]._replace(verify=5.0), slow) == [told]
    assert verdict(good[0]._replace(verify=3.0), good[1]) == ["the ratio grows from 3.00 to 4.00"]
    assert verdict(good[0], good[1]._replace(own=301)) == ["verify took 301 MB; at most 300 are allowed"]
    assert verdict(good[0]._replace(wrong=["x"]), good[1]) == ["at 1000 landings: x"]


def test_an_answer_that_is_wrong() -> None:
    good = Verified(1.0, 50, 50, 0, "proved; 9 commits from a to b, 5 landings\n")
    assert wrong(good, 5) == []
    assert wrong(good, 4)
    assert wrong(good._replace(told="proved"), 5)
    assert wrong(good._replace(code=1, told="landed_since: x\n"), 5) == ["verify ended with 1", "landed_since: x"]
