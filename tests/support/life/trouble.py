"""Disturbing a run of promobot at its n-th contact with the world: a git command or a request to the forge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from unittest.mock import patch

from github.GithubException import GithubException
from github.Requester import Requester

from promobot.adapters.repository import Repository
from promobot.adapters.repository.command import GitFailed

T = TypeVar("T")
OVER_THE_NET = ("ls-remote", "fetch", "push")


class Killed(BaseException):
    """As kill -9 looks from inside: nothing of the run comes after it."""


@dataclass(frozen=True)
class Trouble:
    """What happens at contact `at` (from 1), before or after that took effect; with `writes` only writing ones count.

    `what` is `kill`, `fail` (this one contact), `gone` (the network from here on), or what others do meanwhile.
    """

    at: int
    what: str | Callable[[], object]
    before: bool = True
    writes: bool = False


class Contacts:
    """Counts the contacts of one run, and spoils those that its trouble names."""

    def __init__(self, trouble: Trouble | None) -> None:
        self.count, self._trouble, self._elsewhere, self._gone = 0, trouble, False, False
        self.struck = False

    def meet(self, command: str, failure: Exception, call: Callable[[], T], *, writes: bool) -> T:
        """One contact; `failure` is what it raises when it fails."""
        trouble = self._trouble
        if self._elsewhere or trouble is None:
            return call()
        if self._gone and command in OVER_THE_NET:
            raise failure
        self.count += writes or not trouble.writes
        if self.count != trouble.at or self.struck:
            return call()
        if trouble.before:
            self._strike(trouble, failure)
            return call()
        result = call()
        self._strike(trouble, failure)
        return result

    def _strike(self, trouble: Trouble, failure: Exception) -> None:
        self.struck = True
        self._gone = trouble.what == "gone"
        if trouble.what == "kill":
            raise Killed
        if isinstance(trouble.what, str):
            raise failure
        self._elsewhere = True
        try:
            trouble.what()
        finally:
            self._elsewhere = False

    @contextmanager
    def watch(self, repository: Repository) -> Iterator[None]:
        """Within, every git command of this repository and every request to a forge is a contact."""
        plain, asked = repository.git.output, Requester.requestJsonAndCheck

        def output(*arguments: str, **options: Any) -> bytes:
            command = next((word for word in arguments if word in OVER_THE_NET), "local")
            failure = GitFailed(command, 128, "fatal: could not resolve host" if command != "local" else "no space")
            writes = command == "push"
            return self.meet(command, failure, lambda: plain(*arguments, **options), writes=writes)

        def request(requester: Requester, verb: str, *arguments: Any, **options: Any) -> Any:
            failure = GithubException(502, {"message": "Server Error"}, {})
            # To the network a request is as good as a push.
            writes = verb != "GET"
            return self.meet("push", failure, lambda: asked(requester, verb, *arguments, **options), writes=writes)

        with patch.object(repository.git, "output", output), patch.object(Requester, "requestJsonAndCheck", request):
            yield
