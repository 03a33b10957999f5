"""What happened to each live value lately: when it changed, and when somebody took a change back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.lately import Lately, Step, lately
from tests.core.strategies import relaxed
from tests.support.builders import NOW

ABSENT = object()
DAYS = 7
BASE = {"a": 1.5, "b": 0.3}

Landing = tuple[float, dict[str, Any]]
"""Days ago, and what it set; ABSENT takes a key away."""


def steps(landings: list[Landing]) -> list[Step]:
    """Landings, oldest first, as steps, newest first."""
    made, values = [], dict[str, Any]()
    for ago, change in landings:
        before = values
        values = {key: value for key, value in (before | change).items() if value is not ABSENT}
        made.append(Step(NOW - timedelta(days=ago), lambda pair=(before, values): pair))  # type: ignore[misc]
    return made[::-1]


def told(*landings: Landing, days: int = DAYS, base: dict[str, Any] | None = None) -> Lately:
    return lately(steps(list(landings)), NOW, days, base)


def back(*landings: Landing, base: dict[str, Any] | None = None) -> dict[str, float]:
    """Target -> how many days ago it was taken back."""
    found = told(*landings, base=base).taken_back
    return {target: (NOW - at) / timedelta(days=1) for target, at in found.items()}


TAKEN_BACK: dict[str, tuple[list[Landing], dict[str, float]]] = {
    "nothing ever landed": ([], {}),
    "one change": ([(1, {"a": 1})], {}),
    "a change and another": ([(2, {"a": 1}), (1, {"a": 2})], {}),
    "a change and back": ([(9, {"a": 1}), (2, {"a": 2}), (1, {"a": 1})], {"a": 1}),
    "back on the same day": ([(9, {"a": 1}), (2.1, {"a": 2}), (2, {"a": 1})], {"a": 2}),
    "back after several days": ([(9, {"a": 1}), (6, {"a": 2}), (1, {"a": 1})], {"a": 1}),
    "back to absent": ([(2, {"a": 1}), (1, {"a": ABSENT})], {"a": 1}),
    "a removal that is taken back": ([(9, {"a": 1}), (2, {"a": ABSENT}), (1, {"a": 1})], {"a": 1}),
    "back and forth": ([(9, {"a": 1}), (5, {"a": 2}), (4, {"a": 1}), (3, {"a": 2}), (1, {"a": 1})], {"a": 1}),
    "back, and then on": ([(9, {"a": 1}), (5, {"a": 2}), (4, {"a": 1}), (3, {"a": 3})], {"a": 4}),
    "two changes at once": ([(9, {"a": 1}), (5, {"a": 2}), (4, {"a": 3}), (3, {"a": 1})], {"a": 3}),
    "step by step": (
        [(9, {"a": 1}), (5, {"a": 2}), (4, {"a": 3}), (3, {"a": 2}), (2, {"a": 1})], {"a": 2},
    ),
    "by a landing that did other things too": (
        [(9, {"a": 1, "b": 1}), (5, {"a": 2}), (3, {"a": 1, "b": 2})], {"a": 3},
    ),
    "an unrelated landing between": ([(9, {"a": 1}), (5, {"a": 2}), (4, {"b": 1}), (3, {"a": 1})], {"a": 3}),
    "unrelated landings only": ([(9, {"a": 1}), (5, {"b": 1}), (4, {"b": 2})], {}),
    "the change is older than the window": ([(30, {"a": 1}), (20, {"a": 2}), (3, {"a": 1})], {"a": 3}),
    "the same behind an unrelated one": (
        [(30, {"a": 1}), (20, {"a": 2}), (15, {"b": 1}), (3, {"a": 1})], {"a": 3},
    ),
    "beyond the window only the last change is looked at": (
        [(30, {"a": 1}), (20, {"a": 2}), (15, {"a": 3}), (3, {"a": 1})], {},
    ),
    "both are older than the window": ([(30, {"a": 1}), (20, {"a": 2}), (8, {"a": 1})], {}),
    "in the window's first moment": ([(30, {"a": 1}), (20, {"a": 2}), (DAYS, {"a": 1})], {"a": DAYS}),
    "the future is lately": ([(9, {"a": 1}), (-400, {"a": 2}), (-300, {"a": 1})], {"a": -300}),
    "a change of the future that is taken back today": ([(9, {"a": 1}), (-400, {"a": 2}), (0, {"a": 1})], {"a": 0}),
    "another type is another value": ([(9, {"a": 1}), (2, {"a": 2}), (1, {"a": 1.0})], {}),
    "true is not 1": ([(9, {"a": 1}), (2, {"a": 2}), (1, {"a": True})], {}),
    "a list": ([(9, {"a": [1, 2]}), (2, {"a": 2}), (1, {"a": [1, 2]})], {"a": 1}),
    "the keys that a key starts with": ([(9, {"a.b": 1}), (2, {"a.b": 2}), (1, {"a": 1})], {}),
}  # fmt: skip


@pytest.mark.parametrize(("landings", "expected"), TAKEN_BACK.values(), ids=TAKEN_BACK)
def test_taken_back(landings: list[Landing], expected: dict[str, float]) -> None:
    assert back(*landings) == pytest.approx(expected)


OVER_BASE: dict[str, tuple[list[Landing], dict[str, float]]] = {
    "back to the base's value by name": ([(2, {"a": 1.75}), (1, {"a": 1.5})], {"a": 1}),
    "back to the base's value by absence": ([(9, {"a": 1.5}), (2, {"a": 1.75}), (1, {"a": ABSENT})], {"a": 1}),
    "to another value by name": ([(2, {"a": 1.75}), (1, {"a": 1.6})], {}),
    "the base's value of another key": ([(2, {"a": 1.75}), (1, {"a": 0.3})], {}),
    "the base's value is named, and nothing was changed before": ([(1, {"a": 1.5})], {}),
    "what changes nothing explains nothing": ([(9, {"a": 1.75}), (2, {"a": 1.5}), (1, {"a": ABSENT})], {"a": 2}),
    "the base has no such key": ([(2, {"c": 1.75}), (1, {"c": ABSENT})], {"c": 1}),
}


@pytest.mark.parametrize(("landings", "expected"), OVER_BASE.values(), ids=OVER_BASE)
def test_an_override_that_is_absent_stands_for_the_base(landings: list[Landing], expected: dict[str, float]) -> None:
    assert back(*landings, base=BASE) == pytest.approx(expected)


def test_changes_are_counted_by_target_and_window() -> None:
    found = told((30, {"a": 1}), (7, {"a": 2, "b": 1}), (3, {"a": 3}), (2, {"b": 1}), (-1, {"a": 4}))
    assert {target: len(times) for target, times in found.changed.items()} == {"a": 3, "b": 1}
    assert list(found.changed["a"]) == sorted(found.changed["a"], reverse=True)
    week, day = (NOW - timedelta(days=days) for days in (7, 1))
    assert [found.changes("a", week), found.changes("a", day), found.changes("b", week)] == [3, 1, 1]
    assert found.changes("c", week) == 0


def test_naming_what_holds_anyway_is_no_change() -> None:
    assert told((1, {"a": 1.5, "b": 0.4}), base=BASE).changed.keys() == {"b"}


def test_a_part_of_a_second_does_not_move_the_window() -> None:
    """A decision is computed again from a record of whole seconds."""
    landing = steps([(30, {"a": 1}), (DAYS, {"a": 2})])
    later = NOW + timedelta(microseconds=999_999)
    assert lately(landing, later, DAYS) == lately(landing, NOW, DAYS)
    assert lately(landing, NOW, DAYS).changed == {"a": (NOW - timedelta(days=DAYS),)}


def test_old_versions_are_read_only_as_far_as_they_explain_a_change() -> None:
    read: list[int] = []

    def watched() -> Iterator[Step]:
        history: list[Landing] = [(50, {"a": 0}), (40, {"a": 1}), (30, {"b": 1}), (20, {"a": 2}), (10, {"b": 2})]
        for number, step in enumerate(steps([*history, (1, {"a": 3})])):

            def versions(number: int = number, step: Step = step) -> tuple[Any, Any]:
                read.append(number)
                return step.versions()

            yield Step(step.at, versions)

    lately(watched(), NOW, DAYS)
    assert read == [0, 1, 2], "from the newest down to the change before it"
    read.clear()
    lately(watched(), NOW + timedelta(days=90), DAYS)
    assert read == [], "nothing changed lately, so nothing needs an explanation"


values = st.sampled_from([1, 2, 3, 1.5, ABSENT])
histories = st.lists(
    st.tuples(st.floats(-2, 40), st.dictionaries(st.sampled_from("ab"), values, min_size=1)), max_size=8
)


@relaxed
@given(histories, st.integers(1, 30), st.integers(0, 30))
def test_a_longer_window_never_forgets(landings: list[Landing], days: int, more: int) -> None:
    short, long = (told(*landings, days=length, base=BASE) for length in (days, days + more))
    for target, times in short.changed.items():
        assert set(times) <= set(long.changed[target])
    for target, at in short.taken_back.items():
        assert long.taken_back[target] >= at


def test_the_loop_that_goes_on_takes_nothing_back() -> None:
    """Up by a promotion and down by another is the loop at work; the same by a person is a change taken back."""
    up_and_down = steps([(3, {"a": 1.75}), (1, {"a": 1.5})])
    by_the_loop = [replace(step, promoted=frozenset({"a"})) for step in up_and_down]
    assert lately(by_the_loop, NOW, DAYS, BASE).taken_back == {}
    assert lately(by_the_loop, NOW, DAYS, BASE).changed.keys() == {"a"}
    by_a_person = [replace(up_and_down[0], promoted=frozenset({"b"})), by_the_loop[1]]
    assert lately(by_a_person, NOW, DAYS, BASE).taken_back.keys() == {"a"}
