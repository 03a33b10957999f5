"""What the risk score and the report of the tests add to the checklist and to the artifacts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.base_state import BaseState, Landed
from promobot.core.facts import LiveValues
from promobot.core.health import Health, HealthReport, NoReport, health_json, health_of_json
from promobot.core.intake import ExportFile, Intake
from promobot.core.lately import Lately
from promobot.core.models import ConfigPatch
from promobot.core.prepared import Proposed, prepare
from tests.core.strategies import relaxed
from tests.support import gfm
from tests.support.builders import LIVE, NOW, patch, policy, report

RISK: dict[str, Any] = {"risk": {"max_score": 60.0}}
HEALTH: dict[str, Any] = {"test_health": {"report": "reports/health.json", "max_failures": 3, "min_score": 90.0}}
LATELY = Lately(
    changed={"portfolio.leverage": (NOW - timedelta(days=1), NOW - timedelta(days=40))},
    taken_back={"portfolio.leverage": NOW - timedelta(days=20), "desk.size": NOW - timedelta(days=20)},
)


def proposed(
    *patches: ConfigPatch, health: Health | None = None, live: dict[str, Any] | None = None, **sections: Any
) -> Proposed:
    state = BaseState(
        "main", "0" * 40, policy(**sections), "config/promobot.toml", "1" * 40, LiveValues(live or LIVE),
        landed=Landed(lately=LATELY, values_today=2),
    )  # fmt: skip
    made = prepare(state, Intake(patches or (patch(),), (ExportFile("2" * 64, 1),), health), None, NOW).proposed
    assert made is not None
    return made


def artifact(made: Proposed, name: str) -> Any:
    return json.loads(made.files[f"{made.proposal.output_dir}/{name}"])


def test_the_score_stands_in_a_column_and_on_top() -> None:
    made = proposed(
        patch(), patch("desk.size", 5.0, id="p-2", confidence_score=None), **RISK | {"risk": {"max_score": 90}}
    )
    head, *rows = gfm.read(made.checklist).tables[0]
    at = head.index("Risk")
    # 30 * 0.4 + 25 * 0.1 + 15 * 1/4 + 10 * 1/10; desk.size has no bounds and no confidence: 30 + 20 + 25 + 1.
    assert {row[0]: row[at] for row in rows} == {"portfolio.leverage": "19.25 of 90", "desk.size": "76 of 90"}
    (line,) = [line for line in made.checklist.splitlines() if line.startswith("- `portfolio.leverage` `1.5`")]
    assert line.endswith("confidence `0.9`; risk `19.25` of 90")
    assert gfm.findings(made.checklist) == []


def test_without_the_section_nothing_is_said_of_risk() -> None:
    made = proposed()
    assert "Risk" not in gfm.read(made.checklist).tables[0][0]
    assert "; risk" not in made.checklist
    assert [entry["risk"] for entry in artifact(made, "config_patches.json")["patches"]] == [None]


def test_the_artifacts_hold_every_dimension_of_accepted_and_rejected_patches() -> None:
    made = proposed(patch(), patch(id="p-2", target="desk.size", new_value=9.0, confidence_score=None), **RISK)
    told = {entry["patch"]["id"]: entry["risk"] for entry in artifact(made, "config_patches.json")["patches"]}
    assert told == {
        "p-1": {
            "score": 19.25,
            "points": {"step": 12.0, "bound": 0.0, "confidence": 2.5, "churn": 3.75, "breadth": 1.0},
        },
        "p-2": {
            "score": 76.0,
            "points": {"step": 30.0, "bound": 20.0, "confidence": 25.0, "churn": 0.0, "breadth": 1.0},
        },
    }
    assert "the risk score `76` is above `60.0` (step `30`," in made.checklist


def test_every_fact_of_the_decision_is_recorded() -> None:
    facts = artifact(proposed(**RISK, **HEALTH, health=report()), "proposal_meta.json")["facts"]
    assert facts["evaluated_at"] == "2026-11-22T12:00:00Z"
    assert facts["live_values"] == {"portfolio.leverage": 1.5}
    assert (facts["landed_today"], facts["parameters_moving"], facts["unknown_targets"]) == (2, 1, [])
    assert facts["changes_lately"] == {"portfolio.leverage": 1}, "those of the window"
    assert facts["taken_back"] == {"portfolio.leverage": "2026-11-02T12:00:00Z"}, "of this export's targets"
    assert facts["test_health"] == health_json(report())


def test_a_go_is_told_with_its_numbers() -> None:
    health = report(score=97.5, failed=2, passed=78, profile="`nightly` @everyone <b>")
    made = proposed(**HEALTH, health=health)
    line = "TestHealth: **Go**, score `97.5`, 78 passed, 2 failed, finished `2026-11-22T11:00:00Z`."
    assert made.checklist.splitlines()[4] == line
    assert "everyone" not in made.checklist, "the profile's name is free text"
    assert gfm.findings(made.checklist) == []


@pytest.mark.parametrize("health", [None, report(), report(finished_at=None), NoReport("x.json is missing")])
def test_a_report_that_nobody_asked_for_is_no_go_and_no_fact(health: Health | None) -> None:
    made = proposed(health=health)
    assert "TestHealth: **" not in made.checklist
    assert artifact(made, "proposal_meta.json")["facts"]["test_health"] is None
    assert made == proposed()


def test_a_hundred_longest_names_with_their_scores_fit_into_a_body() -> None:
    names = [f"{'x' * 240}.leverage{number:03}" for number in range(100)]
    patches = [patch(name, 1.25, id=f"p-{number}") for number, name in enumerate(names)]
    risk = {"risk": {"max_score": 100.0, "full_breadth": 200}}
    made = proposed(*patches, live=dict.fromkeys(names, 1.123456789012345), health=report(), **risk, **HEALTH)
    assert len(made.checklist) < 58_000
    assert all(name in made.checklist for name in names)
    assert made.checklist.count("of 100") >= 100


zones = st.sampled_from([UTC, timezone(timedelta(hours=-7))])
moments = st.integers(0, 4 * 10**15).flatmap(
    lambda micros: zones.map(lambda zone: datetime.fromtimestamp(0, zone) + timedelta(microseconds=micros))
)
counts = st.integers(0, 10**6)
healths = st.builds(
    HealthReport, st.text("0123456789abcdef", min_size=64, max_size=64), st.none() | st.floats(0, 100), counts, counts,
    counts, counts, st.none() | moments, st.none() | st.text(st.characters(codec="utf-8"), max_size=20),
)  # fmt: skip


@relaxed
@given(healths | st.builds(NoReport, st.text(max_size=20)) | st.none())
def test_a_report_is_read_back_as_it_was_recorded(health: Health | None) -> None:
    """Else a standing proposal could not be computed again."""
    assert health_of_json(json.loads(json.dumps(health_json(health)))) == health
