"""A policy that names other files: they must hold what the former ones held, on the line and beside it."""

from __future__ import annotations

from collections.abc import Iterator

from promobot.core.audit.events import NO_BLOB
from promobot.core.audit.steps import Library, Standing
from promobot.core.gate.edits import moved
from promobot.core.gate.verdict import Violation


def moves(library: Library, before: Standing, after: Standing) -> Iterator[Violation]:
    """What a change of the policy's paths changes of what it reads. A first policy moves nothing."""
    old, new = library.protected(before.policy[1]), library.protected(after.policy[1])
    if before.policy[1] == NO_BLOB or old == new:
        return
    blobs = {old.overrides: before.overrides[1], old.base_config: before.config[1]}
    blobs |= {new.overrides: after.overrides[1], new.base_config: after.config[1]}
    yield from moved(old, new, {path: blob for path, blob in blobs.items() if blob != NO_BLOB})
