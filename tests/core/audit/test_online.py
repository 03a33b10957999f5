"""A record's pull request against the forge's: each member that differs is named, and who left since only warns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from promobot.core.audit.online import disagreements
from promobot.core.audit.statement import RecordedPull, read_statement
from promobot.core.landing_facts import Account, MergedPull, Review, Search
from tests.core.audit.test_records import recorded
from tests.core.test_record import ANN, BEN, BOT, pull, review
from tests.support.builders import NOW

EVE = Account("eve", 4, "User")
REVIEWS = (review(BEN), review(EVE, "CHANGES_REQUESTED"), review(BOT), review(ANN, "COMMENTED"), review(None))
TRUE = pull(reviews=REVIEWS)


def said_of(told: MergedPull = TRUE) -> RecordedPull:
    """The record that promobot writes of it."""
    found = read_statement(recorded(Search(True, told))).approval.pull
    assert found is not None
    return found


def differing(now: MergedPull, then: RecordedPull | None = None) -> list[tuple[str, bool]]:
    return [(one.told, one.since) for one in disagreements(then or said_of(), now)]


def test_what_was_recorded_is_confirmed() -> None:
    assert differing(TRUE) == []
    assert differing(pull(), said_of(pull())) == []
    nobody = pull(merger=None, author=None, merge_commit=None)
    assert differing(nobody, said_of(nobody)) == []


def test_what_changes_by_itself_is_no_matter() -> None:
    """Logins, the checklist's ticks, what is said after the merge, the address of a repository that moved."""
    later = review(Account("zoe", 99, "User"), "CHANGES_REQUESTED", 60)
    renamed = tuple(replace(one, by=replace(one.by, login="renamed")) if one.by else one for one in REVIEWS)
    now = replace(
        TRUE, reviews=(*renamed, later), body="", url="https://elsewhere.example/7", merger=replace(ANN, login="anna")
    )
    assert differing(now) == []


CHANGED: dict[str, tuple[dict[str, Any], str]] = {
    "another merge commit": ({"merge_commit": "0" * 40}, "pull_request.merge_commit is"),
    "no merge commit": ({"merge_commit": None}, "pull_request.merge_commit is"),
    "another time": ({"merged_at": NOW + timedelta(seconds=1)}, "pull_request.merged_at is"),
    "another author": ({"author": EVE}, "pull_request.author is"),
    "another merger": ({"merger": BEN}, 'merger is "ann" (account 1), the forge says "ben" (account 2)'),
    "an account of the same name": ({"merger": replace(ANN, id=77)}, "merger is"),
    "no merger": ({"merger": None}, "merger is"),
}


@pytest.mark.parametrize(("changed", "named"), CHANGED.values(), ids=CHANGED)
def test_each_member_is_named(changed: dict[str, Any], named: str) -> None:
    [(told, since)] = differing(replace(TRUE, **changed))
    assert (told.startswith(named), since) == (True, False)


def test_another_head_is_named_and_its_approvals_are_none() -> None:
    told = [one for one, _ in differing(replace(TRUE, head="0" * 40))]
    assert told[0].startswith("reviewed_head is")
    assert "what they said is no approval" in told[1]


Words = tuple[Review, ...]
SPOKEN: dict[str, tuple[Callable[[Words], Words], list[str]]] = {
    "an approval that was never given": (lambda words: words[1:], ["the forge does not have the word of account 2"]),
    "one that the record lacks": (
        lambda words: (*words, review(Account("zoe", 99, "User"))),
        ["the record does not have the word of account 99"],
    ),
    "of another commit": (
        lambda words: (replace(words[0], commit="0" * 40), *words[1:]),
        ["the forge does not have the word of account 2", "the record does not have the word of account 2"],
    ),
    "at another time": (
        lambda words: (replace(words[0], at=NOW), *words[1:]),
        ["the forge does not have the word of account 2", "the record does not have the word of account 2"],
    ),
    "dismissed": (
        lambda words: (replace(words[0], state="DISMISSED"), *words[1:]),
        ["the forge does not have the word of account 2", "the record does not have the word of account 2"],
    ),
    "another account": (
        lambda words: (replace(words[0], by=Account("ben", 55, "User")), *words[1:]),
        ["the forge does not have the word of account 2", "the record does not have the word of account 55"],
    ),
    "one deleted account more": (
        lambda words: (*words, review(None)),
        ["the record does not have the word of a deleted account"],
    ),
}


@pytest.mark.parametrize(("change", "named"), SPOKEN.values(), ids=SPOKEN)
def test_every_word_must_be_the_forges(change: Callable[[Words], Words], named: list[str]) -> None:
    told = differing(replace(TRUE, reviews=change(REVIEWS)))
    assert [since for _, since in told] == [False] * len(named)
    assert all(one.startswith(f"approvers: {name}") for (one, _), name in zip(told, named, strict=True)), told


def test_who_left_the_team_since_is_worth_knowing() -> None:
    left = (replace(REVIEWS[0], association="NONE"), *REVIEWS[1:])
    [(told, since)] = differing(replace(TRUE, reviews=left))
    assert told == 'approvers: "ben" (account 2) is counted as an approver as "COLLABORATOR", and is "NONE" now'
    assert since


def test_who_joined_since_approved_nothing_then() -> None:
    then = pull(reviews=(review(EVE, association="NONE"),))
    assert differing(replace(then, reviews=(review(EVE),)), said_of(then)) == []


FORGED = {"a request for changes": 1, "a bot's": 2}


@pytest.mark.parametrize("place", FORGED.values(), ids=FORGED)
def test_what_was_no_approval_cannot_be_counted(place: int) -> None:
    then = said_of()
    [which] = [word for word in then.words if word.by == REVIEWS[place].by]
    forged = tuple(word._replace(counted=True) if word is which else word for word in then.words)
    [(told, since)] = differing(TRUE, replace(then, words=forged))
    assert ("what they said is no approval" in told, since) == (True, False)


def test_the_authors_own_word_cannot_be_counted() -> None:
    now = pull(author=BEN, reviews=(review(BEN),))
    then = said_of(now)
    forged = replace(then, words=tuple(word._replace(counted=True) for word in then.words))
    [(told, since)] = differing(now, forged)
    assert ("what they said is no approval" in told, since) == (True, False)


def test_hostile_names_stay_on_their_line() -> None:
    evil = "\u202e\x1b[2J\n::error::"
    for told, _ in differing(replace(TRUE, merger=Account(evil, 5, "User"), reviews=(review(EVE, evil),))):
        assert told.isprintable()
