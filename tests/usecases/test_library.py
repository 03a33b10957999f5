"""promobot as a plain library, the way the seed used it: patches -> reports and overrides on disk, without git."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from promobot import (
    AutoApplyBounds,
    AutoApplyPolicy,
    ConfigPatch,
    PromotionPolicy,
    PromotionProposal,
    apply_proposals_to_live_overrides,
    build_promotion_candidates_from_patches,
    build_promotion_proposals,
    filter_candidates_for_live,
    load_patches_for_promotion,
    materialize_promotion_proposals,
)
from promobot.core.health import HealthReport
from promobot.core.policy.types import AutoApplyMode
from promobot.core.rendering.artifacts import render_artifacts
from promobot.errors import RepositoryRefused
from tests.support.builders import patch

AUTO = AutoApplyPolicy(mode=AutoApplyMode.BOUNDED_AUTO)
LIVE = {"portfolio.leverage": 1.5, "strategy.trigger_delay": 10.0, "macro.regime_weight": 0.25}
SEED = {"portfolio.leverage": 1.75, "strategy.trigger_delay": 8.0, "macro.regime_weight": 0.35}
PATCHES = tuple(patch(target, value, id=target, old_value=LIVE[target]) for target, value in SEED.items())


def proposals(patches: Iterable[ConfigPatch] = PATCHES, live: dict[str, Any] | None = None) -> list[PromotionProposal]:
    """Candidates that the caller itself frees for live, as the seed's users did."""
    candidates = [replace(c, eligible_for_live=True) for c in build_promotion_candidates_from_patches(patches)]
    decisions = filter_candidates_for_live(
        candidates, policy=AUTO.as_promotion_policy(), live=LIVE if live is None else live
    )
    return build_promotion_proposals(decisions)


def overrides(path: Path) -> Any:
    return tomllib.loads(path.read_text("utf-8"))["auto_applied"]


def test_the_whole_way_from_an_export_to_the_seeds_example(tmp_path: Path) -> None:
    export, auto = tmp_path / "export.json", tmp_path / "config/live_overrides/auto.toml"
    export.write_text(json.dumps({"patches": [p.model_dump(mode="json", exclude_unset=True) for p in PATCHES]}))
    made = proposals(load_patches_for_promotion(export))
    (folder,) = materialize_promotion_proposals(made, tmp_path / "reports")
    written = apply_proposals_to_live_overrides(made, policy=AUTO, live_override_path=auto)
    assert written == SEED == overrides(auto)
    assert type(overrides(auto)["strategy.trigger_delay"]) is float
    assert '"portfolio.leverage" = 1.75\n' in auto.read_text()
    assert folder == tmp_path / "reports" / made[0].proposal_id
    checklist = (folder / "OPERATOR_CHECKLIST.md").read_text("utf-8")
    assert all(target in checklist for target in SEED)
    assert json.loads((folder / "proposal_meta.json").read_text())["overrides"].keys() == SEED.keys()
    assert len(json.loads((folder / "config_patches.json").read_text())["patches"]) == 3
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [
        "OPERATOR_CHECKLIST.md", "auto.toml", "config_patches.json", "export.json", "proposal_meta.json"
    ]  # fmt: skip


def test_without_a_grant_or_the_callers_word_nothing_is_proposed() -> None:
    decisions = filter_candidates_for_live(build_promotion_candidates_from_patches(PATCHES), live=LIVE)
    assert {reason.code for decision in decisions for reason in decision.reasons} == {"not_eligible"}
    assert build_promotion_proposals(decisions) == []


def test_the_clock_is_the_callers_unless_it_is_left_out() -> None:
    grant: dict[str, Any] = {"targets": ["*"], "expires": datetime(2030, 1, 1, tzinfo=UTC)}
    rules = PromotionPolicy.model_validate({"eligibility": [grant]})
    candidates = build_promotion_candidates_from_patches(PATCHES[:1])
    late = filter_candidates_for_live(candidates, policy=rules, evaluated_at=datetime(2030, 1, 1, tzinfo=UTC))
    early = filter_candidates_for_live(candidates, policy=rules, evaluated_at=datetime(2029, 1, 1, tzinfo=UTC))
    assert [late[0].accepted, early[0].accepted] == [False, True]


def test_materializing_again_writes_the_same_bytes(tmp_path: Path) -> None:
    made = proposals()
    (folder,) = materialize_promotion_proposals(made, tmp_path, policy=AUTO.as_promotion_policy())
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert materialize_promotion_proposals(made, str(tmp_path), policy=AUTO.as_promotion_policy()) == [folder]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    assert first == render_artifacts(made[0], AUTO.as_promotion_policy())


@pytest.mark.parametrize("mode", [AutoApplyMode.MANUAL_ONLY, AutoApplyMode.DISABLED])
def test_other_modes_write_nothing(tmp_path: Path, mode: AutoApplyMode) -> None:
    auto = tmp_path / "auto.toml"
    assert (
        apply_proposals_to_live_overrides(proposals(), policy=AutoApplyPolicy(mode=mode), live_override_path=auto) == {}
    )
    locked = AUTO.as_promotion_policy().model_copy(update={"lock": True})
    assert apply_proposals_to_live_overrides(proposals(), policy=locked, live_override_path=auto) == {}
    assert list(tmp_path.iterdir()) == []
    auto.write_text("not even read")
    assert (
        apply_proposals_to_live_overrides(proposals(), policy=AutoApplyPolicy(mode=mode), live_override_path=auto) == {}
    )


