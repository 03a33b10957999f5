"""What was asked of the server: counted, and kept in the order in which the answers left."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple


class RequestRecord(NamedTuple):
    """Method, path (without query and /api/v3 prefix, percent-decoded), and the status sent: 0 for no answer at all."""

    method: str
    path: str
    status: int


@dataclass(frozen=True)
class Exchange:
    """One request whole. `effect` is the status of what really happened (None: nothing), whatever was then sent."""

    record: RequestRecord
    query: str
    body: bytes
    login: str | None
    effect: int | None
    fault: str | None


class RequestLog(list[RequestRecord]):
    """A list of records, and beside it, in the same order, `exchanges` with the details."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self.exchanges: list[Exchange] = []

    def note(self, exchange: Exchange) -> None:
        with self._lock:
            self.append(exchange.record)
            self.exchanges.append(exchange)

    def reset(self) -> None:
        """Forget everything; counting starts anew."""
        with self._lock:
            self.clear()
            self.exchanges.clear()

    def filter(
        self, method: str | None = None, path: str | None = None, status: int | None = None
    ) -> list[RequestRecord]:
        """Records with this method, this path (a glob; `*` crosses slashes) and this status."""
        return [
            record
            for record in self
            if (method is None or record.method == method)
            and (path is None or fnmatchcase(record.path, path))
            and (status is None or record.status == status)
        ]

    @property
    def writes(self) -> list[RequestRecord]:
        """Every record that is not a GET."""
        return [record for record in self if record.method != "GET"]
