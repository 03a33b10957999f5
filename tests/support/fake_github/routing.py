"""Requests, responses and the table of routes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from .errors import ApiError, custom, invalid
from .state import Issue, Pull, Repository, User, World

PLACEHOLDER = re.compile(r"\{(\w+)(:\w+)?\}")
PATTERNS = {None: "[^/]+", ":int": r"\d+", ":path": ".+", ":branch": r"(?!.+/protection$).+"}


@dataclass(frozen=True)
class Response:
    """An answer: status, JSON value (None: no body), more headers."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        return b"" if self.status == 204 else json.dumps(self.body, ensure_ascii=False).encode()


@dataclass
class Request:
    """One call, with everything a handler needs. `api` is the absolute base URL by which the client reached us."""

    world: World
    user: User
    method: str
    path: str
    api: str
    web: str
    query: Mapping[str, str]
    raw: bytes
    params: dict[str, str] = field(default_factory=dict)

    @property
    def repo(self) -> Repository:
        return self.world.repository(self.params["owner"], self.params["repo"])

    @property
    def issue(self) -> Issue:
        return self.repo.issue(int(self.params["number"]))

    @property
    def pull(self) -> tuple[Issue, Pull]:
        issue = self.issue
        if issue.pull is None:
            raise ApiError(404, "Not Found")
        return issue, issue.pull

    def json(self) -> Any:
        """The body as JSON, {} when empty; 400 as GitHub says it otherwise."""
        if not self.raw:
            return {}
        try:
            return json.loads(self.raw)
        except ValueError:
            raise ApiError(400, "Problems parsing JSON") from None

    def fields(self) -> dict[str, Any]:
        value = self.json()
        if not isinstance(value, dict):
            raise ApiError(400, "Body should be a JSON object")
        return value

    def text(self, resource: str, name: str) -> str:
        """A required, non-empty string of the body."""
        value = self.fields().get(name)
        if value is None or value == "":
            raise invalid(resource, name, "missing_field")
        if not isinstance(value, str):
            raise invalid(resource, name)
        return value


def limited(resource: str, name: str, value: object, limit: int = 65536) -> str | None:
    """A text (or null) exactly as sent; 422 when it is longer than `limit` characters."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(resource, name)
    if len(value) > limit:
        raise custom(resource, f"{name} is too long (maximum is {limit} characters)", name)
    return value


Handler = Callable[[Request], Response]


class Router:
    """Method and path template -> handler. In a template {x} is one segment, {x:int} a number, {x:path} the rest,
    {x:branch} the rest where it does not end in /protection."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def __call__(self, method: str, template: str) -> Callable[[Handler], Handler]:
        pattern = PLACEHOLDER.sub(lambda hole: f"(?P<{hole[1]}>{PATTERNS[hole[2]]})", template)

        def register(handler: Handler) -> Handler:
            self._routes.append((method, re.compile(pattern), handler))
            return handler

        return register

    def find(self, method: str, raw_path: str) -> tuple[Handler, dict[str, str]]:
        """The handler and its percent-decoded parameters. 501 for what the fake does not know: never a false 404."""
        for known, pattern, handler in self._routes:
            if known == method and (match := pattern.fullmatch(raw_path)):
                return handler, {name: unquote(value) for name, value in match.groupdict().items()}
        raise ApiError(501, f"the fake GitHub does not implement {method} {raw_path}")


route = Router()
REPO = "/repos/{owner}/{repo}"
