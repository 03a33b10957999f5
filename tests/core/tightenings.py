"""Every way to make a policy tighter: one change for each bound, limit, list and minimum of the policy file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import assume

from promobot.core.policy import PromotionPolicy
from tests.core.strategies import TAGS
from tests.support.builders import NOW

Change = Callable[[dict[str, Any], int], Any]
"""Changes a policy as its file would have it; the number chooses among several places or sizes."""


class Tightening(NamedTuple):
    """What becomes tighter, the keys it is about (as `test_properties.keys` spells them), and the change."""

    story: str
    keys: tuple[str, ...]
    change: Change

    def __str__(self) -> str:
        return self.story


def bound(key: str, change: Callable[[float, int], float]) -> Change:
    """One bound, of one tag or of all targets of their own."""

    def tighten(raw: dict[str, Any], choice: int) -> None:
        places = raw["bounds_for"] if raw["bounds_for"] and choice % 2 else [raw["bounds"][TAGS[choice % len(TAGS)]]]
        for keys in places:
            keys[key] = change(keys[key], choice + 1)
            assume(keys["min_value"] <= keys["max_value"])

    return tighten


def both(key: str) -> tuple[str, ...]:
    return f"bounds.*.{key}", f"bounds_for[].{key}"


def hard_limit(raw: dict[str, Any], choice: int) -> None:
    tag = TAGS[choice % len(TAGS)]
    raw["hard_limits"][tag] = raw["hard_limits"].get(tag, 3.0 if tag == "leverage" else 2.0) - choice / 10


def grant(change: dict[str, Any]) -> Change:
    return lambda raw, choice: raw["eligibility"][choice % len(raw["eligibility"])].update(change)


def fewer_targets(raw: dict[str, Any], choice: int) -> None:
    """A grant that is left without any glob is left out, because the policy does not know such a one."""
    place = choice % len(raw["eligibility"])
    raw["eligibility"][place]["targets"] = raw["eligibility"][place]["targets"][1:]
    raw["eligibility"] = [given for given in raw["eligibility"] if given["targets"]]


def more_research(name: str, *entries: str) -> Change:
    """The default list, and more."""
    default = getattr(PromotionPolicy().research, name)
    return lambda raw, _: raw.update(research={name: [*default, *entries]})


START: dict[str, dict[str, Any]] = {
    "risk": {"max_score": 100.0},
    "performance": {"metrics": {}},
    "test_health": {"report": "reports/health.json", "min_score": 0.0, "max_failures": 99, "max_age_hours": 999},
    "patches": {"max_age_days": 999},
}
"""A section that asks for as good as nothing stands for one that is absent."""


def within(section: str, change: Callable[[dict[str, Any]], Any]) -> Change:
    return lambda raw, _: change(raw.setdefault(section, dict(START[section])))


def at_most(section: str, key: str, default: float, less: Callable[[Any], Any]) -> Tightening:
    """A smaller number; where the key is absent, its default counts."""
    change = within(section, lambda keys: keys.update({key: less(keys.get(key, default))}))
    return Tightening(f"{section}: less {key}", (f"{section}.{key}",), change)


def at_least(section: str, key: str, default: float, more: Callable[[Any], Any]) -> Tightening:
    """A larger number."""
    change = within(section, lambda keys: keys.update({key: more(keys.get(key, default))}))
    return Tightening(f"{section}: more {key}", (f"{section}.{key}",), change)


def metric(name: str, change: Callable[[dict[str, Any]], Any]) -> Change:
    """One metric's limits; a metric that nobody asked for starts as an optional one without any effect."""
    anything = {"min": -1e9, "max": 1e9, "required": False}
    return within("performance", lambda keys: change(keys["metrics"].setdefault(name, dict(anything))))


