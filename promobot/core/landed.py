"""A landed proposal as its own meta tells of it, believed only where the telling holds together. Pure.

Landing needs a reviewed merge; still, a record is written once and for ever under the proposal's digest, so a meta that
claims another's digest must not take its name.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from promobot.core.changes import Change
from promobot.core.models import DecisionStatus
from promobot.core.policy.types import AutoApplyMode
from promobot.core.proposals import SHORT, Ground, branch_name, question_digest
from promobot.core.rendering.artifacts import META, PATCHES
from promobot.core.values import as_scalar

KINDS = ("promotion", "operator", "revert", "expiry")

_ID = re.compile(r"live_promotion_\d{8}T\d{6}Z_([0-9a-f]{16})")
_SHA256, _BLOB = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{40}")


class Content(Protocol):
    """A file's bytes."""

    @property
    def data(self) -> bytes:
        """As they are in git."""


@dataclass(frozen=True)
class Proposal:
    """The parts of a meta that name a proposal. `mode` is the one that held when it was decided."""

    proposal_id: str
    digest: str
    evidence_digest: str | None
    kind: str
    mode: str
    base_branch: str
    policy_blob: str | None
    reverts: str | None
    changes: tuple[Change, ...]

    @property
    def branch(self) -> str:
        """Its branch."""
        return branch_name(self.digest)

    def statuses(self, artifacts: Mapping[str, Content]) -> dict[str, int] | None:
        """How many patches were decided how, by status; None where config_patches.json cannot be read."""
        file = artifacts.get(PATCHES)
        try:
            if file is None:
                raise ValueError("it is not there")
            decided = [patch["decision"] for patch in json.loads(file.data)["patches"]]
            told = Counter(str(DecisionStatus(one["status"])) for one in decided if one is not None)
        except (ValueError, LookupError, TypeError, RecursionError):
            return None
        return dict(sorted(told.items()))


def landed_proposal(data: bytes, path: str, reports: str, base_branch: str) -> Proposal:
    """The proposal whose meta landed at this path. Raises ValueError, in plain words, where it cannot be believed."""
    try:
        meta = json.loads(data)
        found = _proposal(meta)
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"it is no meta of a proposal ({type(error).__name__})") from error
    named = _ID.fullmatch(found.proposal_id)
    if named is None or path != f"{reports}/{found.proposal_id}/{META}":
        raise ValueError("it is not where the proposal of its id belongs")
    if found.base_branch != base_branch:
        raise ValueError("it was made for another base branch")
    if named[1] != found.digest[:SHORT] or found.digest != _digest(found):
        raise ValueError("its digest is not that of its question")
    return found


def _proposal(meta: Any) -> Proposal:
    if meta["kind"] not in KINDS:
        raise ValueError("it is of no known kind")
    return Proposal(
        proposal_id=_text(meta["proposal_id"]),
        digest=_text(meta["digest"]),
        evidence_digest=_hex(meta.get("evidence_digest"), _SHA256),
        kind=meta["kind"],
        mode=str(AutoApplyMode(meta["mode"])),
        base_branch=_text(meta["base"]["branch"]),
        policy_blob=_hex(meta["policy"]["blob"], _BLOB),
        reverts=_hex(meta.get("reverts"), _SHA256),
        changes=tuple(_change(change) for change in meta["changes"]),
    )


def _digest(found: Proposal) -> str:
    # No time is part of the question.
    ground = Ground(
        created_at=datetime(1970, 1, 1, tzinfo=UTC),
        mode=AutoApplyMode(found.mode),
        kind=found.kind,  # type: ignore[arg-type]
        base_branch=found.base_branch,
    )
    return question_digest(found.changes, ground)


def _change(told: Any) -> Change:
    old, new = (None if told[name] is None else as_scalar(told[name]) for name in ("old", "new"))
    if not isinstance(told["automatic"], bool) or (old is None) != (told["old"] is None):
        raise ValueError("one of its changes is none")
    if (new is None) != (told["new"] is None):
        raise ValueError("one of its changes is none")
    return Change(_text(told["target"]), old, new, told["automatic"], _hex(told["predecessor"], _SHA256))


def _text(told: Any) -> str:
    if not isinstance(told, str):
        raise TypeError("no text")
    return told


def _hex(told: Any, form: re.Pattern[str]) -> str | None:
    """A digest or nothing; what is neither would make the recomputed digest another one."""
    return told if isinstance(told, str) and form.fullmatch(told) else None
