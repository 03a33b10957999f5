"""The policy's schema: it takes and refuses what promobot does, as far as a schema can see."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from promobot.core.policy import PromotionPolicy
from promobot.core.policy.file import parse_policy
from promobot.core.schemas import schema_text
from promobot.errors import PolicyError
from tests.support.workspace import ROOT

SCHEMA = json.loads(schema_text("policy"))
POLICY = Draft202012Validator(SCHEMA)


def plain(value: Any) -> Any:
    """A TOML document as JSON: dates and times as their text, as editors and checkers give them to a schema."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


def accepted(text: str) -> bool:
    try:
        parse_policy(text.encode(), "promobot.toml")
    except PolicyError:
        return False
    return True


GRANT = "[[eligibility]]\ntargets = ['a.*']\n"
WHOLE = """
version = 1
mode = "bounded_auto"
lock = true
max_per_proposal = 7
paths = { reports = "r" }
bounds.leverage = { max_step = 1 }
bounds.risk = { min_value = 0, max_value = 1.5, max_step = 0.1 }
bounds_for = [{ targets = ["a.*"], min_value = 0, max_value = 1, max_step = 0.5 }]
hard_limits = { macro = 2 }
auto_apply = { allow = [], min_confidence = 0, max_per_day = 0 }
blacklist = { targets = ["risk"], tags = ["x y"] }
research = { tiers = [] }
github = { commits = "api", reviewers = ["someone"] }
risk = { max_score = 60, weights = { step = 1 } }
performance = { metrics = { min_sharpe = { min = 1 } }, cool_down_days = 7 }
test_health = { report = "reports/health.json" }
patches = { max_age_days = 14, hold_days = 0 }
audit.require_record = true
audit.baseline = "0123456789abcdef0123456789abcdef01234567"
audit.acknowledged = [{ commit = "0123456789abcdef0123456789abcdef01234567", code = "direct_edit", reason = "known" }]
"""
GOOD_POLICIES = {
    "empty": "",
    "the example": (ROOT / "config/promobot.toml").read_text(encoding="utf-8"),
    "everything": WHOLE,
    "a date": GRANT + "expires = 2027-01-31",
    "a time with an offset": GRANT + "expires = 2027-01-31T06:00:00Z",
    "a time without": GRANT + "expires = 2027-01-31 06:00:00.5",
    "some bounds of a tag with defaults": "[bounds.macro]\nmax_step = 0.2",
}
BROKEN_POLICIES = {
    "unknown key": "max_per_propsal = 1",
    "unknown section": "[auto_aply]\nmin_confidence = 1",
    "unknown key in a section": "[auto_apply]\nmin_confidense = 1",
    "unknown key in a grant": GRANT + "expire = 2026-01-01",
    "unknown key of a tag's bounds": "[bounds.macro]\nmax_stp = 1",
    "unknown tag": "[bounds.levrage]\nmin_value = 0\nmax_value = 1\nmax_step = 1",
    "unknown tag of a limit": "[hard_limits]\nlev = 1",
    "mode": "mode = 'auto'",
    "mode in capitals": "mode = 'BOUNDED_AUTO'",
    "bool for version": "version = true",
    "another version": "version = 2",
    "lock is a number": "lock = 1",
    "text for a number": "max_per_proposal = '5'",
    "over the cap": "max_per_proposal = 101",
    "under zero": "[auto_apply]\nmax_per_day = -1",
    "min_confidence 2": "[auto_apply]\nmin_confidence = 2",
    "min_confidence true": "[auto_apply]\nmin_confidence = true",
    "min_confidence of a grant": GRANT + "min_confidence = 1.1",
    "no targets": "[[eligibility]]\nmin_confidence = 0.5",
    "empty targets": "[[eligibility]]\ntargets = []",
    "one target, no list": "[[eligibility]]\ntargets = 'a.*'",
    "target with a blank": "[[eligibility]]\ntargets = ['a b']",
    "glob in the blacklist": "[blacklist]\ntargets = ['risk.*']",
    "a word for a date": GRANT + "expires = 'tomorrow'",
    "a time of day for a date": GRANT + "expires = 12:00:00",
    "no step": "[bounds.macro]\nmax_step = 0",
    "some bounds of a tag without defaults": "[bounds.risk]\nmax_step = 0.2",
    "some bounds of targets": "[[bounds_for]]\ntargets = ['a']\nmin_value = 0\nmax_step = 1",
    "no table": "bounds = 1",
    "no list": "eligibility = 1",
    "transport": "[github]\ncommits = 'ftp'",
    "a name for a metric": "[performance.metrics.'a b']\nmin = 1",
    "no maximum score": "[risk]\nwindow_days = 7",
    "no report": "[test_health]\nmin_score = 90",
    "age 0": "[patches]\nmax_age_days = 0",
    "a hold that ended before it began": "[patches]\nhold_days = -1",
    "a branch for a baseline": "[audit]\nbaseline = 'main'",
    "a fingerprint for a key": "[audit]\nallowed_ssh_keys = ['SHA256:abc']",
    "a name for a key": "[audit]\nallowed_gpg_keys = ['somebody']",
    "a finding without a reason": f"[[audit.acknowledged]]\ncommit = '{'a' * 40}'\ncode = 'direct_edit'",
}
# What no schema sees: what a number's text was, what lies behind a text, how keys stand to each other.
UNSEEN_POLICIES = {
    "no number": "[hard_limits]\nleverage = nan",
    "a float for an integer": "max_per_proposal = 5.0",
    "a date in quotes": GRANT + "expires = '2027-01-31'",
    "a path that leads out": "[paths]\nreports = '../out'",
    "bounds the wrong way round": "[bounds.leverage]\nmin_value = 5",
    "a metric without a limit": "[performance.metrics.x]\nrequired = true",
    "signatures that nobody may give": "[audit]\nrequire_signed = true",
    "half a key": "[audit]\nallowed_ssh_keys = ['ssh-ed25519 AAAA']",
}


