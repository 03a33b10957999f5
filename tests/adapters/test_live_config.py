from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from promobot.adapters.live_config import IGNORE_VARIABLE, LiveConfig, Override, load_config_with_live_overrides
from promobot.adapters.live_config.overrides_file import MAX_BYTES

BASE = """
title = "desk"
[environment]
mode = "live"
[portfolio]
leverage = 1.5
max_positions = 4
hedged = true
venues = ["a", "b"]
"risk.limit" = 2
[strategy.trend]
delay = 10.0
"""


@pytest.fixture(autouse=True)
def overrides_not_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(IGNORE_VARIABLE, raising=False)


def load(folder: Path, auto: str | bytes | None, base: str = BASE, *, force: bool = False) -> LiveConfig:
    path = folder / "config.toml"
    path.write_text(base)
    if auto is not None:
        (folder / "live_overrides").mkdir(exist_ok=True)
        (folder / "live_overrides/auto.toml").write_bytes(auto.encode() if isinstance(auto, str) else auto)
    return load_config_with_live_overrides(path, force_apply_overrides=force)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


APPLIED = {
    "quoted": ('"portfolio.leverage" = 1.75', "portfolio.leverage", 1.75),
    "dotted": ("portfolio.leverage = 1.75", "portfolio.leverage", 1.75),
    "nested": ("[auto_applied.strategy.trend]\ndelay = 8.0", "strategy.trend.delay", 8.0),
    "partly quoted": ('"strategy.trend" = { delay = 8.0 }', "strategy.trend.delay", 8.0),
    "integer for a float": ('"portfolio.leverage" = 2', "portfolio.leverage", 2.0),
    "integer": ('"portfolio.max_positions" = 5', "portfolio.max_positions", 5),
    "boolean": ('"portfolio.hedged" = false', "portfolio.hedged", False),
    "string": ('title = "night desk"', "title", "night desk"),
    "base quotes a part": ('"portfolio.risk.limit" = 3', "portfolio.risk.limit", 3),
    "same value": ('"portfolio.leverage" = 1.5', "portfolio.leverage", 1.5),
    "CRLF and comments": ('# x\r\n"portfolio.leverage" = 1.75 # y\r\n', "portfolio.leverage", 1.75),
}


@pytest.mark.parametrize(("line", "name", "value"), APPLIED.values(), ids=APPLIED)
def test_an_approved_value_replaces_the_base_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: str, name: str, value: Any
) -> None:
    plain = load(tmp_path, None)
    cfg = load(tmp_path, f"[auto_applied]\n{line}\n")
    assert (cfg[name], type(cfg[name])) == (value, type(value))
    assert cfg.overridden == {name: Override(base=plain[name], live=value)}
    assert cfg.source(name) == cfg.status.path == str(tmp_path / "live_overrides/auto.toml")
    assert {other: cfg[other] for other in cfg if other != name} == {o: plain[o] for o in plain if o != name}
    assert cfg.status.applied and cfg.status.reason == "applied"
    assert cfg.status.applied_keys == (name,) and not cfg.status.ignored_keys
    assert len(warnings(caplog)) == 1  # the load without auto.toml


IGNORED = {
    "unknown": ('"portfolio.nothing" = 1', "portfolio.nothing", "no such key"),
    "unknown segment": ('"portfolio.leverage.x" = 1', "portfolio.leverage.x", "no such key"),
    "case": ('"Portfolio.leverage" = 1.75', "Portfolio.leverage", "no such key"),
    "table in base": ("portfolio = 1", "portfolio", "a table in the base"),
    "float for integer": ('"portfolio.max_positions" = 5.0', "portfolio.max_positions", "float"),
    "boolean for integer": ('"portfolio.max_positions" = true', "portfolio.max_positions", "bool"),
    "boolean for float": ('"portfolio.leverage" = true', "portfolio.leverage", "bool"),
    "integer for boolean": ('"portfolio.hedged" = 1', "portfolio.hedged", "int"),
    "string for float": ('"portfolio.leverage" = "1.75"', "portfolio.leverage", "str"),
    "nan": ('"portfolio.leverage" = nan', "portfolio.leverage", "finite"),
    "infinity": ('"portfolio.leverage" = -inf', "portfolio.leverage", "finite"),
    "overflow": ('"portfolio.leverage" = 1e999', "portfolio.leverage", "finite"),
    "wide integer": ('"portfolio.max_positions" = 9223372036854775808', "portfolio.max_positions", "64-bit"),
    "unprintable integer": (f'"portfolio.leverage" = 0x{"f" * 9000}', "portfolio.leverage", "64-bit"),
    "array": ('"portfolio.leverage" = [1.75]', "portfolio.leverage", "not a boolean"),
    "array for array": ('"portfolio.venues" = ["c"]', "portfolio.venues", "not a boolean"),
    "string for array": ('"portfolio.venues" = "c"', "portfolio.venues", "list"),
    "empty table": ('"portfolio.leverage" = {}', "portfolio.leverage", "not a boolean"),
    "date": ('"portfolio.leverage" = 2026-01-01', "portfolio.leverage", "not a boolean"),
    "twice": (
        '"portfolio.leverage" = 2\n[auto_applied.portfolio]\nleverage = 2',
        "portfolio.leverage",
        "more than",
    ),
}


