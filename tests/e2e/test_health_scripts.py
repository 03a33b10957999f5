"""The scripts around the report of the tests, as promote.yml has them, in folders that mean harm."""

import os
import re
import subprocess
import textwrap
from pathlib import Path

import pytest

_WORKFLOW = (Path(__file__).parents[2] / ".github" / "workflows" / "promote.yml").read_text(encoding="utf-8")
_STEP = r"^      - name: {}\n(?:        .*\n)*?        run: \|\n((?:          .*\n|\n)+)"
_REPORT = "reports/test_health/junit.xml"


def scripts(step: str) -> list[str]:
    """The scripts of all steps of that name."""
    return [textwrap.dedent(text) for text in re.findall(_STEP.format(re.escape(step)), _WORKFLOW, re.MULTILINE)]


def run(script: str, checkout: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script in `checkout` as the runner does; its RUNNER_TEMP is the folder `temp` beside it."""
    temp = checkout.parent / "temp"
    temp.mkdir(exist_ok=True)
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=checkout,
        env={"PATH": os.environ["PATH"], "RUNNER_TEMP": str(temp), **env},
        input="standard input",
        capture_output=True,
        text=True,
        check=False,
    )


def clear(checkout: Path, report: str = _REPORT) -> subprocess.CompletedProcess[str]:
    return run(scripts("Clear the report's place")[0], checkout, REPORT=report)


def put(checkout: Path) -> subprocess.CompletedProcess[str]:
    return run(scripts("Put the report in its place")[0], checkout, REPORT=_REPORT)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / _REPORT).parent.mkdir(parents=True)
    return folder


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    folder = tmp_path / "temp" / "promobot-test-report"
    folder.mkdir(parents=True)
    return folder


def test_both_jobs_clear_in_the_same_way() -> None:
    first, second = scripts("Clear the report's place")
    assert first == second
    assert len(scripts("Put the report in its place")) == len(scripts("Run the tests that guard promotions")) == 1


def test_a_committed_report_is_cleared_and_its_neighbour_is_not(checkout: Path, fetched: Path) -> None:
    (checkout / _REPORT).write_text("stale")
    (checkout / _REPORT).with_name("other.xml").write_text("kept")
    (fetched / "junit.xml").write_text("of another run")
    assert clear(checkout).returncode == 0
    assert [path.name for path in checkout.rglob("*.xml")] == ["other.xml"]
    assert not fetched.exists()
    assert clear(checkout).returncode == 0, "nothing there is nothing wrong"


def test_a_folder_in_the_reports_place_goes_and_a_link_in_it_leads_nowhere(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    (checkout / _REPORT).mkdir()
    (checkout / _REPORT / "link").symlink_to(tmp_path)
    assert clear(checkout).returncode == 0
    assert not (checkout / _REPORT).exists()
    assert (tmp_path / "kept").exists()


def test_a_link_in_the_reports_place_goes_and_what_it_names_stays(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    (checkout / _REPORT).symlink_to(tmp_path / "kept")
    assert clear(checkout).returncode == 0
    assert not (checkout / _REPORT).is_symlink()
    assert (tmp_path / "kept").exists()


@pytest.mark.parametrize("depth", [1, 2])
def test_no_report_lies_behind_a_link(checkout: Path, tmp_path: Path, depth: int) -> None:
    outside = tmp_path / "outside" / "test_health"
    outside.mkdir(parents=True)
    (outside / "junit.xml").write_text("kept")
    (checkout / "reports" / "test_health").rmdir()
    if depth == 1:
        (checkout / "reports").rmdir()
        (checkout / "reports").symlink_to(outside.parent)
    else:
        (checkout / "reports" / "test_health").symlink_to(outside)
    done = clear(checkout)
    assert done.returncode == 2
    assert "is a symbolic link" in done.stdout
    assert (outside / "junit.xml").exists()


@pytest.mark.parametrize(
    "report",
    [
        *(
            "",
            "/",
            ".",
            "..",
            ".xml",
            "/tmp/x.xml",
            "../x.xml",
            "a/../x.xml",
            "a/..",
            "a/./x.xml",
            "./x.xml",
            "a//x.xml",
        ),
        *(".git/x.xml", "a/.git/x.xml", ".github/x.json", "-rf.xml", "a/-x.xml", "a b.xml", "x.xml\n", "a\nb.xml", "x"),
        *("x.txt", "x.xml/", "*.xml", "a/?.xml", "a\\x.xml", "~/x.xml", "!x.xml", "$(touch came).xml", "é.xml"),
    ],
)
def test_a_path_that_may_lead_elsewhere_is_refused(checkout: Path, report: str) -> None:
    (checkout.parent / "x.xml").write_text("kept")
    (checkout / "x.xml").write_text("kept")
    done = clear(checkout, report)
    assert done.returncode == 2, done.stderr
    assert done.stdout.startswith("::error::test-report must be")
    assert (checkout / "x.xml").exists() and (checkout.parent / "x.xml").exists()
    assert not (checkout / "came").exists()


@pytest.mark.parametrize("report", ["x.xml", "a.b/c_d/TEST-1.json", "_/0.xml"])
def test_a_plain_path_is_taken(checkout: Path, report: str) -> None:
    (checkout / report).parent.mkdir(parents=True, exist_ok=True)
    (checkout / report).write_text("stale")
    assert clear(checkout, report).returncode == 0
    assert not (checkout / report).exists()


def test_of_an_artifact_the_one_file_is_taken(checkout: Path, fetched: Path) -> None:
    (fetched / "junit.xml").write_text("fresh")
    (fetched / "promobot.toml").write_text("harm")
    (fetched / "reports").mkdir()
    (fetched / "reports" / "junit.xml").write_text("harm")
    (checkout / _REPORT).parent.rmdir()
    assert put(checkout).returncode == 0
    files = {path.relative_to(checkout).as_posix(): path.read_text() for path in checkout.rglob("*") if path.is_file()}
    assert files == {_REPORT: "fresh"}


@pytest.mark.parametrize("kind", ["nothing", "folder", "link"])
def test_what_is_no_file_is_no_report(checkout: Path, fetched: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "secret").write_text("secret")
    if kind == "folder":
        (fetched / "junit.xml").mkdir()
    elif kind == "link":
        (fetched / "junit.xml").symlink_to(tmp_path / "secret")
    done = put(checkout)
    assert done.returncode == 0
    assert done.stdout.startswith("::warning::")
    assert not (checkout / _REPORT).exists()


def test_the_command_runs_as_a_script_of_its_own_and_commands_nothing(checkout: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=checkout, check=True)
    person = ("-c", "user.name=A Person", "-c", "user.email=person@example.com")
    subprocess.run(["git", *person, "commit", "--quiet", "--allow-empty", "-m", "x"], cwd=checkout, check=True)
    (script,) = scripts("Run the tests that guard promotions")
    command = "env\ncat\necho ::error::on both >&2\nfalse | true\necho not reached"
    hidden = {"GITHUB_TOKEN": "t", "ACTIONS_RUNTIME_TOKEN": "t", "ACTIONS_RESULTS_URL": "t", "TEST_COMMAND": command}
    first = run(script, checkout, **hidden)
    assert first.returncode == 1, first.stderr
    assert first.stderr == "", "a second stream could speak after the runner listens again"
    _, stop, *between, last, warning = first.stdout.splitlines()
    word = stop.removeprefix("::stop-commands::")
    assert re.fullmatch("[0-9a-f]{32}", word)
    assert last == f"::{word}::"
    assert word not in "\n".join(between)
    assert "::error::on both" in between
    assert not {"standard input", "not reached"} & set(between)
    assert warning == "::warning::The test command ended with exit code 1; its report counts."
    names = {line.partition("=")[0] for line in between}
    assert "RUNNER_TEMP" in names
    assert not names & set(hidden)
    assert stop not in run(script, checkout, **hidden).stdout, "a word that can be guessed stops nothing"
    assert run(script, checkout, TEST_COMMAND="true").returncode == 0
