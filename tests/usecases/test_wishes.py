"""Set, unset, apply, revert: the wish that each makes of a base branch, and what each refuses with the mend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from promobot.core.base_state import Landed
from promobot.core.changes import Change
from promobot.core.landing import Landing
from promobot.core.wish import Wish
from promobot.core.wishes import prepare_wish
from promobot.errors import RepositoryRefused, UsageError
from promobot.usecases.base import prove_read
from promobot.usecases.wishes import apply_by_hand, revert, set_value, unset_value
from tests.support.builders import NOW, policy
from tests.support.wishes import base_state, state
from tests.support.workspace import make_workspace, small_files

TARGET = "portfolio.leverage"
ID, DIGEST = "live_promotion_20261101T120000Z_" + "d" * 16, "d" * 64


def landing(*changes: Change, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> Landing:
    return Landing(ID, DIGEST, changes, before or {}, after or {}, "e" * 40)


def by_hand(target: str, old: Any, new: Any) -> Change:
    return Change(target, old, new, automatic=False)


def test_set_reads_the_value_in_the_live_ones_type() -> None:
    assert set_value(state(), TARGET, "2", "  calmer ") == Wish("operator", {TARGET: 2.0}, "calmer", {"command": "set"})
    assert set_value(state(), "strategy.name", "5", "x").values == {"strategy.name": "5"}
    assert set_value(state(None, base=None), "any.thing", "true", "x").values == {"any.thing": True}


def test_unset_takes_the_override_away() -> None:
    assert unset_value(state(), TARGET, "x") == Wish("operator", {TARGET: None}, "x", {"command": "unset"})


REFUSED: dict[str, tuple[Any, str]] = {
    "a misspelt parameter": (lambda: set_value(state(), "portfolio.levrage", "2", "x"), "did you mean portfolio.lev"),
    "a parameter far from any": (lambda: set_value(state(), "qqq", "2", "x"), "there are desk.size, macro.tilt, .* 2 "),
    "a table": (lambda: set_value(state(), "portfolio", "2", "x"), "there is no parameter 'portfolio'"),
    "a value of another type": (lambda: set_value(state(), TARGET, "fast", "x"), "takes a finite number"),
    "a target that is none": (lambda: set_value(state(base=None), "a b", "2", "x"), "no proposal can hold"),
    "no reason": (lambda: set_value(state(), TARGET, "2", " \n"), "--reason must say why"),
    "too long a reason": (lambda: set_value(state(), TARGET, "2", "x" * 1001), "up to 1000 characters"),
    "a reason that is no text": (lambda: set_value(state(), TARGET, "2", "\udc80"), "Unicode"),
    "unset without a reason": (lambda: unset_value(state(), TARGET, ""), "--reason must say why"),
    "no override": (lambda: unset_value(state(), "macro.tilt", "x"), "no override .* there are portfolio.leverage"),
    "a misspelt override": (lambda: unset_value(state(), "portfolio.levrage", "x"), "did you mean portfolio.lever"),
    "no override at all": (lambda: unset_value(state(None), TARGET, "x"), "there is none at all"),
}  # fmt: skip


@pytest.mark.parametrize(("ask", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_a_usage_error_with_its_mend(ask: Any, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        ask()


def test_apply_takes_the_values_that_were_left_by_hand_and_are_still_open() -> None:
    found = landing(
        Change("macro.tilt", 0.3, 0.4, automatic=True),
        by_hand("strategy.trigger_delay", 10.0, 14.0),
        by_hand("desk.size", 3.0, 4.0),
        by_hand("strategy.name", "slow", "fast"),
    )
    wish, warnings = apply_by_hand(state(), found, "")
    assert wish == Wish(
        "operator", {"strategy.name": "fast", "strategy.trigger_delay": 14.0}, "", {"command": "apply", "proposal": ID}
    )
    assert warnings == ("desk.size is live already",)


def test_apply_refuses_by_name_what_changed_since() -> None:
    found = landing(by_hand(TARGET, 1.5, 1.6), by_hand("desk.size", 4.0, 5.0), by_hand("macro.tilt", None, 0.5))
    with pytest.raises(RepositoryRefused, match=f"changed since {ID} was decided: macro.tilt, {TARGET};") as caught:
        apply_by_hand(state(), found, "")
    assert len(caught.value.details) == 2


def test_a_value_of_another_type_is_not_the_recorded_one() -> None:
    with pytest.raises(RepositoryRefused, match=r"desk\.size"):
        apply_by_hand(state(), landing(by_hand("desk.size", 4, 5)), "")


@pytest.mark.parametrize(
    ("found", "rules", "why"),
    [
        (landing(by_hand("desk.size", 3.0, 4.0)), policy(), "all of them are live already"),
        (landing(Change("macro.tilt", 0.3, 0.4, automatic=True)), policy(), "it left no value to be set by hand"),
        (landing(by_hand("desk.size", 4.0, 5.0)), policy(max_per_proposal=0), "max_per_proposal is 0"),
    ],
)
def test_apply_with_nothing_left_is_a_usage_error(found: Landing, rules: Any, why: str) -> None:
    with pytest.raises(UsageError, match=f"{ID}: there is nothing to apply; .*{why}"):
        apply_by_hand(state(rules=rules), found, "")


def test_apply_takes_no_more_than_a_proposal_may_hold_and_the_rest_next_time() -> None:
    changes = [by_hand(name, 1.0, 2.0) for name in ("c", "a", "b")]
    base, rules = dict.fromkeys("abc", 1.0), policy(max_per_proposal=2)
    wish, warnings = apply_by_hand(state(None, base=base, rules=rules), landing(*changes), "")
    assert list(wish.values) == ["a", "b"]
    assert warnings == ("1 more do not fit into one proposal; apply again after this one's merge",)
    wish, warnings = apply_by_hand(state(None, base=base | {"a": 2.0, "b": 2.0}, rules=rules), landing(*changes), "")
    assert list(wish.values) == ["c"]


def test_revert_restores_what_the_landing_replaced() -> None:
    changes = [Change(TARGET, 1.5, 1.75, automatic=True), Change("macro.tilt", 0.2, 0.3, automatic=True)]
    found = landing(
        *changes,
        by_hand("desk.size", 4.0, 5.0),
        before={"macro.tilt": 0.2, "other": 1},
        after={TARGET: 1.75, "macro.tilt": 0.3, "other": 1},
    )
    assert revert(found, " oops ") == Wish(
        "revert",
        {TARGET: None, "macro.tilt": 0.2},
        "oops",
        {"command": "revert", "proposal": ID, "digest": DIGEST},
        {TARGET: 1.75, "macro.tilt": 0.3},
    )


def test_a_removal_is_reverted_by_the_value_that_it_removed() -> None:
    found = landing(Change(TARGET, 1.75, None, automatic=True), before={TARGET: 1.75})
    wish = revert(found, "")
    assert (wish.values, wish.replaces) == ({TARGET: 1.75}, {TARGET: None})


ODD: dict[str, tuple[Landing, str]] = {
    "nothing was applied": (landing(by_hand(TARGET, 1.5, 2.5)), "changed no live value"),
    "another value landed": (
        landing(Change(TARGET, 1.5, 1.75, True), after={TARGET: 1.7}), "did not do what"),
    "no value landed": (landing(Change(TARGET, 1.5, 1.75, True)), "did not do what"),
    "an array stood there": (
        landing(Change(TARGET, None, 1.75, True), before={TARGET: [1]}, after={TARGET: 1.75}), "did not do what"),
}  # fmt: skip


@pytest.mark.parametrize(("found", "why"), ODD.values(), ids=ODD)
def test_what_cannot_be_told_is_not_reverted(found: Landing, why: str) -> None:
    with pytest.raises(RepositoryRefused, match=why):
        revert(found, "")


def test_a_removal_is_proved_to_be_read_as_one(tmp_path: Path) -> None:
    text = f'[auto_applied]\n"{TARGET}" = 1.75\n"macro.tilt" = 1\n'
    space = make_workspace(tmp_path, remote=False, files=small_files(overrides=text))
    base = base_state(space)
    made = prepare_wish(base, unset_value(base, TARGET, "x"), NOW)
    assert made.proposed is not None
    prove_read(base, made.proposed, made.changes)
    path = base.policy.paths.live_overrides
    kept = replace(made.proposed, files=dict(made.proposed.files) | {path: text.encode()})
    with pytest.raises(RepositoryRefused, match=f"would not read {TARGET} as written"):
        prove_read(base, kept, made.changes)
    other = replace(made.proposed, files=dict(made.proposed.files) | {path: b'[auto_applied]\n"macro.tilt" = 2\n'})
    with pytest.raises(RepositoryRefused, match=r"would not read macro\.tilt as written"):
        prove_read(base, other, made.changes)


def test_the_same_removal_after_another_landing_is_another_question() -> None:
    made = [
        prepare_wish(state(landed=Landed(predecessors=known)), unset_value(state(), TARGET, "x"), NOW).proposed
        for known in ({}, {TARGET: DIGEST})
    ]
    assert all(one is not None for one in made)
    assert len({one.digest for one in made if one is not None}) == 2
