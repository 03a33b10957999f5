"""OPERATOR_CHECKLIST.md: what an operator must find in it."""

from __future__ import annotations

import random
import re

import pytest

from tests.core.rendering.cycle import BASE, BLOB, EXPORT, Cycle, cycle, patch
from tests.support import gfm

# The seed's own list: patches safe for live, no R&D, limits and bounds, TestHealth, Go/No-Go by the runbook.
SEED_BOXES = [
    "Every patch above is safe for live: I have read each value, and its evidence below.",
    "No research or experimental (R&D) strategy is among them.",
    "Risk limits and bounds are respected, also by what I apply by hand.",
    "TestHealth: the tests that guard promotions are green.",
    "Go/No-Go: by our runbook this is a Go.",
]


BY_HAND_TEXT = (
    "by hand: no bounds are set for this target; only numbers are applied automatically; "
    "the base branch has no live number to measure the step from"
)


def rows(made: Cycle) -> list[list[str]]:
    """The body rows of the table of accepted patches, as a reader sees them."""
    return gfm.read(made.checklist).tables[0][1:]


def boxes(markdown: str) -> list[str]:
    return re.findall(r"^- \[ \] (.*)$", markdown, re.MULTILINE)


@pytest.fixture(scope="module")
def mixed() -> Cycle:
    live = {
        "a.leverage": 1.5,
        "b.leverage": 1.5,
        "trigger": 10.0,
        "macro": 0.25,
        "name": "old",
        "on": False,
        "barred": 1,
    }
    return cycle(
        [
            patch("p1", "a.leverage", 1.75, confidence_score=0.92),
            patch("p2", "b.leverage", 2.5),
            patch("p3", "trigger", 8),
            patch("p4", "macro", 0.35, confidence_score=None),
            patch("p5", "name", "new"),
            patch("p6", "on", True),
            patch("p7", "barred", 2, reason="please"),
            patch(
                "p8", "a.fresh.risk", 3, reason="idea", source_experiment_id="exp-7", meta={"metrics": {"sharpe": 2}}
            ),
            patch("p9", "a.leverage", 1.75, status="RETIRED"),
        ],
        live,
    )


def test_every_accepted_patch_has_its_row(mixed: Cycle) -> None:
    assert gfm.read(mixed.checklist).tables[0][0] == [
        "Parameter", "Live", "Proposed", "Change", "Bounds", "Confidence", "On merge",
    ]  # fmt: skip
    assert rows(mixed) == [
        ["a.leverage", "1.5", "1.75", "+0.25 of ±0.25", "1 to 2, 0.25 inside", "0.92", "applied"],
        ["trigger", "10.0", "8.0", "-2 of ±2", "3 to 15, 5 inside", "0.9", "applied"],
        [
            "a.fresh.risk", "none", "3", "new", "none", "0.9",
            "by hand: no bounds are set for this target; the base branch has no live number to measure the step from",
        ],
        [
            "b.leverage", "1.5", "2.5", "+1 of ±0.25", "1 to 2, 0.5 outside", "0.9",
            "by hand: above the maximum 2.0; a step of 1 is over the limit 0.25",
        ],
        [
            "macro", "0.25", "0.35", "+0.1 of ±0.1", "0 to 0.8, 0.35 inside", "missing",
            "by hand: confidence is missing; applying automatically takes at least 0.8",
        ],
        [
            "name", '"old"', '"new"', "changed", "none", "0.9",
            BY_HAND_TEXT,
        ],
        [
            "on", "false", "true", "changed", "none", "0.9",
            BY_HAND_TEXT,
        ],
    ]  # fmt: skip


def test_the_first_sentence_says_what_merging_does(mixed: Cycle) -> None:
    assert mixed.checklist.splitlines()[2] == (
        "**Merging sets 2 live values** in `config/live_overrides/auto.toml`. "
        "5 values are proposed by hand: merging does not change them; promobot apply proposes them once this is merged."
    )
    first, second, third = mixed.checklist.splitlines()[4:7]
    assert first == (
        "- `a.leverage` `1.5` → `1.75`, **applied**: change `+0.25` of ±0.25; "
        "bounds 1 to 2, `0.25` inside; confidence `0.92`"
    )
    assert second.startswith("- `trigger` `10.0` → `8.0`, **applied**: change ")
    assert third.startswith("- `a.fresh.risk` none → `3`, by hand: no bounds are set for this target; ")


