"""Whether a proposal's branch still holds exactly what promobot commits. An author's name or a message proves nothing.

The message's trailers only say where to look. The proof is that the same rules, run on the patches and the base
that the branch names, give the same question and the same tree.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from promobot.adapters.repository import Repository
from promobot.core.base_state import BaseState
from promobot.core.health import health_of_json
from promobot.core.intake import ExportFile, Intake
from promobot.core.models import ConfigPatch
from promobot.core.planning import BranchState
from promobot.core.policy.types import AutoApplyMode
from promobot.core.prepared import Proposed, prepare
from promobot.core.rendering.artifacts import META, PATCHES
from promobot.core.rendering.message import trailers_of
from promobot.errors import ForgeFailed, PromobotError, RemoteFailed
from promobot.usecases.base import Elsewhere, read_base
from promobot.usecases.ports import Publisher

SKEW = timedelta(hours=1)
"""How far the clock of another run may be ahead; further, and the branch dates itself into the future."""


def standing_proposal(
    repository: Repository,
    publisher: Publisher,
    found: BranchState,
    state: BaseState,
    wanted: Proposed,
    elsewhere: Elsewhere,
    now: datetime,
) -> Proposed | None:
    """What we would commit for the branch's own patches, time and base, if the branch holds just that; else None."""
    if len(found.parents) != 1 or not repository.is_ancestor(found.parents[0], state.commit):
        return None
    folder = f"{state.policy.paths.reports}/{trailers_of(found.message).get('Promotion-Proposal', '')}"
    try:
        meta, patches = (publisher.read(found.commit, f"{folder}/{name}") for name in (META, PATCHES))
        intake, mode, at = _told(meta or b"", patches or b"")
        before = read_base(repository, state.branch, found.parents[0], elsewhere, at)
        again = prepare(before, intake, mode, at).proposed
    except (ForgeFailed, RemoteFailed):
        # "Could not look" is not "is not there".
        raise
    except (PromobotError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError):
        return None
    if again is None or again.digest != wanted.digest or at > now + SKEW:
        return None
    if _said(found.message) != _said(again.message(overrides_blobs(repository, before, again), None)):
        return None
    return again if repository.tree_with(before.commit, again.files, keep=False) == found.tree else None


def overrides_blobs(repository: Repository, state: BaseState, proposed: Proposed) -> str:
    """`old..new` of auto.toml for the trailer, or `none` where the proposal applies nothing."""
    new = proposed.files.get(state.policy.paths.live_overrides)
    return "none" if new is None else f"{state.overrides_blob or 'none'}..{repository.blob_id(new)}"


def _said(message: str) -> list[str]:
    """A commit's message without the one line that differs from run to run."""
    return [line for line in message.strip().splitlines() if not line.startswith("Promotion-Run: ")]


def _told(meta: bytes, patches: bytes) -> tuple[Intake, AutoApplyMode, datetime]:
    """The patches, mode, time and test report that a branch's artifacts tell of; what cannot be read raises."""
    told, listed = json.loads(meta), json.loads(patches)["patches"]
    files = tuple(ExportFile(str(file["sha256"]), int(file["patches"])) for file in told["export"]["files"])
    # pydantic's ValidationError is a ValueError.
    read = tuple(ConfigPatch.model_validate(entry["patch"]) for entry in listed)
    facts = told["facts"]
    intake = Intake(read, files, health_of_json(facts["test_health"]))
    return intake, AutoApplyMode(told["mode"]), datetime.fromisoformat(facts["evaluated_at"])
