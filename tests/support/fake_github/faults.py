"""The fault schedule: what fails, at which request, before or after the request took effect.

    fake.faults.add(match="POST /repos/*/*/pulls", nth=1, when="after", fault=Fault.reset())

`before`: the request never happened. `after`: it happened, and then its answer was lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

When = Literal["before", "after"]
Kind = Literal["status", "reset", "truncate", "delay"]
Match = str | Callable[[str, str], bool] | None

SECONDARY_LIMIT = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)
MESSAGES = {401: "Bad credentials", 403: "Resource not accessible by integration", 404: "Not Found",
            422: "Validation Failed", 429: SECONDARY_LIMIT, 500: "Server Error", 502: "Server Error",
            503: "Service Unavailable"}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One way to fail. Build it with a class method; `seconds` is the length of a delay."""

    kind: Kind
    code: int = 0
    message: str = ""
    errors: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @classmethod
    def status(
        cls, code: int, message: str = "", *, errors: tuple[Mapping[str, Any], ...] = (), retry_after: int | None = None
    ) -> Fault:
        """An error answer; `message` defaults to GitHub's usual one for the code, `retry_after` is in seconds."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return cls("status", code, message or MESSAGES.get(code, "Error"), errors, headers)

    @classmethod
    def secondary_limit(cls, code: Literal[403, 429] = 403, *, retry_after: int | None = None) -> Fault:
        """GitHub's secondary rate limit, which comes as 403 or 429, with or without Retry-After."""
        return cls.status(code, SECONDARY_LIMIT, retry_after=retry_after)

    @classmethod
    def primary_limit(cls, code: Literal[403, 429] = 403, *, reset_at: int) -> Fault:
        """The hourly limit is used up until `reset_at` (seconds since the epoch)."""
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset_at)}
        return cls("status", code, "API rate limit exceeded for installation ID 1.", headers=headers)

    @classmethod
    def actions_may_not_open_pulls(cls) -> Fault:
        """The setting "Allow GitHub Actions to create and approve pull requests" is off."""
        return cls.status(403, "GitHub Actions is not permitted to create or approve pull requests.")

    @classmethod
    def reset(cls) -> Fault:
        """The connection is reset; no byte of an answer arrives."""
        return cls("reset")

    @classmethod
    def truncated(cls) -> Fault:
        """The answer announces its whole length and ends in the middle."""
        return cls("truncate")

    @classmethod
    def delay(cls, seconds: float) -> Fault:
        """The request waits; then it is served as usual. Longer than the client's patience, it is a timeout."""
        return cls("delay", seconds=seconds)


@dataclass
class Scheduled:
    """One entry. `seen` counts matching requests since it was added, `fired` those it spoilt."""

    match: Match
    nth: int | None
    when: When
    fault: Fault
    seen: int = 0
    fired: int = 0

    def _wants(self, method: str, path: str) -> bool:
        if self.match is None:
            return True
        if callable(self.match):
            return self.match(method, path)
        return fnmatchcase(f"{method} {path}", self.match)

    def due(self, method: str, path: str) -> bool:
        """Count the request if it matches, and say whether it is the one to spoil."""
        if not self._wants(method, path):
            return False
        self.seen += 1
        return self.nth is None or self.seen == self.nth


class FaultSchedule:
    """Entries in order; a request meets at most one fault, the first that is due."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Scheduled] = []

    def add(self, *, match: Match = None, nth: int | None = 1, when: When = "before", fault: Fault) -> Scheduled:
        """Schedule a fault for the nth matching request from now on (1 is the next; None is each of them).

        `match` is a glob over "METHOD /path" (no query, no /api/v3; `*` crosses slashes), a function
        (method, path) -> bool, or None for any request. Raises ValueError for nth < 1.
        """
        if nth is not None and nth < 1:
            raise ValueError(f"nth counts from 1, not {nth}")
        entry = Scheduled(match, nth, when, fault)
        with self._lock:
            self._entries.append(entry)
        return entry

    def take(self, method: str, path: str) -> Scheduled | None:
        """The entry that spoils this request, or None. Every matching entry counts the request."""
        with self._lock:
            due = [entry for entry in self._entries if entry.due(method, path)]
            if not due:
                return None
            due[0].fired += 1
            return due[0]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    @property
    def pending(self) -> list[Scheduled]:
        """Entries that never fired: a test that planned a fault should end with none."""
        return [entry for entry in self._entries if not entry.fired]
