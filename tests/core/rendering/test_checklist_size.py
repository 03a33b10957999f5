"""The checklist always fits a pull request, says what it left out, and never leaves out an automatic value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from promobot.core.policy import PromotionPolicy
from tests.core.rendering.cycle import OPEN, Cycle, cycle, patch
from tests.core.rendering.test_checklist import boxes, rows
from tests.support import gfm


@dataclass(frozen=True)
class Numbers:
    """A step that is applied automatically, and the bounds that it stays in."""

    live: float
    new: float
    low: float
    high: float
    step: float

    def policy(self) -> PromotionPolicy:
        bounds = {"targets": ["auto*"], "min_value": self.low, "max_value": self.high, "max_step": self.step}
        return PromotionPolicy.model_validate(OPEN.model_dump() | {"bounds_for": [bounds]})


PLAIN = Numbers(1.0, 1.25, 0.5, 2.0, 0.25)
LONGEST = Numbers(
    -98765.432109876543, 1.2345678901234567e-7, -123456.12345678912, 123456.12345678912, 123456.12345678912
)  # fmt: skip


def assert_fits(text: str) -> None:
    assert len(text) < 58_000
    # As a browser counts: two units for a character beyond U+FFFF. Counted here without the product's code.
    assert len(text.encode("utf-16-le")) // 2 < 58_000


def flood(text: str, automatic: int = 100, by_hand: int = 1900, rejected: int = 0, numbers: Numbers = PLAIN) -> Cycle:
    """2,000 patches with ids and targets as long as can be, and the text wherever one may stand."""
    long: dict[str, Any] = {"reason": text, "source_experiment_id": text, "meta": {"metrics": {text: [text]}}}
    names = {
        kind: [f"{kind}{number:04}.".ljust(255, "x") for number in range(count)]
        for kind, count in (("auto", automatic), ("hand", by_hand), ("barred", rejected))
    }
    patches = [patch(f"a{i}".ljust(128, "-"), t, numbers.new, **long) for i, t in enumerate(names["auto"])]
    patches += [patch(f"h{i}".ljust(128, "-"), t, text, **long) for i, t in enumerate(names["hand"])]
    patches += [
        patch(f"r{i}".ljust(128, "-"), f"barred.{t}"[:255], text, **long) for i, t in enumerate(names["barred"])
    ]
    return cycle(patches, dict.fromkeys(names["auto"], numbers.live), policy=numbers.policy())


FLOODS = ["x" * 500, "`|" * 200, "\U0001f600" * 250, "\u202e" * 300, "\x00\r\n::" * 60]


@pytest.mark.parametrize("text", FLOODS, ids=["words", "structure", "astral", "bidi", "control"])
def test_a_flood_is_cut_and_says_so_but_every_automatic_value_stands(text: str) -> None:
    made = flood(text)
    assert_fits(made.checklist)
    assert gfm.findings(made.checklist) == []
    table = rows(made)
    applied = [row[0] for row in table if row[-1] == "applied"]
    assert applied == [f"auto{number:04}.".ljust(255, "x") for number in range(100)]
    left = 2000 - len(table)
    assert f"\n\n{left} more stand in `config_patches.json`.\n" in made.checklist
    assert "\n2000 more stand in `config_patches.json`.\n" in made.checklist, "the evidence says that it is cut"
    assert len(boxes(made.checklist)) == 5
    assert made.proposal.meta["digest"] in made.checklist


def test_the_longest_numbers_fit_as_well() -> None:
    made = flood("\U0001f600" * 250, numbers=LONGEST)
    assert_fits(made.checklist)
    assert sum(row[-1] == "applied" for row in rows(made)) == 100
    assert min(len("".join(row)) for row in rows(made)[:100]) > 255 + 100, "the numbers are as long as they look"


def test_a_flood_of_rejections_leaves_the_accepted_rows_whole() -> None:
    made = flood("\U0001f600" * 250, automatic=20, by_hand=20, rejected=1960)
    assert_fits(made.checklist)
    assert gfm.findings(made.checklist) == []
    assert len(rows(made)) == 40
    assert "<summary>Rejected: 1960 patches</summary>" in made.checklist
    shown = len(re.findall("^- `barred", made.checklist, re.MULTILINE))
    assert 0 < shown < 1960
    assert f"\n{1960 - shown} more stand in `config_patches.json`.\n" in made.checklist


def test_what_fits_is_not_cut() -> None:
    made = flood("short", automatic=20, by_hand=30)
    assert_fits(made.checklist)
    assert len(rows(made)) == 50
    assert made.checklist.count("more stand in") == 0
