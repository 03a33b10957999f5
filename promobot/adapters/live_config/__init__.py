"""What a live system reads at start: its base config with the approved values of auto.toml on top.

Standard library only, and nothing of promobot's core: a trading system pays neither for git nor for GitHub here.
"""

from __future__ import annotations

import json
import logging
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from .config import LiveConfig, Override, OverrideStatus
from .merging import merge
from .overrides_file import UnusableOverridesError, parse_overrides, read_overrides
from .tables import Table, by_name

__all__ = [
    "IGNORE_VARIABLE",
    "LiveConfig",
    "Override",
    "OverrideStatus",
    "live_overrides",
    "load_config_with_live_overrides",
]

DEFAULT_CONFIG = "config/config.toml"
OVERRIDES_BESIDE_CONFIG = "live_overrides/auto.toml"
IGNORE_VARIABLE = "PROMOBOT_IGNORE_LIVE_OVERRIDES"
LIVE_MODES = frozenset({"live", "testnet", "shadow", "paper_live", "live_dry_run"})
WARNINGS_PER_LOAD = 20

_WORDS_FOR_NO = frozenset({"0", "false", "no", "off"})
_log = logging.getLogger(__name__)


def load_config_with_live_overrides(
    path: str | os.PathLike[str] | None = None,
    *,
    auto_overrides_path: str | os.PathLike[str] | None = None,
    force_apply_overrides: bool = False,
) -> LiveConfig:
    """Read the base config and, in a live-like environment, put the values of `[auto_applied]` on top of it.

    Args:
        path: The base config, TOML; `config/config.toml` below the current directory when not given.
        auto_overrides_path: The overrides; when not given, `live_overrides/auto.toml` beside the base config,
            which for the default path is `config/live_overrides/auto.toml`.
        force_apply_overrides: Apply them outside live-like environments too.

    Live-like is decided by the base config alone: `environment.mode` is live, testnet, shadow, paper_live or
    live_dry_run (in any case), or `environment.enable_live_trading` is `true`. Paper and backtest read the base only.
    PROMOBOT_IGNORE_LIVE_OVERRIDES, set to anything but the empty string, 0, false, no or off, makes every load ignore
    the overrides, forced ones too.

    An override replaces a leaf that the base config has, by a value of the same type (an integer for a float becomes
    a float). Any other key is ignored with a warning; an auto.toml that is missing or cannot be used is ignored whole
    with one. The result's `status` tells both. Nothing in auto.toml, or in its place, makes this function raise.

    Raises:
        OSError: The base config cannot be read.
        ValueError: It is not TOML (`tomllib.TOMLDecodeError`) or not UTF-8 (`UnicodeDecodeError`).
    """
    base_path = Path(DEFAULT_CONFIG if path is None else path)
    beside = base_path.parent / OVERRIDES_BESIDE_CONFIG
    overrides_path = beside if auto_overrides_path is None else Path(auto_overrides_path)
    with base_path.open("rb") as file:
        table = tomllib.load(file)
    overridden, status = _apply(table, overrides_path, force=force_apply_overrides)
    return LiveConfig(table, base_path=str(base_path), overridden=overridden, status=status)


def live_overrides(
    base: Table, auto: bytes, document: Table | None = None
) -> tuple[dict[str, Override], dict[str, str]]:
    """What a live system would take from these bytes of auto.toml over a base config, and why it ignores the rest.

    For promobot's own use: a proposal is measured against what is really read, and proved to be read as written.
    `document` is what tomllib makes of the same bytes, where that is known; neither it nor `base` is changed.
    Raises ValueError, with the reason, where the file would be ignored whole.
    """
    try:
        return merge(_copied(base), parse_overrides(auto, document).values)
    except UnusableOverridesError as problem:
        raise ValueError(problem.detail) from problem


def _copied(table: Table) -> Table:
    """Tables anew, so that values can be put into them; values are put there whole and never changed."""
    return {key: _copied(value) if isinstance(value, dict) else value for key, value in table.items()}


def _apply(table: Table, path: Path, *, force: bool) -> tuple[Mapping[str, Override], OverrideStatus]:
    """Put the overrides into `table`, which is changed in place, and say what became of them."""
    if _told_to_ignore():
        detail = f"the environment variable {IGNORE_VARIABLE} says to ignore live overrides"
        _log.warning("live overrides ignored: %s", detail)
        return {}, OverrideStatus(False, "disabled_by_environment", detail, str(path))
    if not (force or is_live_like(table)):
        detail = "the environment of the base config is not a live one"
        _log.info("live overrides not read: %s", detail)
        return {}, OverrideStatus(False, "not_live", detail, str(path))
    try:
        file = read_overrides(path)
    except UnusableOverridesError as problem:
        _log.warning("live overrides ignored: %s: %s", json.dumps(str(path)), problem.detail)
        return {}, OverrideStatus(False, problem.reason, problem.detail, str(path), problem.blob)
    overridden, ignored = merge(table, file.values)
    _warn(path, ignored)
    reason = "applied" if overridden else "nothing_to_apply"
    detail = f"{len(overridden)} override(s) applied, {len(ignored)} ignored"
    _log.info("live overrides: %s: %s (blob %s)", json.dumps(str(path)), detail, file.blob)
    keys = tuple(overridden)
    return overridden, OverrideStatus(bool(overridden), reason, detail, str(path), file.blob, keys, ignored)


def _told_to_ignore() -> bool:
    """An unknown word ignores too: on a bad night a typing error must not let the overrides in."""
    word = os.environ.get(IGNORE_VARIABLE, "")
    return word != "" and word.strip().lower() not in _WORDS_FOR_NO


def is_live_like(table: Table) -> bool:
    """Whether the overrides are read over this base config, without force."""
    values = by_name(table)
    mode = values.get("environment.mode")
    return values.get("environment.enable_live_trading") is True or (
        isinstance(mode, str) and mode.strip().lower() in LIVE_MODES
    )


def _warn(path: Path, ignored: Mapping[str, str]) -> None:
    """One warning a key, up to a number that cannot drown the log of the live system; `status` names all of them."""
    for name, why in list(ignored.items())[:WARNINGS_PER_LOAD]:
        _log.warning("live override ignored: %s in %s: %s", json.dumps(name)[:300], json.dumps(str(path)), why)
    if len(ignored) > WARNINGS_PER_LOAD:
        _log.warning("live overrides ignored: %d more keys", len(ignored) - WARNINGS_PER_LOAD)
