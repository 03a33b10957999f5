"""Pull requests of proposals: find, open, edit, label, ask for review, close. The body is written, never read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import quote, urlencode

from github.GithubException import GithubException
from github.PullRequest import PullRequest as Pull

from promobot.adapters.github.client import Forge, answer_of, connect, told_plainly
from promobot.adapters.github.comments import say_once
from promobot.adapters.github.reviews import is_approved
from promobot.core.found import PullRequest
from promobot.errors import ForgeFailed

PREFIX = "promobot/"


class PullRequests:
    """The pull requests of one repository. Every method raises ForgeFailed unless it gives back warnings."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._repository = connect(forge)
        self._handles: dict[int, Pull] = {}

    def of_branch(self, branch: str, base: str) -> tuple[PullRequest, ...]:
        """Every pull request, open or not, from the branch into the base; one request (a hundred pull requests)."""
        # A head filter without an owner is silently ignored by the server, and one with it also lists forks.
        with told_plainly("looking for the pull request"):
            found = self._repository.get_pulls(state="all", head=f"{self._forge.owner}:{branch}", base=base)
            return tuple(self._seen(pull) for pull in found if self._is_ours(pull, base) and pull.head.ref == branch)

    def open_proposals(self, base: str) -> tuple[PullRequest, ...]:
        """Every open pull request from a branch promobot/* of this repository into the base, newest first."""
        with told_plainly("listing the open proposals"):
            found = self._repository.get_pulls(state="open", base=base)
            ours = (pull for pull in found if self._is_ours(pull, base) and pull.head.ref.startswith(PREFIX))
            # One that is opened while we turn the page moves another onto the next page as well.
            return tuple({pull.number: self._seen(pull) for pull in ours}.values())

    def open(self, *, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open it. A create that was retried can meet its own success, so "already exists" means found."""
        with told_plainly("opening the pull request"):
            try:
                return self._seen(self._repository.create_pull(base=base, head=branch, title=title, body=body))
            except GithubException as error:
                if "not permitted to create" in answer_of(error).lower():
                    raise ForgeFailed(self._not_permitted(error, branch, base, title)) from error
                if error.status != 422 or "already exists" not in answer_of(error):
                    raise
        for pull in self.of_branch(branch, base):
            if pull.state == "open":
                return pull
        raise ForgeFailed("opening the pull request: the server says that it exists, and does not list it; run again")

    def edit(self, pull: PullRequest, *, title: str, body: str) -> None:
        """Give it a new title and body; one request."""
        with told_plainly(f"editing #{pull.number}"):
            self._handle(pull).edit(title=title, body=body)

    def decorate(
        self, pull: PullRequest, *, labels: Sequence[str], reviewers: Sequence[str], team_reviewers: Sequence[str]
    ) -> list[str]:
        """Ask for reviews and set labels; what fails is a warning, because the proposal stands without it.

        The labels come last: where they are there, nothing was cut off.
        """
        warnings = []
        if reviewers or team_reviewers:
            ask = {"reviewers": list(reviewers), "team_reviewers": list(team_reviewers)}
            wanted = {name: names for name, names in ask.items() if names}
            setting = " and ".join(f"[github] {name}" for name in wanted)
            warnings += _tried(
                "reviewers could not be asked", lambda: self._handle(pull).create_review_request(**wanted), setting
            )
        if labels:
            warnings += _tried(
                "labels could not be set", lambda: self._handle(pull).add_to_labels(*labels), "[github] labels"
            )
        return warnings

    def approved(self, pull: PullRequest) -> bool:
        """Whether a person of this repository has approved its head commit and nobody asks for changes."""
        with told_plainly(f"reading the reviews of #{pull.number}"):
            handle = self._handle(pull)
            author = handle.user.id if handle.user else None
            return is_approved(handle.get_reviews(), author=author, head=pull.head or handle.head.sha)

    def close(self, pull: PullRequest, *, label: str, comment: str, delete: Callable[[], None] = lambda: None) -> None:
        """Comment, label, delete its branch and close, no further than each succeeds; running again goes on from there.

        A closing without the label would be a person's no, and deleting the branch closes. After the closing nobody
        would look for the branch any more, had the run died.
        """
        handle = self._handle(pull)
        if label.casefold() not in pull.labels:
            with told_plainly(f"#{pull.number} stays open, its comment could not be written"):
                say_once(handle, comment)
            with told_plainly(f"#{pull.number} stays open, its label {label} could not be set"):
                handle.add_to_labels(label)
        delete()
        with told_plainly(f"#{pull.number} has the label {label} and could not be closed"):
            handle.edit(state="closed")

    def remark(self, pull: PullRequest, *, label: str, comment: str) -> list[str]:
        """Comment, then label, unless the label is there; what fails is a warning and will be tried by the next run."""
        if label.casefold() in pull.labels:
            return []
        handle = self._handle(pull)
        return _tried(f"#{pull.number}: the comment could not be written", lambda: say_once(handle, comment)) or _tried(
            f"#{pull.number}: the label {label} could not be set", lambda: handle.add_to_labels(label)
        )

    def _is_ours(self, pull: Pull, base: str) -> bool:
        """Whether it leads from this repository; anybody may open one from a fork's branch of any name."""
        source = pull.head.repo
        named = "" if source is None else source.full_name
        return pull.base.ref == base and named.lower() == self._forge.repository.lower()

    def _seen(self, pull: Pull) -> PullRequest:
        """What is believed of it. Labels are in lower case, because the server takes both for the same."""
        self._handles[pull.number] = pull
        state = "merged" if pull.merged_at else pull.state
        if not pull.html_url.isprintable() or not re.fullmatch("[0-9a-f]{40}", pull.head.sha):
            raise ForgeFailed(f"the server tells of pull request {pull.number} what cannot be; check GITHUB_API_URL")
        labels = frozenset(label.name.casefold() for label in pull.labels)
        return PullRequest(pull.number, pull.html_url, state, pull.head.ref, pull.head.sha, labels)

    def _handle(self, pull: PullRequest) -> Pull:
        """PyGithub's object; of one that this run has not listed, it asks the server only for what is needed."""
        return self._handles.get(pull.number) or self._repository.get_pull(pull.number)

    def _not_permitted(self, error: GithubException, branch: str, base: str, title: str) -> str:
        place = f"{self._forge.server_url}/{self._forge.repository}/compare/{quote(base)}...{quote(branch)}"
        return (
            f"opening the pull request: {answer_of(error)}; tick Settings > Actions > General > Workflow permissions > "
            "Allow GitHub Actions to create and approve pull requests, or use a GitHub App's token, and run again. "
            f"The branch stands; a person can open it here, with the branch's OPERATOR_CHECKLIST.md as its text: "
            f"{place}?{urlencode({'expand': 1, 'title': title})}"
        )


def _tried(what: str, action: Callable[[], None], setting: str = "") -> list[str]:
    """The warning where it fails; `setting` is where the refused names stand in the policy."""
    try:
        with told_plainly(what):
            try:
                action()
            except GithubException as error:
                if error.status == 422 and setting:
                    return [f"{what}: {answer_of(error)}; correct {setting} in the policy"]
                raise
    except ForgeFailed as error:
        return [error.message]
    return []
