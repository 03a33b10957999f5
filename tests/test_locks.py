"""The lock files: complete, exact, by hash, and silent about where a package comes from."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

_ROOT = Path(__file__).parents[1]
_BOT = _ROOT / "requirements.lock"
_TESTS = _ROOT / "tests" / "requirements.lock"
_NPM = _ROOT / "tests" / "e2e" / "package-lock.json"


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _locked(lock: Path) -> dict[str, Version]:
    """Package name -> version of every entry; each must be exact and carry a hash."""
    lines = re.sub(r"^#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", "")
    versions: dict[str, Version] = {}
    for line in lines.splitlines():
        requirement = Requirement(line.partition(" --hash=")[0])
        (pin,) = requirement.specifier
        assert pin.operator == "==" and "--hash=sha256:" in line, line
        versions[canonicalize_name(requirement.name)] = Version(pin.version)
    return versions


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        (_BOT, _pyproject()["project"]["dependencies"]),
        (_TESTS, _pyproject()["project"]["dependencies"] + _pyproject()["dependency-groups"]["tests"]),
    ],
    ids=["bot", "tests"],
)
def test_a_lock_holds_what_pyproject_asks_for(lock: Path, wanted: list[str]) -> None:
    versions = _locked(lock)
    for requirement in map(Requirement, wanted):
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not in {lock.name}: remake it, its head says how"
        assert requirement.specifier.contains(version), f"{requirement} and {lock.name} ({version}) disagree"


def test_the_tests_run_on_the_versions_that_the_bot_runs_on() -> None:
    tests = _locked(_TESTS)
    assert {name: tests.get(name) for name in _locked(_BOT)} == _locked(_BOT)


@pytest.mark.parametrize("lock", [_BOT, _TESTS], ids=["bot", "tests"])
def test_a_lock_names_no_host(lock: Path) -> None:
    assert not re.search(r"://|-index|--find-links|--trusted-host", lock.read_text(encoding="utf-8"))


def test_the_npm_lock_is_by_hash_and_names_no_host() -> None:
    packages = json.loads(_NPM.read_text(encoding="utf-8"))["packages"]
    for name, package in packages.items():
        assert "resolved" not in package
        assert name == "" or package["integrity"].startswith("sha512-"), name