ITSELF, THEMSELVES = (
    "; promobot apply proposes it once this is merged.",
    "; promobot apply proposes them once this is merged.",
)


@pytest.mark.parametrize(
    ("count", "by_hand", "sentence"),
    [
        (0, 1, "**Merging changes no live value.** 1 value is proposed by hand: merging does not change it" + ITSELF),
        (
            0,
            2,
            "**Merging changes no live value.** 2 values are proposed by hand: merging does not change them"
            + THEMSELVES,
        ),
        (1, 0, "**Merging sets 1 live value** in `config/live_overrides/auto.toml`."),
    ],
)
def test_the_sentence_counts_as_people_do(count: int, by_hand: int, sentence: str) -> None:
    names = [f"leverage{i}" for i in range(count)] + [f"hand{i}" for i in range(by_hand)]
    made = cycle([patch(name, name, 1.25) for name in names], dict.fromkeys(names, 1.0))
    assert made.checklist.splitlines()[2] == sentence


def test_six_values_stand_on_top_and_all_in_the_table() -> None:
    names = [f"leverage{i}" for i in range(8)]
    made = cycle([patch(name, name, 1.25) for name in names], dict.fromkeys(names, 1.0))
    assert sum(line.startswith("- `leverage") and "**applied**" in line for line in made.checklist.splitlines()) == 6
    assert [row[0] for row in rows(made)] == names


def test_the_boxes_are_the_seeds_and_none_is_ticked(mixed: Cycle) -> None:
    page = gfm.read(mixed.checklist)
    assert page.boxes == [False] * 5
    assert [box.replace("\\", "") for box in boxes(mixed.checklist)] == SEED_BOXES
    for box in SEED_BOXES:
        assert box in page.text


def test_rejected_patches_stand_folded_with_every_reason(mixed: Cycle) -> None:
    assert "<summary>Rejected: 1 patch</summary>" in mixed.checklist
    page = gfm.read(mixed.checklist)
    assert "the policy's [blacklist] bars barred (" in page.text
    assert "- `barred` `1` → `2`, patch `p7`: " in mixed.checklist
    assert "`blacklisted_target`" in mixed.checklist
    assert "please" not in mixed.checklist, "the reasons of a rejection are the policy's, not the loop's"


def test_the_evidence_is_quoted_as_the_loops_own(mixed: Cycle) -> None:
    line = '- `a.fresh.risk`: patch `p8`, experiment `"exp-7"`, metrics `{"sharpe": 2}`, reason `"idea"`'
    assert line in mixed.checklist
    assert "`p9`" not in mixed.checklist, "a patch that the loop retired is no candidate"


def test_the_provenance_names_proposal_digest_policy_and_base(mixed: Cycle) -> None:
    lines = mixed.checklist.partition("## Provenance\n\n")[2].replace("`", "").splitlines()
    told = dict(line.removeprefix("- ").split(": ", 1) for line in lines)
    assert told == {
        "Proposal": mixed.proposal.proposal_id,
        "Digest": mixed.proposal.meta["digest"],
        "Kind, mode": "promotion, bounded_auto",
        "Policy": f"config/promobot.toml at {BLOB}",
        "Base": f"main at {BASE}",
        "Export": EXPORT,
        "Evaluated": f"2026-11-21T07:30:00Z by promobot {mixed.proposal.meta['engine_version']}",
    }
    assert re.fullmatch("[0-9a-f]{64}", told["Digest"])


def test_same_input_same_bytes_in_whatever_order() -> None:
    def build(order: int) -> dict[str, bytes]:
        patches = [
            patch(f"p{i}", f"t{i % 9}.leverage", 1.0 + i / 100, reason=f"r{i}", meta={"metrics": {"b": 1, "a": i}})
            for i in range(9)
        ]
        random.Random(order).shuffle(patches)
        return cycle(patches, {f"t{i}.leverage": 0.9 for i in range(9)}).files

    assert len({tuple(sorted(build(order).items())) for order in range(5)}) == 1
