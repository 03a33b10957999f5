"""Bare repositories over smart HTTP on 127.0.0.1, by git's own `git http-backend`.

    with GitHttpServer(tmp_path, credentials={"x-access-token": "secret"}) as server:
        subprocess.run(["git", "clone", server.url("acme/live")], check=True)   # tmp_path/acme/live.git
        assert [r.service for r in server.requests if r.method == "POST"] == ["git-upload-pack"]

`server.faults` takes the same faults as the fake GitHub, matched against "METHOD /path?query".
"""

from __future__ import annotations

import base64
import binascii
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, cast
from urllib.parse import parse_qs, unquote

from .fake_github.faults import Fault, FaultSchedule
from .fake_github.git import clean_env
from .fake_github.local_server import LocalHandler, LocalServer

# Of the service, in effect for these requests only. refs/pull/ belongs to the forge: fetched by all, pushed by none.
CONFIG = {"http.receivepack": "true", "safe.directory": "*", "receive.hideRefs": "refs/pull"}


@dataclass(frozen=True)
class GitRequest:
    """One request. `user` is the name of Basic credentials; `authorization` is the raw header (not shown by repr)."""

    method: str
    path: str
    query: str
    service: str | None
    authorised: bool
    user: str | None
    status: int
    authorization: str | None = field(repr=False)


class GitHttpServer(LocalServer):
    """Serves every bare repository below `root`, reading and pushing.

    With `credentials` (user -> password), requests need HTTP Basic, answered 401 and WWW-Authenticate otherwise;
    `protect="push"` lets everybody read, as for a public repository.
    """

    def __init__(
        self, root: Path, *, credentials: Mapping[str, str] | None = None, protect: Literal["all", "push"] = "all"
    ) -> None:
        super().__init__(_Handler)
        self.root, self.credentials, self.protect = root.resolve(), dict(credentials or {}), protect
        self.requests: list[GitRequest] = []
        self.faults = FaultSchedule()
        self.lock = threading.Lock()

    def url(self, repository: str, *, host: Literal["127.0.0.1", "localhost"] = "127.0.0.1") -> str:
        """Clone address of `root`/<repository>.git, without credentials."""
        return f"http://{host}:{self.port}/{repository.removesuffix('.git')}.git"

    def admits(self, user: str | None, password: str | None, service: str | None) -> bool:
        if not self.credentials or (self.protect == "push" and service != "git-receive-pack"):
            return True
        return user in self.credentials and self.credentials[user] == password


class _Handler(LocalHandler):
    def handle_git(self) -> None:
        server = cast(GitHttpServer, self.owner)
        with tempfile.TemporaryFile() as body:
            length = self.copy_body(body)
            body.seek(0)
            path, _, query = self.path.partition("?")
            service = _service(path, query)
            user, password = _basic(self.headers.get("Authorization"))
            admitted = server.admits(user, password, service)
            self._record = GitRequest(
                self.command, unquote(path), query, service, admitted, user, 0, self.headers.get("Authorization")
            )
            self._act(server, body, length, admitted=admitted)

    do_GET = do_POST = handle_git  # noqa: N815

    def _act(self, server: GitHttpServer, body: IO[bytes], length: int, *, admitted: bool) -> None:
        due = server.faults.take(self.command, unquote(self.path))
        fault = due.fault if due else None
        answer = (200, {"Content-Type": "text/plain"}, b"lost before it happened")
        if due is None or due.when == "after" or self._delayed(due.fault):
            answer = self._backend(server, body, length) if admitted else _unauthorised()
        if fault and fault.kind == "status":
            answer = (fault.code, {"Content-Type": "text/plain", **fault.headers}, fault.message.encode())
        lost = fault is not None and fault.kind == "reset"
        self._note(server, 0 if lost else answer[0])
        if due and due.when == "after" and due.fault.kind == "delay":
            server.stopping.wait(due.fault.seconds)
        if lost:
            self.reset()
            return
        self.send_payload(*answer, truncate=fault is not None and fault.kind == "truncate")

    def _delayed(self, fault: Fault) -> bool:
        """A delay waits and then lets the request happen; every other fault prevents it."""
        return fault.kind == "delay" and not self.owner.stopping.wait(fault.seconds)

    def _note(self, server: GitHttpServer, status: int) -> None:
        values = {**self._record.__dict__, "status": status}
        with server.lock:
            server.requests.append(GitRequest(**values))

    def _backend(self, server: GitHttpServer, body: IO[bytes], length: int) -> tuple[int, dict[str, str], bytes]:
        """Run the CGI. It inflates gzip bodies itself; chunks were joined before."""
        path, _, query = self.path.partition("?")
        env = {
            "GIT_PROJECT_ROOT": str(server.root), "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(path), "QUERY_STRING": query, "CONTENT_LENGTH": str(length),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "REMOTE_ADDR": "127.0.0.1",
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "SERVER_PROTOCOL": self.request_version,
            **_config(CONFIG),
        }  # fmt: skip
        done = subprocess.run(["git", "http-backend"], env=clean_env(env), stdin=body, capture_output=True, check=False)
        head, _, payload = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if line)
        status = int(headers.pop("Status", "200" if done.returncode == 0 else "500").split(" ")[0])
        return status, headers, payload


def _config(values: Mapping[str, str]) -> dict[str, str]:
    """Git configuration by environment, so that no file of the served repository changes."""
    pairs = {f"GIT_CONFIG_{part}_{n}": text for n, row in enumerate(values.items())
             for part, text in zip(("KEY", "VALUE"), row, strict=True)}  # fmt: skip
    return {"GIT_CONFIG_COUNT": str(len(values)), **pairs}


def _service(path: str, query: str) -> str | None:
    last = path.rsplit("/", 1)[-1]
    return last if last.startswith("git-") else parse_qs(query).get("service", [None])[0]


def _basic(header: str | None) -> tuple[str | None, str | None]:
    """User and password of an Authorization header, (None, None) when it holds none."""
    scheme, _, text = (header or "").partition(" ")
    try:
        user, colon, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return (user, password) if scheme.lower() == "basic" and colon else (None, None)


def _unauthorised() -> tuple[int, dict[str, str], bytes]:
    headers = {"WWW-Authenticate": 'Basic realm="GitHub"', "Content-Type": "text/plain"}
    return 401, headers, b"Authentication required\n"
