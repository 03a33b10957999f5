"""The seed's "no R&D strategies": tier, tags, target or experiment give research work away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.rules.contract import STATUS_OF
from tests.support.builders import Case, check_case, codes


def claims(**meta: Any) -> dict[str, Any]:
    return {"meta": meta}


def known(**lists: Any) -> dict[str, Any]:
    return {"research": lists}


CASES = [
    *(
        Case("research", True, f"default tier {tier}", patch=claims(tier=tier))
        for tier in ("r_and_d", "experimental", "research", "untested", "R_AND_D")
    ),
    *(
        Case("research", True, f"R&D spelt {tier!r}", patch=claims(tier=tier))
        for tier in ("R&D", "r&d", "R & D", "r-and-d", "R and D", "r.and.d", "R AND D",
                     "RnD", "RND", "r-n-d", "R\u00a0&\u00a0D", " r_and_d ", "r__and__d")
    ),
    *(
        Case("research", True, f"R&D among the tags as {tag!r}", patch=claims(tags=["x", tag]))
        for tag in ("R&D", "r-and-d", "RnD", "EXPERIMENTAL", "Untested")
    ),
    Case("research", False, "random is no R&D", patch=claims(tier="random", tags=["brand", "r_and_db"])),
    Case("research", True, "a tag that is a single text", patch=claims(tags="R&D")),
    Case("research", True, "a list of tiers, the odd among them", patch=claims(tier=[None, 7, ["x"], "r&d"])),
    *(
        Case("research", False, f"tier and tags that say nothing: {odd!r}", patch=claims(tier=odd, tags=odd))
        for odd in (None, True, 1, 0.5, {}, {"R&D": "R&D"}, [], [["R&D"]], [{"tier": "R&D"}], "", "&", "-")
    ),
    *(
        Case("research", True, f"the segment of {target}", patch={"target": target})
        for target in ("research.leverage", "x.Research.leverage", "x.alpha-research", "research_alpha.x", "x.RnD",
                       "x.r-and-d.y", "R_AND_D.leverage", "x.r_n_d", "x.experimental", "untested.x", "x.a_RND_b")
    ),
    *(
        Case("research", False, f"no segment of {target}", patch={"target": target})
        for target in ("researcher.leverage", "x.myresearch", "brand.leverage", "r.and.d", "x.r_and_depth", "grnd.x",
                       "experiment.x", "tested.x")
    ),
    Case("research", True, "a segment of the policy's own", patch={"target": "x.Lab_7"},
         policy=known(segments=["lab"])),
    Case("research", True, "of several words", patch={"target": "x.the-sand-box.y"},
         policy=known(segments=["sand_box"])),
    Case("research", False, "a word is taken whole", patch={"target": "x.label"},
         policy=known(segments=["lab"])),
    Case("research", False, "words keep their order", patch={"target": "x.box_sand"},
         policy=known(segments=["sand_box"])),
    Case("research", False, "words stand in one segment", patch={"target": "sand.box"},
         policy=known(segments=["sand_box"])),
    Case("research", False, "given segments replace the default", patch={"target": "research.x"},
         policy=known(segments=["lab"])),
    Case("research", False, "an empty list bars nothing", patch={"target": "research.x"}, policy=known(segments=[])),
    Case("research", False, "another tier", patch=claims(tier="core")),
    Case("research", False, "a tier is taken whole", patch=claims(tier="research_done")),
    Case("research", True, "a list of tiers narrows as one tier does", patch=claims(tier=["core", "research"])),
    Case("research", False, "an ill-typed tier counts as absent", patch=claims(tier={"research": True})),
    Case("research", True, "a tier among the tags", patch=claims(tags=["fast", "Experimental"])),
    Case("research", False, "other tags", patch=claims(tags=["fast"])),
    Case("research", False, "ill-typed tags count as absent", patch=claims(tags={"research": True})),
    Case("research", False, "given tiers replace the default", patch=claims(tier="research"),
         policy=known(tiers=["lab"])),
    Case("research", True, "given tiers replace the default", patch=claims(tier="LAB"), policy=known(tiers=["lab"])),
    Case("research", True, "a target", policy=known(targets=["portfolio.*"])),
    Case("research", True, "a target in another case", policy=known(targets=["PORTFOLIO.*"])),
    Case("research", True, "a target that minds its case", patch={"target": "PORTFOLIO.leverage"},
         policy=known(targets=["portfolio.*"])),
    Case("research", False, "another target", policy=known(targets=["lab.*"])),
    Case("research", True, "an experiment", patch={"source_experiment_id": "RND-7"},
         policy=known(experiments=["rnd-*"])),
    Case("research", False, "another experiment", patch={"source_experiment_id": "x-rnd-7"},
         policy=known(experiments=["rnd-*"])),
    Case("research", False, "no experiment is no experiment", policy=known(experiments=["*"])),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_research(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


def test_the_reason_never_repeats_what_the_export_says() -> None:
    case = Case("", True, "", patch={"source_experiment_id": "rnd-@everyone"}, policy=known(experiments=["rnd-*"]))
    decision = case.decision()
    assert codes(decision) == ["research"]
    assert "everyone" not in decision.reasons[0].message
