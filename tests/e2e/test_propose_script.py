"""The action's script against a stand-in for Python that says what reached it: its flags, its input, its silence."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_ACTION = Path(__file__).parents[2] / ".github" / "actions" / "propose"
_INPUTS = {
    "EXPORTS": "",
    "EXPORT_JSON": "",
    "AUTO_APPLY_MODE": "",
    "OUTPUT_DIR": "",
    "LIVE_OVERRIDES_PATH": "",
    "FORGE": "auto",
    "DRY_RUN": "false",
    "RECONSIDER": "false",
    "NOW": "",
    "REPO": ".",
    "BASE": "",
    "POLICY": "",
    "FORMAT": "text",
}
_DEFAULTS = ["-P", "-m", "promobot", "propose", "--forge=auto", "--repo=.", "--format=text"]

# Prints what is untrusted as it came, on both streams: the worst that promobot could do.
_PYTHON = """\
#!/usr/bin/env python3
import json, os, pathlib, sys
stdin = "" if "IGNORE" in os.environ else sys.stdin.read()
said = {"arguments": sys.argv[1:], "stdin": stdin, "environment": dict(os.environ)}
pathlib.Path(os.environ["RUNNER_TEMP"], "said.json").write_text(json.dumps(said))
print(stdin)
print("::error::from standard error", file=sys.stderr)
print("::warning title=promobot::our own%0Aword", flush=True)
sys.exit(3 if "refuse" in stdin else 0)
"""


@dataclass(frozen=True)
class Outcome:
    """What promobot was given, and what the runner got to see."""

    code: int
    log: str
    said: dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    python = tmp_path / "promobot-venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(_PYTHON)
    python.chmod(0o755)
    return tmp_path


def run(folder: Path, **inputs: str) -> Outcome:
    """Run the script as the action's last step does."""
    runner = {"GITHUB_ACTION_PATH": str(_ACTION), "RUNNER_TEMP": str(folder), "GITHUB_TOKEN": "t"}
    done = subprocess.run(
        ["bash", str(_ACTION / "propose.sh")],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **runner, **_INPUTS, **inputs},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "", "a second stream could speak after the runner listens again"
    said = folder / "said.json"
    return Outcome(done.returncode, done.stdout, json.loads(said.read_text()) if said.exists() else {})


def test_without_inputs_promobot_chooses(folder: Path) -> None:
    outcome = run(folder)
    assert outcome.code == 0
    assert outcome.said["arguments"] == [*_DEFAULTS, "--"]
    assert outcome.said["stdin"] == ""


def test_every_input_reaches_its_flag_and_stays_one_word(folder: Path) -> None:
    outcome = run(
        folder,
        EXPORTS="a b.json\n\n--not-a-flag.json\n$(touch x).json",
        AUTO_APPLY_MODE="bounded_auto",
        OUTPUT_DIR="out put",
        LIVE_OVERRIDES_PATH="--policy",
        FORGE="none",
        DRY_RUN="true",
        RECONSIDER="true",
        NOW="2026-01-01T00:00:00Z",
        REPO="elsewhere",
        BASE="$(id)",
        POLICY="p.toml",
        FORMAT="json",
    )
    assert outcome.said["arguments"] == [
        *_DEFAULTS[:4],
        "--auto-apply-mode=bounded_auto",
        "--output-dir=out put",
        "--live-overrides-path=--policy",
        "--forge=none",
        "--now=2026-01-01T00:00:00Z",
        "--repo=elsewhere",
        "--base=$(id)",
        "--policy=p.toml",
        "--format=json",
        "--dry-run",
        "--reconsider",
        "--",
        "a b.json",
        "--not-a-flag.json",
        "$(touch x).json",
    ]


def test_modules_come_from_the_action_and_inputs_stay_behind(folder: Path) -> None:
    environment = run(folder, EXPORT_JSON="[]").said["environment"]
    assert environment["PYTHONPATH"] == str(_ACTION.parents[2])
    assert environment["GITHUB_TOKEN"] == "t"
    assert not set(_INPUTS) & set(environment)


def test_no_line_of_an_export_is_a_command_to_the_runner(folder: Path) -> None:
    export = "[]\n::error::one\r::warning::two\n::stop-commands::three\n::three::\n##[error]four"
    outcome = run(folder, EXPORT_JSON=export)
    assert outcome.said["arguments"] == [*_DEFAULTS, "--", "-"]
    assert outcome.said["stdin"] == export
    # As the runner reads lines: a carriage return ends one, too.
    first, *between, last, annotation = outcome.log.splitlines()
    word = first.removeprefix("::stop-commands::")
    assert re.fullmatch("[0-9a-f]{32}", word) and first != word
    assert last == f"::{word}::"
    assert word not in "\n".join(between)
    assert "::error::from standard error" in between
    assert annotation == "::warning title=promobot::our own%0Aword"
    assert annotation not in between, "an annotation is not said twice"
    assert run(folder, EXPORT_JSON=export).log.splitlines()[0] != first, "a word that can be guessed stops nothing"


def test_a_refusal_is_the_steps_own_exit_code(folder: Path) -> None:
    outcome = run(folder, EXPORT_JSON="refuse")
    assert outcome.code == 3
    assert "\n::warning title=promobot::" in outcome.log


def test_a_false_annotation_brings_no_other_command_along(folder: Path) -> None:
    outcome = run(folder, EXPORT_JSON="::error title=promobot::x\r::add-mask::y\n ::error title=promobot::z")
    word = outcome.log.splitlines()[0].removeprefix("::stop-commands::")
    obeyed = outcome.log.partition(f"\n::{word}::\n")[2].splitlines()
    assert obeyed == ["::error title=promobot::x", "::warning title=promobot::our own%0Aword"]


def test_promobot_may_leave_its_input_unread(folder: Path) -> None:
    assert run(folder, EXPORT_JSON=" " * 100_000, IGNORE="stdin").code == 0


def test_a_dry_run_that_is_neither_true_nor_false_runs_nothing(folder: Path) -> None:
    outcome = run(folder, DRY_RUN="yes")
    assert (outcome.code, outcome.said) == (2, {})
