"""A proposal's three files: whether they are there, agree with each other, and are what promobot makes of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from promobot.core.changes import Change
from promobot.core.gate.shape import NAMES
from promobot.core.gate.verdict import Violation
from promobot.core.policy.types import AutoApplyMode
from promobot.core.proposals import SHORT, Ground, question_digest
from promobot.core.rendering.artifacts import META, PATCHES
from promobot.core.rendering.text import visible
from promobot.core.version import __version__

_ID = re.compile(r"live_promotion_\d{8}T\d{6}Z_([0-9a-f]{16})")
_DIGEST = re.compile(r"[0-9a-f]{64}")
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


def missing(folder: str, found: Mapping[str, bytes]) -> Iterator[Violation]:
    """`found` are the files of the new folder by name."""
    for name in NAMES:
        if name not in found:
            yield Violation("artifact_missing", f"the proposal has no {name}", f"{folder}/{name}")


def identity(folder: str, meta: bytes | Mapping[str, Any], branch: str) -> Iterator[Violation]:
    """Whether the meta's id, digest and base branch are those that follow from its own question."""
    path = f"{folder}/{META}"
    try:
        told = _loaded(meta)
        digest, proposal_id, base = told["digest"], told["proposal_id"], told["base"]["branch"]
        asked = question_digest(
            [Change(**change) for change in told["changes"]],
            Ground(_NEVER, mode=AutoApplyMode(told["mode"]), kind=told["kind"], base_branch=base),
        )
    except UNREADABLE as error:
        yield Violation("artifact_unreadable", f"{META} cannot be read ({type(error).__name__})", path)
        return
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest) or digest != asked:
        yield Violation("digest_mismatch", "the digest is not that of the changes that stand beside it", path)
    named = _ID.fullmatch(folder.rpartition("/")[2])
    if named is None or proposal_id != named[0] or named[1] != str(digest)[:SHORT]:
        yield Violation("id_mismatch", "folder, proposal id and digest do not name the same proposal", path)
    if base != branch:
        yield Violation("other_base", f"the proposal was made for branch {visible(str(base))}, not this one", path)


_NEVER: Any = None  # question_digest does not look at the time of creation


def altered(folder: str, found: Mapping[str, bytes], made: Mapping[str, bytes]) -> Iterator[Violation]:
    """`made` are the files that promobot makes of the same patches or wish on the same base, by path."""
    differing = [name for name in NAMES if name in found and found[name] != made.get(f"{folder}/{name}")]
    if not differing:
        return
    engine = _engine(found.get(META, b""))
    if engine != __version__:
        why = f"made by promobot {visible(str(engine))}, judged by {__version__}; run promobot propose again"
        yield Violation("other_engine", f"the proposal was {why}", f"{folder}/{META}")
    for name in differing:
        yield Violation("artifact_altered", f"{name} is not what promobot writes for this proposal", f"{folder}/{name}")


def not_reproduced(folder: str) -> Violation:
    """The patches or the wish lead to another question than the meta's, or to none, on the base they name."""
    message = "on the base commit that it names, the patches or the wish do not lead to this proposal"
    return Violation("patches_mismatch", message, f"{folder}/{PATCHES}")


def _loaded(meta: bytes | Mapping[str, Any]) -> Any:
    return json.loads(meta) if isinstance(meta, bytes) else meta


def changes_told(meta: bytes | Mapping[str, Any]) -> tuple[Change, ...]:
    """The changes that a meta names. Raises one of UNREADABLE."""
    return tuple(Change(**change) for change in _loaded(meta)["changes"])


def _engine(meta: bytes) -> object:
    try:
        return json.loads(meta)["engine_version"]
    except UNREADABLE:
        return None
