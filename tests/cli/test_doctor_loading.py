"""What doctor says of the loading, held against what a live system then reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from promobot import load_config_with_live_overrides
from tests.support.hosted import run_here
from tests.support.workspace import CONFIG, NOW, OVERRIDES, POLICY, make_workspace, small_files

VALUE = OVERRIDES + '"portfolio.leverage" = 1.75\n'
LOADING = {"not_live", "overrides_elsewhere"}


def told_and_loaded(folder: Path, policy: str, base: str, config: str) -> tuple[dict[str, Any], float]:
    """Doctor's findings about the loading, and the value that is loaded by the base config's path alone."""
    files = small_files(policy=policy, overrides=VALUE)
    del files["config/config.toml"]
    space = make_workspace(folder, files={**files, base: config})
    ran = run_here(space.clone, {}, "doctor", "--forge", "none", "--format", "json", "--now", NOW.isoformat())
    found = {finding["code"]: finding for finding in ran.json["findings"] if finding["code"] in LOADING}
    return found, load_config_with_live_overrides(space.clone / base)["portfolio.leverage"]


@pytest.mark.parametrize(
    ("environment", "codes", "value"),
    [
        ('mode = "live"', set(), 1.75),
        ("enable_live_trading = true", set(), 1.75),
        ('mode = "paper"', {"not_live"}, 1.5),
        ("", {"not_live"}, 1.5),
    ],
)
def test_an_environment_that_reads_no_overrides_is_told(
    tmp_path: Path, environment: str, codes: set[str], value: float
) -> None:
    config = CONFIG.replace('mode = "live"', environment)
    found, loaded = told_and_loaded(tmp_path, POLICY, "config/config.toml", config)
    assert (set(found), loaded) == (codes, value)
    assert all(finding["severity"] == "warning" for finding in found.values())


def test_overrides_that_do_not_lie_beside_the_base_config_are_told_with_both_ways_out(tmp_path: Path) -> None:
    policy = POLICY + '[paths]\nbase_config = "etc/live.toml"\n'
    found, loaded = told_and_loaded(tmp_path, policy, "etc/live.toml", CONFIG)
    assert (set(found), loaded) == ({"overrides_elsewhere"}, 1.5)
    mend = found["overrides_elsewhere"]["mend"]
    assert 'auto_overrides_path="config/live_overrides/auto.toml"' in mend
    assert 'live_overrides = "etc/live_overrides/auto.toml"' in mend
