"""Whether load_config_with_live_overrides(), called with the base config alone, would read the overrides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from promobot.adapters.live_config import LIVE_MODES, OVERRIDES_BESIDE_CONFIG, is_live_like
from promobot.core.base_state import BaseState
from promobot.core.explain import Finding, Severity


def overrides_beside(base_config: str) -> str:
    """Where the reader looks for the overrides of a base config; both are paths in the repository."""
    return str(PurePosixPath(base_config).parent / OVERRIDES_BESIDE_CONFIG)


def not_live(path: str, base_config: Mapping[str, Any]) -> tuple[str, str] | None:
    """Why whoever loads this base config gets no override, and the mend; None where it names a live environment."""
    if is_live_like(dict(base_config)):
        return None
    why = f"{path} names no live environment, so whoever loads it gets no override, merged or not"
    mend = (
        f"set environment.mode to one of {', '.join(sorted(LIVE_MODES))}, or environment.enable_live_trading "
        "= true, where the live system reads it; nothing, if it loads with force_apply_overrides=True"
    )
    return why, mend


def loading_findings(state: BaseState) -> Iterator[Finding]:
    """What would keep merged values from a live system: no live environment, or another file than it looks for."""
    if state.base_config is None:
        return
    base, overrides = state.policy.paths.base_config, state.policy.paths.live_overrides
    said = not_live(base, state.base_config)
    if said is not None:
        yield Finding(Severity.WARNING, "not_live", *said)
    beside = overrides_beside(base)
    if beside != overrides:
        yield Finding(
            Severity.NOTE,
            "overrides_elsewhere",
            f"the overrides are {overrides}, and whoever loads {base} looks for {beside} unless told",
            f'load with auto_overrides_path="{overrides}", or set live_overrides = "{beside}" in [paths] before the '
            "first value has landed",
        )
