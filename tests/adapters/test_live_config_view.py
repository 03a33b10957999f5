"""The object that the live reader hands out, where it reads, what importing it costs, and its properties."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promobot.adapters.live_config import IGNORE_VARIABLE, LiveConfig, load_config_with_live_overrides

BASE = """
[environment]
mode = "live"
[portfolio]
leverage = 1.5
max_positions = 4
venues = ["a", "b"]
[broker]
token = "s3cret"
dry = false
"""
AUTO = '[auto_applied]\n"portfolio.leverage" = 1.75\n"no.such\\nkey" = 1\n'
LEAVES = ["portfolio.leverage", "portfolio.max_positions", "portfolio.venues", "broker.token", "broker.dry"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def overrides_not_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(IGNORE_VARIABLE, raising=False)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory with the default layout."""
    (tmp_path / "config/live_overrides").mkdir(parents=True)
    (tmp_path / "config/config.toml").write_text(BASE)
    (tmp_path / "config/live_overrides/auto.toml").write_text(AUTO)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_arguments_the_files_are_below_the_current_directory(desk: Path) -> None:
    cfg = load_config_with_live_overrides()
    assert cfg["portfolio.leverage"] == 1.75
    assert cfg.source("portfolio.leverage") == "config/live_overrides/auto.toml"
    assert cfg.source("portfolio.max_positions") == "config/config.toml"


def test_overrides_are_looked_for_beside_a_given_config_unless_they_are_given_too(desk: Path) -> None:
    other = desk / "other"
    other.mkdir()
    (other / "base.toml").write_text(BASE)
    (other / "mine.toml").write_text("[auto_applied.portfolio]\nleverage = 1.25\n")
    assert load_config_with_live_overrides(str(other / "base.toml")).status.reason == "missing"
    given_both = load_config_with_live_overrides(other / "base.toml", auto_overrides_path=str(other / "mine.toml"))
    assert given_both["portfolio.leverage"] == 1.25
    assert load_config_with_live_overrides(auto_overrides_path=other / "mine.toml")["portfolio.leverage"] == 1.25


@pytest.mark.parametrize(
    ("base", "error"),
    [(None, FileNotFoundError), (b"x = ", tomllib.TOMLDecodeError), (b"x = '\xff'", UnicodeDecodeError)],
)
def test_a_base_config_that_cannot_be_read_is_an_error(desk: Path, base: bytes | None, error: type[Exception]) -> None:
    (desk / "config/config.toml").unlink()
    if base is not None:
        (desk / "config/config.toml").write_bytes(base)
    with pytest.raises(error):
        load_config_with_live_overrides()


def test_values_are_found_by_dotted_name(desk: Path) -> None:
    cfg = load_config_with_live_overrides()
    assert cfg.get("portfolio.leverage") == 1.75 and cfg.get("portfolio.none") is None
    assert cfg.get("portfolio.none", 7) == 7 and cfg.get("portfolio.leverage.x", 7) == 7
    assert cfg["broker"] == {"token": "s3cret", "dry": False} and cfg.get("broker.dry", True) is False
    assert "portfolio" in cfg and "portfolio.leverage" in cfg and "leverage" not in cfg and 1 not in cfg
    assert list(cfg) == ["environment.mode", *LEAVES]
    with pytest.raises(KeyError, match=r"^'portfolio\.none'$"):
        cfg["portfolio.none"]


@pytest.mark.parametrize("name", ["portfolio", "portfolio.none"])
def test_only_a_leaf_has_a_source(desk: Path, name: str) -> None:
    with pytest.raises(KeyError, match=name):
        load_config_with_live_overrides().source(name)


def test_callers_cannot_change_the_config(desk: Path) -> None:
    cfg = load_config_with_live_overrides()
    cfg.as_dict()["portfolio"]["leverage"] = 9
    cfg["portfolio"]["venues"].append("c")
    cfg.get("portfolio.venues").append("c")
    cfg.status.as_dict()["ignored_keys"].clear()
    for change in ("cfg.overridden['x'] = 1", "cfg['x'] = 1", "cfg.status = None", "cfg.status.applied = False"):
        with pytest.raises((TypeError, AttributeError)):
            exec(change, {"cfg": cfg})
    assert cfg["portfolio"] == {"leverage": 1.75, "max_positions": 4, "venues": ["a", "b"]}
    assert cfg.as_dict()["portfolio"] == cfg["portfolio"] and cfg.status.ignored_keys


def test_the_status_can_be_shown_and_names_the_blob_as_git_does(desk: Path) -> None:
    status = load_config_with_live_overrides().status
    git = ["git", "hash-object", "--no-filters", "config/live_overrides/auto.toml"]
    blob = subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()
    assert json.loads(json.dumps(status.as_dict())) == status.as_dict()
    assert status.as_dict() == {
        "applied": True,
        "reason": "applied",
        "detail": "1 override(s) applied, 1 ignored",
        "path": "config/live_overrides/auto.toml",
        "blob": blob,
        "applied_keys": ["portfolio.leverage"],
        "ignored_keys": {"no.such\nkey": "the base config has no such key"},
    }


