"""The versions of the overrides file that history holds, read by blob id and each only once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.objects import Repository
from promobot.core.lately import Values
from promobot.core.overrides import read_overrides
from promobot.errors import RepositoryRefused

AT_ONCE = 100
"""How many are fetched in one call of git; a call for each of a long history's versions would take minutes."""

_NOTHING = re.compile(r"0+")


class Versions:
    """Blob id -> the values in it. All zeros stands for a file that is not there."""

    def __init__(self, repository: Repository, name: str) -> None:
        self._repository = repository
        self._name = name
        self._contents: dict[str, bytes | None] = {}
        self._read: dict[str, dict[str, Any] | None] = {}

    def prefetch(self, blobs: Iterable[str]) -> None:
        """Fetch many in one call; each is parsed only when it is asked for."""
        wanted = {blob for blob in blobs if not self._known(blob)}
        try:
            contents = self._repository.blobs(sorted(wanted)) if wanted else {}
        except (GitFailed, ValueError) as error:
            raise RepositoryRefused(f"{self._name} cannot be read in history: {error}; run git fsck") from error
        self._contents.update({blob: contents.get(blob) for blob in wanted})

    def values(self, blob: str) -> dict[str, Any] | None:
        """The values by target; None where this version cannot be understood."""
        if _NOTHING.fullmatch(blob):
            return {}
        if blob not in self._read:
            self.prefetch([blob])
            self._read[blob] = self._values(self._contents[blob])
        return self._read[blob]

    def pairs(self, steps: Sequence[tuple[str, str]]) -> Iterator[Callable[[], tuple[Values, Values]]]:
        """For each (blob before, blob after): what reads it, together with those that will be asked for next."""
        return (partial(self._pair, steps, place) for place in range(len(steps)))

    def _pair(self, steps: Sequence[tuple[str, str]], place: int) -> tuple[Values, Values]:
        """A version that cannot be understood held nothing that anybody could read."""
        before, after = steps[place]
        if not (self._known(before) and self._known(after)):
            self.prefetch(chain.from_iterable(steps[place : place + AT_ONCE]))
        return self.values(before) or {}, self.values(after) or {}

    def _known(self, blob: str) -> bool:
        return blob in self._contents or _NOTHING.fullmatch(blob) is not None

    def _values(self, data: bytes | None) -> dict[str, Any] | None:
        try:
            return None if data is None else read_overrides(data.decode("utf-8"), self._name)
        except (UnicodeDecodeError, RepositoryRefused):
            return None
