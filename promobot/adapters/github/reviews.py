"""Whether a pull request is approved, from its reviews alone."""

from __future__ import annotations

from collections.abc import Iterable

from github.PullRequestReview import PullRequestReview

ASSOCIATIONS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""GitHub's names for people who belong to the repository. It tells nobody who may write, and shows a member whose
membership is private as a CONTRIBUTOR to other eyes: then an approval is overlooked, never invented."""


def is_approved(reviews: Iterable[PullRequestReview], *, author: int | None, head: str) -> bool:
    """Whether somebody's word that stands is an approval of this head commit, and nobody's asks for changes.

    A person's word is the latest of approval, request for changes and dismissal; a comment leaves it as it was. Bots
    and the author (an account's id) have none. `reviews` are in the order in which they were given.
    """
    words: dict[int, PullRequestReview] = {}
    for review in reviews:
        if review.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED") and _counts(review, author):
            words[review.user.id] = review
    if any(review.state == "CHANGES_REQUESTED" for review in words.values()):
        return False
    return any(review.state == "APPROVED" and review.commit_id == head for review in words.values())


def _counts(review: PullRequestReview, author: int | None) -> bool:
    person = review.user
    # An account that was deleted since is null; PyGithub's types do not say so.
    known = person is not None and person.type == "User" and person.id != author
    return known and review.author_association in ASSOCIATIONS
