"""What the README shows is run, so that it stays true."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

from promobot.core.ledger import LEDGER
from promobot.core.policy import PromotionPolicy
from promobot.core.record import PREDICATE
from tests.support.fake_github.git import clean_env
from tests.support.lived import lived
from tests.support.workspace import NOW, PERSON, ROOT, Workspace, make_workspace, patch, small_files

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return [text for name, text in re.findall(r"^ *```(\w+)\n(.*?)^ *```", README, re.M | re.S) if name == language]


def test_the_library_example_runs(tmp_path: Path) -> None:
    [example] = [block for block in blocks("python") if "apply_proposals" in block]
    script = example.replace("reports/learning_snippets", str(ROOT / "reports/learning_snippets")) + "print(applied)\n"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env=clean_env({"PYTHONPATH": str(ROOT)}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "{'macro.regime_weight': 0.35, 'strategy.trigger_delay': 8.0}"
    assert '"strategy.trigger_delay" = 8.0' in (tmp_path / "out/auto.toml").read_text()


def test_the_policy_examples_are_valid() -> None:
    for block in blocks("toml"):
        PromotionPolicy.model_validate(tomllib.loads(block))


AUDITOR = README.partition("## What an auditor reads")[2].partition("\n## ")[0]


def questions() -> list[tuple[str, str]]:
    """The auditor's commands and what the page says that they print."""
    return re.findall(r"^```console\n\$ promobot (audit .*)\n((?:.*\n)*?)```$", AUDITOR, re.M)


def as_pattern(told: str) -> str:
    """What is shown may have other commit and blob ids: they follow from every word that promobot writes into files.
    A line of three dots stands for any lines."""
    pattern = r"(?:.*\n)*".join(re.escape(part) for part in told.split("…\n"))
    return re.sub(r"\b[0-9a-f]{12}(?:[0-9a-f]{28})?\b", lambda found: f"[0-9a-f]{{{len(found[0])}}}", pattern)


def test_the_auditors_five_questions_are_answered_as_the_page_shows() -> None:
    assert len(questions()) == 5
    for command, told in questions():
        ran = lived().audit(*shlex.split(command)[1:])
        assert re.fullmatch(as_pattern(told), ran.out), f"{command}\n{ran.out}"


def test_the_auditors_plain_git_answers(tmp_path: Path) -> None:
    here = lived()
    git = here.gate.git
    git("clone", "--quiet", str(here.gate.space.clone), str(tmp_path / "clone"))
    commands = [line[2:] for line in AUDITOR.split("\n") if line.startswith("$ git ")]
    assert len(commands) == 2
    notes, log = (
        subprocess.run(
            command, cwd=tmp_path / "clone", shell=True, env=clean_env(), capture_output=True, text=True, check=True
        ).stdout
        for command in commands
    )
    assert "Notes (promobot):" in notes
    assert '"login": "ben"' in notes
    assert here.ids["lever"] in log
    assert f"A Person: Merge promobot/{here.ids['lever'][-16:]}" in log


def test_a_record_is_signed_as_the_page_shows(tmp_path: Path) -> None:
    [workflow] = [block for block in blocks("yaml") if "actions/attest" in block]
    [step] = re.findall(r"^ +- run: \|\n((?: {10}.*\n)+)", workflow, re.M)
    gate = lived().gate
    gate.git("clone", "--quiet", "--branch", LEDGER, str(gate.space.clone), str(tmp_path / "ledger"))
    record = next((tmp_path / "ledger/records").iterdir())
    env = clean_env({"DIGEST": record.stem})
    subprocess.run(["bash", "-e", "-c", dedent(step)], cwd=tmp_path / "ledger", env=env, check=True)
    statement = json.loads(record.read_text())
    assert json.loads((tmp_path / "ledger/predicate.json").read_text()) == statement["predicate"]
    sums = (tmp_path / "ledger/subjects").read_text()
    assert sums == "".join(f"{part['digest']['sha256']}  {part['name']}\n" for part in statement["subject"])
    assert f"predicate-type: {PREDICATE}\n" in workflow


AUTO_TOML = "config/live_overrides/auto.toml"


