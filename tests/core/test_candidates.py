"""Patches -> candidates: the loop's own word on readiness, tags by target, never eligible by themselves."""

from __future__ import annotations

import pytest

from promobot.core.candidates import build_promotion_candidates_from_patches, tags_of
from promobot.core.models import PatchStatus
from tests.support.builders import patch


def test_only_applied_offline_and_promoted_become_candidates_in_their_order() -> None:
    patches = [patch(id=status, status=status) for status in PatchStatus]
    built = build_promotion_candidates_from_patches(patches)
    assert [candidate.patch.id for candidate in built] == ["APPLIED_OFFLINE", "PROMOTED"]


def test_a_candidate_is_not_eligible_whatever_the_export_claims() -> None:
    (candidate,) = build_promotion_candidates_from_patches(
        [patch(meta={"eligible_for_live": True, "is_live_ready": True})]
    )
    assert candidate.eligible_for_live is False and candidate.notes == ""


@pytest.mark.parametrize(
    ("target", "tags"),
    [
        ("portfolio.leverage", ("leverage",)),
        ("strategy.trigger_delay", ("trigger",)),
        ("macro.regime_weight", ("macro",)),
        ("risk.stop_loss", ("risk",)),
        ("x.MaxLeverageRisk", ("leverage", "risk")),
        ("macro.TRIGGER.risk.leverage", ("leverage", "macro", "risk", "trigger")),
        ("desk.size", ()),
        ("r.isk", ()),
    ],
)
def test_a_tag_is_a_substring_of_the_target_whatever_its_case(target: str, tags: tuple[str, ...]) -> None:
    assert tags_of(target) == tags
    (candidate,) = build_promotion_candidates_from_patches([patch(target)])
    assert candidate.tags == tags
