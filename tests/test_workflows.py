"""What holds for every workflow and action of this repository, by the linters of the trade and by rules of our own."""

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_GITHUB = _ROOT / ".github"
WORKFLOWS = sorted(_GITHUB.glob("workflows/*.y*ml"))
ACTIONS = sorted(_GITHUB.glob("actions/**/action.y*ml"))
SCRIPTS = [*_GITHUB.glob("actions/**/*.sh"), _ROOT / ".ci" / "run"]

# The commit of each tag, read from the repositories' own tags. An update changes this table and every use together.
PINS = {
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/create-github-app-token": ("1b10c78c7865c340bc4f6099eb2f838309f1e8c3", "v3.1.1"),
    "actions/upload-artifact": ("bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "actions/attest": ("1e69f48acb82d1966a394da916b4c1698aa569d6", "v4.2.2"),
    "actions/upload-pages-artifact": ("fc324d3547104276b827a68afc52ff2a11cc49c9", "v5.0.0"),
    "actions/deploy-pages": ("cd2ce8fcbc39b97be8ca5fce6e763baed58fa128", "v5.0.0"),
}
_USES = re.compile(r"^\s*(?:- )?uses:\s*(\S+)(?:\s+#\s*(\S+))?\s*$", re.MULTILINE)
_RUN = re.compile(r"^( *)(?:- )?run: *(?:[|>].*\n((?:\1  .*\n|\n)*)|(.+)\n)", re.MULTILINE)


def test_there_is_something_to_check() -> None:
    assert _GITHUB / "workflows" / "promote.yml" in WORKFLOWS
    assert _GITHUB / "actions" / "propose" / "action.yml" in ACTIONS


def test_zizmor_finds_nothing_unanswered() -> None:
    _run("zizmor", "--offline", "--no-progress", "--persona=auditor", "--strict-collection", str(_GITHUB))


def test_actionlint_finds_nothing() -> None:
    _run("actionlint", *map(str, WORKFLOWS))


@pytest.mark.parametrize("file", [*WORKFLOWS, *ACTIONS], ids=lambda file: str(file.relative_to(_GITHUB)))
def test_every_foreign_action_is_pinned_by_the_commit_of_its_tag(file: Path) -> None:
    text = re.sub(r"^\s*#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    uses = _USES.findall(text)
    assert len(uses) == len(re.findall(r"\buses:", text)), "a `uses:` that this test cannot read"
    for action, tag in uses:
        if action.startswith("$/"):
            assert (_ROOT / action.removeprefix("$/")).exists(), f"{action} is not in this repository"
            continue
        name, _, commit = action.partition("@")
        assert (commit, tag) == PINS.get(name), f"{file.name} uses {action} # {tag}"


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_grants_nothing_until_a_job_asks(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines.count("permissions: {}") == 1
    assert "permissions: write-all" not in "\n".join(lines)


def test_the_job_that_runs_tests_holds_nothing_that_writes() -> None:
    """Whatever a job holds, the tests that run in it can take: a step's inputs, a checkout's settings, the memory."""
    job = _job("test-health")
    assert re.findall(r"permissions:.*\n((?: {6}.*\n)*)", job) == ["      contents: read\n"]
    assert job.count("uses: actions/checkout@") == job.count("persist-credentials: false\n") == 1
    assert not re.findall(r"secrets|token|environment:|: write|\$/", job.replace("GITHUB_TOKEN", ""), re.IGNORECASE)


def test_proposing_waits_for_the_tests_and_needs_none() -> None:
    assert "    needs: test-health\n" in _job("propose")
    assert re.search(r"    if: >-\n      !cancelled\(\) &&\n", _job("propose"))
    assert "    if: >-\n      inputs.test-command != '' &&\n" in _job("test-health")


@pytest.mark.parametrize("file", [*WORKFLOWS, *ACTIONS], ids=lambda file: str(file.relative_to(_GITHUB)))
def test_no_expression_stands_in_a_script(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    scripts = [block or line for _, block, line in _RUN.findall(text)]
    assert len(scripts) == len(re.findall(r"^\s*(?:- )?run:", text, re.MULTILINE)), "a `run:` this test cannot read"
    assert not [script for script in scripts if "${{" in script]


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_a_shell_script_is_strict_and_parses(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    # Plain sh knows no pipefail.
    shell, strict = ("sh", "set -euf\n") if text.startswith("#!/bin/sh\n") else ("bash", "set -euo pipefail\n")
    assert strict in text
    done = subprocess.run([shell, "-n", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("propose", {"exports", "export-json", "token", "python-version"}),
        ("check", {"token", "python-version"}),
        ("record", {"token", "python-version"}),
    ],
)
def test_an_action_takes_every_flag_of_its_command(name: str, beside: set[str]) -> None:
    """`--help` is the truth; the action's inputs must not fall behind it."""
    from typer.main import get_command

    from promobot.cli.app import app

    command = get_command(app).commands[name]  # type: ignore[attr-defined]
    flags = {word.removeprefix("--") for parameter in command.params for word in parameter.opts if "--" in word[:2]}
    action = (_GITHUB / "actions" / name / "action.yml").read_text(encoding="utf-8")
    told = re.split(r"\n(?:outputs|runs):\n", action.partition("\ninputs:\n")[2])[0]
    inputs = set(re.findall(r"^  ([a-z-]+):$", told, re.MULTILINE))
    assert flags - {"help"} <= inputs, f"no input for {sorted(flags - inputs)}"
    assert inputs - flags == beside


def _job(name: str) -> str:
    """The text of a job of promote.yml, without its comments."""
    text = (_GITHUB / "workflows" / "promote.yml").read_text(encoding="utf-8").partition("\njobs:\n")[2]
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    assert found, f"promote.yml has no job {name}"
    return re.sub(r" +#.*$", "", found.group(1), flags=re.MULTILINE)


def _run(program: str, *arguments: str) -> None:
    executable = Path(sysconfig.get_path("scripts")) / program
    assert executable.exists(), f"{executable} is missing: install tests/requirements.lock"
    done = subprocess.run([str(executable), *arguments], cwd=_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
