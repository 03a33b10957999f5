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
