"""The base branch that all hostile exports meet: a base config, live overrides and a policy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from promobot.core.base_state import BaseState
from promobot.core.facts import LiveValues
from promobot.core.overrides import read_overrides
from promobot.core.policy import PromotionPolicy

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

BASE = """
"twice.leverage" = 1.0

[portfolio]
leverage = 1.75
name = "core"
instruments = [1.0]
opened = 2026-01-31
[portfolio.limits]
leverage = 1.0

[swap]
leverage = 1.75
[spot]
leverage = 1
[option]
leverage = 2.9
[pair]
leverage = 1.0
[ungranted]
leverage = 1.0
[twice]
leverage = 1.0

[macro]
regime_weight = 0.35
carry_weight = 0.1
fifth_weight = 0.2
zero_weight = 0.0
top_weight = 0.7
leverage = 0.9
[ready]
macro_weight = 0.4

[strategy]
trigger_delay = 10.0
trigger_fast = 4.0
trigger_count = 5
trigger_on = false
trigger_name = "slow"
alpha_experimental_trigger = 10.0

[desk]
size = 4.0
big = 9007199254740992.0
odd_leverage = nan
huge_leverage = 9223372036854775808

[risk]
stop_loss = 0.02
stop_losses_leverage = 1.0
[lab]
leverage = 1.0
"""
# The live leverage is this one; the base config's is not.
OVERRIDES = '# kept\n[auto_applied]\n"portfolio.leverage" = 1.0  # kept too\n"macro.carry_weight" = 0.1\n'

POLICY: Mapping[str, Any] = {
    "mode": "bounded_auto",
    "max_per_proposal": 100,
    "eligibility": [
        {"targets": ["portfolio*", "swap.*", "spot.*", "option.*", "pair.*", "twice.*", "macro.*", "strategy.*"]},
        {"targets": ["desk.*", "risk.*", "lab.*"]},
        {"targets": ["ready.*"], "min_confidence": 0.75, "require_live_ready": True},
    ],
    "auto_apply": {"max_per_day": 100},
    "blacklist": {"targets": ["risk.stop_loss"], "tags": ["frozen"]},
    "research": {"targets": ["lab.*"], "experiments": ["rnd-*"]},
}


def state_of(policy: Mapping[str, Any], base: str | None, overrides: str | None) -> BaseState:
    """The base branch; an empty text stands for the scene's own file, None for no file.

    Raises RepositoryRefused where the overrides cannot be understood.
    """
    base, overrides = BASE if base == "" else base, OVERRIDES if overrides == "" else overrides
    config = None if base is None else tomllib.loads(base)
    applied = {} if overrides is None else read_overrides(overrides, "auto.toml")
    return BaseState(
        branch="main",
        commit="0" * 40,
        policy=PromotionPolicy.model_validate({**POLICY, **policy}),
        policy_path="config/promobot.toml",
        policy_blob="1" * 40,
        live=LiveValues.of(applied, config),
        base_config=config,
        overrides=overrides,
        overrides_blob=None if overrides is None else "2" * 40,
    )
