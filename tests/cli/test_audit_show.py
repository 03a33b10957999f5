"""`promobot audit show`: one proposal whole, and the value that was live at a time."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.gate import AUTO, CONFIG, POLICY, REPORTS, Gate, lever, replaced
from tests.support.hosted import run_here
from tests.support.lived import LOOSER, lived
from tests.support.workspace import CONFIG as CONFIG_TEXT
from tests.support.workspace import NOW
from tests.support.workspace import POLICY as PLAIN


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


def test_a_proposal_is_told_with_its_rejected_patches() -> None:
    here = lived()
    told = shown(here.ids["lever"])
    decided = {one["patch"]["id"]: one["decision"]["status"] for one in told["patches"]}
    assert decided == {
        "p-lever": "ACCEPTED_FOR_PROPOSAL",
        "p-name": "ACCEPTED_FOR_PROPOSAL",
        "p-tilt": "ACCEPTED_FOR_PROPOSAL",
        "p-unknown": "REJECTED_BY_SANITY_CHECK",
    }
    assert told["meta"]["facts"]["live_values"]["portfolio.leverage"] == 1.5
    assert told["record"]["predicate"]["approvers"][0]["by"]["login"] == "ben"
    landing = here.commits["lever"]
    assert told["signatures"][landing] == {"state": "unsigned", "key": None, "why": ""}
    for file in told["files"].values():
        assert file["blob"] == here.gate.git("rev-parse", f"{landing}:{file['path']}")


def test_a_proposal_as_text() -> None:
    here = lived()
    ran = here.audit("show", here.ids["lever"])
    assert ran.code == 0
    folder = f"reports/live_promotion/{here.ids['lever']}"
    commit, git = here.commits["lever"], here.gate.git
    policy = git("rev-parse", f"{commit}:{POLICY}")
    for line in (
        "  promotion in mode bounded_auto: verified",
        f"  landed 2026-11-22T12:00:00Z with commit {commit}",
        f"  brought by commit {git('rev-parse', f'{commit}^2')}",
        "  portfolio.leverage 1.5 -> 1.75",
        "decisions on 4 patches",
        "  p-tilt macro.tilt -> 0.7: ACCEPTED_FOR_PROPOSAL, by hand",
        "    step_too_large: a step of 0.4 is over the limit 0.1",
        "  p-unknown x.y -> 3: REJECTED_BY_SANITY_CHECK",
        "    unknown_target: the base config has no such parameter",
        "  landed_today 0",
        f"  landed under {policy}",
        f"  git show {policy}",
        f"  {folder}",
        f"  OPERATOR_CHECKLIST.md: git show {git('rev-parse', f'{commit}:{folder}/OPERATOR_CHECKLIST.md')}",
        f"  {AUTO}: git diff {git('rev-parse', f'{commit}^:{AUTO}')} {git('rev-parse', f'{commit}:{AUTO}')}",
        "  pull request #1 https://forge.example/acme/live/pull/1 by promobot[bot] (Bot 1)",
        "  merged by ann (User 4) at 2026-11-22T12:00:00Z",
        "  APPROVED by ben (User 5), MEMBER, at 2026-11-22T12:00:00Z: counts",
        "  boxes ticked: 0",
        "  boxes missing: 5",
        '  check "promobot / gate": "success" by "github-actions"',
        f"  {commit} unsigned",
    ):
        assert line in ran.out.split("\n"), line
    assert ran.out.endswith("findings\n  none\n")
    assert '"best of \\u001b[31mthe sweep"' in ran.out
    assert "\x1b" not in ran.out


def test_the_commands_that_it_names_work() -> None:
    here = lived()
    out = here.audit("show", here.ids["delay"]).out
    commands = [line.partition("git ")[2] for line in out.split("\n") if "git show" in line or "git diff" in line]
    assert len(commands) == 6
    for command in commands:
        assert here.gate.git(*command.split(" "))


def test_a_wish_tells_who_asked_and_why() -> None:
    out = lived().audit("show", lived().ids["delay"]).out
    assert 'wish\n  promobot set: "slow \\u0007 down"\n' in out
    back = lived().audit("show", lived().ids["back"]).out
    assert f"  of proposal {lived().ids['weight']}\n" in back


def test_what_took_it_back_is_told() -> None:
    here = lived()
    out = here.audit("show", here.ids["weight"]).out
    assert f"  taken back 2026-11-22T16:00:00Z by {here.ids['back']}, commit {here.commits['back']}\n" in out
    button = here.audit("show", here.ids["tilt"]).out
    assert f"  taken back 2026-11-22T18:00:00Z by the forge's button, commit {here.commits['button']}\n" in button


def test_every_way_to_name_a_proposal() -> None:
    proposal = lived().ids["lever"]
    digest = shown(proposal)["proposal"]["digest"]
    for name in (digest, digest[:16], "live_promotion_20261122T1200", f" {proposal} "):
        assert shown(name)["proposal"]["proposal_id"] == proposal


def altered(folder: Path) -> tuple[Gate, str]:
    """A history whose one landing has another checklist than promobot made."""
    gate = Gate.at(folder)
    made = gate.propose(lever())
    gate.edit(made.branch, replaced(f"{REPORTS}/*/OPERATOR_CHECKLIST.md", ("1.75", "1.70")))
    gate.land(made.branch, "squash")
    return gate, gate.git("rev-parse", "main")


def test_what_was_found_against_a_landing_is_told(tmp_path: Path) -> None:
    gate, commit = altered(tmp_path)
    told = run_here(gate.space.clone, {}, "audit", "show", "live_promotion").out
    assert "  promotion in mode bounded_auto: artifact_altered\n" in told
    assert re.search(rf"findings\n  {commit} .* \[artifact_altered\]\n$", told)
    log = run_here(gate.space.clone, {}, "audit", "log").out
    assert "  promotion  artifact_altered\n" in log


def test_what_is_acknowledged_is_told_as_such(tmp_path: Path) -> None:
    gate, commit = altered(tmp_path)
    known = f'[[audit.acknowledged]]\ncommit = "{commit}"\ncode = "artifact_altered"\nreason = "seen\\u001b"\n'
    gate.on_main({POLICY: PLAIN + known}, when=(NOW + timedelta(hours=1)).isoformat())
    told = run_here(gate.space.clone, {}, "audit", "show", "live_promotion").out
    assert "  promotion in mode bounded_auto: acknowledged: artifact_altered\n" in told
    assert told.endswith('[artifact_altered], known: "seen\\u001b"\n')
    assert "  promotion  acknowledged: artifact_altered\n" in run_here(gate.space.clone, {}, "audit", "log").out


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
        f"    #2 approved by nobody else, merged by ann; commit {weight}; policy {policy}\n"
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


def test_where_dates_go_back_the_order_of_the_line_decides(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    for count, tilt in ((2, "0.4"), (1, "0.5")):
        gate.on_main({CONFIG: CONFIG_TEXT.replace("tilt = 0.3", f"tilt = {tilt}")}, when=hours(count))
    assert run(gate, "--target", "macro.tilt", "--at", hours(1))["value"] == 0.5
    assert run(gate, "--target", "macro.tilt", "--at", hours(0))["value"] == 0.3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "name one proposal, or a --target"),
        (("--at", "2026-11-22"), "name one proposal, or a --target"),
        (("live_promotion_2026", "--target", "macro.tilt"), "name one proposal, or a --target"),
        (("--target", "macro.tilt", "--at", "noon"), "--at 'noon' is no ISO 8601 time"),
        (("--target", "macro.tilt", "--at", "2020-01-01"), "lies before the first commit"),
        (("--target", "macro.tlit"), "'macro.tlit' was never live here"),
        (("live_promotion_2026",), "names 5 landed proposals, say which"),
        (("nothing",), "no landed proposal is named 'nothing'"),
        (("",), "no landed proposal is named ''"),
    ],
)
def test_mistakes_are_exit_2_and_say_what_is_wrong(words: tuple[str, ...], told: str) -> None:
    ran = lived().audit("show", *words)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


@pytest.mark.parametrize("name", ["0" * 16, "0" * 64, "live_promotion_20261122T120000Z_0123456789abcdef"])
def test_a_proposal_that_has_not_landed_is_exit_4(name: str) -> None:
    ran = lived().audit("show", name)
    assert (ran.code, ran.out) == (4, "")
    assert f"{name} has not landed here" in ran.err