def test_what_stands_in_the_file_stays(tmp_path: Path) -> None:
    auto = tmp_path / "auto.toml"
    auto.write_bytes(
        b'# ours\r\n[auto_applied]\r\n"portfolio.leverage" = 1.5 # since May\r\n"x" = 1\r\n\r\n[z]\r\ny = 2\r\n'
    )
    apply_proposals_to_live_overrides(proposals(PATCHES[:1]), policy=AUTO, live_override_path=auto)
    assert auto.read_bytes() == (
        b'# ours\r\n[auto_applied]\r\n"portfolio.leverage" = 1.75 # since May\r\n"x" = 1\r\n\r\n[z]\r\ny = 2\r\n'
    )


def test_the_files_own_value_is_what_a_step_is_measured_from(tmp_path: Path) -> None:
    """Since the decision somebody moved the value; 1.0 -> 1.75 is too far, whatever was said to be live."""
    auto = tmp_path / "auto.toml"
    auto.write_text('[auto_applied]\n"portfolio.leverage" = 1.0\n')
    made = proposals([patch(new_value=1.75)])
    assert made[0].decisions[0].auto_apply
    assert apply_proposals_to_live_overrides(made, policy=AUTO, live_override_path=auto) == {}
    assert overrides(auto) == {"portfolio.leverage": 1.0}


def test_a_value_of_which_nothing_is_live_is_left_to_a_person(tmp_path: Path) -> None:
    made = proposals([patch(new_value=1.75, old_value=1.5)], live={})
    assert apply_proposals_to_live_overrides(made, policy=AUTO, live_override_path=tmp_path / "auto.toml") == {}
    assert list(tmp_path.iterdir()) == []


def test_a_tighter_policy_at_the_time_of_applying_counts(tmp_path: Path) -> None:
    tight = AUTO.model_copy(update={"leverage_bounds": AutoApplyBounds(min_value=1, max_value=2, max_step=0.1)})
    written = apply_proposals_to_live_overrides(proposals(), policy=tight, live_override_path=tmp_path / "auto.toml")
    assert set(written) == {"strategy.trigger_delay", "macro.regime_weight"}


def test_only_numbers_in_bounds_are_written(tmp_path: Path) -> None:
    live = {"x.leverage": 1.5, "macro.on": False, "macro.name": "a", "desk.size": 1.0, "macro.far": 0.1}
    values = {"x.leverage": 1.6, "macro.on": True, "macro.name": "b", "desk.size": 1.1, "macro.far": 0.3}
    made = proposals([patch(target, value, id=target) for target, value in values.items()], live=live)
    assert sum(decision.accepted for decision in made[0].decisions) == 5
    written = apply_proposals_to_live_overrides(made, policy=AUTO, live_override_path=tmp_path / "auto.toml")
    assert written == {"x.leverage": 1.6}


SPOILERS: dict[str, Callable[[Path], Any]] = {
    "not TOML": lambda path: path.write_bytes(b"[auto_applied"),
    "not UTF-8": lambda path: path.write_bytes(b"[auto_applied]\nx = '\xff'\n"),
    "quoted and nested at once": lambda path: path.write_bytes(b'[auto_applied]\n"a.b" = 1\na.b = 2\n'),
    "no place for a line": lambda path: path.write_bytes(b"auto_applied = {}\n"),
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("spoil", SPOILERS.values(), ids=SPOILERS)
def test_a_file_that_cannot_be_edited_safely_is_left_as_it_is(tmp_path: Path, spoil: Callable[[Path], Any]) -> None:
    auto = tmp_path / "auto.toml"
    spoil(auto)
    before = auto.read_bytes() if auto.is_file() else None
    with pytest.raises(RepositoryRefused, match=r"auto\.toml"):
        apply_proposals_to_live_overrides(proposals(), policy=AUTO, live_override_path=auto)
    assert [path.name for path in tmp_path.iterdir()] == ["auto.toml"]
    assert (auto.read_bytes() if auto.is_file() else None) == before


def test_no_proposals_need_no_file(tmp_path: Path) -> None:
    auto = tmp_path / "auto.toml"
    assert apply_proposals_to_live_overrides([], policy=AUTO, live_override_path=auto) == {}
    assert materialize_promotion_proposals([], tmp_path / "reports") == []
    assert list(tmp_path.iterdir()) == []


def test_a_policy_that_asks_for_green_tests_can_be_met() -> None:
    rules = PromotionPolicy.model_validate(
        {"mode": "bounded_auto", "eligibility": [{"targets": ["*"]}], "test_health": {"report": "report.json"}}
    )
    candidates = build_promotion_candidates_from_patches([patch()])
    green = HealthReport("a" * 64, 100.0, 12, 0, finished_at=datetime.now(UTC))
    for health, expected in ((green, []), (None, ["test_health"])):
        [decision] = filter_candidates_for_live(
            candidates, policy=rules, live={"portfolio.leverage": 1.5}, health=health
        )
        assert [reason.code for reason in decision.reasons] == expected
