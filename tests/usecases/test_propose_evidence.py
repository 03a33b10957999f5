"""`propose` where the policy asks for evidence: a target's own history in real git, and the report of the tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from promobot.adapters.repository import Repository
from promobot.adapters.repository.versions import Versions
from tests.support.workspace import NOW, OVERRIDES, POLICY, Workspace, make_workspace, patch, small_files

LEVERAGE = patch("portfolio.leverage", 1.75, old_value=1.5)
AUTO, REPORT = "config/live_overrides/auto.toml", "reports/health.json"
DAY = timedelta(days=1)


def workspace(folder: Path, section: str) -> Workspace:
    return make_workspace(folder, files=small_files(policy=POLICY + section))


def reasons(result: Any) -> dict[str, str]:
    """Code -> message of everything that rejects the one patch."""
    (decision,) = result["decisions"]
    return {reason["code"]: reason["message"] for reason in decision["reasons"]}


def artifact(space: Workspace, result: Any, name: str) -> Any:
    path = f"reports/live_promotion/{result['proposal_id']}/{name}"
    return json.loads(space.git("show", f"{result['commit']}:{path}", at=space.origin))


def revert(space: Workspace, when: datetime) -> None:
    """What a person does who wants the last merge undone."""
    moment = {"GIT_COMMITTER_DATE": when.isoformat(), "GIT_AUTHOR_DATE": when.isoformat()}
    space.git("revert", "--no-edit", "-m1", "HEAD", env=moment)
    space.git("push", "--quiet", "origin", "main")


def test_a_target_rests_after_its_promotion_was_reverted(tmp_path: Path) -> None:
    space = workspace(tmp_path, "[performance]\ncool_down_days = 10\n")
    first = space.proposed(LEVERAGE, now=NOW - 12 * DAY)
    space.merge(first["branch"], when=NOW - 11 * DAY)
    assert "performance" not in reasons(space.proposed(patch("portfolio.leverage", 1.8), now=NOW - 4 * DAY))
    revert(space, NOW - 3 * DAY)

    resting = space.proposed(LEVERAGE)
    assert resting["outcome"] == "closed", "the proposal of before the revert is over, too"
    assert reasons(resting)["performance"] == "its last change was taken back on 2026-11-19; it rests for 10 days"
    other = space.proposed(patch("macro.tilt", 0.35))
    assert other["outcome"] == "opened"
    assert artifact(space, other, "proposal_meta.json")["facts"]["taken_back"] == {}
    rested = space.proposed(LEVERAGE, now=NOW + 7 * DAY)
    assert rested["outcome"] == "opened"
    assert rested["branch"] != first["branch"]


def test_a_value_set_back_by_name_rests_too(tmp_path: Path) -> None:
    """The base config says 1.5, so writing 1.5 takes the promotion back as much as removing it does."""
    space = workspace(tmp_path, "[performance]\ncool_down_days = 10\n")
    space.commit({AUTO: f'{OVERRIDES}"portfolio.leverage" = 1.75\n'}, when=(NOW - 5 * DAY).isoformat())
    space.commit({AUTO: f'{OVERRIDES}"portfolio.leverage" = 1.5\n'}, when=(NOW - 3 * DAY).isoformat())
    assert "taken back on 2026-11-19" in reasons(space.proposed(LEVERAGE))["performance"]


def test_churn_is_counted_over_the_landings_in_the_window(tmp_path: Path) -> None:
    """25 points for each: [risk] looks at churn only, and four changes count in full."""
    space = workspace(
        tmp_path,
        "[patches]\nhold_days = 0\n[risk]\nmax_score = 50.0\nwindow_days = 10\n"
        "[risk.weights]\nstep = 0.0\nbound = 0.0\nconfidence = 0.0\nchurn = 1.0\nbreadth = 0.0\n",
    )
    for number, ago in enumerate((11, 9, 8)):
        values = f'"portfolio.leverage" = 1.{number + 1}\n"macro.tilt" = 0.35\n'
        space.commit({AUTO: f"{OVERRIDES}{values}"}, when=(NOW - ago * DAY).isoformat())
    result = space.proposed(patch("portfolio.leverage", 1.4), patch("macro.regime_weight", 0.3))
    assert result["outcome"] == "opened"
    facts = artifact(space, result, "proposal_meta.json")["facts"]
    assert facts["changes_lately"] == {"portfolio.leverage": 2}
    listed = artifact(space, result, "config_patches.json")["patches"]
    scores = {entry["patch"]["target"]: entry["risk"]["score"] for entry in listed}
    assert scores == {"portfolio.leverage": 50.0, "macro.regime_weight": 0.0}

    space.commit({AUTO: f'{OVERRIDES}"portfolio.leverage" = 1.5\n"macro.tilt" = 0.35\n'}, when=NOW.isoformat())
    again = reasons(space.proposed(patch("portfolio.leverage", 1.4)))
    assert again == {"risk": "the risk score 75 is above 50.0 (churn 75)"}


class Counted:
    """A repository of versions that counts how often it is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def blobs(self, wanted: Iterable[str]) -> dict[str, bytes]:
        self.calls += 1
        return {blob: f'[auto_applied]\n"a.b" = {int(blob, 16)}\n'.encode() for blob in wanted}


