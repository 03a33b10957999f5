"""What a proposal's own artifacts tell: enough to make the same proposal again. Believed only once that is proved."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from promobot.core.base_state import BaseState
from promobot.core.health import Health, health_of_json
from promobot.core.intake import ExportFile, Intake
from promobot.core.models import ConfigPatch, ProposalKind
from promobot.core.policy.types import AutoApplyMode
from promobot.core.prepared import Prepared, prepare
from promobot.core.version import __version__
from promobot.core.wish import Wish, wish_of_json
from promobot.core.wishes import prepare_wish

_VERSION = re.compile(r"[0-9][0-9a-z.+-]{0,30}")

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What reading artifacts of somebody else's may raise; pydantic's ValidationError is a ValueError."""


@dataclass(frozen=True)
class Told:
    """The question's base branch and digest, the time of its first creation, and what `prepare` was called with."""

    kind: ProposalKind
    base: str | None
    digest: str
    targets: frozenset[str]
    mode: AutoApplyMode
    at: datetime
    created: datetime
    refused: frozenset[str]
    asked: Intake | Wish
    engine: str

    def again(self, state: BaseState) -> Prepared:
        """The same proposal on the state that it was made on."""
        return self._prepared(replace(state, refused=self.refused), self.asked, self.at, self.engine)

    def today(self, state: BaseState, now: datetime, health: Health | None) -> Prepared:
        """The same patches or wish, judged on another state at another time, with the report of now."""
        asked = replace(self.asked, health=health) if isinstance(self.asked, Intake) else self.asked
        return self._prepared(state, asked, now, __version__)

    def _prepared(self, state: BaseState, asked: Intake | Wish, at: datetime, engine: str) -> Prepared:
        if isinstance(asked, Intake):
            return prepare(state, asked, self.mode, at, self.created, engine=engine)
        return prepare_wish(state, asked, at, self.created, engine=engine)


def told_of(meta: bytes | Mapping[str, Any], patches: bytes) -> Told:
    """Read `proposal_meta.json` and `config_patches.json`. Raises one of UNREADABLE for anything else."""
    told: Any = json.loads(meta) if isinstance(meta, bytes) else meta
    listed = json.loads(patches)["patches"]
    facts = told["facts"]
    return Told(
        kind=told["kind"],
        base=told["base"]["branch"],
        digest=str(told["digest"]),
        targets=frozenset(change["target"] for change in told["changes"]),
        mode=AutoApplyMode(told["mode"]),
        at=_instant(facts["evaluated_at"]),
        created=_created(str(told["proposal_id"])),
        refused=frozenset(facts.get("refused", ())),
        asked=_intake(told, listed) if told["kind"] == "promotion" else wish_of_json(told["wish"]),
        engine=_version(told["engine_version"]),
    )


def _intake(told: dict[str, Any], listed: list[Any]) -> Intake:
    files = tuple(ExportFile(str(file["sha256"]), int(file["patches"])) for file in told["export"]["files"])
    patches = tuple(ConfigPatch.model_validate(entry["patch"]) for entry in listed)
    return Intake(patches, files, health_of_json(told["facts"]["test_health"]))


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise ValueError("not a version")
    return text


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    return at


def _created(proposal_id: str) -> datetime:
    """The time in `live_promotion_<YYYYMMDDTHHMMSSZ>_<16 hex>`."""
    return datetime.strptime(proposal_id.split("_")[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def evidence_of(meta: bytes | Mapping[str, Any]) -> tuple[str, str]:
    """On what a proposal rests: the digest of its evidence and the policy that judged it. Raises one of UNREADABLE."""
    told = json.loads(meta) if isinstance(meta, bytes) else meta
    return str(told["evidence_digest"]), str(told["policy"]["blob"])
