"""The tests that guard promotions, in promote.yml's own job: they see no token, and their report alone decides."""

from datetime import UTC, datetime
from pathlib import Path

from tests.e2e.forge import ROOT, TOKEN, Forge, git, running_forge
from tests.e2e.test_promote_workflow import outputs
from tests.support.act import ActRun

# With the other runs of act: side by side they would only wait for each other.

REPORT = "reports/test_health/junit.xml"
RUNTIME_TOKEN = "token-of-the-runtime"
POLICY = (ROOT / "config" / "promobot.toml").read_text(encoding="utf-8") + f'\n[test_health]\nreport = "{REPORT}"\n'
PYTEST = f'"$TEST_PYTHON" -m pytest -q -p no:cacheprovider --junitxml={REPORT} guards.py'
PASSING = "def test_the_exchange_answers() -> None:\n    assert True\n"
FAILING = "def test_the_exchange_answers() -> None:\n    assert False\n"

# What a thief would look at first: the environment, git's settings, every file of the checkout.
LOOK_AROUND = """\
env >"$HOME/environment"
git config --list >"$HOME/settings"
cp -R . "$HOME/copy"
echo "::error::not a command"
"""

CALLER = f"""\
name: caller
on: pull_request
permissions: {{}}
jobs:
  promote:
    permissions:
      contents: write
      pull-requests: write
    uses: ./.github/workflows/promote.yml
    with:
      test-command: '{PYTEST}'
"""


def green(at: datetime) -> str:
    """A report without a failure, written at `at`."""
    return (
        f'<testsuites><testsuite name="guards" tests="1" failures="0" errors="0" time="0.1" '
        f'timestamp="{at.isoformat()}"><testcase name="a"/></testsuite></testsuites>'
    )


def dispatch(forge: Forge, **inputs: str) -> ActRun:
    """Run promote.yml by hand, as a person who fills in `inputs` and leaves the others as they are."""
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    return forge.run(
        "workflow_dispatch",
        {"inputs": {"test-report": REPORT, **given}},
        env={"ACTIONS_RUNTIME_TOKEN": RUNTIME_TOKEN},
    )


def test_passing_tests_of_the_base_open_a_proposal_and_see_no_token(tmp_path: Path) -> None:
    with running_forge(tmp_path, files={"config/promobot.toml": POLICY, "guards.py": PASSING}) as forge:
        tested = forge.branches()["main"]
        git(forge.bare, "branch", "live", "main")
        forge.commit({"guards.py": FAILING}, "Break what only main has")

        run = dispatch(forge, base="live", test_command=LOOK_AROUND + PYTEST)
        assert run.code == 0, run.log
        assert f"The tests run on commit {tested}." in run.log
        assert outputs(run)["outcome"] == "opened", run.log
        (commit,) = forge.proposals().values()
        assert git(forge.bare, "rev-parse", f"{commit}^").strip() == tested
        assert '"passed": 1' in forge.artifact(commit, "proposal_meta.json")

        assert "❗" not in run.log, "the runner took a command from what the tests printed"
        seen = {path: path.read_bytes() for path in (tmp_path / "runner").glob("*") if path.is_file()}
        seen |= {path: path.read_bytes() for path in (tmp_path / "runner" / "copy").rglob("*") if path.is_file()}
        assert {"environment", "settings", "guards.py", "FETCH_HEAD"} <= {path.name for path in seen}
        for token in (TOKEN, RUNTIME_TOKEN):
            assert not [path for path, data in seen.items() if token.encode() in data]
        names = {line.partition("=")[0] for line in (tmp_path / "runner" / "environment").read_text().splitlines()}
        assert "GITHUB_REPOSITORY" in names
        assert not [name for name in names if name.startswith("ACTIONS_") or "TOKEN" in name or name == "TEST_COMMAND"]


def test_a_failing_test_of_a_caller_is_a_no_go(tmp_path: Path) -> None:
    """Where a pull request is the event, its own code is not what is tested: it could make itself a green report."""
    files = {"config/promobot.toml": POLICY, "guards.py": FAILING, ".github/workflows/caller.yml": CALLER}
    with running_forge(tmp_path, files=files) as forge:
        payload = {"number": 7, "pull_request": {"number": 7, "head": {"ref": "theirs"}, "base": {"ref": "main"}}}
        run = forge.run("pull_request", payload, workflow=".github/workflows/caller.yml")
        assert run.code == 0, run.log
        assert f"The tests run on commit {forge.branches()['main']}." in run.log
        assert "The test command ended with exit code 1; its report counts." in run.log
        assert_no_go(forge, run, "checks failed")


def test_a_command_that_makes_no_report_is_a_no_go_whatever_is_committed(tmp_path: Path) -> None:
    with running_forge(tmp_path, files={"config/promobot.toml": POLICY}) as forge:
        run = dispatch(forge, test_command="true")
        assert run.code == 0, run.log
        assert_no_go(forge, run, "is missing")

        forge.commit({REPORT: green(datetime.now(UTC))}, "A green report of some other run")
        run = dispatch(forge, test_command="true")
        assert run.code == 0, run.log
        assert_no_go(forge, run, "is missing")

        # The same report counts where no command is given: then it is for the caller to bring one.
        run = dispatch(forge)
        assert run.code == 0, run.log
        assert "The tests run on" not in run.log
        assert outputs(run)["outcome"] == "opened", run.log


def test_an_artifact_that_is_gone_is_a_no_go_and_no_failure(tmp_path: Path) -> None:
    with running_forge(tmp_path, files={"config/promobot.toml": POLICY, "guards.py": PASSING}) as forge:
        forge.artifacts_expire = True
        run = dispatch(forge, test_command=PYTEST)
        assert run.code == 0, run.log
        assert "Failure - Main Fetch the report of the tests" in run.log
        assert_no_go(forge, run, "is missing")


def assert_no_go(forge: Forge, run: ActRun, why: str) -> None:
    """Assert that nothing was proposed, and that every decision says so for the tests' sake."""
    assert outputs(run)["outcome"] == "nothing_to_propose", run.log
    reasons = [line for line in run.log.splitlines() if " test_health: No-Go" in line]
    assert reasons, run.log
    assert all(why in reason for reason in reasons), reasons
    assert not forge.proposals()
    assert not forge.emulator.writes()
