"""How promobot comes to a repository: its first policy, perhaps with overrides that hold no value yet."""

from __future__ import annotations

from promobot.core.audit.events import NO_BLOB
from promobot.core.audit.steps import Library, Standing
from promobot.core.gate.edits import toml_of
from promobot.core.gate.shape import Shape


def founds(library: Library, shape: Shape, before: Standing, after: Standing) -> bool:
    """Whether a commit, before which there is no policy, leaves the live values alone.

    The gate judges a pull request whole, so its commits may bring the empty overrides before the policy.
    """
    if before.policy[1] != NO_BLOB or shape.folders or shape.stray:
        return False
    if before.overrides == after.overrides:
        return True
    document = toml_of(library.data(after.overrides[1])) if after.overrides[1] != NO_BLOB else None
    return before.overrides[1] == NO_BLOB and document is not None and not document.get("auto_applied")
