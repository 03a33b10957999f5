"""`promobot doctor` where there is a forge: what a person with a token is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from promobot.core.readiness.tree import TASKS
from tests.core.test_readiness import CALLS
from tests.support.fake_github import FakeGitHub, Fault
from tests.support.hosted import NAME, Team, host, run_here, without_waits
from tests.support.ruled import well_set
from tests.support.workspace import NOW, ROOT, Ran, small_files

WELL = small_files() | CALLS | {".github/CODEOWNERS": "* @acme/operators\n"}


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with FakeGitHub() as fake, without_waits():
        team = host(fake, tmp_path, WELL)
        fake.repository(NAME).settings = well_set()
        team.space.env["GITHUB_TOKEN"] = fake.token_for("ann")
        yield team


def doctor(team: Team, *words: str) -> Ran:
    return run_here(team.space.clone, team.space.env, "doctor", "--now", NOW.isoformat(), *words)


def findings(team: Team, code: int = 0) -> dict[str, Any]:
    ran = doctor(team, "--format", "json")
    assert (ran.code, ran.err) == (code, ""), ran.out + ran.err
    assert ran.json["ok"] is (code == 0)
    return {finding["code"]: finding for finding in ran.json["findings"]}


def test_a_repository_that_is_set_well_is_ready_and_nothing_was_written(team: Team) -> None:
    before = team.space.traces(), team.space.branches()
    told = findings(team)
    assert {finding["severity"] for finding in told.values()} <= {"ok", "note"}
    assert told["bounded_auto"]["severity"] == "ok"
    assert "forge_not_asked" not in told
    assert {record.method for record in team.forge.requests} == {"GET"}
    assert (team.space.traces(), team.space.branches()) == before


def test_what_is_missing_is_an_error_in_bounded_auto_and_a_warning_in_manual_only(team: Team) -> None:
    team.forge.repository(NAME).settings.rulesets.clear()
    told = findings(team, code=1)
    assert (told["gate_required"]["severity"], told["bounded_auto"]["severity"]) == ("error", "error")
    text = doctor(team)
    assert text.code == 1
    assert "error: gate_required: no rule says that main requires the check promobot / gate" in text.out
    policy = str(WELL["config/promobot.toml"]).replace("bounded_auto", "manual_only")
    team.space.commit({"config/promobot.toml": policy})
    assert findings(team)["gate_required"]["severity"] == "warning"


def test_what_the_token_may_not_see_is_unknown_with_the_permission(team: Team) -> None:
    team.space.env["GITHUB_TOKEN"] = team.forge.token_for("promobot[bot]")
    told = findings(team)
    unknown = {code for code, finding in told.items() if finding["severity"] == "unknown"}
    assert unknown == {"bypass", "ledger_bypass", "actions_open_pulls", "app_token", "bounded_auto"}
    assert "Administration: read" in told["actions_open_pulls"]["mend"]
    text = doctor(team)
    assert text.code == 0
    assert "unknown: app_token: not seen whether proposals are opened with the token" in text.out
    assert max(map(len, text.out.splitlines())) <= 80


def test_the_base_branch_is_what_counts_not_the_checkout(team: Team) -> None:
    team.space.write({".gitattributes": "*.toml text\n", ".github/CODEOWNERS": "", ".github/workflows/gate.yml": ""})
    assert findings(team)["attributes"]["severity"] == "ok"
    team.space.commit({})
    told = findings(team, code=1)
    for code in ("attributes", "codeowners", "workflow_gate"):
        assert told[code]["severity"] == "error"
    assert "config/promobot.toml (text)" in told["attributes"]["message"]


def test_attributes_are_read_as_git_reads_them_in_any_folder(team: Team) -> None:
    team.space.commit({"config/.gitattributes": "live_overrides/* -text eol=lf\n", ".gitattributes": "*.md text\n"})
    message = findings(team, code=1)["attributes"]["message"]
    assert message.endswith("config/live_overrides/auto.toml (-text, eol=lf)")


def test_exports_on_the_base_branch_are_named_but_not_the_example(team: Team) -> None:
    team.space.commit({"reports/learning_snippets/example.json": "[]"})
    assert findings(team)["exports_off_base"]["severity"] == "ok"
    team.space.commit({"reports/learning_snippets/2026.json": "[]"})
    assert findings(team)["exports_off_base"]["severity"] == "warning"


def test_links_and_folders_where_code_owners_should_be_are_none(team: Team) -> None:
    place = team.space.clone / ".github/CODEOWNERS"
    place.unlink()
    place.symlink_to("../CODEOWNERS")
    team.space.commit({"CODEOWNERS/x": "* @a\n", "docs/CODEOWNERS": "/config/ @a\n"})
    assert findings(team, code=1)["codeowners"]["message"].startswith("docs/CODEOWNERS leaves protected paths")


def test_a_base_that_cannot_be_read_does_not_hide_the_forge(team: Team) -> None:
    team.space.commit({"config/config.toml": "a ="})
    told = findings(team, code=1)
    assert told["base_unreadable"]["severity"] == "error"
    assert told["gate_required"]["severity"] == "ok"


@pytest.mark.parametrize("words", [("--forge", "none"), ("--policy-only",)])
def test_nobody_is_asked_where_nobody_shall_be(team: Team, words: tuple[str, ...]) -> None:
    ran = doctor(team, *words)
    assert ran.code == 0
    assert not list(team.forge.requests)
    assert ("note: forge_not_asked: the settings" in ran.out) is (words[0] == "--forge")


def test_the_forge_must_be_reachable_and_named_where_it_is_asked_for(team: Team) -> None:
    team.forge.faults.add(match="GET /repos/acme/live", nth=None, fault=Fault.reset())
    failed = doctor(team, "--format", "json")
    assert (failed.code, failed.json["error"]["code"]) == (5, "forge")
    del team.space.env["GITHUB_TOKEN"]
    assert doctor(team, "--forge", "github").code == 2
    assert "forge_not_asked" in doctor(team).out
    team.space.env["GITHUB_ACTIONS"] = "true"
    assert "forge_not_asked" in doctor(team).out


def test_what_init_writes_is_all_that_doctor_asks_of_the_base_branch(team: Team) -> None:
    space = team.space
    for path in (*CALLS, ".github/CODEOWNERS"):
        (space.clone / path).unlink()
    sha = "0123456789abcdef0123456789abcdef01234567"
    for words in ((), ("--action", f"acme/promobot@{sha}", "--owner", "@acme/operators")):
        init = run_here(space.clone, space.env, "init", "--yes", *words)
        assert init.code == 0
        space.commit({})
        told = findings(team, code=0 if words else 1)
        ill = {code for code, finding in told.items() if finding["severity"] == "error"}
        assert ill == (set() if words else {"codeowners", *(f"workflow_{name}" for name in TASKS), "bounded_auto"})
        if not words:
            assert "OWNER/promobot" in told["workflow_gate"]["message"]
            space.git("rm", "--quiet", "-r", ".github")
            space.commit({})
    assert told["bounded_auto"]["severity"] == "ok"


def test_this_repositorys_own_workflows_are_what_doctor_asks_of_others(team: Team) -> None:
    own = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / ".github").rglob("*.yml")}
    team.space.git("rm", "--quiet", "-r", ".github/workflows")
    team.space.commit(own)
    told = findings(team)
    assert {told[f"workflow_{task}"]["severity"] for task in TASKS} == {"ok"}
