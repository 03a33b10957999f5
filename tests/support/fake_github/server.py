"""FakeGitHub: the server and what tests say to it directly."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import responses
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, unquote

from . import routes
from .errors import ApiError
from .faults import Fault, FaultSchedule, Scheduled, When
from .git import Git
from .local_server import LocalHandler, LocalServer
from .log import Exchange, RequestLog, RequestRecord
from .routing import Request, Response, route
from .state import Repository, User, World
from .sync import sync

DEFAULT_TOKENS = {"bot-token": "promobot[bot]"}
API_PREFIX = "/api/v3"
ANONYMOUS = User(0, "anonymous")
__all__ = ["FakeGitHub", "routes"]


class FakeGitHub(LocalServer):
    """A GitHub REST API on 127.0.0.1 over real bare repositories.

    `tokens` maps a token to its login (logins ending in "[bot]" are Apps); `clock` gives the time of every event;
    `rate_limit` is the number of requests a token may make before it is told 403; `web_url` is the address that
    html_url and clone_url start with (a GitHttpServer's, say; default: this server).
    """

    def __init__(
        self,
        tokens: Mapping[str, str] | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        rate_limit: int = 5000,
        web_url: str | None = None,
    ) -> None:
        super().__init__(_Handler)
        self.world = World(clock)
        self.lock = threading.RLock()
        self.faults = FaultSchedule()
        self.requests = RequestLog()
        self.rate_limit, self.web_url = rate_limit, web_url
        self.used: dict[str, int] = {}
        for token, login in (DEFAULT_TOKENS if tokens is None else tokens).items():
            self.world.tokens[token] = self.world.user(login)

    @property
    def base_url(self) -> str:
        """For GITHUB_API_URL and Github(base_url=...)."""
        return self.root_url

    @property
    def enterprise_url(self) -> str:
        """The same API below the path prefix of GitHub Enterprise Server."""
        return self.root_url + API_PREFIX

    def token_for(self, login: str) -> str:
        """A token of this account, made when it has none: the way to act as another person."""
        user = self.world.user(login)
        return next((token for token, owner in self.world.tokens.items() if owner == user), None) or self._issue(user)

    def _issue(self, user: User) -> str:
        token = f"token-of-{user.login}"
        self.world.tokens[token] = user
        return token

    def add_repository(
        self,
        full_name: str,
        path: Path,
        *,
        default_branch: str = "main",
        collaborators: tuple[str, ...] = (),
        fork_of: str | None = None,
    ) -> Repository:
        """Serve the bare repository at `path` as "owner/name". Collaborators and the owner may be asked for review."""
        if not (path / "HEAD").is_file():
            raise ValueError(f"{path} is not a bare git repository")
        owner, name = full_name.split("/")
        with self.lock:
            parent = self.world.repository(*fork_of.split("/")) if fork_of else None
            added = Repository(self.world.next_id(), owner, name, Git(path.resolve()), default_branch, parent)
            added.collaborators = {self.world.user(login).login for login in (owner, *collaborators)}
            self.world.repositories[full_name.casefold()] = added
        return added

    def repository(self, full_name: str) -> Repository:
        """The state of a repository, its pull requests brought up to their branches."""
        with self.lock:
            found = self.world.repository(*full_name.split("/"))
            sync(found, self.world.now())
            return found

    def answer(self, request: Request, token: str | None) -> Response:
        """The effect of one request. Called with the lock held, so that requests happen one after another."""
        try:
            if token is None or token not in self.world.tokens:
                raise ApiError(401, "Bad credentials" if token else "Requires authentication")
            self.used[token] = self.used.get(token, 0) + 1
            if self.used[token] > self.rate_limit:
                raise ApiError(403, f"API rate limit exceeded for user ID {request.user.id}.")
            handler, request.params = route.find(request.method, request.path)
            if "owner" in request.params:
                sync(request.repo, self.world.now())
            return handler(request)
        except ApiError as error:
            return Response(error.status, error.body(), error.headers)

    def limits(self, token: str | None) -> dict[str, str]:
        """Rate limit headers, counted by token; the window ends an hour from now."""
        used = self.used.get(token or "", 0)
        reset = int(self.world.now().timestamp()) + 3600
        return {
            "X-RateLimit-Limit": str(self.rate_limit), "X-RateLimit-Used": str(used),
            "X-RateLimit-Remaining": str(max(0, self.rate_limit - used)), "X-RateLimit-Reset": str(reset),
            "X-RateLimit-Resource": "core",
        }  # fmt: skip


@dataclass
class _Call:
    """A request on its way through the handler."""

    request: Request
    token: str | None
    query: str
    due: Scheduled | None

    @property
    def fault(self) -> Fault | None:
        return self.due.fault if self.due else None

    def waits(self, when: When) -> float | None:
        """Seconds of a delay planned for this moment."""
        return self.due.fault.seconds if self.due and self.due.fault.kind == "delay" and self.due.when == when else None

    def fails(self, *kinds: str) -> bool:
        return self.due is not None and self.due.fault.kind in kinds


class _Handler(LocalHandler):
    """One request: read it, meet the fault schedule, let it happen, answer, record."""

    @property
    def fake(self) -> FakeGitHub:
        return cast(FakeGitHub, self.owner)

    def handle_api(self) -> None:
        call = self._read()
        effect = None
        if call.due is None or call.due.when == "after" or self._pause(call.waits("before")):
            effect = self._happen(call)
        answer = _spoilt(call.fault, effect)
        self._note(call, answer, effect)
        self._pause(call.waits("after"))
        if call.fails("reset"):
            self.reset()
            return
        headers = {"Content-Type": "application/json; charset=utf-8", **self.fake.limits(call.token), **answer.headers}
        self.send_payload(answer.status, headers, answer.payload(), truncate=call.fails("truncate"))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_api  # noqa: N815

    def _read(self) -> _Call:
        fake, body = self.fake, io.BytesIO()
        self.copy_body(body)
        path, _, query = self.path.partition("?")
        prefix = API_PREFIX if path.startswith(f"{API_PREFIX}/") else ""
        token = _token(self.headers.get("Authorization"))
        root = f"http://{self.headers.get('Host') or f'127.0.0.1:{fake.port}'}"
        request = Request(
            world=fake.world, user=fake.world.tokens.get(token or "") or ANONYMOUS, method=self.command,
            path=path.removeprefix(prefix), api=root + prefix, web=fake.web_url or root,
            query=dict(parse_qsl(query, keep_blank_values=True)), raw=body.getvalue(),
        )  # fmt: skip
        return _Call(request, token, query, fake.faults.take(self.command, unquote(request.path)))

    def _pause(self, seconds: float | None) -> bool:
        """Wait where a delay is planned; False when none is, or when the server was stopped meanwhile."""
        return seconds is not None and not self.fake.stopping.wait(seconds)

    def _happen(self, call: _Call) -> Response:
        """The effect, one request after another. An error of the fake itself is a 500 now and raised by stop()."""
        with self.fake.lock:
            try:
                return self.fake.answer(call.request, call.token)
            except Exception as error:
                self.fake.errors.append(error)
                return Response(500, {"message": f"the fake GitHub failed: {error!r}"})

    def _note(self, call: _Call, answer: Response, effect: Response | None) -> None:
        request = call.request
        record = RequestRecord(request.method, unquote(request.path), 0 if call.fails("reset") else answer.status)
        login = None if request.user is ANONYMOUS else request.user.login
        fault = call.fault.kind if call.fault else None
        happened = effect.status if effect else None
        self.fake.requests.note(Exchange(record, call.query, request.raw, login, happened, fault))


def _spoilt(fault: Fault | None, effect: Response | None) -> Response:
    """What is sent: the fault's own status, else the effect, else (truncated before anything happened) half a 200."""
    if fault and fault.kind == "status":
        error = ApiError(fault.code, fault.message, errors=fault.errors or None)
        return Response(fault.code, error.body(), fault.headers)
    return effect or Response(200, {"message": responses[200]})


def _token(header: str | None) -> str | None:
    """The token of "Authorization: token X" or "Bearer X"."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() in {"token", "bearer"} and token.strip() else None
