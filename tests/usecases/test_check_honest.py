"""Honest work is never stopped: whole histories of proposals, reverts, edits and every way to merge, no false alarm.

HONEST_HISTORIES sets how many are played (default 10, a third of them here; the audit's test judges all the others).
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from promobot.core.wish import Wish
from promobot.core.wishes import expired_overrides
from tests.support.builders import NOW
from tests.support.builders import patch as built
from tests.support.gate import AUTO, CONFIG, LEVERAGE, POLICY, ROOMY, TILT, Gate, lever
from tests.support.honest import HISTORIES, History
from tests.support.workspace import OVERRIDES, small_files

SEEDS = range(100_000, 100_000 + -(-HISTORIES // 3))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_honest_history_raises_no_alarm(seed: int, tmp_path: Path) -> None:
    """The player asserts the gate's verdict on every head before it merges it, and that it judged what is merged."""
    history = History.of(tmp_path / "clone", seed).play()
    assert history.played


def test_an_expired_override_is_taken_back(tmp_path: Path) -> None:
    overrides = OVERRIDES + '"macro.tilt" = 0.4\n'
    gate = Gate.at(tmp_path, policy=ROOMY + "[[eligibility]]\ntargets=['x']\n", overrides=overrides)
    gate.on_main({POLICY: ROOMY.replace('["*"]', '["*"]\noverride_expires = 2026-11-01')})
    wish = expired_overrides(gate.state(), NOW)
    assert wish is not None
    assert gate.codes(gate.wish(wish).branch) == set()


def test_revert_passes_under_lock_quota_and_tightened_bounds(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    made = gate.propose(lever())
    gate.land(made.branch)
    strict = "[auto_apply]\nmax_per_day = 0\n[bounds.leverage]\nmin_value = 1.9\nmax_value = 2.0\nmax_step = 0.01\n"
    gate.on_main({POLICY: f'version = 1\nlock = true\nmode = "disabled"\n{strict}'})
    source = {"command": "revert", "proposal": made.proposal.proposal_id, "digest": made.digest}
    wish = Wish("revert", {LEVERAGE: None}, "", source, {LEVERAGE: 1.75})
    assert gate.codes(gate.wish(wish).branch) == set()
    assert gate.codes(gate.press_revert("main~1")) == set()


def test_what_was_refused_and_asked_again_on_purpose_is_a_warning(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    made = gate.propose(lever())
    gate.refuse(made.digest, NOW - timedelta(hours=1))
    verdict = gate.check(made.branch)
    assert verdict.ok
    assert [one.code for one in verdict.warnings] == ["asked_again"]


def test_a_first_policy_may_come_with_an_empty_overrides_file(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    for path in (POLICY, AUTO, CONFIG):
        gate.git("rm", "-q", path)
    gate.git("commit", "-q", "-m", "nothing yet")
    files = {**small_files(), ".github/CODEOWNERS": "* @team\n"}
    assert gate.codes(gate.person(files)) == set()
    assert gate.codes(gate.person({**files, AUTO: OVERRIDES + "x = 1\n"}, "other")) >= {"unexplained_values"}


def test_a_policy_pull_request_mends_a_broken_policy_and_is_warned_of_what_it_excludes(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path, policy="version = 9\n", overrides=OVERRIDES + '"portfolio.leverage" = 1.75\n')
    tight = ROOMY + "[bounds.leverage]\nmax_value = 1.6\nmin_value = 1.0\nmax_step = 0.1\n"
    verdict = gate.check(gate.person({POLICY: tight}))
    assert verdict.ok
    assert [one.code for one in verdict.warnings if LEVERAGE in one.message] == ["above_max"]


def test_a_queue_is_judged_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A merge group has no pull request and no body; a bad step in the middle is told with its commit."""
    gate = Gate.at(tmp_path, policy=ROOMY)
    start = gate.git("rev-parse", "main")
    gate.land(gate.propose(lever()).branch, "squash")
    gate.land(gate.person({"src/x.py": "x"}), "merge")
    gate.land(gate.propose(built(TILT, 0.4, id="p-2")).branch, "rebase")
    event = tmp_path / "event.json"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))

    def judged() -> object:
        head = gate.git("rev-parse", "main")
        event.write_text(
            f'{{"merge_group": {{"base_sha": "{start}", "head_sha": "{head}", "base_ref": "refs/heads/main"}}}}'
        )
        return [(one.code, one.commit) for one in gate.check(head, start, branch=None).violations]

    assert judged() == []
    bad = gate.on_main({AUTO: OVERRIDES})
    gate.on_main({"src/y.py": "y"})
    assert judged() == [("unexplained_values", bad)]
