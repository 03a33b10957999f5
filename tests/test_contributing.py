"""The rule that the guide for contributors shows is a whole rule: one new file, one line."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from types import ModuleType

import pytest

from promobot.core import filters, rules
from promobot.core.rules.base import Rule
from tests.support.builders import NOW, codes, decide, patch
from tests.support.workspace import ROOT

GUIDE = (ROOT / ".github/CONTRIBUTING.md").read_text(encoding="utf-8")
SATURDAY = NOW - timedelta(days=NOW.weekday() - 5)
FRIDAY = SATURDAY - timedelta(days=1)


@pytest.fixture
def weekend(monkeypatch: pytest.MonkeyPatch) -> Rule:
    """The guide's file as a module beside the other rules, and the guide's line."""
    [source] = re.findall(r"```python\n(.*?)```", GUIDE, re.S)
    module = ModuleType("promobot.core.rules.weekend")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, "weekend.py", "exec"), module.__dict__)
    rule = module.__dict__["weekend"]
    assert isinstance(rule, Rule)
    with_it = (*rules.PROPOSAL_RULES, rule)
    for place in (rules, filters):
        monkeypatch.setattr(place, "PROPOSAL_RULES", with_it)
    return rule


def test_a_rule_of_ones_own_is_one_file_and_one_line(weekend: Rule) -> None:
    assert weekend.code == "weekend"
    [resting] = decide(patch(), at=SATURDAY)
    assert (codes(resting), str(resting.status)) == (["weekend"], "REJECTED_BY_POLICY")
    [working] = decide(patch(), at=FRIDAY)
    assert codes(working) == []
    [unknown] = decide(patch(), at=None)
    assert "weekend" in codes(unknown)
    assert "add `weekend` to `PROPOSAL_RULES`" in GUIDE
