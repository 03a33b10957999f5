"""Whether load_config_with_live_overrides(), called with the base config alone, would read the overrides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from promobot.adapters.live_config import LIVE_MODES, OVERRIDES_BESIDE_CONFIG, is_live_like
from promobot.core.base_state import BaseState
from promobot.core.explain import Finding, Severity


def loading_findings(state: BaseState) -> Iterator[Finding]:
    """What would keep merged values from a live system: no live environment, or another file than it looks for."""
    if state.base_config is None:
        return
    base, overrides = state.policy.paths.base_config, state.policy.paths.live_overrides
    if not is_live_like(state.base_config):
        yield Finding(
            Severity.WARNING,
            "not_live",
            f"{base} names no live environment, so whoever loads it gets no override, merged or not",
            f"set environment.mode to one of {', '.join(sorted(LIVE_MODES))}, or environment.enable_live_trading "
            "= true, where the live system reads it; nothing, if it loads with force_apply_overrides=True",
        )
    beside = str(PurePosixPath(base).parent / OVERRIDES_BESIDE_CONFIG)
    if beside != overrides:
        yield Finding(
            Severity.NOTE,
            "overrides_elsewhere",
            f"the overrides are {overrides}, and whoever loads {base} looks for {beside} unless told",
            f'load with auto_overrides_path="{overrides}", or set live_overrides = "{beside}" in [paths] before the '
            "first value has landed",
        )
