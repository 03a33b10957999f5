"""The six patches that a learning loop would send, under this repository's own policy and base config."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from promobot.core.facts import LiveValues
from promobot.core.models import ConfigPatch, PromotionDecision
from promobot.core.overrides import read_overrides
from promobot.core.policy.file import parse_policy
from tests.support.builders import applied, decide

ROOT = Path(__file__).parents[2]
POLICY = parse_policy((ROOT / "config/promobot.toml").read_bytes(), "config/promobot.toml")
BASE = tomllib.loads((ROOT / "config/config.toml").read_text("utf-8"))
(EXPORT,) = (ROOT / "reports/learning_snippets").glob("*.json")
LIVE = LiveValues.of(read_overrides((ROOT / "config/live_overrides/auto.toml").read_text("utf-8"), "auto.toml"), BASE)

POLICY_SAYS_NO, SANITY_SAYS_NO, ACCEPTED = "REJECTED_BY_POLICY", "REJECTED_BY_SANITY_CHECK", "ACCEPTED_FOR_PROPOSAL"

Told = tuple[str, list[tuple[str, str]], list[tuple[str, str]]]


def patches(**new_targets: str) -> list[ConfigPatch]:
    """The export's patches; a keyword, named by the end of a patch's id, gives that patch another target."""
    raw: list[dict[str, Any]] = json.loads(EXPORT.read_text("utf-8"))["patches"]
    changed = {f"wf-2026-11-20-{key.removeprefix('p')}": target for key, target in new_targets.items()}
    return [ConfigPatch.model_validate({**one, "target": changed.get(one["id"], one["target"])}) for one in raw]


def told(decision: PromotionDecision) -> Told:
    reasons, by_hand = (
        [(reason.code, reason.message) for reason in given] for given in (decision.reasons, decision.auto_apply_reasons)
    )
    return str(decision.status), reasons, by_hand


def test_the_export_holds_the_six_stories() -> None:
    assert [(p.target, p.old_value, p.new_value, p.confidence_score) for p in patches()] == [
        ("portfolio.leverage", 1.0, 1.75, 0.92),
        ("strategy.trigger_delay", 10, 8, 0.88),
        ("macro.regime_weight", 0.25, 0.35, 0.84),
        ("risk.stop_loss", 0.02, 0.05, 0.9),
        ("hedge.leverage", 1.0, 3.5, 0.95),
        ("macro.carry_weight", 0.2, 0.25, 0.45),
    ]


def test_each_is_decided_with_its_reason() -> None:
    assert {decision.target: told(decision) for decision in decide(*patches(), rules=POLICY, live=LIVE)} == {
        "portfolio.leverage": (ACCEPTED, [], [("step_too_large", "a step of 0.75 is over the limit 0.25")]),
        "strategy.trigger_delay": (ACCEPTED, [], []),
        "macro.regime_weight": (ACCEPTED, [], []),
        "risk.stop_loss": (
            POLICY_SAYS_NO, [("blacklisted_target", "the policy's [blacklist] bars risk.stop_loss")], []
        ),
        "hedge.leverage": (SANITY_SAYS_NO, [("hard_limit", "the value is above the hard limit 3.0")], []),
        "macro.carry_weight": (
            POLICY_SAYS_NO, [("low_confidence", "confidence 0.45 is too low; the grant asks for at least 0.8")], []
        ),
    }  # fmt: skip


def test_what_merging_applies() -> None:
    values = applied(decide(*patches(), rules=POLICY, live=LIVE))
    assert values == {"strategy.trigger_delay": 8.0, "macro.regime_weight": 0.35}
    assert {type(value) for value in values.values()} == {float}, "8 becomes 8.0 for a float key"


def test_an_excessive_value_for_the_same_target_takes_the_good_one_with_it() -> None:
    decisions = decide(*patches(p005="portfolio.leverage"), rules=POLICY, live=LIVE)
    conflict = ("conflict", "2 different values are asked for this target in one cycle")
    assert [told(decision) for decision in decisions if decision.target == "portfolio.leverage"] == [
        (SANITY_SAYS_NO, [conflict], []),
        (SANITY_SAYS_NO, [("hard_limit", "the value is above the hard limit 3.0"), conflict], []),
    ]
    assert set(applied(decisions)) == {"strategy.trigger_delay", "macro.regime_weight"}


def test_once_they_have_landed_the_same_export_has_nothing_left_to_apply() -> None:
    landed = LiveValues.of({"strategy.trigger_delay": 8.0, "macro.regime_weight": 0.35}, BASE)
    again = {decision.target: told(decision)[1] for decision in decide(*patches(), rules=POLICY, live=landed)}
    for target in ("strategy.trigger_delay", "macro.regime_weight"):
        assert [code for code, _ in again[target]] == ["stale_old_value", "no_change"]
