"""`promobot audit log`: what changed the live values, newest first, with what the proof says of each."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from promobot.core.rendering.entries_csv import COLUMNS
from tests.support.hosted import run_here
from tests.support.lived import lived


@pytest.mark.parametrize("command", [["audit", "log"], ["audit", "show"]], ids=" ".join)
def test_the_help_teaches_within_eighty_columns(command: list[str], tmp_path: Path) -> None:
    ran = run_here(tmp_path, {"COLUMNS": "200"}, *command, "--help")
    lines = ran.out.split("\n")
    assert (ran.code, lines[0].startswith(f"Usage: promobot {' '.join(command)} ")) == (0, True)
    assert max(map(len, lines)) <= 80
    assert "Examples:" in ran.out


def listed(*words: str, edited: bool = False) -> list[dict[str, Any]]:
    ran = lived(edited=edited).audit("log", "--format", "json", *words)
    assert ran.code == 0, ran.out + ran.err
    entries: list[dict[str, Any]] = ran.json["entries"]
    return entries


def names(*words: str, edited: bool = False) -> list[str]:
    """The words for the commits of the entries."""
    known = {commit: name for name, commit in lived(edited=edited).commits.items()}
    return [known[entry["commit"]] for entry in listed(*words, edited=edited)]


def test_everything_that_changed_values_newest_first() -> None:
    assert names() == ["button", "tilt", "back", "delay", "weight", "policy", "lever"]
    assert [entry["kind"] for entry in listed()] == [
        "revert", "promotion", "revert", "operator", "promotion", "policy", "promotion",
    ]  # fmt: skip
    assert all(entry["verified"] for entry in listed())


def test_an_entry_tells_the_values_the_people_and_the_policy() -> None:
    here = lived()
    [first] = listed("--proposal", here.ids["lever"])
    changes = {change.pop("target"): change for change in first["changes"]}
    assert changes["portfolio.leverage"] == {"old": 1.5, "new": 1.75, "automatic": True}
    assert changes["macro.tilt"] == {"old": 0.3, "new": 0.7, "automatic": False}
    assert first["proposal_id"] == here.ids["lever"]
    assert (first["time"], first["approvers"], first["merger"]) == ("2026-11-22T12:00:00Z", ["ben"], "ann")
    assert first["pull_request"] == {"number": 1, "url": "https://forge.example/acme/live/pull/1"}
    assert first["policy"] == here.gate.git("rev-parse", f"{here.commits['start']}:config/promobot.toml")


def test_a_policy_change_stands_among_them_with_its_author() -> None:
    here = lived()
    [change] = listed("--kind", "policy")
    assert change["author"] == {"name": "A Person", "email": "person@example.invalid"}
    before, after = (here.gate.git("rev-parse", f"{here.commits[at]}:config/promobot.toml") for at in ("start", "tilt"))
    assert (change["policy_before"], change["policy"]) == (before, after)


def test_the_forges_button_turns_the_values_round() -> None:
    button = listed()[0]
    assert (button["by_button"], button["proposal_id"]) == (True, lived().ids["tilt"])
    assert button["changes"] == [{"target": "macro.tilt", "old": 0.35, "new": 0.3, "automatic": True}]


def test_options_of_one_sort_are_alternatives_and_sorts_restrict_each_other() -> None:
    assert names("--target", "macro.tilt", "--target", "*.trigger_delay") == ["button", "tilt", "delay", "lever"]
    some = ("--approver", "ben", "--approver", "ANN", "--kind", "operator", "--kind", "promotion", "-n", "2")
    assert names(*some, "--before", "2026-11-22T17:00:00Z") == ["delay", "weight"]
    assert names("--after", "2026-11-22", "--before", "2026-11-22T14:00:00+01:00") == ["lever"]
    assert names("-n", "0") == []


def test_a_proposal_is_listed_with_what_took_it_back() -> None:
    here = lived()
    assert names("--proposal", here.ids["weight"]) == ["back", "weight"]
    assert names("--proposal", here.ids["tilt"][-16:]) == ["button", "tilt"]


def test_older_revisions_have_the_older_list() -> None:
    assert names(lived().commits["weight"]) == ["weight", "policy", "lever"]


def test_what_no_proposal_explains_is_listed_with_its_values() -> None:
    assert names("--target", "portfolio.leverage", edited=True) == ["edit", "lever"]
    edit = listed(edited=True)[0]
    assert (edit["kind"], edit["verified"], edit["proposal_id"]) == ("finding", False, None)
    assert [finding["code"] for finding in edit["findings"]] == ["unexplained_values"]
    assert edit["changes"] == [{"target": "portfolio.leverage", "old": 1.75, "new": 1.25, "automatic": True}]


def text(*words: str, edited: bool = False) -> str:
    here = lived(edited=edited)
    ran = here.audit("log", *words)
    assert (ran.code, ran.err) == (0, "")
    told = ran.out
    for name, commit in here.commits.items():
        told = told.replace(commit[:12], f"<{name}>")
    return told


def test_as_text() -> None:
    here = lived(edited=True)
    policy = here.gate.git("rev-parse", f"{here.commits['start']}:config/promobot.toml")[:12]
    assert text("--target", "portfolio.leverage", edited=True) == (
        "2026-11-22T19:00:00Z  finding  unexplained_values\n"
        "  portfolio.leverage 1.75 -> 1.25\n"
        "  config/live_overrides/auto.toml changes without a proposal; use promobot set, unset, apply or revert"
        " [unexplained_values]\n"
        "  commit <edit>\n"
        "\n"
        "2026-11-22T12:00:00Z  promotion  verified\n"
        f"  {here.ids['lever']}\n"
        "  macro.tilt 0.3 -> 0.7 (by hand)\n"
        "  portfolio.leverage 1.5 -> 1.75\n"
        '  strategy.name "trend" -> "=1+1" (by hand)\n'
        f"  #1 approved by ben, merged by ann\n"
        f"  commit <lever>; policy {policy}\n"
        "\n"
        "2 of 8 events from <start> to <edit>\n"
        "1 finding: promobot audit verify tells them all\n"
    )


def test_a_removed_override_a_button_and_a_policy_change_as_text() -> None:
    told = text()
    assert f"  {lived().ids['back']}\n  macro.regime_weight 0.3 -> base config\n" in told
    assert f"revert by the forge's button  verified\n  took back {lived().ids['tilt']}\n" in told
    assert "policy  no finding\n  config/promobot.toml " in told
    assert "  by A Person <person@example.invalid>, as the commit says\n  commit <policy>\n" in told


def test_without_records_nobody_is_named(tmp_path: Path) -> None:
    gate = lived().gate
    gate.git("clone", "--quiet", "--single-branch", str(gate.space.clone), str(tmp_path / "clone"))
    ran = run_here(tmp_path / "clone", {}, "audit", "log")
    assert (ran.code, ran.out.count("  no record\n  commit ")) == (0, 5)
    assert ran.out.endswith("nobody is named: fetch the branch promobot-ledger, or run promobot record\n")


def rows(*words: str, edited: bool = False) -> list[dict[str, str]]:
    ran = lived(edited=edited).audit("log", "--format", "csv", *words)
    assert ran.code == 0
    assert ran.out.count("\n") == ran.out.count("\r\n")
    return list(csv.DictReader(io.StringIO(ran.out, newline="")))


def test_csv_has_a_row_for_each_change_of_a_value() -> None:
    told = rows("--target", "macro.tilt")
    assert tuple(told[0]) == COLUMNS
    assert [(row["kind"], row["old"], row["new"], row["applied"]) for row in told] == [
        ("revert by button", "0.35", "0.3", "true"),
        ("promotion", "0.3", "0.35", "true"),
        ("promotion", "0.3", "0.7", "false"),
    ]
    last = told[-1]
    assert (last["approvers"], last["merger"], last["pull_request"], last["verification"]) == (
        "ben",
        "ann",
        "1",
        "verified",
    )
    [policy] = [row for row in rows() if row["kind"] == "policy"]
    assert (policy["target"], policy["author"]) == ("", "A Person <person@example.invalid>")


def test_csv_keeps_the_types_of_values() -> None:
    [name] = [row for row in rows() if row["target"] == "strategy.name"]
    assert (json.loads(name["old"]), json.loads(name["new"])) == ("trend", "=1+1")
    [back] = [row for row in rows() if row["kind"] == "revert"]
    assert (back["old"], back["new"]) == ("0.3", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--after", "yesterday"), "--after 'yesterday' is no ISO 8601 time"),
        (("--proposal", "nothing"), "no landed proposal is named 'nothing'; the latest are live_promotion_"),
        (("--proposal", "live_promotion_2026"), "names 5 landed proposals, say which: live_promotion_"),
        (("--kind", "merge"), "'merge'"),
        (("nowhere",), "'nowhere' is no commit of this clone"),
    ],
)
def test_mistakes_are_exit_2_and_say_what_is_wrong(words: tuple[str, ...], told: str) -> None:
    ran = lived().audit("log", *words)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
