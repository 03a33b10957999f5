"""How long the server is waited for, and which requests may be sent again when nobody knows whether they happened.

The rules of waiting are GitHub's own ("Best practices for using the REST API"): Retry-After first; a used-up hourly
limit until X-RateLimit-Reset; after a secondary limit that names no time, a minute, then twice as long.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from github.GithubException import GithubException
from github.Requester import Requester
from requests.exceptions import RequestException

T = TypeVar("T")

TROUBLE = (GithubException, RequestException, ValueError)
"""What a request that failed raises; ValueError is an answer that ends in the middle of its JSON."""

NOTICED = 3
"""Seconds of waiting that a person is told of."""

# A request may be repeated where doing it twice is doing it once: reading; a new text or state for a pull request;
# labels and requests for review, which are sets; objects of git, which are named by their content (a second commit
# that no ref names is lost again). Or where the repetition finds out: a second pull request or a second ref of the
# same name is a 422, "already exists". A comment is neither. To move or delete a ref one must look at it again first.
REPEATABLE = re.compile(
    r"GET \S+"
    r"|PATCH \S+/pulls/\d+"
    r"|POST \S+/issues/\d+/labels"
    r"|POST \S+/pulls(?:/\d+/requested_reviewers)?"
    r"|POST \S+/git/(?:blobs|trees|commits|refs)"
)


@dataclass
class Patience:
    """What one command may wait, in seconds, over all of its requests; `spent` is what it has waited already.

    `pause` stands before the second try and doubles; `limit_pause` likewise after a secondary limit without a time;
    one wait is at most `longest`, all of them together with the tries that failed at most `total`. `say` is told of
    each wait that a person would notice.
    """

    tries: int = 3
    pause: float = 1.0
    limit_pause: float = 60.0
    longest: float = 60.0
    total: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    say: Callable[[str], None] = lambda _: None
    spent: float = 0.0

    def persist(self, action: Callable[[], T]) -> T:
        """Do it, and again after a passing trouble; the last trouble is raised. It must be right to do it twice."""
        tried = 0
        while True:
            try:
                return action()
            except TROUBLE as trouble:
                tried += 1
                if tried >= self.tries or not self._waited(self._pause_after(trouble, tried)):
                    raise

    def _pause_after(self, trouble: Exception, tried: int) -> float | None:
        """Seconds to wait before the next try; None where a next try would end as this one."""
        doubled: float = 2.0 ** (tried - 1)
        if not isinstance(trouble, GithubException):
            return self.pause * doubled
        told = told_pause(trouble)
        if told is None and is_limit(trouble):
            return self.limit_pause * doubled
        if told is None and trouble.status >= 500:
            return self.pause * doubled
        return told

    def _waited(self, seconds: float | None) -> bool:
        """Wait, if that is not too long."""
        if seconds is None or seconds > self.longest or self.spent + seconds > self.total:
            return False
        self.spent += seconds
        if seconds >= NOTICED:
            self.say(f"the forge asks for a pause; waiting {seconds:.0f} seconds")
        self.sleep(seconds)
        return True


def is_limit(trouble: GithubException) -> bool:
    """Whether the server refused because it was asked too often; then nothing has happened."""
    data = trouble.data if isinstance(trouble.data, dict) else {}
    words = str(data.get("message") or "").lower()
    return trouble.status == 429 or (trouble.status == 403 and ("rate limit" in words or _header(trouble) is not None))


def told_pause(trouble: GithubException) -> float | None:
    """Seconds that the server asks to wait, of a limit or of a 5xx; None where it names no time."""
    if not is_limit(trouble) and trouble.status < 500:
        return None
    after = _header(trouble)
    if after is None and is_limit(trouble) and _header(trouble, "x-ratelimit-remaining") == 0:
        reset = _header(trouble, "x-ratelimit-reset")
        # A second more, because it is not said when in that second.
        return None if reset is None else max(0.0, reset - time.time()) + 1
    return after


def free_again(trouble: GithubException) -> str:
    """When a limit is over, as `HH:MM UTC`, never too early; a minute from now where the server does not say."""
    told = told_pause(trouble)
    moment = datetime.now(UTC) + timedelta(seconds=min(told if told is not None else 60.0, 86400.0) + 59)
    return f"{moment:%H:%M} UTC"


def _header(trouble: GithubException, name: str = "retry-after") -> float | None:
    """A header that counts seconds. Retry-After may also be a date; GitHub does not send that form."""
    text = str((trouble.headers or {}).get(name, ""))
    return float(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


class PatientRequester(Requester):
    """PyGithub's way to the server, with patience. Its own retries cannot see a body that ends too early."""

    def __init__(self, patience: Patience, **settings: Any) -> None:
        super().__init__(**settings)
        self._patience = patience

    def requestJsonAndCheck(  # noqa: N802
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        input: Any | None = None,  # noqa: A002
        follow_302_redirect: bool = False,
    ) -> tuple[dict[str, Any], Any]:
        """As PyGithub's; raises the last trouble."""

        def once() -> tuple[dict[str, Any], Any]:
            began = time.monotonic()
            try:
                return super(PatientRequester, self).requestJsonAndCheck(
                    verb, url, parameters, headers, input, follow_302_redirect
                )
            except TROUBLE:
                self._patience.spent += time.monotonic() - began
                raise

        return self._patience.persist(once) if REPEATABLE.fullmatch(f"{verb} {url}") else once()