@pytest.mark.parametrize(("line", "name", "why"), IGNORED.values(), ids=IGNORED)
def test_a_key_that_does_not_fit_is_ignored_alone_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: str, name: str, why: str
) -> None:
    cfg = load(tmp_path, f'[auto_applied]\n"strategy.trend.delay" = 8.0\n{line}\n')
    (message,) = warnings(caplog)
    assert name in message and why in message
    assert why in cfg.status.ignored_keys[name] and len(cfg.status.ignored_keys) == 1
    assert cfg.status.applied_keys == ("strategy.trend.delay",) and cfg["strategy.trend.delay"] == 8.0
    plain = load(tmp_path, None, base=BASE.replace('"live"', '"paper"'))
    assert {n: cfg[n] for n in cfg if n not in ("strategy.trend.delay", "environment.mode")} == {
        n: plain[n] for n in plain if n not in ("strategy.trend.delay", "environment.mode")
    }


def test_a_base_key_with_two_spellings_is_never_overridden(tmp_path: Path) -> None:
    base = '"a.b" = 1\n[environment]\nmode = "live"\n[a]\nb = 2\n'
    cfg = load(tmp_path, '[auto_applied]\n"a.b" = 3', base=base)
    assert "more than once" in cfg.status.ignored_keys["a.b"]
    assert cfg["a.b"] == 2 and cfg.as_dict()["a.b"] == 1


@pytest.mark.parametrize("auto", ["[auto_applied]", "[auto_applied]\n[auto_applied.portfolio]\n[auto_applied.gone]"])
def test_nothing_promoted_yet_is_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture, auto: str) -> None:
    status = load(tmp_path, auto).status
    assert (status.applied, status.reason, status.ignored_keys, warnings(caplog)) == (False, "nothing_to_apply", {}, [])


UNUSABLE: dict[str, tuple[str | bytes | None, str]] = {
    "missing": (None, "missing"),
    "not UTF-8": (b'[auto_applied]\n"portfolio.leverage" = 1.75 # \xff', "invalid"),
    "byte order mark": (b'\xef\xbb\xbf[auto_applied]\n"portfolio.leverage" = 1.75', "invalid"),
    "not TOML": ('[auto_applied]\n"portfolio.leverage" = 1.75\n<<<<<<< HEAD\n', "invalid"),
    "duplicate key": ('[auto_applied]\n"portfolio.leverage" = 1.75\n"portfolio.leverage" = 1.8', "invalid"),
    "empty": ("", "invalid"),
    "no table": ('"portfolio.leverage" = 1.75', "invalid"),
    "not a table": ("auto_applied = [1]", "invalid"),
    "array of tables": ('[[auto_applied]]\n"portfolio.leverage" = 1.75', "invalid"),
    "deep array": ("[auto_applied]\na = " + "[" * 50_000, "invalid"),
    "deep table": ("[auto_applied]\n" + "a." * 2_000 + "a = 1", "invalid"),
    "long key": ("[auto_applied]\n" + "a." * 200_000 + "a = 1", "invalid"),
    "long number": ("[auto_applied]\na = " + "1" * 100_000, "invalid"),
    "huge": ("[auto_applied]\n" + "#" * MAX_BYTES, "unreadable"),
}


