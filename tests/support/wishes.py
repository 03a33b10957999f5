"""A base branch's state in memory, and landings on a real one, for tests of what a person wishes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from promobot.adapters.repository import Repository
from promobot.core.base_state import BaseState, Landed
from promobot.core.facts import LiveValues, leaves
from promobot.core.intake import Intake
from promobot.core.models import ConfigPatch
from promobot.core.policy import PromotionPolicy
from promobot.core.prepared import Proposed, prepare
from promobot.usecases.base import Elsewhere, read_base
from tests.support.builders import NOW, policy
from tests.support.workspace import Workspace

BASE: Mapping[str, Any] = {
    "portfolio": {"leverage": 1.5},
    "strategy": {"trigger_delay": 10.0, "trigger_count": 5, "name": "slow", "on": False},
    "macro": {"tilt": 0.3},
    "desk": {"size": 4.0},
}
COMMIT, BLOB = "a" * 40, "b" * 40


def state(
    overrides: str | None = '[auto_applied]\n"portfolio.leverage" = 1.75\n',
    *,
    rules: PromotionPolicy | None = None,
    base: Mapping[str, Any] | None = BASE,
    landed: Landed | None = None,
) -> BaseState:
    """The example's base config; leverage is overridden. What stands in `overrides` counts as read by the live one."""
    values = {} if overrides is None else dict(leaves(tomllib.loads(overrides).get("auto_applied", {})))
    return BaseState(
        branch="main",
        commit=COMMIT,
        policy=rules or policy(),
        policy_path="config/promobot.toml",
        policy_blob=BLOB,
        live=LiveValues.of(values, base),
        base_config=None if base is None else dict(base),
        overrides=overrides,
        overrides_blob=None if overrides is None else "c" * 40,
        landed=landed or Landed(),
    )


def base_state(space: Workspace, at: datetime = NOW) -> BaseState:
    """What promobot reads of the checkout's main branch."""
    return read_base(Repository(space.clone), "main", space.git("rev-parse", "main"), Elsewhere(), at)


def proposal(space: Workspace, *patches: ConfigPatch, at: datetime = NOW) -> Proposed:
    """What promobot would propose of these patches on the main branch."""
    made = prepare(base_state(space, at), Intake(patches), None, at).proposed
    assert made is not None, "nothing was accepted"
    return made


def land(space: Workspace, made: Proposed, how: str = "merge", when: datetime = NOW) -> str:
    """Commit a proposal to its branch and land it as a forge would; the landing's commit."""
    space.git("switch", "--quiet", "--create", made.branch)
    space.write(made.files)
    space.git("add", "--all")
    space.git("commit", "--quiet", "--message", made.message("none", None))
    space.git("switch", "--quiet", "main")
    space.merge(made.branch, how, when)
    return space.git("rev-parse", "main")
