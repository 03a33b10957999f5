"""What the README shows is run, so that it stays true."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from promobot.core.policy import PromotionPolicy
from tests.support.fake_github.git import clean_env
from tests.support.workspace import ROOT, Workspace

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


def test_the_auditors_commands_answer(example: Workspace) -> None:
    result = example.propose("reports/learning_snippets/2026-11-20-walk-forward.json").json
    example.merge(result["branch"])
    page = README.partition("## What an auditor reads")[2].partition("\n## ")[0]
    commands = [line for line in page.splitlines() if line.startswith("$ git ")]
    assert len(commands) == 3
    log, policy, find = (
        subprocess.run(
            command[2:].replace("PROPOSAL_COMMIT", result["commit"]),
            cwd=example.clone, shell=True, env=clean_env(), capture_output=True, text=True, check=True,
        ).stdout
        for command in commands
    )  # fmt: skip
    assert result["proposal_id"] in log
    assert f"A Person: Merge {result['branch']}" in log
    assert policy == (ROOT / "config/promobot.toml").read_text()
    assert "start" in find


def test_every_policy_section_is_in_the_readme() -> None:
    table = README.partition("## The policy")[2].partition("\n## ")[0]
    assert [name for name in PromotionPolicy.model_fields if name != "version" and name not in table] == []
