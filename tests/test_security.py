"""SECURITY.md keeps its word: the table is well formed, covers what it is for, and every row's test is there to run."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from promobot.core.readiness import Branch
from promobot.core.readiness.limits import limits
from tests.core.test_readiness import FORGE, WHOLE

_ROOT = Path(__file__).parents[1]
_PAGE = _ROOT / ".github" / "SECURITY.md"
HEAD = ["Asset", "Attacker", "Attack", "Control", "Test"]
ASSETS = {
    "export",
    "test report",
    "policy",
    "branch",
    "pull request body",
    "labels",
    "merge button",
    "workflow",
    "tokens",
    "forge's answers",
    "git settings",
    "history",
    "ledger",
    "live reader",
    "logs",
    "supply chain",
}
_TEST = re.compile(r"`(tests/[a-z0-9_/]+\.py::test_[a-z0-9_]+(?:\[[^`\]]+\])?)`")


def rows(page: str) -> list[list[str]]:
    """The cells of the page's one table, below its head; fails where a line of it is no row."""
    lines = [line for line in page.splitlines() if line.lstrip().startswith("|")]
    cells = [line.split("|") for line in lines]
    assert all(row[0] == row[-1] == "" and len(row) == len(HEAD) + 2 for row in cells), "a row has other cells"
    told = [[cell.strip() for cell in row[1:-1]] for row in cells]
    assert told[:2] == [HEAD, ["---"] * len(HEAD)], "the table's head"
    return told[2:]


def test_the_table_is_well_formed_and_covers_what_it_is_for() -> None:
    found = rows(_PAGE.read_text(encoding="utf-8"))
    assert [row for row in found if not all(row)] == []
    assert {row[0].partition(",")[0] for row in found} == ASSETS
    assert len({(row[0], row[2]) for row in found}) == len(found) >= 25


def test_every_row_names_one_test_that_is_there() -> None:
    cells = [row[-1] for row in rows(_PAGE.read_text(encoding="utf-8"))]
    named = [found[1] if (found := _TEST.fullmatch(cell)) else cell for cell in cells]
    assert [name for name in named if not name.startswith("tests/")] == []
    assert len(set(named)) == len(named), "two rows rest on one test"
    known = collected({name.partition("::")[0] for name in named})
    assert [name for name in named if name not in known] == []


def test_a_test_that_is_not_there_is_found_out() -> None:
    """A name without its case stands for all of them; a case must be one."""
    known = collected({"tests/test_locks.py"})
    name = "tests/test_locks.py::test_a_lock_names_no_host"
    assert {name, f"{name}[bot]"} <= known
    assert not {f"{name}[nobody]", f"{name}s"} & known


def test_what_cannot_be_promised_and_how_to_report_stand_there() -> None:
    page = _PAGE.read_text(encoding="utf-8")
    assert len(re.findall(r"^- \*\*", page.partition("\n## What the gate cannot promise\n")[2], re.MULTILINE)) >= 7
    assert "Report a vulnerability" in page.partition("\n## What is defended\n")[0]


def test_what_doctor_calls_a_limit_stands_there_by_its_code() -> None:
    """Whoever reads only one of the two shall not take the gate for more than it is."""
    page = _PAGE.read_text(encoding="utf-8").partition("\n## What the gate cannot promise\n")[2]
    forge = replace(FORGE, base=Branch("main", sources=(replace(WHOLE, merge_queue=True),)))
    codes = {note.code for note in limits(forge)}
    assert len(codes) >= 2
    assert {code for code in codes if f"(`{code}`)" not in page} == set()


def collected(files: set[str]) -> set[str]:
    """The tests that pytest finds in these files, each with its case and, once more, without. It runs none."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", "-p", "no:cacheprovider", *sorted(files)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    names = {line for line in done.stdout.splitlines() if "::" in line}
    return names | {name.partition("[")[0] for name in names}
