"""None or one proposal a cycle, named by the digest of the question it asks and by nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from promobot.core.facts import Facts, LiveValues
from promobot.core.health import HealthReport, NoReport
from promobot.core.intake import ExportFile
from promobot.core.lately import Lately
from promobot.core.models import ConfigPatch, PromotionDecision, PromotionProposal
from promobot.core.policy.types import AutoApplyMode
from promobot.core.proposals import Ground, branch_name, build_promotion_proposals
from promobot.core.rendering.artifacts import render_artifacts
from tests.support.builders import LIVE, NOW, decide, patch, policy

EXPORT = ExportFile("e" * 64, 2)
GROUND = Ground(NOW, AutoApplyMode.BOUNDED_AUTO, base_branch="main", base_commit="b" * 40, exports=(EXPORT,))


def facts(**given: Any) -> Facts:
    plain = {"policy": policy(), "mode": AutoApplyMode.BOUNDED_AUTO, "live": LiveValues(dict(LIVE))}
    return Facts(**{**plain, **given})


TWO = (patch(id="a"), patch("strategy.trigger_delay", 14.0, id="b"))


def propose(*patches: ConfigPatch, ground: Ground = GROUND, **given: Any) -> PromotionProposal:
    (proposal,) = build_promotion_proposals(decide(*(patches or TWO), **given), ground=ground)
    return proposal


def digest(*patches: ConfigPatch, ground: Ground = GROUND, **given: Any) -> str:
    return str(propose(*patches, ground=ground, **given).meta["digest"])


@pytest.mark.parametrize(
    "patches", [[], [patch(new_value=3.5)], [patch(new_value=1.5)], [patch(status="REJECTED")]],
    ids=["no patch", "rejected", "no change", "no candidate"],
)  # fmt: skip
def test_nothing_accepted_is_no_proposal(patches: list[ConfigPatch]) -> None:
    assert build_promotion_proposals(decide(*patches), ground=GROUND) == []


def test_everything_of_a_cycle_goes_into_one_proposal() -> None:
    decisions = decide(*TWO, patch("macro.regime_weight", 9.0, id="c", old_value=1.0))
    (proposal,) = build_promotion_proposals(decisions, ground=GROUND)
    assert proposal.decisions == tuple(decisions)
    assert [change["target"] for change in proposal.meta["changes"]] == ["portfolio.leverage", "strategy.trigger_delay"]
    assert [change["automatic"] for change in proposal.meta["changes"]] == [True, False]
    assert proposal.meta["overrides"] == {"portfolio.leverage": {"old": 1.5, "new": 1.6}}


def test_two_equal_patches_are_one_change() -> None:
    """And it is applied only when both of them may be."""
    for scores, automatic in (((0.1, 0.9), False), ((0.9, 0.1), False), ((0.9, 0.95), True)):
        twins = propose(*(patch(id=f"{n}", confidence_score=score) for n, score in enumerate(scores)))
        assert [(c["target"], c["automatic"]) for c in twins.meta["changes"]] == [("portfolio.leverage", automatic)]
        assert (twins.meta["digest"] == digest(patch())) is automatic


def test_the_id_holds_the_time_in_utc_and_the_short_digest() -> None:
    moment = datetime(2026, 1, 2, 1, 2, 3, 999, tzinfo=timezone(timedelta(hours=2)))
    proposal = propose(ground=replace(GROUND, created_at=moment))
    assert re.fullmatch(r"live_promotion_20260101T230203Z_[0-9a-f]{16}", proposal.proposal_id)
    full = str(proposal.meta["digest"])
    assert re.fullmatch("[0-9a-f]{64}", full)
    assert proposal.proposal_id.endswith(f"_{full[:16]}") and branch_name(full) == f"promobot/{full[:16]}"
    assert proposal.meta["proposal_id"] == proposal.proposal_id == proposal.output_dir
    assert proposal.meta["facts"]["evaluated_at"] == "2026-01-01T23:02:03Z"


def test_the_folder_lies_in_the_reports() -> None:
    proposal = propose(ground=replace(GROUND, reports_path="reports/live_promotion"))
    assert proposal.output_dir == f"reports/live_promotion/{proposal.proposal_id}"


SAME = {
    "other patch ids": ((patch(id="x"), patch("strategy.trigger_delay", 14.0, id="y")), GROUND),
    "another order": (TWO[::-1], GROUND),
    "another time": (TWO, replace(GROUND, created_at=NOW + timedelta(days=9))),
    "another base commit": (TWO, replace(GROUND, base_commit="c" * 40)),
    "another policy blob": (TWO, replace(GROUND, policy_blob="d" * 40)),
    "another export": (TWO, replace(GROUND, exports=())),
    "another quota count": (TWO, replace(GROUND, facts=facts(landed_today=2))),
    "another test report": (TWO, replace(GROUND, facts=facts(health=NoReport("gone")))),
    "other text and evidence": (
        (patch(id="a", reason="x", source_experiment_id="y", confidence_score=1, meta={"metrics": {"z": 1}}),
         patch("strategy.trigger_delay", 14.0, id="b", generated_at="2026-01-01T00:00:00Z", old_value=10)), GROUND),
    "rejected patches beside": ((*TWO, patch("macro.regime_weight", 0.25, id="c")), GROUND),
    "an integer for the float key": ((TWO[0], patch("strategy.trigger_delay", 14, id="b")), GROUND),
    "a predecessor of another target": (TWO, replace(GROUND, predecessors={"macro.regime_weight": "f" * 64})),
}  # fmt: skip


@pytest.mark.parametrize(("patches", "ground"), SAME.values(), ids=SAME)
def test_the_same_question_has_the_same_digest(patches: tuple[ConfigPatch, ...], ground: Ground) -> None:
    assert digest(*patches, ground=ground) == digest()


OTHER: dict[str, dict[str, Any]] = {
    "another kind": {"ground": replace(GROUND, kind="operator")},
    "another base branch": {"ground": replace(GROUND, base_branch="release")},
    "another mode": {"ground": replace(GROUND, mode=AutoApplyMode.MANUAL_ONLY)},
    "a predecessor": {"ground": replace(GROUND, predecessors={"portfolio.leverage": "f" * 64})},
    "another predecessor": {"ground": replace(GROUND, predecessors={"portfolio.leverage": "e" * 64})},
    "another new value": {"patches": (patch(id="a", new_value=1.65), TWO[1])},
    "another live value": {"live": {"portfolio.leverage": 1.55, "strategy.trigger_delay": 10.0}},
    "no live value": {"live": {"portfolio.leverage": 1.5}},
    "an integer where a float was": {"live": {"portfolio.leverage": 1.5, "strategy.trigger_delay": 10},
                                     "patches": (TWO[0], patch("strategy.trigger_delay", 14, id="b"))},
    "another target": {"patches": (TWO[0], patch("macro.regime_weight", 0.7, id="b"))},
    "one target less": {"patches": TWO[:1]},
    "by hand instead of automatic": {"rules": policy(auto_apply={"allow": []})},
}  # fmt: skip


def test_another_question_has_another_digest() -> None:
    digests = {
        name: digest(*given.get("patches", TWO), **{key: value for key, value in given.items() if key != "patches"})
        for name, given in OTHER.items()
    }
    assert len({digest(), *digests.values()}) == len(OTHER) + 1, digests


def evidence(**given: Any) -> str:
    return str(propose(patch(id="a", **given), TWO[1]).meta["evidence_digest"])


def test_the_evidence_digest_covers_experiments_metrics_and_confidence() -> None:
    plain = evidence()
    told: list[dict[str, Any]] = [
        {"confidence_score": 0.91}, {"source_experiment_id": "e"}, {"meta": {"metrics": {"sharpe": 1}}},
        {"meta": {"metrics": {"sharpe": 1.5}}},
    ]  # fmt: skip
    assert len({plain, *(evidence(**given) for given in told)}) == 5
    assert plain == evidence(reason="another text", generated_at="2026-01-01T00:00:00Z", meta={"tier": "core"})
    assert plain == propose(patch(id="zzz"), TWO[1]).meta["evidence_digest"]
    assert plain == propose(*TWO, patch("macro.regime_weight", 0.25)).meta["evidence_digest"], "rejected ones are none"


def test_the_meta_records_what_was_decided_on() -> None:
    known = facts(
        policy=policy(risk={"max_score": 100, "window_days": 7}, test_health={"report": "reports/health.json"}),
        landed_today=1,
        live=LiveValues.of(LIVE, {"portfolio": {"leverage": 1.0}}),
        lately=Lately({"portfolio.leverage": (NOW, NOW - timedelta(days=8))}, {"portfolio.leverage": NOW}),
        health=HealthReport("a" * 64, 97.5, 39, 1, 2, 0, NOW, "nightly"),
        asked={"portfolio.leverage": frozenset(), "strategy.trigger_delay": frozenset(), "x.y": frozenset()},
    )
    ground = replace(GROUND, policy_path="config/promobot.toml", policy_blob="d" * 40, facts=known)
    meta = propose(ground=ground).meta
    assert (meta["schema_version"], meta["kind"], meta["mode"]) == (1, "promotion", "bounded_auto")
    assert meta["base"] == {"branch": "main", "commit": "b" * 40}
    assert meta["policy"] == {"path": "config/promobot.toml", "blob": "d" * 40}
    assert meta["export"] == {"sha256": "e" * 64, "files": [{"sha256": "e" * 64, "patches": 2}]}
    assert meta["facts"] == {
        "evaluated_at": "2026-11-22T12:00:00Z",
        "landed_today": 1,
        "unknown_targets": ["strategy.trigger_delay"],
        "live_values": {"portfolio.leverage": 1.5, "strategy.trigger_delay": 10.0},
        "parameters_moving": 3,
        "changes_lately": {"portfolio.leverage": 1},
        "taken_back": {"portfolio.leverage": "2026-11-22T12:00:00Z"},
        "test_health": {
            "sha256": "a" * 64, "score": 97.5, "passed": 39, "failed": 1, "skipped": 2, "violations": 0,
            "finished_at": "2026-11-22T12:00:00+00:00", "profile": "nightly",
        },
        "refused": [],
    }  # fmt: skip


def test_the_meta_of_plain_library_work_has_the_facts_that_it_knows() -> None:
    assert propose().meta["facts"] == {
        "evaluated_at": "2026-11-22T12:00:00Z",
        "live_values": {"portfolio.leverage": 1.5, "strategy.trigger_delay": 10.0},
    }


def test_several_exports_have_one_digest_whatever_their_order() -> None:
    def exported(*names: str) -> Any:
        ground = replace(GROUND, exports=tuple(ExportFile(name * 64, 1) for name in names))
        return propose(ground=ground).meta["export"]["sha256"]

    assert exported("a", "b") == exported("b", "a") != exported("a")
    assert exported("a") == "a" * 64
    assert exported() is None


def test_a_title_counts_the_values_that_it_cannot_name() -> None:
    long, longer = patch("leverage." + "x" * 200, 1.6, id="a"), patch("x" * 200, 2.0, id="b")
    live = {long.target: 1.5, longer.target: 1.5}
    assert propose(long, live=live).title == "promote: 1 value"
    assert propose(long, longer, live=live).title == "promote: 1 value"
    assert propose(longer, live=live).title == "promote: 1 value by hand"


def test_rendering_is_a_function_of_the_proposal() -> None:
    rules = policy()
    decisions: list[PromotionDecision] = decide(*TWO, rules=rules)
    one, two = (build_promotion_proposals(list(decisions), ground=GROUND)[0] for _ in range(2))
    assert render_artifacts(one, rules) == render_artifacts(two, rules)
    assert set(render_artifacts(one, rules)) == {"proposal_meta.json", "config_patches.json", "OPERATOR_CHECKLIST.md"}