def night(space: Workspace, landing: str = "") -> list[str]:
    """Run the git commands of the page for the worst night; what each of them prints."""
    page = README.partition("### At three in the morning")[2].partition("\n## ")[0]
    commands = [line.strip()[2:].replace("LANDING", landing) for line in page.split("\n") if "$ git " in line]
    assert len(commands) == 3
    wanted = commands[2:] if landing else commands[:2]
    return [
        subprocess.run(
            command, cwd=space.clone, shell=True, env=clean_env(PERSON), capture_output=True, text=True, check=True
        ).stdout
        for command in wanted
    ]


def gate(space: Workspace) -> list[str]:
    """The codes that the gate has against merging the branch of the night."""
    words = ("--base", "origin/main", "--head", "night", "--now", NOW.isoformat(), "--format", "json")
    return [violation["code"] for violation in space.promobot("check", *words).json["violations"]]


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_the_worst_nights_commands_find_a_landing_and_take_it_back(tmp_path: Path, how: str) -> None:
    space = make_workspace(tmp_path, files=small_files())
    before = (space.clone / AUTO_TOML).read_bytes()
    result = space.proposed(patch("portfolio.leverage", 1.75))
    space.merge(result["branch"], how)
    landing = space.git("rev-parse", "--short", "HEAD")
    _, found = night(space)
    assert f"\n{landing} " in found
    assert f"A\treports/live_promotion/{result['proposal_id']}/proposal_meta.json" in found
    night(space, landing)
    assert (space.clone / AUTO_TOML).read_bytes() == before
    assert gate(space) == []


def test_what_is_not_the_newest_landing_goes_on_record_by_the_command_alone(tmp_path: Path) -> None:
    targets = ("macro.regime_weight", "portfolio.leverage", "strategy.trigger_delay")
    lines = "".join(
        f'"{target}" = {value}\n# between\n' for target, value in zip(targets, (0.25, 1.5, 10.0), strict=True)
    )
    space = make_workspace(tmp_path, files=small_files(overrides=f"[auto_applied]\n{lines}"))
    suspect = space.proposed(patch("macro.regime_weight", 0.3))
    space.merge(suspect["branch"])
    landing = space.git("rev-parse", "HEAD")
    space.merge(space.proposed(patch("strategy.trigger_delay", 9.0))["branch"])
    night(space, landing)
    assert "proposal_removed" in gate(space)
    by_hand = (space.clone / AUTO_TOML).read_bytes()
    fixed = ("--base", "main", "--forge", "none", "--format", "json", "--now", NOW.isoformat())
    result = space.promobot("revert", suspect["proposal_id"], *fixed).json
    assert space.git("show", f"{result['commit']}:{AUTO_TOML}").encode() + b"\n" == by_hand


def test_a_conflict_of_the_night_is_resolved_as_the_page_says(tmp_path: Path) -> None:
    lines = '"macro.regime_weight" = 0.25\n"portfolio.leverage" = 1.5\n'
    space = make_workspace(tmp_path, files=small_files(overrides=f"[auto_applied]\n{lines}"))
    suspect = space.proposed(patch("macro.regime_weight", 0.3))
    space.merge(suspect["branch"])
    landing = space.git("rev-parse", "HEAD")
    space.merge(space.proposed(patch("portfolio.leverage", 1.75))["branch"])
    with pytest.raises(subprocess.CalledProcessError):
        night(space, landing)
    words = re.search(r"`git (checkout [^`]*)`", README)
    assert words
    space.git(*words[1].split())
    now = (space.clone / AUTO_TOML).read_text(encoding="utf-8")
    assert now == '[auto_applied]\n"macro.regime_weight" = 0.3\n"portfolio.leverage" = 1.75\n'
    space.write({AUTO_TOML: now.replace("0.3", "0.25")})
    space.git("add", AUTO_TOML)
    space.git("-c", "core.editor=true", "revert", "--continue")
    fixed = ("--base", "main", "--forge", "none", "--format", "json", "--now", NOW.isoformat())
    result = space.promobot("revert", suspect["proposal_id"], *fixed).json
    blob = space.git("rev-parse", f"night:{AUTO_TOML}")
    assert space.git("rev-parse", f"{result['commit']}:{AUTO_TOML}") == blob


def test_every_policy_section_is_in_the_readme() -> None:
    table = README.partition("## The policy")[2].partition("\n## ")[0]
    assert [name for name in PromotionPolicy.model_fields if name != "version" and name not in table] == []
