"""A base branch's state in memory, for tests of what a person wishes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from promobot.core.base_state import BaseState, Landed
from promobot.core.facts import LiveValues, leaves
from promobot.core.policy import PromotionPolicy
from tests.support.builders import policy

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
