"""All rules together: every reason is kept, the policy's word gives the status, nothing depends on the order."""

from __future__ import annotations

import json

import pytest

from promobot.core.filters import filter_candidates_for_live
from promobot.core.models import DecisionStatus, PatchStatus
from promobot.core.policy import PromotionPolicy
from tests.support.builders import LIVE, NOW, codes, decide, patch, policy


def test_all_reasons_are_given_at_once_in_the_order_of_the_rules() -> None:
    rules = policy(
        eligibility=[{"targets": ["*"], "min_confidence": 0.95, "require_live_ready": True}],
        blacklist={"targets": ["portfolio"], "tags": ["leverage"]},
        research={"targets": ["portfolio.*"]},
    )
    (decision,) = decide(patch(new_value=4, old_value=1.0), rules=rules)
    policy_codes = ["low_confidence", "not_live_ready", "blacklisted_target", "blacklisted_tag", "research"]
    assert codes(decision) == [*policy_codes, "hard_limit", "stale_old_value"]
    assert decision.status is DecisionStatus.REJECTED_BY_POLICY
    assert all(reason.message for reason in decision.reasons)


@pytest.mark.parametrize(
    ("policy_says_no", "sanity_says_no", "status"),
    [
        (False, False, DecisionStatus.ACCEPTED_FOR_PROPOSAL),
        (True, False, DecisionStatus.REJECTED_BY_POLICY),
        (False, True, DecisionStatus.REJECTED_BY_SANITY_CHECK),
        (True, True, DecisionStatus.REJECTED_BY_POLICY),
    ],
)
def test_the_policy_status_wins(policy_says_no: bool, sanity_says_no: bool, status: DecisionStatus) -> None:
    rules = policy(blacklist={"tags": ["leverage"] if policy_says_no else []})
    (decision,) = decide(patch(new_value=3.5 if sanity_says_no else 1.6), rules=rules)
    assert decision.status is status
    assert len(decision.reasons) == policy_says_no + sanity_says_no


def test_a_rejected_candidate_is_never_applied_and_says_nothing_about_it() -> None:
    (decision,) = decide(patch(new_value=3.5), rules=policy(mode="manual_only"))
    assert not decision.accepted and not decision.auto_apply and decision.auto_apply_reasons == ()


def test_an_accepted_decision_is_applied_or_says_why_not() -> None:
    near, far = decide(patch(id="a"), patch("strategy.trigger_delay", 14.0, id="b"))
    assert near.auto_apply and near.auto_apply_reasons == ()
    assert not far.auto_apply and codes(far) == ["step_too_large"]


def test_what_speaks_against_one_of_two_equal_patches_speaks_against_both() -> None:
    """Otherwise a claim that a rule refused would go live behind a twin that does not make it."""
    sure, unsure = decide(patch(id="a"), patch(id="b", confidence_score=0.5))
    assert sure.accepted and unsure.accepted
    assert (codes(sure), codes(unsure)) == (["auto_confidence"], ["auto_confidence"])
    assert sure.auto_apply_reasons[0].message.startswith("of an equal patch: ")
    clean, research = decide(patch(id="a"), patch(id="b", meta={"tier": "research"}, old_value=1.4))
    for decision in (clean, research):
        assert decision.status is DecisionStatus.REJECTED_BY_POLICY
        assert [reason.code for reason in decision.reasons] == ["research", "stale_old_value"]


def test_decisions_are_sorted_by_target_and_patch_id() -> None:
    patches = [patch("macro.b", id="1"), patch("macro.a", id="3"), patch("macro.a", id="2")]
    assert [(d.target, d.candidate.patch.id) for d in decide(*patches)] == [
        ("macro.a", "2"), ("macro.a", "3"), ("macro.b", "1")
    ]  # fmt: skip


def test_only_what_the_loop_holds_for_ready_becomes_a_candidate() -> None:
    patches = [patch(f"macro.{status}", id=status, status=status) for status in PatchStatus]
    assert {decision.candidate.patch.status for decision in decide(*patches)} == {"APPLIED_OFFLINE", "PROMOTED"}


def test_without_a_policy_nothing_passes() -> None:
    """The default policy has no grant: the seed's eligible_for_live = false."""
    default = PromotionPolicy()
    assert [codes(d) for d in decide(patch(), rules=default)] == [["not_eligible"]]
    assert filter_candidates_for_live([], policy=default, live=LIVE, evaluated_at=NOW) == []


def test_no_reason_repeats_text_of_the_export() -> None:
    """Reasons reach the checklist, the log and the pull request; untrusted text must not ride along."""
    loud = "LOUD"
    hostile = patch(
        "x.leverage", loud, id=loud, old_value=loud + "x", source_experiment_id=loud, reason=loud,
        confidence_score=None, meta={"tier": "research", "tags": [loud, "research"], "is_live_ready": loud},
    )  # fmt: skip
    rules = policy(
        eligibility=[{"targets": ["*"], "min_confidence": 0.5, "require_live_ready": True}],
        blacklist={"tags": [loud.lower()]}, research={"experiments": ["loud"]},
    )  # fmt: skip
    (decision,) = decide(hostile, patch("x.leverage", 9), rules=rules, live={"x.leverage": 1.5})[:1]
    assert len(codes(decision)) >= 6
    told = json.dumps([reason.message for reason in decision.reasons])
    assert loud not in told
