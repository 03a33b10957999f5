"""The rules as a catalogue: codes, statuses, titles and sources as DESIGN 3.3 promises; every rule has its table."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules

import pytest

from promobot.core.rules import AUTO_APPLY_RULES, PROPOSAL_RULES
from promobot.core.rules.base import Rule
from tests.core import rules as tables
from tests.core.rules.contract import BY_HAND, STATUS_OF
from tests.support.builders import Case

RULES = (*PROPOSAL_RULES, *AUTO_APPLY_RULES)
MODULES = [info.name for info in iter_modules(tables.__path__) if info.name.startswith("test_")]
TABLES: list[Case] = [
    case
    for name in MODULES
    if f"{tables.__name__}.{name}" != __name__
    for case in getattr(import_module(f"{tables.__name__}.{name}"), "CASES", ())
]


def test_the_codes_and_statuses_are_those_of_the_contract() -> None:
    assert {rule.code: str(rule.status) for rule in RULES} == STATUS_OF


def test_codes_and_titles_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.title for rule in RULES}) == len(RULES)


def test_a_rule_that_rejects_is_never_asked_about_applying_only() -> None:
    assert {rule.code for rule in AUTO_APPLY_RULES} == {code for code, status in STATUS_OF.items() if status == BY_HAND}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.code))
def test_every_rule_explains_itself(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", rule.code)
    assert rule.title.strip() and rule.source.strip()
    assert (rule.check.__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize("code", sorted(set(STATUS_OF) - {"conflict"}))
def test_every_rule_has_cases_that_fire_and_cases_that_do_not(code: str) -> None:
    """`conflict` needs several patches and has tests of its own."""
    cases = [case for case in TABLES if case.code == code]
    assert {case.fires for case in cases} == {True, False}
    assert len(cases) >= 3


def test_every_table_is_about_rules_that_exist() -> None:
    """A table of another code would pass for a rule that nobody asks."""
    assert {case.code for case in TABLES} == set(STATUS_OF) - {"conflict"}
