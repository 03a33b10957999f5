"""The audit's checkpoint file on disk: read whole, replaced in one step."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from promobot.core.audit.checkpoint import MOST_BYTES, Checkpoint, checkpoint_text, read_checkpoint
from promobot.errors import UsageError


def load_checkpoint(path: Path) -> Checkpoint | None:
    """The checkpoint that an earlier run left; None where there is no such file yet, which is the first run.

    Raises UsageError for what is no checkpoint, and where none could ever be written.
    """
    try:
        with path.open("rb") as file:
            return read_checkpoint(file.read(MOST_BYTES + 1), str(path))
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise UsageError(f"--checkpoint {path}: there is no folder {path.parent} to write it to; make it") from None
        return None
    except OSError as error:
        raise UsageError(f"--checkpoint {path} cannot be read: {error.strerror}; name a file that can") from error


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Put it in the place of what was there; a reader sees the one or the other whole. Raises UsageError."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with scratch.open("xb") as file:
            file.write(checkpoint_text(checkpoint))
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        told = f"nothing was found, and --checkpoint {path} cannot be written: {error.strerror}"
        raise UsageError(f"{told}; name a file that can") from error
