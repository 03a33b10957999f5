"""`promobot doctor` as a person and a pipeline run it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.workspace import (
    CONFIG,
    NOW,
    OVERRIDES,
    POLICY,
    ROOT,
    Ran,
    Workspace,
    make_workspace,
    patch,
    small_files,
)

AT = ("--now", NOW.isoformat())
REPORTS = "reports/learning_snippets"


def doctor(space: Workspace, *arguments: str) -> Ran:
    return space.promobot("doctor", *AT, *arguments)


def document(space: Workspace, *arguments: str, code: int = 0) -> Any:
    ran = doctor(space, "--format", "json", *arguments)
    assert (ran.code, ran.err) == (code, "")
    told = ran.json
    assert told["ok"] is (code == 0)
    if "--policy-only" not in arguments:
        # No test of this file has a forge, and doctor says so.
        assert told["findings"].pop()["code"] == "forge_not_asked"
    return told


def codes(told: Any) -> list[tuple[str, str]]:
    return [(finding["severity"], finding["code"]) for finding in told["findings"]]


EXAMPLE = """\
Could be applied automatically, when a person merges the proposal (5)
  hedge.leverage          1.0, next 1.0 .. 1.25 (bounds 1 .. 2, step 0.25)
  macro.carry_weight      0.2, next 0.1 .. 0.3 (bounds 0 .. 0.8, step 0.1)
  macro.regime_weight     0.25, next 0.15 .. 0.35 (bounds 0 .. 0.8, step 0.1)
  portfolio.leverage      1.0, next 1.0 .. 1.25 (bounds 1 .. 2, step 0.25)
  strategy.trigger_delay  10.0, next 8.0 .. 12.0 (bounds 3 .. 15, step 2)

Only proposed; a person sets it by hand (2)
  portfolio.rebalance_hours 8
      no_bounds: no bounds are set for this target (by [bounds], [[bounds_for]])
  strategy.name (text)
      no_bounds: no bounds are set for this target (by [bounds], [[bounds_for]])
      not_numeric: only numbers are applied automatically
      no_live_value: the base branch has no live number to measure the step from

Never proposed (2)
  environment.mode (text)
      not_eligible: no grant in the policy's [[eligibility]] covers this target
      today (by [[eligibility]] targets)
      blacklisted_target: the policy's [blacklist] bars environment (by
      [blacklist] targets)
  risk.stop_loss 0.02
      blacklisted_target: the policy's [blacklist] bars risk.stop_loss (by
      [blacklist] targets)
