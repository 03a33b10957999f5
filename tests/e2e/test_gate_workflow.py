"""gate.yml itself, run by act for pull_request_target and merge_group: what it lets pass, stops, and runs."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from promobot.core.readiness.seen import GATE_CHECK
from tests.e2e.forge import ROOT, TOKEN, git
from tests.e2e.gate_forge import BOX, CALLER, TICK, WORKFLOW, GateForge, gate_forge, ticked
from tests.support.act import ActRun
from tests.support.fake_github.git import clean_env

# One worker: act and pip side by side would only wait for each other.

AUTO, POLICY = "config/live_overrides/auto.toml", "config/promobot.toml"
INSTALLED = "Install the pinned dependencies"


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GateForge]:
    """One for all: nothing is ever merged into main, save by the test that moves it."""
    with gate_forge(tmp_path_factory.mktemp("gate")) as running:
        yield running


@pytest.fixture(scope="module")
def proposal(forge: GateForge) -> tuple[str, str]:
    return forge.proposed(1.75)


def judged(run: ActRun, *, ok: bool) -> None:
    """The run ended as it should, by the gate's own word."""
    assert (run.code == 0) is ok, run.log
    assert ("ok: may be merged" in run.log) is ok, run.log
    assert ("must not be merged" in run.log) is not ok, run.log
    assert TOKEN not in run.log


def test_a_proposal_with_every_box_ticked_may_be_merged(forge: GateForge, proposal: tuple[str, str]) -> None:
    head, checklist = proposal
    run = forge.run("pull_request_target", forge.pulled(head, 1, ticked(checklist)))
    judged(run, ok=True)
    assert f"Run Main {INSTALLED}" in run.log
    assert f"[gate/{GATE_CHECK}" in run.log, "a required check is found by its name"
    assert f"This holds for {head[:12]} merged into" in run.log


def test_a_box_that_is_not_ticked_stops_it_and_is_named(forge: GateForge, proposal: tuple[str, str]) -> None:
    head, checklist = proposal
    first, *rest = ticked(checklist).split(TICK)
    body = first + BOX + TICK.join(rest)
    run = forge.run("pull_request_target", forge.pulled(head, 1, body))
    judged(run, ok=False)
    assert "unticked: box 1 of the checklist is not ticked" in run.log
    assert "1 violation: must not be merged" in run.log


def test_what_touches_nothing_protected_passes_and_nothing_is_installed(forge: GateForge) -> None:
    """Judged on the branch as it is now: what the event says of it may be days old, and is in a run started again."""
    payload = forge.pulled(forge.commit({"src/app.py": "print(2)\n"}), 2)
    then = payload["pull_request"]["base"]["sha"]
    now = forge.commit({"src/other.py": "print(3)\n"})
    git(forge.space.clone, "push", "--quiet", str(forge.bare), f"{now}:refs/heads/main")
    try:
        run = forge.run("pull_request_target", payload)
    finally:
        git(forge.space.clone, "push", "--quiet", "--force", str(forge.bare), f"{then}:refs/heads/main")
    judged(run, ok=True)
    assert "Run Main Pass what touches nothing protected" in run.log
    assert "Run Main Judge by git and the standard library" not in run.log
    assert INSTALLED not in run.log
    assert "Run Main Set up Python" not in run.log
    assert f"merged into {now[:12]}" in run.log


def test_a_head_with_a_promobot_of_its_own_is_judged_by_the_bases(forge: GateForge, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    head = forge.commit(hostile(forge, marker))
    # What would run writes the marker: without this the silence below would mean nothing.
    worktree = tmp_path / "worktree"
    git(forge.space.clone, "worktree", "add", "--quiet", "--detach", str(worktree), head)
    subprocess.run([sys.executable, "-m", "promobot", "check"], cwd=worktree, env=clean_env(), check=True)
    assert marker.read_text() == "promobot\n"
    marker.unlink()

    run = forge.run("pull_request_target", forge.pulled(head, 3, "- [x] all is well"))
    judged(run, ok=False)
    assert not marker.exists(), marker.read_text()
    assert "HOSTILE" not in run.log
    for code in ("policy_with_values", "unexplained_values", "attributes"):
        assert f"  {code}: " in run.log, run.log
    assert 'warning owner_review: ".github/workflows/gate.yml" is protected' in run.log


def hostile(forge: GateForge, marker: Path) -> dict[str, str]:
    """A head that answers the gate itself, and bends all that a careless gate would read or run."""
    python = 'import pathlib\nwith pathlib.Path("{0}").open("a") as file:\n    file.write("{1}\\n")\n'
    names = ("promobot/__init__.py", "sitecustomize.py", "usercustomize.py", "json.py", "pip.py", "tomllib.py")
    mine = {name: python.format(marker, Path(name).stem) for name in names}
    workflow = git(forge.bare, "show", f"main:{WORKFLOW}")
    step = f"    steps:\n      - run: echo HOSTILE && touch {marker}\n"
    shell = f"#!/bin/sh\necho HOSTILE >>{marker}\n"
    return mine | {
        "promobot/__init__.py": "",
        "promobot/__main__.py": python.format(marker, "promobot"),
        WORKFLOW: workflow.replace("    steps:\n", step),
        ".github/actions/check/check.sh": shell,
        ".github/actions/check/fetch.sh": shell,
        ".gitattributes": "*.toml filter=evil merge=evil\n",
        "requirements.lock": f"evil @ file://{marker}\n",
        POLICY: 'version = 1\n[[eligibility]]\ntargets = ["*"]\n[hard_limits]\nleverage = 99.0\n',
        AUTO: '[auto_applied]\n"portfolio.leverage" = 50.0\n',
    }


def test_in_a_merge_queue_each_entry_is_judged_by_itself(forge: GateForge, proposal: tuple[str, str]) -> None:
    good, _ = proposal
    twin = AUTO.upper()
    bad = forge.commit({twin: "[auto_applied]\n"})
    payload = forge.grouped([good, bad])
    group = payload["merge_group"]["head_sha"]
    run = forge.run("merge_group", payload, at=group)
    judged(run, ok=False)
    assert "1 violation: must not be merged" in run.log
    assert re.search(rf'  twin: "{twin}" is .* \(commit {group[:12]}\)', run.log), run.log
    first = git(forge.bare, "rev-parse", f"{group}^").strip()
    assert f"(commit {first[:12]})" not in run.log, "the honest entry is blamed for the other"


def test_another_workflow_calls_it_and_its_failure_is_the_callers(forge: GateForge) -> None:
    run = forge.run("pull_request_target", forge.pulled(forge.commit({"src/app.py": "print(4)\n"}), 4), workflow=CALLER)
    judged(run, ok=True)
    # act names the calling job, the workflow and the called job; the forge leaves the workflow out.
    assert "[promobot/gate/gate] " in run.log
    gone = {"base_ref": "refs/heads/main", "base_sha": "0" * 40, "head_sha": "1" * 40}
    run = forge.run("pull_request_target", {"merge_group": gone}, workflow=CALLER)
    assert run.code != 0, run.log
    assert "Failure - Main Check out the base's whole history" in run.log
    assert "may be merged" not in run.log


def test_the_required_check_has_one_name() -> None:
    text = (ROOT / WORKFLOW).read_text(encoding="utf-8")
    called, _, own = GATE_CHECK.partition(" / ")
    assert f"name: ${{{{ inputs.called && '{own}' || '{GATE_CHECK}' }}}}\n" in text
    assert f"\n#       {called}:\n" in text
    assert "\n    if:" not in text, "a required check that is skipped counts as passed"
