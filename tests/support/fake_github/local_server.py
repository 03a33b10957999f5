"""A threading HTTP/1.1 server on 127.0.0.1 that starts on a free port and leaves nothing behind when it stops."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import IO, Any, Self, cast

LINGER_NOW = struct.pack("ii", 1, 0)


class _Server(ThreadingHTTPServer):
    # Threads are joined on close, so that no request outlives the test that sent it.
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler], owner: LocalServer) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.owner = owner
        self.lock = threading.Lock()
        self.connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        # Here, in the accepting thread: once it has ended, every connection is known and can be cut.
        with self.lock:
            self.connections.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.lock:
                self.connections.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A client that went away (a killed process, say) is no error of ours; all else is kept for the test."""
        error = sys.exception()
        if not isinstance(error, (ConnectionError, TimeoutError)):
            self.owner.errors.append(cast(BaseException, error))


class LocalServer:
    """Context manager around one server. `errors` holds exceptions of the server itself; `stop()` raises the first."""

    def __init__(self, handler: type[LocalHandler]) -> None:
        self._handler = handler
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.stopping = threading.Event()
        self.errors: list[BaseException] = []

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the server is not running: use it as a context manager or call start()")
        return self._server.server_address[1]

    @property
    def root_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        self.stopping.clear()
        self._server = _Server(self._handler, self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving, cut open connections, wait for every thread; then raise what went wrong inside, if anything."""
        server, thread, self._server, self._thread = self._server, self._thread, None, None
        if server is None or thread is None:
            return
        self.stopping.set()
        server.shutdown()
        thread.join()
        with server.lock:
            for connection in server.connections:
                cut(connection)
        server.server_close()
        if self.errors:
            raise self.errors[0]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def cut(connection: socket.socket) -> None:
    """Wake whoever reads from the connection."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class LocalHandler(BaseHTTPRequestHandler):
    """Reads bodies (Content-Length or chunked) and sends whole, truncated or no answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    @property
    def owner(self) -> LocalServer:
        return cast(_Server, self.server).owner

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silence: the records are the log."""

    def copy_body(self, target: IO[bytes]) -> int:
        """Write the request body into `target`, chunked or not; return its length in bytes."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._copy_chunks(target)
        left = total = int(self.headers.get("Content-Length") or 0)
        while left:
            left -= self._copy(target, min(left, 65536))
        return total

    def _copy_chunks(self, target: IO[bytes]) -> int:
        total = 0
        while size := int(self.rfile.readline().split(b";")[0], 16):
            left = size
            while left:
                left -= self._copy(target, min(left, 65536))
            total += size
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
        return total

    def _copy(self, target: IO[bytes], size: int) -> int:
        piece = self.rfile.read(size)
        if not piece:
            raise ConnectionAbortedError("the client left in the middle of a request body")
        target.write(piece)
        return len(piece)

    def send_payload(self, status: int, headers: Mapping[str, str], payload: bytes, *, truncate: bool = False) -> None:
        """Send one answer; truncated, it announces its whole length, sends half and closes the connection."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(payload)))
        if truncate:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(payload[: len(payload) // 2] if truncate else payload)
        self.wfile.flush()

    def reset(self) -> None:
        """Drop the connection with a TCP reset instead of an answer."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOW)
        # Closing the descriptor itself: the socket object would first say goodbye politely.
        os.close(self.connection.detach())
