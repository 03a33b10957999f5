"""What is never proposed: whole leading segments and tags, whatever their case."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.rules.contract import STATUS_OF
from tests.support.builders import Case, check_case


def barred(**lists: Any) -> dict[str, Any]:
    return {"blacklist": lists}


CASES = [
    Case("blacklisted_target", True, "the target itself", policy=barred(targets=["portfolio.leverage"])),
    Case("blacklisted_target", True, "a leading segment", policy=barred(targets=["portfolio"])),
    Case("blacklisted_target", True, "case is no way around", policy=barred(targets=["PORTFOLIO.Leverage"])),
    Case("blacklisted_target", False, "half a segment", policy=barred(targets=["portfolio.lever"])),
    Case("blacklisted_target", False, "a segment further down", policy=barred(targets=["leverage"])),
    Case("blacklisted_target", False, "something below the target", policy=barred(targets=["portfolio.leverage.max"])),
    Case("blacklisted_target", False, "no list"),
    Case("blacklisted_tag", True, "derived from the target", policy=barred(tags=["leverage"])),
    Case("blacklisted_tag", True, "case is no way around", policy=barred(tags=["LEVERAGE"])),
    Case("blacklisted_tag", True, "claimed", patch={"meta": {"tags": ["Exotic"]}}, policy=barred(tags=["exotic"])),
    Case("blacklisted_tag", True, "claimed among others that are no text",
         patch={"meta": {"tags": [1, None, "exotic"]}}, policy=barred(tags=["exotic"])),
    Case("blacklisted_tag", False, "a tag is taken whole", patch={"meta": {"tags": ["exotics"]}},
         policy=barred(tags=["exotic"])),
    Case("blacklisted_tag", True, "a single text is a list of one", patch={"meta": {"tags": "exotic"}},
         policy=barred(tags=["exotic"])),
    Case("blacklisted_tag", False, "a claim cannot take a derived tag away", patch={"meta": {"tags": []}},
         policy=barred(tags=["macro"])),
    Case("blacklisted_tag", True, "a claim cannot take a derived tag away", patch={"meta": {"tags": []}},
         policy=barred(tags=["leverage"])),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_blacklist(case: Case) -> None:
    check_case(case, STATUS_OF[case.code])


def test_the_reason_names_the_entry_that_bars() -> None:
    case = Case("", True, "", policy=barred(targets=["macro", "portfolio"]))
    assert [reason.message for reason in case.decision().reasons] == ["the policy's [blacklist] bars portfolio"]
