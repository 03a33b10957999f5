"""What a record says of a pull request, held against what the forge says of it today. Pure.

People are known by their ids, because logins change. That somebody has left the team since is no disagreement: the
forge tells only how an account belongs to the repository now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from promobot.core.audit.statement import RecordedPull, Word
from promobot.core.landing_facts import Account, MergedPull, Review
from promobot.core.record import MEMBERS, approves, latest_words
from promobot.core.rendering.facts import instant_text
from promobot.core.rendering.text import visible, visible_json


class Disagreement(NamedTuple):
    """`told` says what differs. `since` is true where people may just have come or gone since: worth a warning."""

    told: str
    since: bool = False


def disagreements(recorded: RecordedPull, pull: MergedPull) -> Iterator[Disagreement]:
    """One for each member of the record that the forge does not confirm."""
    members = {
        "pull_request.merge_commit": (recorded.merge_commit, pull.merge_commit),
        "pull_request.merged_at": (recorded.merged_at, instant_text(pull.merged_at)),
        "reviewed_head": (recorded.head, pull.head),
    }
    for member, (said, is_so) in members.items():
        if said != is_so:
            yield Disagreement(f"{member} is {visible_json(said)}, the forge says {visible_json(is_so)}")
    people = {"pull_request.author": (recorded.author, pull.author), "merger": (recorded.merger, pull.merger)}
    for member, (one, other) in people.items():
        if _id(one) != _id(other):
            yield Disagreement(f"{member} is {_named(one)}, the forge says {_named(other)}")
    yield from _words(recorded, pull)


def _words(recorded: RecordedPull, pull: MergedPull) -> Iterator[Disagreement]:
    given = latest_words(pull.reviews, pull.merged_at)
    said, is_so = Counter(map(_of_word, recorded.words)), Counter(map(_of_review, given))
    for spoken in said - is_so:
        yield Disagreement(f"approvers: the forge does not have {_shown(spoken)}")
    for spoken in is_so - said:
        yield Disagreement(f"approvers: the record does not have {_shown(spoken)}")
    reviews = {_of_review(review): review for review in given}
    for word in recorded.words:
        review = reviews.get(_of_word(word))
        if review is not None and word.counted and not approves(review, pull):
            yield _uncounted(word, review, pull)


def _uncounted(word: Word, review: Review, pull: MergedPull) -> Disagreement:
    """The record counts as an approval what is none today."""
    told = f"approvers: {_named(word.by)} is counted as an approver"
    # The same word by a member would count: then the account has left, or never was one.
    if any(approves(replace(review, association=member), pull) for member in MEMBERS):
        return Disagreement(f"{told} as {visible(word.association)}, and is {visible(review.association)} now", True)
    return Disagreement(f"{told}, and what they said is no approval")


_Spoken = tuple[int | None, str, str | None, str | None]
"""A word without the names that change: account id, state, commit, time."""


def _of_word(word: Word) -> _Spoken:
    return _id(word.by), word.state, word.commit, word.at


def _of_review(review: Review) -> _Spoken:
    return _id(review.by), review.state, review.commit, None if review.at is None else instant_text(review.at)


def _shown(spoken: _Spoken) -> str:
    who, state, commit, at = spoken
    by = "a deleted account" if who is None else f"account {who}"
    return f"the word of {by}: {visible(state)} of {visible_json(commit)} at {visible_json(at)}"


def _id(account: Account | None) -> int | None:
    return None if account is None else account.id


def _named(account: Account | None) -> str:
    return "nobody, or a deleted account" if account is None else f"{visible(account.login)} (account {account.id})"
