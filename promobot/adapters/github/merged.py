"""What the forge knows of a merged pull request: who merged, who reviewed which commit, what was checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from github.Commit import Commit
from github.GithubException import UnknownObjectException
from github.NamedUser import NamedUser
from github.Organization import Organization
from github.PullRequest import PullRequest as Pull

from promobot.adapters.github.client import Forge, connect, told_plainly
from promobot.core.landing_facts import Account, Check, MergedPull, Review

_COMMIT = re.compile("[0-9a-f]{40}")


class MergedPulls:
    """Merged pull requests of one repository, read whole. Raises ForgeFailed; nothing is ever written."""

    def __init__(self, forge: Forge) -> None:
        self._repository = connect(forge)
        self._looked = False

    def merged(self, number: int) -> MergedPull:
        """Everything that a record holds of it: four requests, and one more for every further hundred of a list."""
        with told_plainly(f"reading #{number}"):
            pull = self._repository.get_pull(number)
            told = _believed(pull)
        with told_plainly(f"reading the reviews of #{number}"):
            reviews = tuple(_reviews(pull))
        with told_plainly(f"reading the checks of #{number} (the token needs checks: read and statuses: read)"):
            checks = (*self._check_runs(told.head), *self._statuses(told.head))
        return replace(told, reviews=reviews, checks=checks)

    def reviewed(self, number: int) -> MergedPull | None:
        """Who merged and reviewed it, without the checks: two requests, and one more for every further hundred reviews.

        None where the forge has no pull request of this number, or has not merged it.
        """
        with told_plainly(f"reading #{number}"):
            pull = self._repository.get_pull(number)
            try:
                # The server is asked only here.
                merged_at = pull.merged_at
            except UnknownObjectException:
                self._may_look()
                return None
            if merged_at is None:
                return None
            told = _believed(pull)
        with told_plainly(f"reading the reviews of #{number}"):
            return replace(told, reviews=tuple(_reviews(pull)))

    def _may_look(self) -> None:
        """A token that may not see pull requests is told that there is none; then listing them fails, too."""
        if not self._looked:
            next(iter(self._repository.get_pulls(state="all")), None)
            self._looked = True

    def _check_runs(self, head: str) -> Iterator[Check]:
        """The latest of each name and App, as the server picks them."""
        for run in self._commit(head).get_check_runs(filter="latest"):
            yield Check(run.name, "check_run", run.app.slug if run.app else None, run.conclusion)

    def _statuses(self, head: str) -> Iterator[Check]:
        """The latest of each context; the server lists the newest first."""
        seen = set()
        for status in self._commit(head).get_statuses():
            if status.context not in seen:
                seen.add(status.context)
                author = _account(status.creator)
                state = None if status.state == "pending" else status.state
                yield Check(status.context, "status", author.login if author else None, state)

    def _commit(self, sha: str) -> Commit:
        """The commit by name alone: the server is asked for its lists, not for itself."""
        known = {"sha": sha, "url": f"{self._repository.url}/commits/{sha}"}
        return Commit(self._repository.requester, {}, known, completed=True)


def _believed(pull: Pull) -> MergedPull:
    """What a merged pull request tells of itself. Raises ValueError where that cannot be."""
    merged_at, head, merge_commit = pull.merged_at, pull.head.sha, pull.merge_commit_sha
    named = all(_COMMIT.fullmatch(commit) for commit in (head, merge_commit) if commit is not None)
    if merged_at is None or not pull.html_url.isprintable() or not named:
        raise ValueError("a merged pull request has a time, and its commits have names")
    return MergedPull(
        number=pull.number,
        url=pull.html_url,
        head=head,
        merge_commit=merge_commit,
        merged_at=merged_at,
        commits=pull.commits,
        author=_account(pull.user),
        merger=_account(pull.merged_by),
        body=pull.body or "",
    )


def _reviews(pull: Pull) -> Iterator[Review]:
    for review in pull.get_reviews():
        yield Review(
            _account(review.user), review.state, review.commit_id, review.submitted_at, review.author_association
        )


def _account(user: NamedUser | Organization | None) -> Account | None:
    """Null is an account that was deleted; PyGithub's types do not say so."""
    return None if user is None else Account(user.login, user.id, user.type)
