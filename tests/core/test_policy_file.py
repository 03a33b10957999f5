"""The policy's text: read whole, or refused with every error, its key path and the mend."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from promobot.core.policy import PromotionPolicy
from promobot.core.policy.file import parse_policy
from promobot.errors import PolicyError

NAME = "config/promobot.toml"


def refused(text: str | bytes) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text.encode() if isinstance(text, str) else text, NAME)
    assert (caught.value.exit_code, caught.value.code) == (2, "policy")
    assert NAME in caught.value.message
    return caught.value


def errors(text: str) -> dict[str, str]:
    return {detail.pointer or "": detail.message for detail in refused(text).details}


def test_an_empty_file_is_the_default_policy() -> None:
    assert parse_policy(b"", NAME) == PromotionPolicy()


def test_a_whole_file() -> None:
    text = """
        version = 1
        mode = "bounded_auto"
        lock = true
        max_per_proposal = 7
        [paths]
        reports = "r"
        [bounds.leverage]
        max_step = 1
        [[bounds_for]]
        targets = ["a.*"]
        min_value = 0
        max_value = 1
        max_step = 0.5
        [hard_limits]
        macro = 2
        [[eligibility]]
        targets = ["a.*", "b"]
        min_confidence = 1
        require_live_ready = true
        expires = 2026-12-01
        note = "trial"
        [[eligibility]]
        targets = ["c"]
        expires = 2026-12-01T06:00:00Z
        [auto_apply]
        allow = []
        min_confidence = 0
        max_per_day = 0
        [blacklist]
        targets = ["risk"]
        tags = ["x"]
        [research]
        tiers = []
        [github]
        commits = "api"
        reviewers = ["someone"]
    """
    rules = parse_policy(text.encode(), NAME)
    assert (str(rules.mode), rules.lock, rules.max_per_proposal, rules.paths.reports) == ("bounded_auto", True, 7, "r")
    assert (rules.bounds["leverage"].max_step, rules.bounds["leverage"].max_value) == (1.0, 2.0)
    assert [bounds.targets for bounds in rules.bounds_for] == [("a.*",)]
    assert rules.hard_limits == {"leverage": 3.0, "macro": 2.0}
    assert [grant.expires for grant in rules.eligibility] == [date(2026, 12, 1), datetime(2026, 12, 1, 6, tzinfo=UTC)]
    assert (rules.auto_apply.allow, rules.research.tiers, rules.github.commits) == ((), (), "api")


def test_every_error_is_told_at_once_with_its_key_path() -> None:
    found = errors("""
        mode = "auto"
        lock = "yes"
        max_per_proposal = 1.5
        [bounds.leverage]
        min_value = 5.0
        [bounds.levrage]
        min_value = 0
        max_value = 1
        max_step = 1
        [[eligibility]]
        targets = []
        [[eligibility]]
        targets = ["ok"]
        min_confidence = 1.1
        [auto_apply]
        min_confidence = true
        [paths]
        reports = "../out"
    """)
    assert set(found) == {
        "mode", "lock", "max_per_proposal", "bounds.leverage", "bounds.levrage", "eligibility[0].targets",
        "eligibility[1].min_confidence", "auto_apply.min_confidence", "paths.reports",
    }  # fmt: skip
    assert found["lock"] == "must be true or false"
    assert found["mode"] == "must be one of disabled, manual_only, bounded_auto"


SUGGESTIONS = {
    "max_per_propsal = 1": ("max_per_propsal", "max_per_proposal"),
    "[auto_aply]\nmin_confidence = 1": ("auto_aply", "auto_apply"),
    "[auto_apply]\nmin_confidense = 1": ("auto_apply.min_confidense", "min_confidence"),
    "[[eligibility]]\ntargets = ['a']\nexpire = 2026-01-01": ("eligibility[0].expire", "expires"),
    "[bounds.macro]\nmax_stp = 1": ("bounds.macro.max_stp", "max_step"),
}


@pytest.mark.parametrize(("text", "path", "near"), [(text, *told) for text, told in SUGGESTIONS.items()])
def test_an_unknown_key_is_an_error_that_names_the_nearest_known_one(text: str, path: str, near: str) -> None:
    """A misspelt limit is no limit."""
    assert errors(text) == {path: f"unknown key; did you mean {near}?"}


def test_an_unknown_key_that_is_near_to_nothing_lists_the_known_ones() -> None:
    assert errors("[blacklist]\nzzz = 1") == {"blacklist.zzz": "unknown key; known here: targets, tags"}


@pytest.mark.parametrize(
    "text",
    [b"mode = ", b"[a\n", b"a = 1\na = 2", b"\xff\xfe", b"\xef\xbb\xbfversion = 1", b"a = " + b"[" * 3000,
     b"a = " + b"9" * 5000],
    ids=["no value", "half a header", "twice", "UTF-16", "BOM", "deep", "a number longer than Python reads"],
)  # fmt: skip
def test_what_is_not_toml_is_refused(text: bytes) -> None:
    refused(text)


UNCLEAR = {
    "version = 2": "version",
    "mode = 1": "mode",
    "mode = 'BOUNDED_AUTO'": "mode",
    "max_per_proposal = -1": "max_per_proposal",
    "max_per_proposal = 101": "max_per_proposal",
    "lock = 1": "lock",
    "bounds = 1": "bounds",
    "[bounds]\nleverage = 1": "bounds.leverage",
    "eligibility = 1": "eligibility",
    "[[eligibility]]\nmin_confidence = 0.5": "eligibility[0].targets",
    "[[eligibility]]\ntargets = 'a.*'": "eligibility[0].targets",
    "[[eligibility]]\ntargets = ['a b']": "eligibility[0].targets[0]",
    "[[eligibility]]\ntargets = ['a']\nexpires = 'tomorrow'": "eligibility[0].expires",
    "[[eligibility]]\ntargets = ['a']\nexpires = 12:00:00": "eligibility[0].expires",
    "[auto_apply]\nmax_per_day = -1": "auto_apply.max_per_day",
    "[auto_apply]\nmin_confidence = nan": "auto_apply.min_confidence",
    "[blacklist]\ntargets = ['risk.*']": "blacklist.targets[0]",
    "[hard_limits]\nleverage = inf": "hard_limits.leverage",
    "[hard_limits]\nlev = 1": "hard_limits.lev",
    "[hard_limits]\nleverage = true": "hard_limits.leverage",
    "[hard_limits]\nleverage = 1" + "0" * 400: "hard_limits.leverage",
    "[[bounds_for]]\ntargets = ['a']\nmin_value = 0\nmax_step = 1": "bounds_for[0].max_value",
    "[github]\ncommits = 'ftp'": "github.commits",
}


@pytest.mark.parametrize(("text", "path"), UNCLEAR.items(), ids=[text[:50] for text in UNCLEAR])
def test_a_value_that_says_nothing_clear_is_refused(text: str, path: str) -> None:
    found = errors(text)
    assert any(pointer.startswith(path) for pointer in found), found
    assert all(found.values())


def test_messages_never_repeat_a_value() -> None:
    assert "SECRET" not in str(errors("mode = 'SECRET'\nlock = 'SECRET'\n[github]\ncommits = 'SECRET'"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version = true", {"version": "must be one of 1"}),
        (
            "[[eligibility]]\ntargets = ['a']\nexpires = 'tomorrow'",
            {"eligibility[0].expires": "must be a date or a time without quotes, such as 2027-01-31"},
        ),
        ("[[eligibility]]\ntargets = []", {"eligibility[0].targets": "must not be empty"}),
        (
            "[bounds.levrage]\nmax_step = 1.0",
            {
                "bounds.levrage": "must be one of 'leverage', 'macro', 'risk' or 'trigger'; "
                "for targets of your own use [[bounds_for]] targets = [...]"
            },
        ),
    ],
    ids=["true is no version", "one date, one error", "empty list", "an unknown tag lacks nothing"],
)
def test_one_mistake_is_one_error(text: str, told: dict[str, str]) -> None:
    assert errors(text) == told


def test_a_bad_item_does_not_also_make_its_list_too_short() -> None:
    assert list(errors("[[eligibility]]\ntargets = ['a b']")) == ["eligibility[0].targets[0]"]
