"""Honest work is never stopped: whole histories of proposals, reverts, edits and every way to merge, no false alarm.

HONEST_HISTORIES sets how many are played (default 10); each has six pull requests of its own.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from promobot.adapters.repository import Repository
from promobot.adapters.repository.landings import find_landing
from promobot.core.base_state import BaseState
from promobot.core.changes import Change, by_hand_key
from promobot.core.models import ConfigPatch
from promobot.core.prepared import Proposed
from promobot.core.wish import Wish
from promobot.core.wishes import expired_overrides
from promobot.usecases.wishes import revert, set_value, unset_value
from tests.support.builders import NOW
from tests.support.builders import patch as built
from tests.support.gate import AUTO, CONFIG, LEVERAGE, POLICY, REPORTS, ROOMY, TILT, TRIGGER, WEIGHT, Gate, lever
from tests.support.workspace import OVERRIDES, small_files

HISTORIES = int(os.environ.get("HONEST_HISTORIES", "10"))
REQUESTS = 6
# target -> least, most, largest step by the policy's defaults.
BOUNDS = {LEVERAGE: (1.0, 2.0, 0.25), TRIGGER: (3.0, 15.0, 2.0), WEIGHT: (0.0, 0.8, 0.1), TILT: (0.0, 0.8, 0.1)}


def has_landed(made: Proposed, state: BaseState, changes: tuple[Change, ...]) -> bool:
    keys = {by_hand_key(c.target, c.old, c.new, c.predecessor) for c in changes}
    by_hand = not any(c.automatic for c in changes)
    return made.digest in state.landed.digests or (by_hand and keys <= state.landed.by_hand)


@dataclass
class History:
    """A repository in which a bot and people work by the rules. `told` is the story, for the one who debugs it."""

    gate: Gate
    dice: random.Random
    at: datetime = NOW
    told: list[str] = field(default_factory=list)
    latest: str | None = None
    edits: int = 0

    def play(self) -> None:
        """One pull request after another: made, judged, merged."""
        for number in range(REQUESTS):
            self.at += timedelta(hours=1)
            kind = self.dice.choice(
                [self.promotion, self.promotion, self.promotion, self.wish, self.reverted, self.button, self.edit]
            )
            head = kind() or self.promotion()
            self.meanwhile(head)
            verdict = self.gate.check(head, now=self.at + timedelta(minutes=5))
            assert verdict.ok, (self.told, verdict.violations)
            self.merge(head)
            self.gate.git("branch", "-f", f"done-{number}", "main")

    def say(self, what: str) -> None:
        self.told.append(what)

    def promotion(self) -> str:
        live = self.gate.state(self.at).live
        targets = self.dice.sample(sorted(BOUNDS), self.dice.randint(1, 3))
        patches = [self.patch(target, float(live.value(target) or 0)) for target in targets]
        prepared = self.gate.prepared(*patches, at=self.at)
        self.say(f"promotion of {', '.join(targets)}")
        made = prepared.proposed
        # promobot does not ask twice what landed before.
        if made is None or has_landed(made, self.gate.state(self.at), prepared.changes):
            return self.edit()
        self.gate.publish(prepared, self.at)
        self.latest = made.digest
        return made.branch

    def patch(self, target: str, live: float) -> ConfigPatch:
        least, most, step = BOUNDS[target]
        choices = [round(live + part * step, 4) for part in (-1, -0.5, 0.5, 1)]
        new = self.dice.choice([value for value in choices if least <= value <= most] or [(least + most) / 2])
        sure = self.dice.choice([0.9, 0.9, 0.9, None])
        return built(target, new, id=f"p-{target}", confidence_score=sure, source_experiment_id="x`1", reason="a|b")

    def wish(self) -> str | None:
        state = self.gate.state(self.at)
        target = self.dice.choice(sorted(BOUNDS))
        if target in state.live.overrides and self.dice.random() < 0.5:
            asked = unset_value(state, target, "calmer")
        else:
            asked = set_value(state, target, str(round(self.dice.uniform(0.1, 2.9), 3)), "a try")
        made = self.gate.wish(asked, self.at)
        self.say(f"{asked.source['command']} {target}")
        self.latest = made.digest
        return made.branch

    def reverted(self) -> str | None:
        """By command, of the latest landing, where it set a value."""
        if self.latest is None:
            return None
        state = self.gate.state(self.at)
        if self.latest not in state.landed.predecessors.values():
            return None
        landing = find_landing(
            Repository(self.gate.space.clone), state.commit, reports=REPORTS, overrides=AUTO, asked=self.latest
        )
        made = self.gate.wish(revert(landing, ""), self.at)
        self.say(f"revert of {landing.proposal_id}")
        self.latest = made.digest
        return made.branch

    def button(self) -> str | None:
        """By the forge's button, of the landing that is the newest change of live values and proposals."""
        if self.latest is None:
            return None
        touched = self.gate.git("log", "--first-parent", "-1", "--format=%H", "main", "--", AUTO, REPORTS)
        self.say("revert by the forge's button")
        self.latest = None
        return self.gate.press_revert(touched, f"revert-{len(self.told)}")

    def edit(self) -> str:
        """A person's pull request beside the loop."""
        self.edits += 1
        policy: dict[str, str | bytes] = {POLICY: f"{ROOMY}# edit {self.edits}\n"}
        config: dict[str, str | bytes] = {CONFIG: str(small_files()[CONFIG]) + f"[more]\nkey_{self.edits} = 1\n"}
        owners: dict[str, str | bytes] = {
            ".github/CODEOWNERS": f"* @team-{self.edits}\n",
            ".gitattributes": "* text=auto eol=lf\n",
        }
        feature: dict[str, str | bytes] = {f"src/new_{self.edits}.py": "x\n"}
        files = self.dice.choice([policy, config, owners, feature, {**policy, **feature}])
        self.say(f"edit of {', '.join(files)}")
        return self.gate.person(files, f"feature-{self.edits}")

    def meanwhile(self, head: str) -> None:
        """The base moves, and the branch is brought up to date, or not."""
        for _ in range(self.dice.choice([0, 0, 1, 2])):
            self.gate.on_main({"src/app.py": f"print({self.dice.random()})\n"})
            self.say("the base moved")
            if self.dice.random() < 0.6:
                self.gate.update(head)
                self.say("update branch")

    def merge(self, head: str) -> None:
        how = self.dice.choice(["merge", "squash", "rebase"])
        self.say(how)
        moment = {"GIT_COMMITTER_DATE": self.at.isoformat(), "GIT_AUTHOR_DATE": self.at.isoformat()}
        if how != "rebase":
            self.gate.land(head, how, self.at)
            return
        commits = self.gate.git("rev-list", "--reverse", "--no-merges", head, "^main").split()
        self.gate.git("cherry-pick", *commits, env=moment)


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_an_honest_history_raises_no_alarm(seed: int, tmp_path: Path) -> None:
    History(Gate.at(tmp_path, policy=ROOMY), random.Random(seed)).play()


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
