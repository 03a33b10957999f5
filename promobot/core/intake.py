"""What came in from outside the base branch: patches, the files that they were read from, the report of the tests."""

from __future__ import annotations

from dataclasses import dataclass

from promobot.core.canonical import sha256_of
from promobot.core.health import Health
from promobot.core.models import ConfigPatch


@dataclass(frozen=True)
class ExportFile:
    """One export as it was read: the sha256 of its bytes and the number of its patches."""

    sha256: str
    patches: int


@dataclass(frozen=True)
class Intake:
    """All patches of a cycle, in the order read, the files that they came from, and the report of the tests."""

    patches: tuple[ConfigPatch, ...] = ()
    files: tuple[ExportFile, ...] = ()
    health: Health | None = None


def export_digest(files: tuple[ExportFile, ...]) -> str | None:
    """The sha256 of the export; of several, that of the canonical list of their sorted sha256s; of none, None."""
    if len(files) > 1:
        return sha256_of(sorted(file.sha256 for file in files))
    return files[0].sha256 if files else None
