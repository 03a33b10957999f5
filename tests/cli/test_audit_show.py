"""`promobot audit show`: one proposal whole, rejected patches included."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.gate import AUTO, POLICY, REPORTS, Gate, lever, replaced
from tests.support.hosted import run_here
from tests.support.lived import lived
from tests.support.workspace import NOW
from tests.support.workspace import POLICY as PLAIN


def shown(*words: str) -> Any:
    ran = lived().audit("show", "--format", "json", *words)
    assert ran.code == 0, ran.out + ran.err
    return ran.json


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
        f"  {AUTO}: git diff {git('rev-parse', f'{commit}^:{AUTO}')[:12]} {git('rev-parse', f'{commit}:{AUTO}')[:12]}",
        "  pull request #1 https://forge.example/acme/live/pull/1 by promobot[bot] (Bot 1)",
        "  merged by ann (User 4) at 2026-11-22T12:00:00Z",
        "  APPROVED by ben (User 5), MEMBER, at 2026-11-22T12:00:00Z: counts",
        "  boxes ticked: 5",
        "  boxes missing: 0",
        '  check "promobot / gate": "success" by "github-actions"',
        f"  {commit} unsigned",
    ):
        assert line in ran.out.split("\n"), line
    assert ran.out.endswith("findings\n  none\n")
    assert '"\\u001b[31mred"' in ran.out
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


def test_boxes_that_nobody_ticked_are_told() -> None:
    out = lived().audit("show", lived().ids["weight"]).out
    assert '  boxes missing: 5\n    "Every patch above is safe for live: ' in out


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


def test_all_digits_of_a_digest_count() -> None:
    digest = shown(lived().ids["lever"])["proposal"]["digest"]
    other = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    assert lived().audit("show", other).code == 4
