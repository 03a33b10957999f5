"""A policy's explanation as a person and a machine read it."""

from __future__ import annotations

from typing import Any

import pytest

from promobot.core.policy.types import AutoApplyMode
from promobot.core.rendering.explanation import explanation_json, explanation_lines
from tests.core.test_explain import GREEN, METRICS, state, told
from tests.support.keys import ED25519, GPG_BLOCK


def test_names_that_no_export_can_hold_are_never_proposed_and_break_no_line() -> None:
    hostile = {"a b\n::error::x": 1.0, "x" * 300: 1, "##[group]leverage": 1.5}
    found = told(state(hostile))
    assert {(p.verdict, p.reasons[0].code) for p in found.parameters} == {("never", "no_name")}
    assert not any(line.lstrip().startswith("::") or "##[" in line or "\n" in line for line in explanation_lines(found))


@pytest.mark.parametrize("mode", list(AutoApplyMode))
def test_the_text_fits_eighty_columns_and_says_what_is_on(mode: AutoApplyMode) -> None:
    rules: dict[str, Any] = {
        "mode": mode,
        "risk": {"max_score": 60},
        "performance": {"metrics": METRICS, "cool_down_days": 7},
        "test_health": GREEN,
        "patches": {"max_age_days": 1},
        "hard_limits": {"leverage": 1.2},
    }
    lines = explanation_lines(told(state(**rules)))
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    assert f"mode {mode}: " in text
    assert "a score above 60.0 of 100 is not proposed" in text
    assert "meta.metrics must show drawdown <= 0.2 where it is given, sharpe >= 1.0; a target rests for 7 days" in text
    assert "reports/tests.xml is at most 24 hours old, with a score of at least 100.0 and at most 0 failed" in text
    assert "a patch is at most 1 day old, by its generated_at; a target is on hold for 7 days after" in text
    off = explanation_lines(told(state(patches={"hold_days": 0})))
    assert sum(" off: " in line for line in off) == 4


def test_the_json_form() -> None:
    document = explanation_json(told(state(hard_limits={"leverage": 1.2})))
    assert (document["schema_version"], document["ok"]) == (1, True)
    assert {finding["severity"] for finding in document["findings"]} == {"warning"}
    found = {parameter["target"]: parameter for parameter in document["parameters"]}
    assert found["strategy.trigger_count"] == {
        "target": "strategy.trigger_count", "live": 5, "verdict": "auto", "reasons": [],
        "bounds": {"min_value": 3.0, "max_value": 15.0, "max_step": 2.0}, "reachable": [3, 7],
    }  # fmt: skip
    assert found["strategy.trigger_name"]["live"] is None
    assert found["desk.size"]["reasons"] == [{"code": "no_bounds", "message": "no bounds are set for this target"}]


AUDIT, FIRST = "audit history is proved from ", "the commit that first brought the policy"
RECORD = "have a record of who approved it"
SAYS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, f"{FIRST} on; a landing needs neither a signature nor a record"),
    "a record": (
        {"baseline": "0123456789" * 4, "require_record": True},
        f"commit 012345678901 on; a landing must {RECORD}",
    ),
    "everything": (
        {
            "require_signed": True,
            "require_record": True,
            "allowed_ssh_keys": [ED25519],
            "allowed_gpg_keys": [GPG_BLOCK],
            "acknowledged": [{"commit": "a" * 40, "code": "direct_edit", "reason": "secret words"}],
        },
        f"{FIRST} on; a landing must be signed by one of the 2 allowed keys and {RECORD}; 1 finding acknowledged",
    ),
}


@pytest.mark.parametrize("story", SAYS)
def test_what_the_audit_starts_from_and_demands_is_said_in_plain_words(story: str) -> None:
    section, sentence = SAYS[story]
    found = told(state(audit=section))
    text = " ".join(" ".join(explanation_lines(found)).split())
    assert f"{AUDIT}{sentence}" in text
    audit = explanation_json(found)["policy"]["audit"]
    assert audit == {
        "baseline": section.get("baseline"),
        "require_signed": "require_signed" in section,
        "require_record": "require_record" in section,
        "allowed_keys": 2 if story == "everything" else 0,
        "acknowledged": 1 if story == "everything" else 0,
    }
    assert text[text.index(sentence) + len(sentence) :].startswith(" Could be applied automatically"), "it ends there"


def test_one_key_is_no_choice() -> None:
    text = " ".join(explanation_lines(told(state(audit={"require_signed": True, "allowed_ssh_keys": [ED25519]}))))
    assert "a landing must be signed by the allowed key " in " ".join(text.split())


def test_text_of_the_live_config_is_never_shown() -> None:
    found = told(state({"api": {"key": "s3cret", "leverage": 1.5}}))
    assert "s3cret" not in f"{explanation_lines(found)}{explanation_json(found)}"
