"""Lines for logs and JSON for machines: no line is a workflow command, and JSON output is one ASCII document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promobot.core.changes import Change
from promobot.core.cycle import CycleResult
from promobot.core.models import Reason
from promobot.core.planning import Outcome
from promobot.core.policy.types import AutoApplyMode
from promobot.core.rendering.artifacts import META, PATCHES
from promobot.core.rendering.result import HEADLINES, error_json, error_lines, result_json, result_lines
from promobot.core.rendering.text import log_line, visible, visible_json
from promobot.errors import Detail, ExportRefused, UsageError
from tests.core.rendering.cycle import cycle, patch
from tests.core.rendering.hostile import IDS, TARGETS, TEXTS, with_names, with_text
from tests.support import gfm

ANY_TEXT = st.text() | st.text("#[:]\r\n \u2028\u200b\x1b\x00%@") | st.sampled_from(TEXTS)


def assert_no_commands(lines: Iterable[str]) -> None:
    """The runner trims a line and looks for `::` at its start, and for `##[` anywhere; CR ends a line as LF does."""
    for line in lines:
        for piece in re.split("[\r\n]", line):
            assert not piece.strip().startswith("::"), repr(piece)
            assert "##[" not in piece, repr(piece)
        # A zero width space of our own may stand at a line's start; nothing else that is hidden.
        assert gfm.hidden(line.removeprefix("\u200b").replace("\n", "\x00")) == [], repr(line)


def printed(document: Any) -> str:
    """As the command line prints it."""
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_no_line_of_a_result_is_a_command(text: str) -> None:
    hostile = replace(
        with_text(text).result,
        branch=text,
        proposal_id=text,
        commit=text,
        approve=f"git merge {text}",
        reasons=(Reason("code", text),),
    )
    lines = result_lines(hostile)
    assert len(lines) > 8
    assert_no_commands(lines)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_result_says_nothing_that_an_export_says_freely(text: str) -> None:
    assert result_lines(with_text(text).result)[1:-4] == result_lines(with_text("plain").result)[1:-4]


@pytest.mark.parametrize("names", [*({"identity": i} for i in IDS), *({"target": t} for t in TARGETS)], ids=str)
def test_no_name_makes_a_line_a_command(names: dict[str, str]) -> None:
    assert_no_commands(result_lines(with_names(**names).result))


@settings(deadline=None, max_examples=200)
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_no_line_of_a_refusal_is_a_command(message: str, file: str, pointer: str) -> None:
    details = [
        Detail(message, file, pointer, 3),
        Detail(message),
        Detail(message, None, pointer),
        Detail(message, file),
    ]
    lines = error_lines(ExportRefused(message, details))
    assert len(lines) == 5
    assert_no_commands(lines)


def test_a_refusal_that_says_it_all_says_it_once() -> None:
    assert error_lines(ExportRefused("not this; x: too much", [Detail("too much", "x")])) == [
        "promobot: not this; x: too much"
    ]


@settings(max_examples=300)
@given(ANY_TEXT)
def test_a_log_line_is_one_harmless_line(text: str) -> None:
    assert_no_commands([log_line(text)])
    assert_no_commands([f"x {visible(text)}", f"x {visible_json([text, {text: 1}])}"])


@pytest.mark.parametrize("text", ["::error::x", "  ::error::x", "\u00a0::error::x", "\r::error::x", "\u2028::x"])
def test_a_command_is_told_from_its_quotation(text: str) -> None:
    assert "::" in log_line(text), "the words stay readable"
    assert log_line(text).startswith("\u200b")
    assert log_line("all: well::here") == "all: well::here"


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_json_is_one_ascii_document_that_says_it_all(text: str) -> None:
    made = with_text(text)
    told = json.loads(printed(result_json(made.result)))
    assert printed(result_json(made.result)).isascii()
    assert [d["patch_id"] for d in told["decisions"]] == [d.candidate.patch.id for d in made.decisions]
    for name in (META, PATCHES):
        data = made.files[name]
        assert data.isascii()
        assert data.endswith(b"}\n")
        assert data.decode() == json.dumps(json.loads(data), indent=2, sort_keys=True) + "\n"
    listed = {entry["patch"]["id"]: entry["patch"] for entry in json.loads(made.files[PATCHES])["patches"]}
    assert listed["accepted"]["reason"] == text
    assert listed["skipped"]["meta"]["tier"] == text


def test_a_result_has_the_members_of_the_contract() -> None:
    made = cycle(
        [patch("up", "a.leverage", 1.75), patch("no", "barred.x", 2), patch("hand", "z", "new")],
        {"a.leverage": 1.5, "barred.x": 1, "z": "old"},
    )
    told = result_json(replace(made.result, superseded=(3, 4)))
    assert told["schema_version"] == 1
    assert (told["outcome"], told["mode"]) == ("opened", "bounded_auto")
    assert told["overrides"] == {"a.leverage": {"old": 1.5, "new": 1.75}}
    assert told["pull_request"] == {"number": 7, "url": "https://forge.invalid/desk/live/pull/7"}
    assert told["superseded"] == [3, 4]
    assert told["decisions"][:2] == [
        {
            "patch_id": "up", "target": "a.leverage", "status": "ACCEPTED_FOR_PROPOSAL", "reasons": [],
            "tags": ["leverage"], "auto_apply": True, "auto_apply_reasons": [],
        },
        {
            "patch_id": "no", "target": "barred.x", "status": "REJECTED_BY_POLICY",
            "reasons": [{"code": "blacklisted_target", "message": "the policy's [blacklist] bars barred"}],
            "tags": [], "auto_apply": False, "auto_apply_reasons": [],
        },
    ]  # fmt: skip


def test_what_is_applied_by_hand_is_no_override() -> None:
    made = cycle([patch("hand", "z", "new")], {"z": "old"})
    told = result_json(made.result)
    assert told["decisions"][0]["status"] == "ACCEPTED_FOR_PROPOSAL"
    assert told["overrides"] == {}


def test_an_empty_result_has_the_same_members() -> None:
    empty = result_json(CycleResult(Outcome.NOTHING_TO_PROPOSE, AutoApplyMode.MANUAL_ONLY))
    assert set(empty) == set(result_json(with_text("x").result))
    assert [empty[name] for name in ("proposal_id", "branch", "commit", "pull_request")] == [None] * 4
    assert (empty["decisions"], empty["overrides"], empty["superseded"]) == ([], {}, [])


def test_every_outcome_has_its_sentence() -> None:
    assert set(HEADLINES) == set(Outcome)
    assert len(set(HEADLINES.values())) == len(HEADLINES)


def test_a_refusal_is_told_in_both_forms() -> None:
    error = ExportRefused("refused: 2 problems", [Detail("bad", "x.json", "/0/id", 3), Detail("worse", "y.json")])
    assert error_lines(error) == [
        "promobot: refused: 2 problems", "  x.json, line 3, /0/id: bad", "  y.json: worse",
    ]  # fmt: skip
    assert error_json(error) == {
        "schema_version": 1,
        "error": {
            "code": "export_refused",
            "exit_code": 3,
            "message": "refused: 2 problems",
            "details": [
                {"file": "x.json", "pointer": "/0/id", "line": 3, "message": "bad"},
                {"file": "y.json", "pointer": None, "line": None, "message": "worse"},
            ],
        },
    }
    assert error_json(UsageError("x"))["error"]["exit_code"] == 2


def test_lines_show_each_decision_with_every_reason() -> None:
    made = cycle(
        [patch("up", "a.leverage", 1.75), patch("far", "b.leverage", 2.5), patch("no", "barred.x", "secret plan")],
        {"a.leverage": 1.5, "b.leverage": 1.5, "barred.x": 1},
    )
    text = "\n".join(result_lines(made.result))
    assert "a.leverage 1.5 -> 1.75: applied on merge [up]" in text
    assert "b.leverage 1.5 -> 2.5: by hand [far]" in text
    assert "above_max: above the maximum 2.0" in text
    assert "step_too_large: a step of 1 is over the limit 0.25" in text
    assert "barred.x 1 -> (text): REJECTED_BY_POLICY [no]" in text
    assert "blacklisted_target: " in text
    assert "secret plan" not in text


def test_of_what_waits_nothing_is_promised() -> None:
    """Nothing of it was kept, so there is no branch to look at and no merge that would apply it."""
    made = cycle(
        [patch("up", "a.leverage", 1.75), patch("far", "b.leverage", 2.5)], {"a.leverage": 1.5, "b.leverage": 1.5}
    ).result
    waiting = replace(made, outcome=Outcome.WAITING, branch="promobot/0123456789abcdef", commit=None, pull_request=None)
    text = "\n".join(result_lines(waiting))
    assert "nothing of this one was kept. Run the command again" in text
    assert "a.leverage 1.5 -> 1.75: waits, would be applied on merge [up]" in text
    assert "b.leverage 1.5 -> 2.5: waits, would be by hand [far]" in text
    assert "above_max: " in text, "the reasons stay"
    assert not re.search("promobot/|live_promotion_|: (applied|by hand)", text)
    wish = replace(
        waiting, decisions=(), changes=(Change("a.leverage", 1.75, 2.0, True), Change("b.leverage", 1.5, None, True))
    )
    assert result_lines(wish)[1:] == [
        "  a.leverage 1.75 -> 2.0: waits, would be applied on merge",
        "  b.leverage 1.5: waits, its override would be taken away on merge",
    ]
    assert result_lines(replace(wish, outcome=Outcome.DRY_RUN))[1:3] == [
        "  a.leverage 1.75 -> 2.0: applied on merge",
        "  b.leverage 1.5: its override is taken away on merge",
    ]