METRIC = "performance.metrics.*"
TIGHTENINGS = [
    Tightening("a higher minimum", both("min_value"), bound("min_value", lambda value, tenths: value + tenths / 10)),
    Tightening("a lower maximum", both("max_value"), bound("max_value", lambda value, tenths: value - tenths / 10)),
    Tightening("a smaller step", both("max_step"), bound("max_step", lambda value, _: value / 2)),
    Tightening("a lower hard limit", ("hard_limits.*",), hard_limit),
    Tightening("one grant less", (), lambda raw, choice: raw["eligibility"].pop(choice % len(raw["eligibility"]))),
    Tightening("fewer targets of a grant", ("eligibility[].targets",), fewer_targets),
    Tightening("a grant asks more confidence", ("eligibility[].min_confidence",), grant({"min_confidence": 1.0})),
    Tightening("a grant asks for ready", ("eligibility[].require_live_ready",), grant({"require_live_ready": True})),
    Tightening("a grant ends", ("eligibility[].expires",), grant({"expires": NOW})),
    Tightening("a grant's overrides end", ("eligibility[].override_expires",), grant({"override_expires": NOW})),
    Tightening(
        "a shorter allow list",
        ("auto_apply.allow",),
        lambda raw, _: raw["auto_apply"].update(allow=raw["auto_apply"].get("allow", [])[1:]),
    ),
    Tightening(
        "more confidence to apply",
        ("auto_apply.min_confidence",),
        lambda raw, _: raw["auto_apply"].update(min_confidence=0.95),
    ),
    Tightening(
        "a blacklisted target", ("blacklist.targets",), lambda raw, _: raw["blacklist"]["targets"].append("macro")
    ),
    Tightening(
        "a blacklisted tag",
        ("blacklist.tags",),
        lambda raw, choice: raw["blacklist"]["tags"].append([*TAGS, "Lab"][choice % 5]),
    ),
    Tightening("a research target", ("research.targets",), more_research("targets", "*weight")),
    Tightening("a research tier", ("research.tiers",), more_research("tiers", "core", "lab")),
    Tightening("a research segment", ("research.segments",), more_research("segments", "trigger_delay", "size")),
    Tightening("a research experiment", ("research.experiments",), more_research("experiments", "lab-*", "*-1")),
    Tightening("locked", ("lock",), lambda raw, _: raw.update(lock=True)),
    Tightening("a lower mode", ("mode",), lambda raw, _: raw.update(mode="manual_only")),
    at_most("risk", "max_score", 100.0, lambda score: score / 2),
    at_least("risk", "window_days", 30, lambda days: days + 300),
    at_most("risk", "full_churn", 4, lambda _: 1),
    at_most("risk", "full_breadth", 10, lambda _: 1),
    Tightening("a higher minimum of a metric", (f"{METRIC}.min",), metric("sharpe", lambda keys: keys.update(min=2.0))),
    Tightening(
        "a lower maximum of a metric", (f"{METRIC}.max",), metric("drawdown", lambda keys: keys.update(max=0.01))
    ),
    Tightening("another metric", (), metric("trades", lambda keys: keys.update(min=1.0, required=True))),
    Tightening(
        "a metric is required", (f"{METRIC}.required",), metric("sharpe", lambda keys: keys.update(required=True))
    ),
    at_least("performance", "cool_down_days", 0, lambda days: days + 30),
    at_least("test_health", "min_score", 100.0, lambda _: 100.0),
    at_most("test_health", "max_failures", 0, lambda _: 0),
    at_most("test_health", "max_age_hours", 24, lambda _: 1),
    at_most("patches", "max_age_days", 999, lambda days: max(1, days // 5)),
    at_least("patches", "hold_days", 7, lambda days: days + 30),
]

CAPS = {"max_per_proposal", "auto_apply.max_per_day"}
"""Caps on numbers: `test_fewer_places_never_apply_more`."""

NO_BOUND = {
    "version": "the form of the file",
    **dict.fromkeys(
        ("paths.exports", "paths.reports", "paths.live_overrides", "paths.base_config"), "where things lie"
    ),
    "bounds_for[].targets": "says whom bounds are for; they replace those of the tags, so neither side is the tighter",
    "eligibility[].note": "a word to people",
    **dict.fromkeys(
        (f"risk.weights.{name}" for name in ("step", "bound", "confidence", "churn", "breadth")),
        "only the proportions of the weights matter",
    ),
    "test_health.report": "which file is read",
    **dict.fromkeys(
        (f"github.{key}" for key in ("commits", "labels", "reviewers", "team_reviewers", "keep_up_to_date")),
        "how pull requests are made",
    ),
    **dict.fromkeys(
        (
            "audit.baseline",
            "audit.require_signed",
            "audit.require_record",
            "audit.allowed_ssh_keys",
            "audit.allowed_gpg_keys",
            "audit.acknowledged[].commit",
            "audit.acknowledged[].code",
            "audit.acknowledged[].reason",
        ),
        "says how what has landed is proved, not what may land",
    ),
}
"""Keys that are no bound, and why."""