@pytest.mark.parametrize(("auto", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_file_is_ignored_whole_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, auto: str | bytes | None, reason: str
) -> None:
    cfg = load(tmp_path, auto)
    (message,) = warnings(caplog)
    assert "auto.toml" in message and cfg.status.detail in message and message.isprintable() and len(message) < 600
    assert (cfg.status.applied, cfg.status.reason, dict(cfg.overridden)) == (False, reason, {})
    assert (cfg.status.blob is None) == (reason != "invalid")
    if isinstance(auto, str) and "[auto_applied]\n" not in auto:
        assert cfg.status.detail == "it has no [auto_applied] table"
    assert cfg["portfolio.leverage"] == 1.5 and cfg.source("portfolio.leverage") == str(tmp_path / "config.toml")


@pytest.mark.parametrize("place", ["directory", "fifo", "parent is a file", "device", "impossible path", "long"])
def test_what_is_not_a_file_neither_raises_nor_hangs(tmp_path: Path, place: str) -> None:
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "file").touch()
    paths = {"parent is a file": "file/auto.toml", "device": "/dev/zero", "impossible path": "a\0b", "long": "é" * 900}
    (tmp_path / "config.toml").write_text(BASE)
    auto = tmp_path / paths.get(place, place)
    cfg = load_config_with_live_overrides(tmp_path / "config.toml", auto_overrides_path=auto)
    assert cfg.status.reason == "unreadable" and cfg["portfolio.leverage"] == 1.5
    assert cfg.status.detail.isascii() and len(cfg.status.detail) < 400


def test_a_log_line_cannot_be_forged_or_drowned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys = "".join(f'"x\\n::error::{i}\\u202e\\u001b[0m" = 1\n' for i in range(50))
    status = load(tmp_path, "[auto_applied]\n" + keys).status
    messages = warnings(caplog)
    assert len(messages) == 21 and all(message.isascii() and message.isprintable() for message in messages)
    assert "30 more" in messages[-1] and len(status.ignored_keys) == 50


ENVIRONMENTS = {
    **{f"mode = {mode!r}": True for mode in ("live", "testnet", "shadow", "paper_live", "live_dry_run", "LiVe")},
    'mode = " live\\n"': True,
    **{f"mode = {mode!r}": False for mode in ("paper", "backtest", "", "livestock", "not live")},
    "mode = true": False,
    "": False,
    "enable_live_trading = true": True,
    "mode = 'paper'\nenable_live_trading = true": True,
    "enable_live_trading = 1": False,
    "enable_live_trading = 'true'": False,
    "mode = 'paper'\nenable_live_trading = false": False,
}


@pytest.mark.parametrize(("environment", "live"), ENVIRONMENTS.items())
def test_only_live_like_environments_take_overrides(tmp_path: Path, environment: str, live: bool) -> None:
    base = f"x = 1.0\n[environment]\n{environment}\n"
    cfg = load(tmp_path, "[auto_applied]\nx = 2.0", base=base)
    assert (cfg["x"], cfg.status.reason) == ((2.0, "applied") if live else (1.0, "not_live"))
    assert (cfg.status.blob is not None) is live
    forced = load(tmp_path, None, base=base, force=True)
    assert (forced["x"], forced.status.reason) == (2.0, "applied")


def test_no_environment_table_is_not_live_and_overrides_cannot_make_it_so(tmp_path: Path) -> None:
    assert load(tmp_path, "[auto_applied]\nx = 2", base="x = 1\nenvironment = 'live'\n").status.reason == "not_live"
    base = "x = 1\n[environment]\nmode = 'paper'\n"
    assert load(tmp_path, '[auto_applied]\n"environment.mode" = "live"\nx = 2', base=base)["x"] == 1


@pytest.mark.parametrize(
    ("word", "ignores"),
    [("1", True), ("true", True), ("yes", True), ("nope", True), (" ", True), ("00", True)]
    + [(word, False) for word in ("", "0", "false", "No", "OFF", " off ")],
)
def test_the_switch_for_a_bad_night_wins_and_is_loud(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, word: str, ignores: bool
) -> None:
    monkeypatch.setenv(IGNORE_VARIABLE, word)
    assert IGNORE_VARIABLE == "PROMOBOT_IGNORE_LIVE_OVERRIDES"
    cfg = load(tmp_path, '[auto_applied]\n"portfolio.leverage" = 1.75', force=True)
    assert cfg.status.reason == ("disabled_by_environment" if ignores else "applied")
    assert cfg["portfolio.leverage"] == (1.5 if ignores else 1.75)
    assert [IGNORE_VARIABLE in message for message in warnings(caplog)] == [True] * ignores
