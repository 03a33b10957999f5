"""`promobot audit show --target`: the value that was live at a time, and what made it so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.gate import AUTO, CONFIG, POLICY, Gate
from tests.support.hosted import run_here
from tests.support.lived import LOOSER, lived
from tests.support.workspace import CONFIG as CONFIG_TEXT
from tests.support.workspace import NOW


def shown(*words: str, edited: bool = False) -> Any:
    ran = lived(edited=edited).audit("show", "--format", "json", *words)
    assert ran.code == 0, ran.out + ran.err
    return ran.json


def value(target: str, at: str = "", edited: bool = False) -> tuple[Any, ...]:
    """What was live, from which file, and the commits since and until which, by their words."""
    told = shown("--target", target, *(("--at", at) if at else ()), edited=edited)
    names = {commit: name for name, commit in lived(edited=edited).commits.items()}
    until = told["until"] and names[told["until"]["commit"]]
    return told["value"], told["source"], names[told["since"]["commit"]], until


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-22T11:59:59Z", (0.25, "base_config", "start", "weight")),
        ("2026-11-22T13:59:59Z", (0.25, "base_config", "start", "weight")),
        ("2026-11-22T14:00:00Z", (0.3, "override", "weight", "back")),
        ("2026-11-22T15:59:59", (0.3, "override", "weight", "back")),
        ("2026-11-22T16:59:59+01:00", (0.3, "override", "weight", "back")),
        ("2026-11-22T16:00:00Z", (0.25, "base_config", "back", None)),
        ("2030-01-01", (0.25, "base_config", "back", None)),
        ("", (0.25, "base_config", "back", None)),
    ],
)
def test_the_value_at_a_time(at: str, expected: tuple[Any, ...]) -> None:
    assert value("macro.regime_weight", at) == expected


def test_values_have_their_own_types() -> None:
    assert value("strategy.trigger_count")[0] == 5
    assert isinstance(value("strategy.trigger_count")[0], int)
    assert isinstance(value("strategy.trigger_delay")[0], float)
    assert value("strategy.name")[0] == "trend"


def test_why_it_was_so_as_text() -> None:
    here = lived()
    told = here.audit("show", "--target", "macro.regime_weight", "--at", "2026-11-22T15:00:00+00:00").out
    weight, delay, back = (here.commits[name][:12] for name in ("weight", "delay", "back"))
    policy = here.gate.git("rev-parse", f"main:{POLICY}")[:12]
    assert told == (
        "macro.regime_weight at 2026-11-22T15:00:00Z: 0.3 (an override)\n"
        f"  the line stood at 2026-11-22T15:00:00Z, commit {delay}\n"
        f"since 2026-11-22T14:00:00Z, commit {weight}\n"
        "  2026-11-22T14:00:00Z  promotion  verified\n"
        f"    {here.ids['weight']}\n"
        "    macro.regime_weight 0.25 -> 0.3\n"
        f"    #2 approved by nobody else, merged by ann\n"
        f"    commit {weight}; policy {policy}\n"
        f"until 2026-11-22T16:00:00Z, commit {back}\n"
        "times are the committers' own dates; the first-parent order of the line decides where they go back\n"
    )


def test_a_value_that_nobody_proposed_is_a_finding() -> None:
    assert value("portfolio.leverage", edited=True) == (1.25, "override", "edit", None)
    told = lived(edited=True).audit("show", "--target", "portfolio.leverage").out
    assert "  2026-11-22T19:00:00Z  finding  unexplained_values\n    portfolio.leverage 1.75 -> 1.25\n" in told


def test_what_was_there_at_the_baseline_is_taken_as_given() -> None:
    told = shown("--target", "macro.tilt", "--at", "2026-11-22T12:30:00Z")
    assert (told["value"], told["given"], told["entry"]) == (0.3, True, None)
    assert shown("--target", "macro.tilt")["given"] is False


def run(gate: Gate, *words: str) -> Any:
    ran = run_here(gate.space.clone, {}, "audit", "show", "--format", "json", *words)
    assert ran.code == 0, ran.out
    return ran.json


def hours(count: int) -> str:
    return (NOW + timedelta(hours=count)).isoformat()


def test_a_change_of_the_base_config_is_told_with_its_author(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    commit = gate.on_main({CONFIG: CONFIG_TEXT.replace("tilt = 0.3", "tilt = 3")}, when=hours(0))
    told = run(gate, "--target", "macro.tilt")
    assert (told["value"], told["source"], told["since"]["commit"]) == (3, "base_config", commit)
    assert isinstance(told["value"], int)
    text = run_here(gate.space.clone, {}, "audit", "show", "--target", "macro.tilt").out
    assert "the base config was changed" in text
    assert "  by A Person <person@example.invalid>, as the commit says\n" in text


def test_an_equal_value_from_another_file_has_another_reason(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    commit = gate.on_main({AUTO: '[auto_applied]\n"macro.tilt" = 0.3\n'}, when=hours(1))
    before, now = (run(gate, "--target", "macro.tilt", *words) for words in (("--at", hours(0)), ()))
    assert (before["value"], before["source"], before["until"]["commit"]) == (0.3, "base_config", commit)
    assert (now["value"], now["source"], now["since"]["commit"]) == (0.3, "override", commit)


def test_overrides_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path, overrides='[auto_applied]\n"macro.tilt" = 0.4\n')
    gate.on_main({AUTO: "[auto_applied\n"}, when=hours(1))
    before = run(gate, "--target", "macro.tilt", "--at", hours(0))
    assert (before["value"], before["source"]) == (0.4, "override")
    after = run(gate, "--target", "macro.tilt")
    assert (after["value"], after["source"]) == (0.3, "base_config")
    assert "is not valid TOML" in after["note"]


def test_overrides_are_followed_where_the_policy_moves_them(tmp_path: Path) -> None:
    overrides = '[auto_applied]\n"macro.tilt" = 0.4\n'
    gate = Gate.at(tmp_path, overrides=overrides)
    moved = {POLICY: LOOSER + '[paths]\nlive_overrides = "etc/auto.toml"\n', "etc/auto.toml": overrides}
    gate.on_main(moved, when=hours(1))
    assert run(gate, "--target", "macro.tilt")["value"] == 0.4
    # The file at the old place is nobody's any more.
    gate.on_main({AUTO: overrides.replace("0.4", "0.9")}, when=hours(2))
    assert run(gate, "--target", "macro.tilt")["value"] == 0.4
    gate.on_main({"etc/auto.toml": overrides.replace("0.4", "0.5")}, when=hours(3))
    assert run(gate, "--target", "macro.tilt")["value"] == 0.5
    assert run(gate, "--target", "macro.tilt", "--at", hours(2))["value"] == 0.4


GITLINK = "160000,0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("path", ["..", "a\\u0000b", "/etc/x", "", "./x", "config"])
def test_a_policy_may_name_any_path_until_it_is_judged(tmp_path: Path, path: str) -> None:
    gate = Gate.at(tmp_path)
    gate.on_main({POLICY: LOOSER + f'[paths]\nlive_overrides = "{path}"\n'}, when=hours(1))
    assert run(gate, "--target", "macro.tilt")["value"] == 0.3


def test_a_submodule_in_the_policys_place_is_no_policy(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    gate.git("update-index", "--add", "--cacheinfo", f"{GITLINK},{POLICY}")
    gate.git("commit", "--quiet", "-m", "by hand", env={"GIT_COMMITTER_DATE": hours(1)})
    assert run(gate, "--target", "macro.tilt")["value"] == 0.3


def test_where_dates_go_back_the_order_of_the_line_decides(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    for count, tilt in ((2, "0.4"), (1, "0.5")):
        gate.on_main({CONFIG: CONFIG_TEXT.replace("tilt = 0.3", f"tilt = {tilt}")}, when=hours(count))
    assert run(gate, "--target", "macro.tilt", "--at", hours(1))["value"] == 0.5
    assert run(gate, "--target", "macro.tilt", "--at", hours(0))["value"] == 0.3


def test_what_the_reader_takes_in_spite_of_its_mode_is_told_and_what_nobody_knows_is_not(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    gate.on_main({AUTO: '[auto_applied]\n"macro.regime_weight" = 0.5\n'})
    gate.git("update-index", "--chmod=+x", AUTO)
    gate.git("commit", "--quiet", "--message", "executable")
    words = ("audit", "show", "--target", "macro.regime_weight", "--format", "json")
    told = gate.space.promobot(*words).json
    assert (told["value"], told["source"]) == (0.5, "override")
    (gate.space.clone / AUTO).unlink()
    (gate.space.clone / AUTO).symlink_to("../elsewhere.toml")
    gate.git("commit", "--quiet", "--all", "--message", "a link")
    told = gate.space.promobot(*words).json
    assert (told["value"], told["source"]) == (None, None)
    assert "cannot be told" in told["note"]
