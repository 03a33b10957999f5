"""What an export says about itself: it can narrow a decision, never widen it (DESIGN 1, 3.1 and 3.3)."""

from __future__ import annotations

from math import nextafter
from typing import Any

from tests.support.hostile_exports.case import Case, held, judged, member_refused, moves, p

LEVERAGE, READY = "portfolio.leverage", "ready.macro_weight"


def claiming(story: str, codes: str, **meta: Any) -> Case:
    """A patch that is applied but for what its meta says."""
    applied = {} if codes else {LEVERAGE: 1.25}
    return judged(story, p(meta=meta), applied=applied, p=codes)


def ready(story: str, codes: str, **given: Any) -> Case:
    """A patch for a target whose grant asks for 0.75 and is_live_ready."""
    return judged(story, p(READY, 0.45, **given), applied={} if codes else {READY: 0.45}, p=codes)


CONFIDENCE = [
    held("confidence missing", LEVERAGE, 1.25, "auto_confidence", confidence_score=None),
    held("confidence 0", LEVERAGE, 1.25, "auto_confidence", confidence_score=0),
    held("confidence just under the minimum", LEVERAGE, 1.25, "auto_confidence", confidence_score=nextafter(0.8, 0)),
    moves("confidence at the minimum", LEVERAGE, 1.25, confidence_score=0.8),
    moves("confidence 1", LEVERAGE, 1.25, confidence_score=1),
    member_refused("confidence just over 1", "confidence_score", 1.0000001, "less than or equal to 1"),
    member_refused("confidence in percent", "confidence_score", 95, "less than or equal to 1"),
    member_refused("confidence negative", "confidence_score", -0.1, "greater than or equal to 0"),
    member_refused("confidence true", "confidence_score", True, "must be a number"),
    member_refused("confidence in a text", "confidence_score", "0.9", "must be a number"),
    member_refused("confidence as a list", "confidence_score", [0.9], "must be a number"),
    claiming("confidence in meta does not count", "", confidence_score=0.0),
    judged("only confidence in meta", p(confidence_score=None, meta={"confidence_score": 1.0}), p="auto_confidence"),
]

LIVE_READY = [
    ready("is_live_ready true", "", meta={"is_live_ready": True}),
    ready("is_live_ready missing", "not_live_ready", meta={}),
    ready("is_live_ready without meta", "not_live_ready"),
    ready("is_live_ready in a text", "not_live_ready", meta={"is_live_ready": "true"}),
    ready("is_live_ready 1", "not_live_ready", meta={"is_live_ready": 1}),
    ready("is_live_ready in a list", "not_live_ready", meta={"is_live_ready": [True]}),
    ready("is_live_ready false", "not_live_ready", meta={"is_live_ready": False}),
    ready("is_live_ready in another case", "not_live_ready", meta={"Is_Live_Ready": True}),
    ready("is_live_ready one level down", "not_live_ready", meta={"meta": {"is_live_ready": True}}),
    ready("live ready and unsure", "low_confidence", meta={"is_live_ready": True}, confidence_score=0.74),
    ready("neither", "low_confidence not_live_ready", confidence_score=None),
    ready("enough for the grant only", "auto_confidence", meta={"is_live_ready": True}, confidence_score=0.75),
    claiming("a claim of eligibility does not count", "", eligible_for_live=False, status="REJECTED"),
    judged("eligible by its own word", p("ungranted.leverage", meta={"eligible_for_live": True, "is_live_ready": True}),
           p="not_eligible"),
    judged("a policy in meta", p("desk.size", 4.1, meta={"bounds": {"min_value": 0, "max_value": 9, "max_step": 9}}),
           p="no_bounds"),
]  # fmt: skip

RESEARCH = [
    *(claiming(f"tier {tier}", "research", tier=tier)
      for tier in ("r_and_d", "experimental", "research", "untested", "R_AND_D", "Research", "R&D", "r-and-d",
                   "UNTESTED ")),
    claiming("tier in a list", "research", tier=["core", "research"]),
    claiming("tier core", "", tier="core"),
    claiming("tier null", "", tier=None),
    claiming("tier 7", "", tier=7),
    claiming("tier as an object", "", tier={"research": True}),
    claiming("a tag", "research", tags=["fast", "Experimental"]),
    claiming("a tag in a text", "research", tags="experimental"),
    claiming("tags as an object", "", tags={"experimental": True}),
    claiming("a list among the tags", "research", tags=[["x"], 7, None, "research"]),
    judged("an experiment", p(source_experiment_id="rnd-7"), p="research"),
    judged("an experiment in another case", p(source_experiment_id="RND-7"), p="research"),
    moves("another experiment", LEVERAGE, 1.25, source_experiment_id="wf-rnd-7"),
    held("a research target", "lab.leverage", 1.25, "research"),
    held("a research target in another case", "LAB.leverage", 1.25, "not_eligible research unknown_target"),
    held("a segment of the target", "strategy.alpha_experimental_trigger", 11.0, "research"),
    claiming("a tier that denies it", "", tier="not research"),
]  # fmt: skip

TAGS = [
    claiming("a blacklisted tag", "blacklisted_tag", tags=["frozen"]),
    claiming("a blacklisted tag in another case", "blacklisted_tag", tags=["FROZEN"]),
    claiming("a blacklisted tag in a text", "blacklisted_tag", tags="frozen"),
    claiming("tags that would give bounds", "", tags=["trigger", "macro"]),
    judged("tags that would give bounds where there are none", p("desk.size", 4.1, meta={"tags": ["leverage"]}),
           p="no_bounds"),
    judged("tags that would take the limit away", p(new_value=3.5, meta={"tags": []}), p="hard_limit"),
]  # fmt: skip

CASES = [*CONFIDENCE, *LIVE_READY, *RESEARCH, *TAGS]