def test_values_and_blob_come_from_one_read(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment that replaces the file right after it was opened gets the old values under the old blob id."""
    expected = load_config_with_live_overrides().status.blob
    real_open = os.open

    def open_then_replace(path: str, flags: int, mode: int = 0o777) -> int:
        descriptor = real_open(path, flags, mode)
        Path("new.toml").write_text('[auto_applied]\n"portfolio.leverage" = 1.25\n')
        Path("new.toml").replace(path)
        return descriptor

    monkeypatch.setattr(os, "open", open_then_replace)
    cfg = load_config_with_live_overrides()
    assert (cfg["portfolio.leverage"], cfg.status.blob) == (1.75, expected)
    assert "1.25" in (desk / "config/live_overrides/auto.toml").read_text()


def test_it_travels_to_worker_processes_and_shows_no_values_in_logs(desk: Path) -> None:
    cfg = load_config_with_live_overrides()
    twin = pickle.loads(pickle.dumps(cfg))
    assert (twin.as_dict(), twin.status, dict(twin.overridden)) == (cfg.as_dict(), cfg.status, dict(cfg.overridden))
    assert "config/config.toml" in repr(cfg) and "applied" in repr(cfg) and "s3cret" not in repr(cfg)


@pytest.mark.parametrize("module", ["promobot.adapters.live_config"])
def test_importing_the_reader_is_cheap(module: str) -> None:
    program = f"import sys; from {module} import load_config_with_live_overrides as load; load; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "promobot" in loaded and "tomllib" in loaded
    assert not loaded & {"git", "github", "pydantic", "pydantic_core", "tomlkit", "typer", "rich", "requests"}
    assert "promobot.core" not in run.stdout.split() and "promobot.errors" not in run.stdout.split()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "config.toml").write_text(BASE)
        yield Path(name)


def load_bytes(folder: Path, auto: bytes) -> LiveConfig:
    (folder / "auto.toml").write_bytes(auto)
    return load_config_with_live_overrides(folder / "config.toml", auto_overrides_path=folder / "auto.toml")


def shape(value: Any) -> Any:
    """The keys and the exact types of a tree."""
    return {key: shape(inner) for key, inner in value.items()} if isinstance(value, dict) else type(value)


NAMES = st.sampled_from([*LEAVES, "portfolio", "broker", "environment.mode", "x", "portfolio.leverage.x"])
VALUES = st.sampled_from(
    ["1", "1.5", "-0.0", "0x7f", "true", "'x'", '""', "nan", "inf", "[1]", "{}", "{x=1}", "{leverage=2.5}"]
)
KEYS = st.builds(lambda name, form: form.format(name), NAMES, st.sampled_from(['"{}"', "{}", "'{}'"]))
LINES = st.one_of(
    st.builds("{} = {}".format, KEYS, VALUES),
    st.builds("[{}]".format, st.sampled_from(["auto_applied", "auto_applied.portfolio", '"auto_applied"', "other"])),
    st.text(max_size=8),
)
FILES = st.builds(
    lambda header, lines: "\n".join([header, *lines]).encode("utf-8", "surrogatepass"),
    st.sampled_from(["[auto_applied]", "", "[auto_applied.portfolio]"]),
    st.lists(LINES, max_size=6),
)


@given(st.one_of(st.binary(max_size=200), FILES))
@example(b"[auto_applied]\nportfolio.leverage = 2")
def test_no_file_can_make_the_config_worse(folder: Path, auto: bytes) -> None:
    base = tomllib.loads(BASE)
    cfg = load_bytes(folder, auto)
    live = cfg.as_dict()
    assert shape(live) == shape(base)
    assert "nan" not in str(live) and "inf" not in str(live)
    for name in cfg:
        if name in cfg.overridden:
            assert cfg[name] == cfg.overridden[name].live and cfg.source(name) == cfg.status.path
        else:
            table, _, key = name.partition(".")
            assert cfg[name] == base[table][key]
    assert set(cfg.overridden) == set(cfg.status.applied_keys) and set(cfg.overridden) <= set(cfg)
    assert not set(cfg.status.applied_keys) & set(cfg.status.ignored_keys)
    assert cfg.status.applied == (cfg.status.reason == "applied") == bool(cfg.overridden)
    json.dumps(cfg.status.as_dict(), allow_nan=False)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**63 - 1), st.booleans())
def test_every_well_typed_value_arrives_exactly(folder: Path, leverage: float, positions: int, nested: bool) -> None:
    quoted = f'[auto_applied]\n"portfolio.leverage" = {leverage!r}\n"portfolio.max_positions" = {positions}\n'
    tables = f"[auto_applied.portfolio]\nleverage = {leverage!r}\nmax_positions = {positions}\n"
    cfg = load_bytes(folder, (tables if nested else quoted).encode())
    assert (repr(cfg["portfolio.leverage"]), cfg["portfolio.max_positions"]) == (repr(leverage), positions)
    assert set(cfg.overridden) == {"portfolio.leverage", "portfolio.max_positions"}