def test_a_long_history_is_read_by_few_calls() -> None:
    """What a new key explains lies as far back as history goes; a process for each version would take minutes."""
    repository = Counted()
    ids = [f"{number:040x}" for number in range(1000, 0, -1)]
    read = Versions(cast(Repository, repository), "auto.toml").pairs(list(pairwise(reversed(ids))))
    values = [step() for step in read]
    assert values[0] == ({"a.b": 1}, {"a.b": 2})
    assert len(values) == 999
    assert repository.calls <= 11


def report(**changed: Any) -> str:
    """A good report, an hour old."""
    plain = {
        "health_score": 100,
        "passed_checks": 41,
        "failed_checks": 0,
        "skipped_checks": 2,
        "profile_name": "nightly",
        "finished_at": (NOW - timedelta(hours=1)).isoformat(),
        "trigger_violations": [],
    }
    return json.dumps(plain | changed)


@pytest.fixture
def guarded(tmp_path: Path) -> Workspace:
    """A policy that asks for a report of the tests; there is none yet."""
    return workspace(tmp_path, f'[test_health]\nreport = "{REPORT}"\n')


def test_a_good_report_is_a_go_and_is_recorded(guarded: Workspace) -> None:
    text = report()
    guarded.write({REPORT: text})
    result = guarded.proposed(LEVERAGE)
    assert result["outcome"] == "opened"
    assert artifact(guarded, result, "proposal_meta.json")["facts"]["test_health"] == {
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "score": 100.0,
        "passed": 41,
        "failed": 0,
        "skipped": 2,
        "violations": 0,
        "finished_at": "2026-11-22T11:00:00+00:00",
        "profile": "nightly",
    }


def test_a_newer_report_leaves_the_standing_proposal_as_it_is(guarded: Workspace) -> None:
    guarded.write({REPORT: report()})
    first = guarded.proposed(LEVERAGE)
    before = guarded.branches()
    guarded.write({REPORT: report(passed_checks=99, finished_at=(NOW + DAY).isoformat())})
    again = guarded.proposed(LEVERAGE, now=NOW + DAY)
    assert (again["outcome"], again["commit"]) == ("unchanged", first["commit"])
    assert again["reasons"] == []
    assert guarded.branches() == before


AGAIN = " run the tests again"
NO_GO: dict[str, tuple[str | None, str]] = {
    "failing": (
        report(health_score=97.5, failed_checks=1),
        f"No-Go by {REPORT}: the health score 97.5 is below 100.0; 1 checks failed, 0 may; mend what fails and{AGAIN}",
    ),
    "missing": (
        None, f"No-Go: {REPORT} is missing; let the tests write their report there before promobot runs"
    ),
    "old": (
        report(finished_at=(NOW - timedelta(hours=25)).isoformat()),
        f"No-Go by {REPORT}: the report is older than 24 hours;{AGAIN}",
    ),
    "cut off": (report()[:-1], f"No-Go: {REPORT} is not JSON (line 1); let the tests write it anew"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), NO_GO.values(), ids=NO_GO)
def test_without_a_good_report_nothing_is_proposed(guarded: Workspace, text: str | None, sentence: str) -> None:
    # One on the base branch says nothing of the tests of today.
    guarded.commit({REPORT: report()}, when=NOW.isoformat())
    (guarded.clone / REPORT).unlink()
    if text is not None:
        guarded.write({REPORT: text})
    result = guarded.proposed(LEVERAGE)
    assert result["outcome"] == "nothing_to_propose"
    assert reasons(result) == {"test_health": sentence}
    assert list(guarded.branches()) == ["main"]


@pytest.mark.parametrize("altered", [{"passed": 42}, {"failed": 1, "finished_at": None}, None])
def test_a_branch_whose_health_fact_was_altered_is_not_ours(guarded: Workspace, altered: Any) -> None:
    guarded.write({REPORT: report()})
    first = guarded.proposed(LEVERAGE)
    guarded.git("fetch", "--quiet", "origin")
    guarded.git("switch", "--quiet", "--detach", f"origin/{first['branch']}")
    path = f"reports/live_promotion/{first['proposal_id']}/proposal_meta.json"
    meta = json.loads((guarded.clone / path).read_text())
    facts = meta["facts"]
    facts["test_health"] = None if altered is None else facts["test_health"] | altered
    guarded.write({path: json.dumps(meta, indent=2, sort_keys=True) + "\n"})
    guarded.git("commit", "--quiet", "--amend", "--no-edit", path)
    guarded.git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{first['branch']}")
    guarded.git("switch", "--quiet", "main")
    before = guarded.branches()
    again = guarded.proposed(LEVERAGE)
    assert (again["outcome"], again["reasons"][0]["code"]) == ("blocked", "not_ours")
    assert guarded.branches() == before
