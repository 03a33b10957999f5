"""What a policy lets happen to each live value, held against the engine itself, and what a person should look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from promobot.core.base_state import BaseState, Landed
from promobot.core.explain import Explanation, Parameter, Severity, explain
from promobot.core.facts import LiveValues
from promobot.core.health import NoReport
from promobot.core.lately import Lately
from tests.support.builders import NOW, policy

CONFIG: Mapping[str, Any] = {
    "portfolio": {"leverage": 1.5},
    "strategy": {"trigger_delay": 10.0, "trigger_count": 5, "trigger_name": "slow", "trigger_on": False},
    "desk": {"size": 4.0, "limits": [1, 2], "research_weight": 1.0, "count": 500},
}
METRICS = {"sharpe": {"min": 1.0}, "drawdown": {"max": 0.2, "required": False}}
GREEN = {"report": "reports/tests.xml"}


def state(
    config: Mapping[str, Any] | None = CONFIG, overrides: Mapping[str, Any] | None = None, **rules: Any
) -> BaseState:
    live = LiveValues.of(overrides or {}, config)
    base = None if config is None else dict(config)
    return BaseState("main", "0" * 40, policy(**rules), "config/promobot.toml", "1" * 40, live=live, base_config=base)


def told(found: BaseState) -> Explanation:
    return explain(found, "config/promobot.toml", NOW)


def of(target: str, **rules: Any) -> Parameter:
    return next(parameter for parameter in told(state(**rules)).parameters if parameter.target == target)


VERDICTS: dict[str, tuple[str, dict[str, Any], str, list[str], tuple[float, float] | None]] = {
    "inside its bounds": ("portfolio.leverage", {}, "auto", [], (1.25, 1.75)),
    "an integer keeps its type": ("strategy.trigger_count", {}, "auto", [], (3, 7)),
    "a step below 1 moves no integer": (
        "strategy.trigger_count", {"bounds": {"trigger": {"max_step": 0.5}}}, "by_hand", ["step_too_large"], None),
    "of two ways the one with less against it": (
        "strategy.trigger_count", {"bounds": {"trigger": {"max_value": 5, "max_step": 0.5}}},
        "by_hand", ["step_too_large"], None),
    "an integer that goes far, between fractions": (
        "desk.count", {"bounds_for": [{"targets": ["*"], "min_value": 99.5, "max_value": 900.5, "max_step": 400.5}]},
        "auto", [], (100, 900)),
    "a switch": ("strategy.trigger_on", {}, "by_hand", ["not_numeric", "no_live_value"], None),
    "a text": ("strategy.trigger_name", {}, "by_hand", ["not_numeric", "no_live_value"], None),
    "no bounds": ("desk.size", {}, "by_hand", ["no_bounds"], None),
    "bounds of its own": (
        "desk.size", {"bounds_for": [{"targets": ["desk.*"], "min_value": 0, "max_value": 4.5, "max_step": 1}]},
        "auto", [], (3.0, 4.5)),
    "an array": ("desk.limits", {}, "never", ["type_mismatch"], None),
    "a name of research work": ("desk.research_weight", {}, "never", ["research"], None),
    "no grant": ("desk.size", {"eligibility": [{"targets": ["portfolio.*"]}]}, "never", ["not_eligible"], None),
    "a grant that has ended": (
        "portfolio.leverage", {"eligibility": [{"targets": ["*"], "expires": date(2026, 11, 22)}]},
        "never", ["not_eligible"], None),
    "a grant that asks for everything": (
        "portfolio.leverage", {"eligibility": [{"targets": ["*"], "min_confidence": 1, "require_live_ready": True}]},
        "auto", [], (1.25, 1.75)),
    "a barred target": ("desk.size", {"blacklist": {"targets": ["desk"]}}, "never", ["blacklisted_target"], None),
    "a barred tag": ("portfolio.leverage", {"blacklist": {"tags": ["Leverage"]}}, "never", ["blacklisted_tag"], None),
    "not on the allow list": (
        "portfolio.leverage", {"auto_apply": {"allow": ["desk.*"]}}, "by_hand", ["not_allowed"], None),
    "no place on any day": ("portfolio.leverage", {"auto_apply": {"max_per_day": 0}}, "by_hand", ["quota"], None),
    "no place in any proposal": ("portfolio.leverage", {"max_per_proposal": 0}, "by_hand", ["over_limit"], None),
    "manual_only": ("portfolio.leverage", {"mode": "manual_only"}, "by_hand", ["mode"], None),
    "locked": ("portfolio.leverage", {"lock": True}, "by_hand", ["lock"], None),
    "disabled": ("portfolio.leverage", {"mode": "disabled"}, "never", ["disabled"], None),
    "a hard limit within the step": (
        "portfolio.leverage", {"hard_limits": {"leverage": 1.6}}, "auto", [], (1.25, 1.6)),
    "above the maximum, one step leads back": (
        "portfolio.leverage", {"bounds": {"leverage": {"max_value": 1.4}}}, "auto", [], (1.25, 1.4)),
    "above the maximum, no step leads back": (
        "portfolio.leverage", {"bounds": {"leverage": {"max_value": 1.2}}}, "by_hand", ["above_max"], None),
    "below the minimum, no step leads back": (
        "portfolio.leverage", {"bounds": {"leverage": {"min_value": 1.9}}}, "by_hand", ["below_min"], None),
    "at the minimum": ("portfolio.leverage", {"bounds": {"leverage": {"min_value": 1.5}}}, "auto", [], (1.5, 1.75)),
    "evidence that a patch can have": (
        "portfolio.leverage", {"performance": {"metrics": METRICS, "cool_down_days": 7}, "patches": {"max_age_days": 1},
                               "test_health": GREEN}, "auto", [], (1.25, 1.75)),
    "a risk that only small steps stay under": (
        "portfolio.leverage", {"risk": {"max_score": 12}}, "auto", [], (1.4, 1.6)),
    "a risk at the bound, which fades behind it": (
        "portfolio.leverage",
        {"bounds": {"leverage": {"max_value": 1.4}},
         "risk": {"max_score": 50, "weights": {"bound": 1, "step": 0, "confidence": 0, "churn": 0, "breadth": 0}}},
        "auto", [], (1.25, 1.2995)),
    "a risk that nothing stays under": (
        "portfolio.leverage", {"risk": {"max_score": 0}}, "never", ["risk"], None),
}  # fmt: skip


@pytest.mark.parametrize("story", VERDICTS)
def test_the_verdict_is_the_engines(story: str) -> None:
    target, rules, verdict, codes, reachable = VERDICTS[story]
    found = of(target, **rules)
    assert (found.verdict, [reason.code for reason in found.reasons]) == (verdict, codes)
    assert found.reachable == reachable
    assert [type(end) for end in found.reachable or ()] == [type(end) for end in reachable or ()]


FINDINGS: dict[str, tuple[BaseState, str, str]] = {
    "live above a hard limit": (
        state(hard_limits={"leverage": 1.2}), "live_above_hard_limit",
        "portfolio.leverage: the live value 1.5 is above the hard limit 1.2"),
    "live above its maximum": (
        state(overrides={"portfolio.leverage": 2.5}), "live_outside",
        "portfolio.leverage: the live value 2.5 is above the maximum 2.0"),
    "live below its minimum": (
        state(bounds={"leverage": {"min_value": 1.75}}), "live_outside",
        "portfolio.leverage: the live value 1.5 is below the minimum 1.75"),
    "bounds that exclude each other": (
        state({"macro": {"leverage": 0.9}}), "bounds_exclude",
        "macro.leverage must satisfy bounds that exclude each other (at least 1, at most 0.8)"),
    "a grant that has ended": (
        state(eligibility=[{"targets": ["*"], "expires": date(2026, 11, 22)}]), "expired_grant",
        "eligibility[0] (*) ended on 2026-11-22"),
    "a grant that ends soon": (
        state(eligibility=[{"targets": ["*"]}, {"targets": ["desk.*"], "expires": date(2026, 12, 22)}]),
        "expiring_grant", "eligibility[1] (desk.*) ends on 2026-12-22, within 30 days"),
    "no grant at all": (
        state(eligibility=[]), "no_grant", "no [[eligibility]] grants anything, so nothing is ever proposed"),
    "a grant for nobody": (
        state(eligibility=[{"targets": ["*", "portfolo.*"]}]), "matches_nothing",
        "eligibility[0].targets: portfolo.* matches no parameter of the base config"),
    "bounds for nobody": (
        state(bounds_for=[{"targets": ["desk.sise"], "min_value": 0, "max_value": 9, "max_step": 1}]),
        "matches_nothing",
        "bounds_for[0].targets: desk.sise matches no parameter of the base config"),
    "an allow list for nobody": (
        state(auto_apply={"allow": ["portfolio.leverage", "Desk.*"]}), "matches_nothing",
        "auto_apply.allow: Desk.* matches no parameter of the base config"),
    "a blacklist for nobody": (
        state(blacklist={"targets": ["DESK", "desk.siz"]}), "matches_nothing",
        "blacklist.targets: desk.siz matches no parameter of the base config"),
    "nothing automatic": (
        state({"desk": {"size": 1.0}}), "nothing_automatic",
        "nothing could ever be applied automatically under this policy"),
    "nothing automatic, by the lock": (
        state(lock=True), "nothing_automatic",
        "nothing could ever be applied automatically under this policy: lock = true"),
    "no base config": (
        state(None, {"portfolio.leverage": 1.5}), "no_base_config",
        "there is no config/config.toml on the base branch, so a misspelt target cannot be told from a new one"),
    "spelled twice": (
        state({"a": {"leverage": 1.5}, "a.leverage": 1.5, "b": {"leverage": 1.5}}), "spelled_twice",
        "a.leverage stands in the base config quoted and nested at once"),
    "an override that is not read": (
        replace(state(), ignored={"portfolio.lev": "the base config has no such key"}), "ignored_override",
        "portfolio.lev: the live system ignores the override: the base config has no such key"),
    "an empty section": (
        state(performance={}), "asks_nothing", "[performance] stands there and asks for nothing"),
    "no place left today": (
        replace(state({"x": {"leverage": 1.5}}, auto_apply={"max_per_day": 3}), landed=Landed(values_today=3)),
        "not_today",
        "quota: the 3 values of a day are taken (3 have landed today) (x.leverage)"),
    "a target that rests": (
        replace(state(performance={"cool_down_days": 7}, patches={"hold_days": 0}),
                landed=Landed(lately=Lately(taken_back={"desk.size": NOW - timedelta(days=2)}))),
        "not_today", "performance: its last change was taken back on 2026-11-20; it rests for 7 days (desk.size)"),
    "less room after changes": (
        replace(state({"x": {"leverage": 1.5}}, risk={"max_score": 12}),
                landed=Landed(lately=Lately(changed={"x.leverage": (NOW - timedelta(days=1),)}))),
        "not_today", "risk: changes of the last days count, so today it is 1.4325 .. 1.5675 (x.leverage)"),
}  # fmt: skip


@pytest.mark.parametrize("story", FINDINGS)
def test_what_a_person_should_look_at_is_found_alone_and_with_a_mend(story: str) -> None:
    found, code, message = FINDINGS[story]
    (finding,) = [finding for finding in told(found).findings if finding.code == code]
    assert (finding.message, bool(finding.mend)) == (message, True)
    assert finding.severity is (Severity.NOTE if "lock = true" in message else Severity.WARNING)


def test_a_sound_policy_has_no_findings_and_a_grant_for_long_is_none() -> None:
    assert told(state()).findings == ()
    assert told(state(eligibility=[{"targets": ["*"], "expires": date(2026, 12, 23)}])).findings == ()


def test_the_nearest_name_is_suggested() -> None:
    (finding,) = told(state(eligibility=[{"targets": ["*", "portfolo.*"]}])).findings
    assert finding.mend.startswith("did you mean portfolio.*? ")


def test_a_report_of_red_tests_stands_in_the_way_today_but_is_not_the_policys_verdict() -> None:
    base = state(test_health=GREEN)
    found = explain(base, "p", NOW, NoReport("reports/tests.xml is missing"))
    assert found.parameters == told(base).parameters
    (finding,) = found.findings
    assert finding.message.startswith("test_health: No-Go")
