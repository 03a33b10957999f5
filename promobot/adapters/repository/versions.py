"""The versions of the overrides file that history holds, read by blob id and each only once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.objects import Repository
from promobot.core.overrides import read_overrides
from promobot.errors import RepositoryRefused

_NOTHING = re.compile(r"0+")


class Versions:
    """Blob id -> the values in it. All zeros stands for a file that is not there."""

    def __init__(self, repository: Repository, name: str) -> None:
        self._repository = repository
        self._name = name
        self._read: dict[str, dict[str, Any] | None] = {}

    def prefetch(self, blobs: Iterable[str]) -> None:
        """Read many in one call."""
        wanted = {blob for blob in blobs if not _NOTHING.fullmatch(blob)} - self._read.keys()
        try:
            contents = self._repository.blobs(sorted(wanted)) if wanted else {}
        except (GitFailed, ValueError) as error:
            raise RepositoryRefused(f"{self._name} cannot be read in history: {error}; run git fsck") from error
        self._read.update({blob: self._values(contents.get(blob)) for blob in wanted})

    def values(self, blob: str) -> dict[str, Any] | None:
        """The values by target; None where this version cannot be understood."""
        if _NOTHING.fullmatch(blob):
            return {}
        self.prefetch([blob])
        return self._read[blob]

    def pair(self, blobs: tuple[str, str]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The values before and after; a version that cannot be understood held nothing that anybody could read."""
        return self.values(blobs[0]) or {}, self.values(blobs[1]) or {}

    def _values(self, data: bytes | None) -> dict[str, Any] | None:
        try:
            return None if data is None else read_overrides(data.decode("utf-8"), self._name)
        except (UnicodeDecodeError, RepositoryRefused):
            return None
