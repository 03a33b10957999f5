"""The result's schema: real results and refusals fit it exactly, and it refuses what breaks the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from promobot.core.rendering.result import error_json, result_json
from promobot.core.schemas import schema_text
from promobot.errors import UsageError
from tests.adapters.exports.files import patch
from tests.core.rendering.cycle import cycle
from tests.core.rendering.cycle import patch as read_patch
from tests.support.fake_github import FakeGitHub
from tests.support.hosted import NAME, Team, host, run_here, without_waits
from tests.support.lived import lived
from tests.support.ruled import well_set
from tests.support.workspace import NOW, POLICY, Ran, Workspace, small_files
from tests.support.workspace import patch as wanted

SCHEMA = json.loads(schema_text("result"))
RESULT = Draft202012Validator(SCHEMA)


def closed(schema: Any) -> Any:
    """The schema without leave for members that it does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    more = {"additionalProperties": False} if "properties" in schema else {}
    return {name: closed(inner) for name, inner in schema.items()} | more


WHOLE_RESULT = Draft202012Validator(closed(SCHEMA))


def test_real_results_hold_what_the_schema_says_and_nothing_else(example: Workspace) -> None:
    for arguments in (["--dry-run"], [], []):
        ran = example.propose(*arguments)
        assert ran.code == 0, ran.err
        assert ran.json["decisions"]
        WHOLE_RESULT.validate(ran.json)


def test_real_refusals_hold_what_the_schema_says_and_nothing_else(space: Workspace) -> None:
    space.write({"../bad.json": json.dumps([patch(new_value=None), {}])})
    for ran, code in ((space.propose("../bad.json"), 3), (space.propose("../nowhere.json"), 2)):
        assert ran.json["error"]["exit_code"] == code
        WHOLE_RESULT.validate(ran.json)


def test_a_command_may_add_members_of_its_own(space: Workspace) -> None:
    told = space.promobot("demo", "--format", "json").json
    RESULT.validate(told)
    assert not WHOLE_RESULT.is_valid(told)
    del told["live_changes"]
    WHOLE_RESULT.validate(told)


def test_a_result_with_every_member_filled() -> None:
    made = cycle([read_patch("up", "a.leverage", 1.75)], {"a.leverage": 1.5})
    told = result_json(made.result)
    assert told["pull_request"] and told["overrides"]
    WHOLE_RESULT.validate(told)


def valid(told: Any) -> Any:
    """The document, which must hold what the schema says and nothing else."""
    WHOLE_RESULT.validate(told)
    return told


def test_what_check_record_reject_and_doctor_print(tmp_path: Path) -> None:
    policy = POLICY + "[risk]\nmax_score = 90\n"
    with FakeGitHub() as fake, without_waits():
        team = host(fake, tmp_path, small_files(policy=policy))
        fake.repository(NAME).settings = well_set()
        first = team.proposes(wanted("portfolio.leverage", 1.75))
        assert valid(_checked(team, first["commit"]).json)["ok"]
        team.space.commit({"config/live_overrides/auto.toml": '[auto_applied]\n"portfolio.leverage" = 9.0\n'})
        assert valid(_checked(team, first["commit"]).json)["violations"]
        doctor = valid(team.ran("doctor").json)
        assert {"auto", "by_hand"} <= {parameter["verdict"] for parameter in doctor["parameters"]}
        assert {"error", "ok"} <= {finding["severity"] for finding in doctor["findings"]}
        assert valid(team.did("reject", first["branch"], "--reason", "no"))["pull_request"]
        second = team.did("set", "portfolio.leverage", "1.5", "--reason", "calm")
        number = second["pull_request"]["number"]
        team.approve(number, "ben")
        team.person(number).merge()
        recorded = valid(team.did("record"))["recorded"]
        assert [(one["merger"], one["approvers"]) for one in recorded] == [("ann", ["ben"])]
        assert valid(team.did("record"))["already"] == 1


