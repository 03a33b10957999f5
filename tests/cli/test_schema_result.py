"""The result's schema: real results and refusals fit it exactly, and it refuses what breaks the contract."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from promobot.core.rendering.result import error_json, result_json
from promobot.core.schemas import schema_text
from promobot.errors import UsageError
from tests.adapters.exports.files import patch
from tests.core.rendering.cycle import cycle
from tests.core.rendering.cycle import patch as read_patch
from tests.support.workspace import Workspace

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