"""


def test_the_worked_example_is_explained(tmp_path: Path) -> None:
    space = make_workspace(tmp_path)
    before = space.traces(), space.branches()
    ran = doctor(space, "--policy-only")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith(f"\n\n{EXAMPLE}")
    assert ran.out == doctor(space, "--policy-only").out
    whole = doctor(space)
    assert whole.code == 0
    assert "ok: the newest export holds 6 patches; 3 would be proposed today, 2 of them\n    applied" in whole.out
    assert (space.traces(), space.branches()) == before


def test_what_it_says_of_an_export_is_what_propose_does(tmp_path: Path) -> None:
    space = make_workspace(tmp_path)
    decisions = space.propose().json["decisions"]
    accepted = [decision for decision in decisions if decision["status"] == "ACCEPTED_FOR_PROPOSAL"]
    applied = [decision for decision in accepted if decision["auto_apply"]]
    said = document(space)["findings"][-1]["message"]
    assert f"{len(accepted)} would be proposed today, {len(applied)} of them applied" in said


def test_one_of_each_is_told_in_the_singular(space: Workspace) -> None:
    """A newcomer has one of each; then it is two of each."""
    config = '[environment]\nmode = "live"\n[portfolio]\nleverage = 1.5\n'
    rules = f"{POLICY}[auto_apply]\nmax_per_day = 1\n"
    space.commit(small_files(policy=rules, config="[environment]\nenable_live_trading = true\n"))
    assert "config/config.toml: 1 parameter\n" in doctor(space).out
    space.commit(small_files(policy=rules, config=config))
    space.merge(space.proposed(patch("portfolio.leverage", 1.75))["branch"])
    space.write({f"{REPORTS}/1.json": json.dumps([patch("portfolio.leverage", 1.6)])})
    one = " ".join(doctor(space).out.split())
    assert "at most 1 value may land on a UTC day, at most 50 in one proposal" in one
    assert "config/live_overrides/auto.toml: 1 readable value" in one
    assert "1 proposal has landed, 1 value of them today" in one
    assert "the newest export holds 1 patch; " in one
    space.write({f"{REPORTS}/2.json": json.dumps([patch("portfolio.leverage", 1.6), patch("a.b", 1)])})
    two = " ".join(doctor(space).out.split())
    assert "config/config.toml: 2 parameters" in two
    assert "the newest export holds 2 patches; " in two


def test_live_values_are_those_of_the_base_branch_with_its_overrides(space: Workspace) -> None:
    space.commit({"config/live_overrides/auto.toml": '[auto_applied]\n"portfolio.leverage" = 1.75\n'})
    space.write({"config/live_overrides/auto.toml": "of the checkout, which does not count"})
    told = document(space, "--policy-only")
    found = {parameter["target"]: parameter for parameter in told["parameters"]}
    assert (found["portfolio.leverage"]["live"], found["portfolio.leverage"]["reachable"]) == (1.75, [1.5, 2.0])
    assert told["policy"]["source"] == "config/promobot.toml"


def test_a_policy_that_is_not_merged_yet_can_be_tried(space: Workspace) -> None:
    space.write({"draft.toml": POLICY.replace("bounded_auto", "manual_only")})
    told = document(space, "--policy-only", "--policy", "draft.toml")
    assert {parameter["verdict"] for parameter in told["parameters"]} == {"by_hand"}
    assert codes(told) == [("note", "nothing_automatic")]
    assert (told["policy"]["source"], told["policy"]["effective_mode"]) == ("draft.toml", "manual_only")


def test_a_broken_policy_is_exit_2_with_every_error(space: Workspace) -> None:
    space.write({"draft.toml": "mode = 'auto'\nlock = 1\n"})
    text = doctor(space, "--policy-only", "--policy", "draft.toml")
    assert (text.code, text.out) == (2, "")
    assert text.err.splitlines() == [
        "promobot: draft.toml has 2 errors; nothing was done",
        "  draft.toml, mode: must be one of disabled, manual_only, bounded_auto",
        "  draft.toml, lock: must be true or false",
    ]
    data = doctor(space, "--policy", "draft.toml", "--format", "json")
    assert (data.code, len(data.json["error"]["details"])) == (2, 2)


BROKEN: dict[str, tuple[dict[str, str | bytes], list[str]]] = {
    "no TOML in the base config": ({"config": "a ="}, ["config/config.toml is not valid TOML"]),
    "a key twice in the overrides": (
        {"overrides": '[auto_applied]\n"a.b" = 1\n[auto_applied.a]\nb = 2\n'},
        ["config/live_overrides/auto.toml: a.b stands there quoted and nested at once"],
    ),
    "both at once": (
        {"config": b"\xff", "overrides": "["},
        ["config/live_overrides/auto.toml is not valid TOML", "config/config.toml is not UTF-8 text"],
    ),
    "overrides that the live system ignores whole": (
        {"overrides": f'{OVERRIDES}# {"x" * 1_100_000}\n"portfolio.leverage" = 1.6\n'},
        ["the live system ignores config/live_overrides/auto.toml whole"],
    ),
}


@pytest.mark.parametrize("policy_only", [True, False])
@pytest.mark.parametrize("story", BROKEN)
def test_what_cannot_be_read_is_an_error_each(space: Workspace, story: str, policy_only: bool) -> None:
    files, expected = BROKEN[story]
    space.commit(small_files(**files))
    told = document(space, *(["--policy-only"] if policy_only else []), code=1)
    assert codes(told) == [("error", "base_unreadable")] * len(expected)
    for finding, start in zip(told["findings"], expected, strict=True):
        assert finding["message"].startswith(start)


def test_a_history_that_cannot_be_read_is_an_error_beside_others(space: Workspace) -> None:
    landed = "reports/live_promotion/live_promotion_x/proposal_meta.json"
    space.commit({**small_files(config="a ="), landed: "{}"})
    told = document(space, code=1)
    messages = " | ".join(finding["message"] for finding in told["findings"])
    assert "config/config.toml is not valid TOML" in messages
    assert f"{landed} has landed and cannot be read" in messages
    space.commit(small_files(overrides="["))
    told = document(space, code=1)
    assert [landed in finding["message"] for finding in told["findings"]] == [False, True]


def test_an_export_that_is_refused_is_an_error(space: Workspace) -> None:
    space.write({f"{REPORTS}/1.json": json.dumps([patch("portfolio.leverage", True, statsu="x"), {}])})
    told = document(space, code=1)
    assert ("error", "export_unreadable") in codes(told)
    assert "did you mean status?" in str(told["findings"])
    assert document(space, "--policy-only")["findings"] == []


def test_red_tests_stand_in_the_way_today(space: Workspace) -> None:
    space.commit(small_files(policy=f'{POLICY}[test_health]\nreport = "reports/health.json"\n'))
    assert document(space, "--policy-only")["findings"] == []
    told = document(space)
    assert ("warning", "not_today") in codes(told)
    assert "reports/health.json is missing" in str(told["findings"])


def test_overrides_that_are_not_taken_are_named(space: Workspace) -> None:
    space.commit(small_files(overrides='[auto_applied]\n"portfolio.levrage" = 1.6\n'))
    told = document(space)
    assert ("warning", "ignored_override") in codes(told)
    assert ("ok", "overrides") not in codes(told)
    space.commit(small_files(overrides='[auto_applied]\n"portfolio.leverage" = 1.6\n'))
    assert ("ok", "overrides") in codes(document(space))


def test_warnings_are_no_failure_and_stand_in_the_text_with_their_mend(space: Workspace) -> None:
    space.commit(small_files(config=CONFIG.replace("leverage = 1.5", "leverage = 3.5")))
    ran = doctor(space)
    assert ran.code == 0
    assert "warning: live_above_hard_limit: portfolio.leverage: the live value 3.5 is above" in ran.out
    assert "    mend: bring the live value back by a reviewed change" in ran.out


@pytest.mark.parametrize("columns", ["80", "200"])
def test_the_help_teaches_and_fits_eighty_columns(space: Workspace, columns: str) -> None:
    ran = space.promobot("doctor", "--help", env={"COLUMNS": columns})
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    assert all(word in ran.out for word in ("Usage: promobot doctor", "Examples", "--policy-only", "Exit codes"))
    wrong = space.promobot("doctor", "--nope")
    assert (wrong.code, "promobot doctor --help" in wrong.err) == (2, True)


def test_this_repositorys_own_policy_is_sound(tmp_path: Path) -> None:
    """The example that ships is held to what doctor asks of others."""
    space = make_workspace(tmp_path)
    told = document(space, "--policy-only", "--policy", str(ROOT / "config/promobot.toml"))
    assert told["findings"] == []
