"""What came in: the patches of a cycle and the files that they were read from."""

from __future__ import annotations

from dataclasses import dataclass

from promobot.core.canonical import sha256_of
from promobot.core.models import ConfigPatch


@dataclass(frozen=True)
class ExportFile:
    """One export as it was read: the sha256 of its bytes and the number of its patches."""

    sha256: str
    patches: int


@dataclass(frozen=True)
class Intake:
    """All patches of a cycle, in the order read, and the files that they came from."""

    patches: tuple[ConfigPatch, ...] = ()
    files: tuple[ExportFile, ...] = ()


def export_digest(files: tuple[ExportFile, ...]) -> str | None:
    """The sha256 of the export; of several, that of the canonical list of their sorted sha256s; of none, None."""
    if len(files) > 1:
        return sha256_of(sorted(file.sha256 for file in files))
    return files[0].sha256 if files else None
