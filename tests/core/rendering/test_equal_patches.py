"""Equal patches are one change: one row, however many ask for it. And what looks like a reference is not named."""

from __future__ import annotations

import pytest

from promobot.core.base_state import BaseState
from promobot.core.changes import Change
from promobot.core.facts import LiveValues
from promobot.core.intake import ExportFile, Intake
from promobot.core.models import ConfigPatch
from promobot.core.policy.file import parse_policy
from promobot.core.prepared import prepare
from promobot.core.rendering.message import subject
from promobot.core.rendering.text import code, prose, visible
from promobot.core.values import fitted
from tests.support.gfm import findings
from tests.support.workspace import NOW, POLICY
from tests.support.workspace import patch as exported


def checklist(count: int, new: float = 1.75, live: float = 1.5) -> str:
    patches = tuple(ConfigPatch.model_validate(exported("a.leverage", new, id=f"p{n}")) for n in range(count))
    state = BaseState(
        "main", "0" * 40, parse_policy(POLICY.encode(), "p"), "config/promobot.toml", "1" * 40,
        LiveValues({"a.leverage": live}),
    )  # fmt: skip
    proposed = prepare(state, Intake(patches, (ExportFile("2" * 64, count),)), None, NOW).proposed
    assert proposed is not None
    return proposed.checklist


def test_two_thousand_equal_patches_are_one_row() -> None:
    text = checklist(2000)
    assert text.count("**applied** |") == 1
    assert "`a.leverage` (2000 equal patches)" in text
    assert len(text) < 58_000


def test_long_numbers_do_not_pass_for_commits() -> None:
    assert findings(checklist(1, new=2.1234567, live=1.0)) == []
    assert prose("a step of 1234568.75 is over the limit 0.25") == "a step of `1234568.75` is over the limit `0.25`"


@pytest.mark.parametrize("target", ["GH-123", "a.gh-7", "0123456789abcdef0123456789abcdef01234567", "deadbeef.x"])
def test_a_target_that_looks_like_a_reference_is_not_in_the_subject(target: str) -> None:
    assert subject([Change(target, 1, 2, automatic=True)]) == "promote: 1 value"


def test_numbers_with_a_sign_are_no_strings() -> None:
    assert code(repr(1e22)) == "`1e+22`"


@pytest.mark.parametrize("blank", ["\ufe0f", "\u034f", "\u3164", "\u2800", "\U000e0100"])
def test_what_draws_nothing_is_shown(blank: str) -> None:
    assert blank not in visible(f"a{blank}b")


@pytest.mark.parametrize(("new", "kept"), [(2**53, float(2**53)), (2**53 + 1, 2**53 + 1)])
def test_an_integer_becomes_only_the_float_that_equals_it(new: int, kept: float) -> None:
    assert repr(fitted(new, 1.0)) == repr(kept)