@pytest.mark.parametrize("edited", [False, True])
def test_what_audit_prints(edited: bool) -> None:
    here = lived(edited=edited)

    def audit(*words: str) -> Any:
        return valid(here.audit(*words, "--format", "json").json)

    assert audit("verify")["ok"] is not edited
    assert {entry["kind"] for entry in audit("log")["entries"]} >= {"promotion", "operator", "revert", "policy"}
    assert audit("show", here.ids["lever"])["record"]
    assert audit("show", "--target", "portfolio.leverage")["entry"]
    assert audit("show", "--target", "macro.tilt", "--at", "2026-11-22T12:00:00Z")["entry"] is None


def test_a_history_that_cannot_be_read_is_told_by_the_schema(tmp_path: Path) -> None:
    gate = lived().gate
    gate.git("clone", "--quiet", "--depth", "1", f"file://{gate.space.clone}", str(tmp_path / "clone"))
    ran = run_here(tmp_path / "clone", {}, "audit", "verify", "--format", "json")
    assert [one["code"] for one in valid(ran.json)["violations"]] == ["shallow_clone"]


def test_what_init_prints(space: Workspace) -> None:
    def init(*words: str) -> Any:
        return valid(run_here(space.clone, {}, "init", "--format", "json", *words).json)

    space.git("rm", "--quiet", "-r", ".")
    space.write({"CODEOWNERS": "*.py @me\n"})
    assert init()["error"]["exit_code"] == 2
    planned, done = init("--dry-run"), init("--yes")
    assert (planned["outcome"], done["outcome"], init("--yes")["outcome"]) == ("dry_run", "initialised", "unchanged")
    assert {file["action"] for file in done["files"]} == {"create", "append"}
    assert not RESULT.is_valid(done | {"outcome": "opened"})
    assert not RESULT.is_valid(done | {"files": [{"path": "x", "action": "overwrite", "why": ""}]})
    for member in done:
        assert not RESULT.is_valid({name: value for name, value in done.items() if name != member}), member


def _checked(team: Team, head: str) -> Ran:
    words = ("check", "--base", "origin/main", "--head", head, "--now", NOW.isoformat(), "--format", "json")
    return run_here(team.space.clone, team.space.env, *words)


def test_a_report_that_breaks_the_contract_is_refused() -> None:
    verdict = {"schema_version": 1, "ok": True, "violations": [], "warnings": [], "base": "b", "head": "h",
               "merge_base": None, "result": None}  # fmt: skip
    valid(verdict)
    for broken in ({"ok": "yes"}, {"violations": [{"code": "x"}]}, {"base": None}, {"schema_version": 2}):
        assert not RESULT.is_valid(verdict | broken)


BROKEN_RESULTS: dict[str, dict[str, Any]] = {
    "unknown outcome": {"outcome": "merged"},
    "unknown mode": {"mode": "auto"},
    "another version": {"schema_version": 2},
    "superseded by name": {"superseded": ["7"]},
    "a pull request without number": {"pull_request": {"url": "x"}},
    "an override without its old value": {"overrides": {"a": {"new": 1}}},
    "a bare decision": {"decisions": [{"patch_id": "x"}]},
}


@pytest.mark.parametrize("case", BROKEN_RESULTS)
def test_a_result_that_breaks_the_contract_is_refused(case: str) -> None:
    told = result_json(cycle([read_patch("up", "a.leverage", 1.75)], {"a.leverage": 1.5}).result)
    assert not RESULT.is_valid(told | BROKEN_RESULTS[case])


def test_pending_never_leaves_the_engine() -> None:
    told = result_json(cycle([read_patch("up", "a.leverage", 1.75)], {"a.leverage": 1.5}).result)
    told["decisions"][0]["status"] = "PENDING"
    assert not RESULT.is_valid(told)


def test_every_member_of_a_result_is_required() -> None:
    for document in (
        result_json(cycle([read_patch("up", "a.leverage", 1.75)], {"a.leverage": 1.5}).result),
        error_json(UsageError("no")),
    ):
        for member in document:
            assert not RESULT.is_valid({key: value for key, value in document.items() if key != member}), member
