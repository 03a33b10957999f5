"""What a person said no to: the same step from the same landing, whoever asks for it and however it is spelt."""

from __future__ import annotations

import json
from typing import Any

import pytest

from promobot.core.changes import by_hand_key
from promobot.core.facts import Facts, LiveValues
from promobot.core.rendering.facts import facts_json
from promobot.core.rules.refusals import key_today
from tests.core.rules.contract import STATUS_OF
from tests.support.builders import LIVE, NOW, Case, check_case, codes, decide, patch, policy

FIRST, SECOND = "1" * 64, "2" * 64


def no(target: str = "portfolio.leverage", old: Any = 1.5, new: Any = 1.6, before: str | None = None) -> frozenset[str]:
    """The refusal of one step."""
    return frozenset({by_hand_key(target, old, new, before)})


LANDED = {"portfolio.leverage": FIRST}
SIZE = {"target": "desk.size", "new_value": 5}

CASES = [
    Case("refused", False, "nobody said no"),
    Case("refused", True, "this very step", refused=no()),
    Case("refused", False, "another value", refused=no(new=1.7)),
    Case("refused", False, "from another live value", refused=no(old=1.4)),
    Case("refused", False, "another target", refused=no("portfolio.leverage2")),
    Case("refused", True, "one of several refusals", refused=no(new=1.7) | no() | no(old=1.4)),
    Case("refused", True, "after the same landing", refused=no(before=FIRST), predecessors=LANDED),
    Case("refused", False, "refused before something landed", refused=no(), predecessors=LANDED),
    Case("refused", False, "refused after another landing", refused=no(before=SECOND), predecessors=LANDED),
    Case("refused", True, "a landing on another target changes nothing", refused=no(),
         predecessors={"macro.regime_weight": FIRST}),
    Case("refused", True, "an integer for a float key is the float", patch=SIZE, refused=no("desk.size", 4.0, 5.0)),
    Case("refused", False, "an integer key is none", patch=SIZE, refused=no("desk.size", 4.0, 5)),
    Case("refused", True, "where there is no live value", patch={"target": "new.thing"},
         refused=no("new.thing", None)),
    Case("refused", True, "a text", patch={"target": "strategy.trigger_name", "new_value": "fäst"},
         refused=no("strategy.trigger_name", "slow", "fäst")),
    Case("refused", False, "true is not 1", patch={"target": "new.thing", "new_value": 1},
         refused=no("new.thing", None, True)),
    Case("refused", True, "what the export says of itself changes nothing", refused=no(),
         patch={"id": "p-2", "confidence_score": 1.0, "old_value": 1.5, "meta": {"tags": ["x"]}}),
    Case("refused", True, "nobody knows what time it is", refused=no(), at=None),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_refused(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


def test_the_reason_says_what_lifts_it() -> None:
    (reason,) = Case("", True, "", refused=no()).decision().reasons
    assert reason.message == (
        "a person refused this step (promobot reject); --reconsider does not lift it, "
        "a new live value or a newer landing on this target does"
    )


def test_only_the_refused_value_is_rejected() -> None:
    decisions = decide(patch(), patch("macro.regime_weight", 0.3, id="p-2"), refused=no())
    assert {decision.target: codes(decision) for decision in decisions} == {
        "macro.regime_weight": [], "portfolio.leverage": ["refused"],
    }  # fmt: skip


def test_the_record_holds_the_refusals_that_spoke_and_no_other() -> None:
    """With these alone the decisions come out the same, although the ledger has grown since."""
    spoke, other = no(), no(new=9.9) | no("macro.regime_weight", 0.25, 0.3, FIRST)
    asked = [patch(), patch("macro.regime_weight", 0.3, id="p-2")]
    facts = Facts(policy(), policy().mode, LiveValues(dict(LIVE)), NOW, refused=spoke | other)
    decisions = decide(*asked, refused=spoke | other)
    told = json.loads(json.dumps(facts_json(decisions, facts, NOW)))
    assert told["refused"] == list(spoke)
    assert decide(*asked, refused=frozenset(told["refused"])) == decisions
    assert decide(*asked) != decisions
    assert key_today("portfolio.leverage", 1.6, facts) in spoke
