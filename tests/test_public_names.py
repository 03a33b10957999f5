"""The public names: importable from `promobot` as documented, and cheap for a live system that needs only one."""

from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import promobot

ROOT = Path(__file__).parents[1]

NAMES = {
    "ConfigPatch", "PatchStatus", "PromotionCandidate", "DecisionStatus", "PromotionDecision", "PromotionProposal",
    "AutoApplyBounds", "AutoApplyPolicy", "PromotionPolicy", "load_patches_for_promotion",
    "build_promotion_candidates_from_patches", "filter_candidates_for_live", "build_promotion_proposals",
    "materialize_promotion_proposals", "apply_proposals_to_live_overrides", "load_config_with_live_overrides",
}  # fmt: skip


def test_the_names_are_the_documented_ones() -> None:
    assert {name for name in promobot.__all__ if not name.startswith("_")} == NAMES
    assert set(dir(promobot)) >= NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_is_there_and_explains_itself(name: str) -> None:
    public = getattr(promobot, name)
    assert public.__name__ == name
    assert (public.__doc__ or "").strip()
    assert public.__module__.startswith("promobot.")


def test_any_other_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        promobot.nothing  # noqa: B018


# What a caller may rely on: (positional parameters, keyword-only ones), with the defaults that are documented.
SIGNATURES: dict[str, tuple[list[str], list[str]]] = {
    "load_patches_for_promotion": (["*paths"], []),
    "build_promotion_candidates_from_patches": (["patches"], []),
    "filter_candidates_for_live": (["candidates"], ["policy", "mode", "live", "evaluated_at", "landed_today"]),
    "build_promotion_proposals": (["decisions"], ["ground"]),
    "materialize_promotion_proposals": (["proposals", "base_dir"], ["policy"]),
    "apply_proposals_to_live_overrides": (["proposals"], ["policy", "live_override_path"]),
    "load_config_with_live_overrides": (["path"], ["auto_overrides_path", "force_apply_overrides"]),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_functions_take_what_is_documented(name: str) -> None:
    positional, keywords = SIGNATURES[name]
    found = inspect.signature(getattr(promobot, name)).parameters.values()
    assert [
        f"{'*' * (p.kind is p.VAR_POSITIONAL)}{p.name}" for p in found if p.kind is not p.KEYWORD_ONLY
    ] == positional
    # More keywords may come; those that are promised stay.
    assert {p.name for p in found if p.kind is p.KEYWORD_ONLY} >= set(keywords)


REQUIRED = {
    "build_promotion_candidates_from_patches": {"patches"},
    "filter_candidates_for_live": {"candidates"},
    "build_promotion_proposals": {"decisions"},
    "materialize_promotion_proposals": {"proposals"},
    "apply_proposals_to_live_overrides": {"proposals", "policy", "live_override_path"},
    "load_config_with_live_overrides": set(),
}


@pytest.mark.parametrize("name", REQUIRED)
def test_nothing_more_must_be_given(name: str) -> None:
    found = inspect.signature(getattr(promobot, name)).parameters.values()
    assert {p.name for p in found if p.default is p.empty} <= REQUIRED[name]
    if name == "load_config_with_live_overrides":
        assert [p.default for p in found] == [None, None, False]


def test_the_nouns_have_the_documented_fields_and_defaults() -> None:
    def fields(noun: Any) -> list[str]:
        return [field.name for field in dataclasses.fields(noun)]

    assert fields(promobot.PromotionCandidate) == ["patch", "tags", "eligible_for_live", "notes"]
    assert fields(promobot.PromotionDecision)[:3] == ["candidate", "status", "reasons"]
    documented = ["proposal_id", "title", "description", "decisions", "meta", "output_dir"]
    assert fields(promobot.PromotionProposal)[:6] == documented
    assert list(promobot.AutoApplyBounds.model_fields) == ["min_value", "max_value", "max_step"]
    assert list(promobot.AutoApplyPolicy.model_fields) == [
        "mode", "leverage_bounds", "trigger_delay_bounds", "macro_weight_bounds"
    ]  # fmt: skip
    patch = promobot.ConfigPatch.model_validate({"id": "a", "target": "b", "new_value": 1, "status": "PROMOTED"})
    candidate = promobot.PromotionCandidate(patch, ("risk",))
    assert (candidate.eligible_for_live, patch.status) == (False, promobot.PatchStatus.PROMOTED)
    assert promobot.AutoApplyPolicy().mode == "manual_only"
    assert {str(status) for status in promobot.PatchStatus} == {
        "PROPOSED", "APPLIED_OFFLINE", "PROMOTED", "REJECTED", "RETIRED"
    }  # fmt: skip
    assert {str(status) for status in promobot.DecisionStatus} == {
        "PENDING", "REJECTED_BY_POLICY", "REJECTED_BY_SANITY_CHECK", "ACCEPTED_FOR_PROPOSAL"
    }  # fmt: skip


HEAVY = ("git", "github", "pydantic", "tomlkit", "typer", "rich", "requests", "promobot.core", "promobot.cli")
LIVE = """
import sys, promobot
{use}
print(",".join(name for name in {heavy!r} if name in sys.modules))
"""


def imported_by(use: str, folder: Path) -> str:
    """Which heavy modules a fresh interpreter has loaded after the code."""
    code = LIVE.format(use=use, heavy=HEAVY)
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}){code}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_a_live_system_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "config/live_overrides").mkdir(parents=True)
    (tmp_path / "config/config.toml").write_text("[environment]\nmode = 'live'\n[portfolio]\nleverage = 1.5\n")
    (tmp_path / "config/live_overrides/auto.toml").write_text('[auto_applied]\n"portfolio.leverage" = 1.75\n')
    use = "cfg = promobot.load_config_with_live_overrides(); assert cfg.get('portfolio.leverage', 0) == 1.75"
    assert imported_by(use, tmp_path) == ""
    assert imported_by("", tmp_path) == ""


def test_the_list_of_heavy_modules_would_notice_one(tmp_path: Path) -> None:
    assert "pydantic" in imported_by("promobot.ConfigPatch", tmp_path)
    assert "promobot.core" in imported_by("promobot.apply_proposals_to_live_overrides", tmp_path)
