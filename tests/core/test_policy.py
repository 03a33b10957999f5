"""The policy's values: defaults, merging over them, the mode of a cycle, grants, paths."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from promobot.core.policy import AutoApplyBounds, AutoApplyPolicy, Paths, PromotionPolicy, effective_mode
from promobot.core.policy.types import AutoApplyMode, matches
from tests.support.builders import applied, decide, patch, policy

DISABLED, MANUAL, AUTO = AutoApplyMode.DISABLED, AutoApplyMode.MANUAL_ONLY, AutoApplyMode.BOUNDED_AUTO


def limits(bounds: AutoApplyBounds) -> tuple[float, float, float]:
    return bounds.min_value, bounds.max_value, bounds.max_step


def test_the_defaults_are_the_seeds() -> None:
    plain = PromotionPolicy()
    assert (plain.version, plain.mode, plain.lock, plain.max_per_proposal) == (1, MANUAL, False, 50)
    assert {tag: limits(bounds) for tag, bounds in plain.bounds.items()} == {
        "leverage": (1.0, 2.0, 0.25), "trigger": (3.0, 15.0, 2.0), "macro": (0.0, 0.8, 0.1)
    }  # fmt: skip
    assert plain.hard_limits == {"leverage": 3.0}
    assert not (plain.eligibility or plain.bounds_for or plain.blacklist.targets or plain.blacklist.tags)
    assert (plain.auto_apply.allow, plain.auto_apply.min_confidence, plain.auto_apply.max_per_day) == (None, 0.8, 3)
    assert plain.research.tiers == ("r_and_d", "experimental", "research", "untested")
    assert (plain.research.targets, plain.research.experiments) == ((), ())
    assert plain.paths.model_dump() == {
        "exports": "reports/learning_snippets", "reports": "reports/live_promotion",
        "live_overrides": "config/live_overrides/auto.toml", "base_config": "config/config.toml",
    }  # fmt: skip


def test_given_bounds_replace_the_defaults_key_by_key() -> None:
    mixed = policy(bounds={"leverage": {"max_step": 0.5}, "risk": {"min_value": 0, "max_value": 1, "max_step": 0.1}})
    assert limits(mixed.bounds["leverage"]) == (1.0, 2.0, 0.5)
    assert limits(mixed.bounds["risk"]) == (0.0, 1.0, 0.1)
    assert limits(mixed.bounds["macro"]) == (0.0, 0.8, 0.1)


@pytest.mark.parametrize(
    "bounds",
    [{"risk": {"max_step": 1}}, {"leverage": {"min_value": 2.5}}, {"leverage": {"max_step": 0}},
     {"leverage": {"max_step": -1}}, {"leverage": {"max_value": float("inf")}}, {"leverage": {"max_value": True}},
     {"leverage": {"max_value": "2"}}, {"levrage": {"max_step": 1}}],
)  # fmt: skip
def test_bounds_that_bound_nothing_are_refused(bounds: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(bounds=bounds)


def test_the_seeds_own_small_policy() -> None:
    small = AutoApplyPolicy()
    assert small.mode is MANUAL and not small.is_bounded_auto()
    assert limits(small.leverage_bounds) == (1.0, 2.0, 0.25)
    assert limits(small.trigger_delay_bounds) == (3.0, 15.0, 2.0)
    assert limits(small.macro_weight_bounds) == (0.0, 0.8, 0.1)
    tight = AutoApplyPolicy(mode=AUTO, leverage_bounds=AutoApplyBounds(min_value=1, max_value=2, max_step=0.05))
    assert tight.is_bounded_auto() and tight.as_promotion_policy().mode is AUTO
    assert limits(tight.as_promotion_policy().bounds["leverage"]) == (1.0, 2.0, 0.05)
    assert limits(tight.as_promotion_policy().bounds["trigger"]) == (3.0, 15.0, 2.0)


MODES: list[tuple[AutoApplyMode, bool, AutoApplyMode | None, AutoApplyMode, int]] = [
    # the policy's ceiling, its lock, what was asked for -> the mode, the number of warnings
    (AUTO, False, None, AUTO, 0),
    (AUTO, False, AUTO, AUTO, 0),
    (AUTO, False, MANUAL, MANUAL, 0),
    (AUTO, False, DISABLED, DISABLED, 0),
    (AUTO, True, None, MANUAL, 1),
    (AUTO, True, AUTO, MANUAL, 1),
    (AUTO, True, MANUAL, MANUAL, 0),
    (AUTO, True, DISABLED, DISABLED, 0),
    (MANUAL, False, None, MANUAL, 0),
    (MANUAL, False, AUTO, MANUAL, 1),
    (MANUAL, True, None, MANUAL, 0),
    (MANUAL, True, AUTO, MANUAL, 1),
    (MANUAL, False, DISABLED, DISABLED, 0),
    (DISABLED, False, None, DISABLED, 0),
    (DISABLED, False, MANUAL, DISABLED, 1),
    (DISABLED, True, AUTO, DISABLED, 1),
]


@pytest.mark.parametrize(("ceiling", "lock", "asked", "mode", "warned"), MODES)
def test_the_policy_is_the_ceiling(
    ceiling: AutoApplyMode, lock: bool, asked: AutoApplyMode | None, mode: AutoApplyMode, warned: int
) -> None:
    found, warnings = effective_mode(policy(mode=str(ceiling), lock=lock), asked)
    assert found is mode
    assert len(warnings) == warned and all(warnings)


def test_several_bounds_for_one_target_must_all_hold() -> None:
    moves = patch("macro.leverage", 1.2), {"macro.leverage": 1.1}
    assert applied(decide(moves[0], rules=policy(bounds={"macro": {"max_value": 2}}), live=moves[1]))
    assert not applied(decide(moves[0], rules=policy(), live=moves[1])), "1.2 is over macro's 0.8"


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../auto.toml", "a/../b", "./a", "a//b", "a/", "", ".git/config", "a/.GIT/b", "C:/x", "a\\b",
     "a\nb", "a\x00b", "a*b", "a?b", 'a"b', "a|b", "<a>", "x" * 256],
)  # fmt: skip
def test_a_path_that_may_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        Paths(live_overrides=path)


@pytest.mark.parametrize("path", ["auto.toml", "a/b/c.toml", "ä ö/auto.toml", ".config/auto.toml", "x" * 255])
def test_an_ordinary_path_is_taken(path: str) -> None:
    assert Paths(live_overrides=path).live_overrides == path


@pytest.mark.parametrize(
    "paths",
    [{"live_overrides": "config/config.toml"}, {"reports": "config"}, {"live_overrides": "CONFIG/Config.toml"},
     {"reports": "reports/learning_snippets/live"}, {"base_config": "config/promobot.toml"},
     {"reports": ".github/reports"}, {"live_overrides": ".GitHub/auto.toml"}],
)  # fmt: skip
def test_files_that_would_overwrite_each_other_or_the_forges_are_kept_apart(paths: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Paths(**paths)


def test_globs_cross_dots_and_mind_case() -> None:
    assert matches("a.b.c", ("a*c",)) and matches("a.b", ("x", "a.?")) and matches("a.b", ("[ab].b",))
    assert not matches("A.b", ("a.b",)) and not matches("a.b.c", ("a.b",)) and not matches("a", ())


def test_a_policy_cannot_be_changed_once_read() -> None:
    rules = policy()
    with pytest.raises(ValidationError):
        rules.lock = True  # type: ignore[misc]
    assert PromotionPolicy.model_validate(json.loads(rules.model_dump_json())) == rules
