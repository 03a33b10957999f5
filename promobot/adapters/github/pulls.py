"""Pull requests of a proposal: find, open, label, ask for review. The body is written, never read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from github.GithubException import GithubException
from github.PullRequest import PullRequest as Pull

from promobot.adapters.github.client import Forge, answer_of, connect, told_plainly
from promobot.core.planning import PullRequest
from promobot.errors import ForgeFailed


class PullRequests:
    """The pull requests of one repository."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._repository = connect(forge)
        self._handles: dict[int, Pull] = {}

    def of_branch(self, branch: str, base: str) -> tuple[PullRequest, ...]:
        """Every pull request, open or not, from the branch into the base; one request."""
        # A head filter without an owner is silently ignored by the server, and one with it also lists forks.
        with told_plainly("looking for the pull request"):
            found = self._repository.get_pulls(state="all", head=f"{self._forge.owner}:{branch}", base=base)
            return tuple(self._seen(pull) for pull in found if self._is_ours(pull, branch, base))

    def open(self, *, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open it. A create that was retried can meet its own success, so "already exists" means found."""
        with told_plainly("opening the pull request"):
            try:
                return self._seen(self._repository.create_pull(base=base, head=branch, title=title, body=body))
            except GithubException as error:
                if error.status != 422 or "already exists" not in answer_of(error):
                    raise
        for pull in self.of_branch(branch, base):
            if pull.state == "open":
                return pull
        raise ForgeFailed("opening the pull request: the server says that it exists, and does not list it; run again")

    def decorate(
        self, pull: PullRequest, *, labels: Sequence[str], reviewers: Sequence[str], team_reviewers: Sequence[str]
    ) -> list[str]:
        """Set labels and ask for reviews; what fails is a warning, because the proposal stands without it."""
        warnings = []
        handle = self._handles[pull.number]
        if labels:
            warnings += _tried("labels could not be set", lambda: handle.add_to_labels(*labels))
        if reviewers or team_reviewers:
            ask = {"reviewers": list(reviewers), "team_reviewers": list(team_reviewers)}
            wanted = {name: names for name, names in ask.items() if names}
            warnings += _tried("reviewers could not be asked", lambda: handle.create_review_request(**wanted))
        return warnings

    def _is_ours(self, pull: Pull, branch: str, base: str) -> bool:
        """Whether it leads from this repository's branch; anybody may open one from a fork's branch of that name."""
        source = pull.head.repo
        named = "" if source is None else source.full_name
        return (pull.head.ref, pull.base.ref) == (branch, base) and named.lower() == self._forge.repository.lower()

    def _seen(self, pull: Pull) -> PullRequest:
        self._handles[pull.number] = pull
        state = "merged" if pull.merged_at else pull.state
        if not pull.html_url.isprintable():
            raise ForgeFailed("the server gives a pull request an address that cannot be shown")
        return PullRequest(pull.number, pull.html_url, state)


def _tried(what: str, action: Callable[[], None]) -> list[str]:
    try:
        with told_plainly(what):
            action()
    except ForgeFailed as error:
        return [error.message]
    return []
