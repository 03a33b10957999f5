"""Every request and every step of git may fail, before or after it took effect; a clean rerun comes to the same end.

The normal run takes some cases of every request, the same ones each time. All of them, about 2,000:

    PROMOBOT_FAULTS=all pytest -n0 -s tests/usecases/test_faults.py
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_github.git import clean_env
from tests.support.faults_matrix import CYCLES, LEVERAGE, Case, Stage, cases, disturbed, some, staged
from tests.support.hosted import DECORATED, end_state
from tests.support.workspace import NOW, ROOT, Ran, make_workspace, small_files

# Read at import: every test runs in an environment without the variables of a user.
ALL = os.environ.get("PROMOBOT_FAULTS") == "all"
EACH, LEAST = 4, 200


def outcome(ran: Ran) -> str:
    """How a disturbed run ended: it must be 0, or 5 in promobot's own words."""
    assert ran.code in (0, 5), ran.out + ran.err
    assert "Traceback" not in ran.err
    if ran.code == 5:
        assert ran.json["error"]["code"] in ("forge", "git_remote"), ran.out
        assert ran.json["error"]["message"]
        return "failed"
    return str(ran.json["outcome"])


def expected(undisturbed: Mapping[str, Any], state: Mapping[str, Any], first: Ran) -> dict[str, Any]:
    """The undisturbed end, with the two things that a run may fail at with a warning and no later run makes up for.

    A reviewer who could not be asked; and the branch of a closed proposal that could not be deleted.
    """
    warnings = first.json.get("warnings", [])
    pulls = {number: dict(pull) for number, pull in undisturbed["pulls"].items()}
    if any("reviewers could not be asked" in warning for warning in warnings):
        for number, pull in state["pulls"].items():
            pulls[number]["reviewers"] = pull["reviewers"]
    left = {name: at for name, at in state["branches"].items() if name not in undisturbed["branches"]}
    for name in left:
        [pull] = [pull for pull in pulls.values() if pull["branch"] == name]
        assert pull["state"] == "closed"
        assert set(pull["labels"]) & {"promobot:superseded", "promobot:withdrawn"}
        assert first.code == 5 or any(f"branch {name} was not deleted" in warning for warning in warnings)
    return {**undisturbed, "pulls": pulls, "branches": undisturbed["branches"] | left}


@pytest.mark.parametrize("name", CYCLES)
def test_whatever_fails_the_next_run_comes_to_the_same_end(name: str, tmp_path: Path) -> None:
    with staged(tmp_path, name) as stage:
        assert outcome(stage.cycle()) == CYCLES[name][1]
        undisturbed = end_state(stage.team)
        for case in chosen(stage):
            stage.reset()
            stage.over(case.step.server)
            first = disturbed(stage, case)
            told, again = outcome(first), stage.cycle()
            assert again.code == 0, f"{case}: {told}, then {again.out}{again.err}"
            state = end_state(stage.team)
            assert state == expected(undisturbed, state, first), f"{case}: {told}, then {again.json['outcome']}"


def chosen(stage: Stage) -> list[Case]:
    """The combinations of a cycle that was just run undisturbed."""
    found = cases(stage.steps())
    return found if ALL else some(found, EACH)


REFUSALS = {
    "a hook refuses all": ("pre-receive", "cat >/dev/null; echo 'not today' >&2; exit 1"),
    "a protected branch": (
        "update",
        'case "$1" in refs/heads/promobot/*) echo "GH006: Protected branch" >&2; exit 1;; esac',
    ),
    "a protected ledger": ("update", 'case "$1" in *ledger) echo "GH006: Protected branch" >&2; exit 1;; esac'),
    "nothing may be deleted": ("update", 'case "$3" in 0000000*) exit 1;; esac'),
    "nothing may be rewritten": (
        "update",
        'git merge-base --is-ancestor "$2" "$3" || case "$2" in 0000000*) ;; *) exit 1;; esac',
    ),
    "a hook fails after all": ("post-receive", "cat >/dev/null; exit 1"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("name", CYCLES)
def test_what_a_hook_refuses_is_done_when_it_is_allowed(name: str, refusal: str, tmp_path: Path) -> None:
    with staged(tmp_path, name) as stage:
        stage.cycle()
        undisturbed = end_state(stage.team)
        stage.reset()
        hook, script = REFUSALS[refusal]
        place = tmp_path / "origin.git" / "hooks" / hook
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(0o755)
        first = stage.cycle()
        told = outcome(first)
        place.unlink()
        assert stage.cycle().code == 0
        state = end_state(stage.team)
        assert state == expected(undisturbed, state, first), f"{told}: {first.out}"


@pytest.mark.parametrize("bytes_", [0, 300, 1000])
def test_a_full_disk_is_told_plainly_and_the_next_run_goes_on(bytes_: int, tmp_path: Path) -> None:
    space = make_workspace(tmp_path, files=small_files(policy=DECORATED))
    command = ["propose", space.export(LEVERAGE), "--forge", "none", "--format", "json", "--now", NOW.isoformat()]
    before = space.traces()
    full = subprocess.run(
        [sys.executable, "-m", "promobot", *command],
        cwd=space.clone,
        env=clean_env({"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}),
        # No file may grow beyond this: to whoever writes, a disk that is full.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_)),
        capture_output=True,
        check=False,
    )
    ran = Ran(full.returncode, full.stdout.decode(), full.stderr.decode())
    assert ran.code in (4, 5), ran.out + ran.err
    assert ran.json["error"]["message"]
    assert "Traceback" not in ran.err
    assert (space.traces(), sorted(space.branches())) == (before, ["main"])
    again = space.promobot(*command)
    assert (again.code, again.json["outcome"]) == (0, "opened"), again.out
    assert space.traces() == before
    assert not list(tmp_path.rglob("*.lock"))


def test_so_many_combinations_are_tried(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Those of the two tests above, counted anew, because they may run on different workers."""
    counts = {"by a hook": len(CYCLES) * len(REFUSALS)}
    for name in CYCLES:
        (tmp_path / name).mkdir()
        with staged(tmp_path / name, name) as stage:
            stage.cycle()
            counts[name] = len(chosen(stage))
    with capsys.disabled():
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        sys.stderr.write(f"\nfault matrix: {sum(counts.values())} combinations ({told})\n")
    assert sum(counts.values()) >= LEAST
