"""The command line as a person meets it: help that fits, one JSON document, documented exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from promobot.cli import app as application
from promobot.cli.output import Format
from tests.support.fake_github.git import clean_env
from tests.support.hosted import run_here
from tests.support.workspace import ROOT, Workspace, patch

COMMANDS = [[], ["propose"], ["demo"]]


@pytest.mark.parametrize("command", COMMANDS, ids=["promobot", "propose", "demo"])
@pytest.mark.parametrize("columns", ["80", "200"])
def test_help_fits_eighty_columns(space: Workspace, command: list[str], columns: str) -> None:
    ran = space.promobot(*command, "--help", env={"COLUMNS": columns})
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].startswith("Usage: promobot")
    assert max(map(len, lines)) <= 80
    assert all(option in ran.out for option in (["--format", "Examples"] if command else ["propose", "Exit codes"]))


BASED = ("propose", "set", "unset", "apply", "revert", "reject", "record", "doctor",
         "audit log", "audit show", "audit verify")  # fmt: skip


@pytest.mark.parametrize("command", BASED)
def test_the_base_branch_is_told_so_that_it_is_true_of_what_proposes_nothing(space: Workspace, command: str) -> None:
    told = " ".join(run_here(space.clone, {}, *command.split(" "), "--help").out.split())
    assert "The base branch, on which proposals land and whose values are live." in told
    assert "to propose to" not in told


def test_every_option_has_a_help_text(space: Workspace) -> None:
    for command in COMMANDS[1:]:
        options = space.promobot(*command, "--help").out.partition("Options:")[2]
        for line in options.splitlines():
            if line.startswith("  --") and len(line.split("  ")) < 3:
                follower = options.splitlines()[options.splitlines().index(line) + 1]
                assert follower.startswith(" " * 10), f"{line} says nothing"


@pytest.mark.parametrize("arguments", [["propose", "--nope"], ["nope"], ["propose", "--forge", "gitlab"]])
def test_a_wrong_command_line_is_exit_2_in_both_formats(space: Workspace, arguments: list[str]) -> None:
    text = space.promobot(*arguments)
    assert (text.code, text.out) == (2, "")
    assert "--help" in text.err
    data = space.promobot(*arguments, "--format=json")
    assert (data.code, data.json["error"]["exit_code"]) == (2, 2)


def test_json_is_one_document_on_standard_output_and_ascii(space: Workspace) -> None:
    ran = space.propose(space.export(patch("portfolio.leverage", 1.75, reason="\u202e\u2028 ü ##[x]")))
    assert json.loads(ran.out)["outcome"] == "opened"
    assert ran.out.isascii()
    assert ran.out.endswith("}\n")


def test_text_says_what_happened_and_why(space: Workspace) -> None:
    export = space.export(patch("portfolio.leverage", 1.75), patch("macro.tilt", 0.7))
    ran = space.promobot("propose", export, "--forge", "none")
    assert ran.code == 0
    assert "portfolio.leverage 1.5 -> 1.75: applied on merge [p-portfolio.leverage]" in ran.out
    assert "step_too_large: a step of 0.4 is over the limit 0.1" in ran.out
    assert "git merge --no-ff origin/promobot/" in ran.out


def test_without_arguments_the_help_is_shown(space: Workspace) -> None:
    assert "propose" in space.promobot().out


def test_the_version(space: Workspace) -> None:
    assert space.promobot("--version").out.startswith("promobot ")


def test_a_mistake_of_ours_is_no_verdict(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(application, "app", broken)
    with pytest.raises(SystemExit) as ended:
        application.run(["propose"])
    assert ended.value.code == 70
    assert "internal error" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--format", "json"], ["--format=json"]])
def test_the_format_is_known_even_when_parsing_fails(words: list[str]) -> None:
    assert application._format(["propose", *words]) is Format.JSON


def test_inside_actions_summary_outputs_and_annotations_are_written(space: Workspace, tmp_path: Path) -> None:
    outputs, summary = tmp_path / "outputs", tmp_path / "summary"
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary)}
    late = patch("portfolio.leverage", 1.75, generated_at="2099-01-01T00:00:00Z")
    ran = space.propose(space.export(late), env=environment)
    told = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    assert told["outcome"] == "opened"
    assert told["proposal-id"] == ran.json["proposal_id"]
    assert told["pull-request-number"] == ""
    assert "# Promotion proposal" in summary.read_text()
    assert "::warning title=promobot::patch p-portfolio.leverage: generated_at lies in the future" in ran.err
    failed = space.propose("nowhere.json", env=environment)
    assert "::error title=promobot::" in failed.err


def test_inside_actions_a_missing_token_names_the_mend(space: Workspace) -> None:
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/live"}
    ran = space.promobot("propose", space.export(patch("portfolio.leverage", 1.75)), env=environment)
    assert ran.code == 2
    assert "GITHUB_TOKEN" in ran.err


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_demo_tells_the_whole_story(tmp_path: Path, form: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "promobot", "demo", "--keep", str(tmp_path / "kept"), "--format", form],
        cwd=tmp_path, env=clean_env({"PYTHONPATH": str(ROOT)}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if form == "json":
        changes = json.loads(done.stdout)["live_changes"]
        assert changes["strategy.trigger_delay"] == {"before": 10.0, "after": 8.0}
    else:
        assert "strategy.trigger_delay 10.0 -> 8.0" in done.stdout.rpartition("load_config_with_live_overrides")[2]
    log = Workspace(tmp_path / "kept", None).git("log", "--oneline", at=tmp_path / "kept/trading-system")
    assert len(log.splitlines()) == 3
    again = subprocess.run(
        [sys.executable, "-m", "promobot", "demo", "--keep", str(tmp_path / "kept")],
        cwd=tmp_path, env=clean_env({"PYTHONPATH": str(ROOT)}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (again.returncode, "not empty" in again.stderr) == (2, True)


def test_the_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "promobot", "demo"],
        cwd=tmp_path, env=clean_env({"PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(scratch.iterdir()) == []
