"""How many values may move at once and in a day: places go by sorted target, so a cycle always gives the same ones."""

from __future__ import annotations

from typing import Any

import pytest

from promobot.core.models import ConfigPatch, PromotionDecision
from tests.core.rules.contract import CAPS
from tests.support.builders import applied, codes, decide, patch, policy

NAMES = ("macro.a", "macro.b", "macro.c", "macro.d")


def four() -> tuple[ConfigPatch, ...]:
    return tuple(patch(name, 0.3, id=f"id-{name}") for name in reversed(NAMES))


def cycle(
    day: int = 9, most: int = 9, landed: int = 0, patches: tuple[ConfigPatch, ...] = ()
) -> list[PromotionDecision]:
    rules = policy(auto_apply={"max_per_day": day}, max_per_proposal=most)
    return decide(*(patches or four()), rules=rules, live=dict.fromkeys(NAMES, 0.25), landed_today=landed)


CAPPED: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
    "room for all": ({"day": 4, "most": 4}, {}),
    "one short for the day": ({"day": 3}, {"macro.d": ["quota"]}),
    "one short for the proposal": ({"most": 3}, {"macro.d": ["over_limit"]}),
    "the day has gone on": ({"day": 4, "landed": 2}, {"macro.c": ["quota"], "macro.d": ["quota"]}),
    "the day is over": ({"day": 2, "landed": 2}, {name: ["quota"] for name in NAMES}),
    "more has landed than may": ({"day": 2, "landed": 7}, {name: ["quota"] for name in NAMES}),
    "nothing may": ({"day": 0, "most": 0}, {name: ["quota", "over_limit"] for name in NAMES}),
    "both": ({"day": 3, "most": 2}, {"macro.c": ["over_limit"], "macro.d": ["quota", "over_limit"]}),
}


@pytest.mark.parametrize(("given", "refused"), CAPPED.values(), ids=CAPPED)
def test_places_are_given_by_target(given: dict[str, Any], refused: dict[str, list[str]]) -> None:
    decisions = cycle(**given)
    assert {d.target: codes(d) for d in decisions if codes(d)} == refused
    assert set(applied(decisions)) == set(NAMES) - set(refused)
    assert all(decision.accepted for decision in decisions), "a cap leaves a value to a person, it rejects nothing"


def test_two_equal_patches_take_one_place() -> None:
    twins = (patch("macro.a", 0.3, id="one"), patch("macro.a", 0.3, id="two"), patch("macro.b", 0.3, id="three"))
    assert [codes(decision) for decision in cycle(most=2, patches=twins)] == [[], [], []]
    assert [codes(decision) for decision in cycle(most=1, patches=twins)] == [[], [], ["over_limit"]]


def test_a_value_that_is_by_hand_anyway_takes_no_place_and_gets_no_cap_as_a_reason() -> None:
    patches = (patch("macro.a", 0.7, id="far"), patch("macro.b", 0.3, id="near"), patch("macro.c", 0.3, id="next"))
    assert [codes(d) for d in cycle(most=1, patches=patches)] == [["step_too_large"], [], ["over_limit"]]


def test_the_default_quota_is_three_a_day() -> None:
    decisions = decide(*four(), rules=policy(auto_apply={}), live=dict.fromkeys(NAMES, 0.25))
    assert [codes(decision) for decision in decisions] == [[], [], [], ["quota"]]


def test_the_codes_are_those_of_the_contract() -> None:
    assert {code for decision in cycle(day=0, most=0) for code in codes(decision)} == set(CAPS)
