"""The house stands: import rules, types, style, file sizes, the user's top level. The same tools a person would run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOP = {
    "pyproject.toml",
    "promobot",
    ".github",
    "tests",
    "config",
    "reports",
    "README.md",
    "LICENSE",
    "requirements.lock",
}
LONGEST_FILE = 250


def tracked(*patterns: str) -> list[Path]:
    """The repository's files, as git knows them (in a checkout) or as they lie there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "ruff", "check", "."],
        ["-m", "ruff", "format", "--check", "."],
        ["-m", "mypy"],
        ["-c", "from importlinter.cli import lint_imports_command as run; run(['--no-cache'])"],
    ],
    ids=["ruff check", "ruff format", "mypy", "import-linter"],
)
def test_checks_pass(command: list[str]) -> None:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_import_rules_can_fail(tmp_path: Path) -> None:
    """A core module that imports an adapter breaks the contract; if it did not, the check above would mean nothing."""
    subprocess.run(["cp", "-r", str(ROOT / "promobot"), str(ROOT / "pyproject.toml"), str(tmp_path)], check=True)
    module = tmp_path / "promobot/core/candidates.py"
    module.write_text(module.read_text() + "\nfrom promobot.adapters import actions\n")
    run = "from importlinter.cli import lint_imports_command as run; run(['--no-cache'])"
    done = subprocess.run([sys.executable, "-c", run], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    assert "promobot.core is not allowed to import promobot.adapters" in done.stdout


def test_no_file_is_too_long_to_read() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in tracked("promobot/**/*.py")}
    assert len(lengths) > 40
    assert {str(path): length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_the_top_level_is_the_users_list() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in names if name not in TOP and not name.startswith(".")} == set()
    assert TOP - names == set()
