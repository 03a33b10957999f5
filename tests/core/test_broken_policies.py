"""Broken policies, several errors at once in each: all of them are told, with key path and mend (issue 3)."""

from __future__ import annotations

from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.policy.file import parse_policy
from promobot.core.rendering.result import error_lines
from promobot.errors import PolicyError
from tests.support.broken_policies import BROKEN, NAME, UNREADABLE
from tests.support.workspace import Workspace, patch, small_files


def answer(data: bytes) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(data, NAME)
    assert (caught.value.exit_code, caught.value.code) == (2, "policy")
    assert caught.value.message.startswith(f"{NAME} ")
    return caught.value


@pytest.mark.parametrize("story", BROKEN)
def test_all_errors_are_told_at_once_each_with_its_key_path_and_mend(story: str) -> None:
    text, expected = BROKEN[story]
    error = answer(text.encode())
    told: dict[str, str] = {}
    for detail in error.details:
        assert detail.file == NAME
        path = detail.pointer or ""
        told[path] = f"{told[path]} / {detail.message}" if path in told else detail.message
    assert told == expected
    assert error.message == f"{NAME} has {len(error.details)} errors; nothing was done"


def test_there_are_ten_and_more_each_with_several_errors() -> None:
    assert len(BROKEN) >= 10
    assert min(len(expected) for _, expected in BROKEN.values()) > 2


@pytest.mark.parametrize("story", UNREADABLE)
def test_what_is_no_toml_is_told_with_its_line_and_mend(story: str) -> None:
    data, expected = UNREADABLE[story]
    assert tuple(error_lines(answer(data))) == expected


def test_a_mistake_behind_another_is_told_once_and_without_guesses() -> None:
    """With its own key taken out, a table is looked at with defaults; what then speaks of that key is left unsaid."""
    (told,) = answer(b"[performance.metrics.sharpe]\nmin = nan\nrequired = false").details
    assert told.pointer == "performance.metrics.sharpe.min"


KEYS = st.sampled_from(
    ["version", "mode", "lock", "bounds", "bounds_for", "hard_limits", "eligibility", "risk", "performance", "paths",
     "metrics", "weights", "targets", "expires", "min", "max", "step", "min_value", "max_step", "leverage", "reports",
     "test_health", "report", "no_such_key"]
)  # fmt: skip
SCALARS = st.booleans() | st.integers(-3, 3) | st.floats() | st.sampled_from(["", "a", "config", "x y", "../x"])
VALUES = st.recursive(
    SCALARS | st.dates(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_whatever_the_document_the_answer_is_a_policy_or_a_list_of_errors_with_places(document: dict[str, Any]) -> None:
    try:
        parse_policy(tomlkit.dumps(document).encode(), NAME)
    except PolicyError as error:
        assert error.details
        assert all(detail.pointer or detail.line for detail in error.details)


@pytest.mark.parametrize("story", ["misspelt keys", "paths in each other, beside others", "a key twice"])
def test_propose_answers_on_the_command_line_and_leaves_everything_as_it_was(space: Workspace, story: str) -> None:
    broken = BROKEN[story][0].encode() if story in BROKEN else UNREADABLE[story][0]
    space.commit(small_files(policy=broken))
    export = space.export(patch("portfolio.leverage", 1.6))
    traces, branches = space.traces(), space.branches()
    text = space.promobot("propose", export, "--forge", "none")
    assert (text.code, text.out) == (2, "")
    lines = text.err.splitlines()
    expected = error_lines(answer(broken))
    assert [line for line in lines if not line.startswith("...")] == expected
    data = space.propose(export)
    assert data.code == data.json["error"]["exit_code"] == 2
    details = data.json["error"]["details"]
    assert len(details) == len(expected) - 1
    assert all(detail["file"] == NAME and detail["message"] for detail in details)
    assert (space.traces(), space.branches()) == (traces, branches)