@pytest.mark.parametrize("case", GOOD_POLICIES)
def test_the_schema_takes_what_promobot_takes(case: str) -> None:
    text = GOOD_POLICIES[case]
    assert accepted(text)
    POLICY.validate(plain(tomllib.loads(text)))


@pytest.mark.parametrize("case", BROKEN_POLICIES)
def test_the_schema_refuses_what_promobot_refuses(case: str) -> None:
    text = BROKEN_POLICIES[case]
    assert not accepted(text)
    assert not POLICY.is_valid(plain(tomllib.loads(text)))


@pytest.mark.parametrize("case", UNSEEN_POLICIES)
def test_what_a_schema_cannot_see_in_a_policy(case: str) -> None:
    """Should a schema learn to see one of these, it moves to the table above."""
    text = UNSEEN_POLICIES[case]
    assert not accepted(text)
    assert POLICY.is_valid(plain(tomllib.loads(text)))


def keys_in(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any], bool]]:
    """(where, schema, whether required) of every key that a schema describes."""
    if isinstance(schema, dict):
        for name, key in schema.get("properties", {}).items():
            yield f"{place}/{name}", key, name in schema.get("required", ())
        for name, inner in schema.items():
            if name != "default":
                yield from keys_in(inner, f"{place}/{name}")


def test_every_key_of_the_policy_is_described_and_says_what_its_absence_means() -> None:
    keys = list(keys_in(SCHEMA))
    assert len(keys) > 60
    for place, key, required in keys:
        assert key.get("description"), f"{place} has no description"
        assert required or "default" in key or "absent" in key["description"], f"{place}: what if it is missing?"


def test_a_default_is_valid_and_is_what_the_reader_takes_for_it() -> None:
    for place, key, _ in keys_in(SCHEMA):
        if "default" in key:
            validator = Draft202012Validator({**key, "$defs": SCHEMA["$defs"]})
            assert validator.is_valid(key["default"]), f"{place} refuses its own default"
    written = {name: key["default"] for name, key in SCHEMA["properties"].items() if "default" in key}
    assert len(written) > 10
    assert PromotionPolicy.model_validate(written) == PromotionPolicy()
