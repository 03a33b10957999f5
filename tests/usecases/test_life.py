"""A hypothesis state machine over a proposal's whole life: whatever a loop, a team and crashes do, in any order.

About twenty seconds of it belong to every test run. For a longer search, and to see a failure again:

    PROMOBOT_LIFE_EXAMPLES=200 pytest -n0 -s tests/usecases/test_life.py
    PROMOBOT_LIFE_SEED=1234 pytest -n0 tests/usecases/test_life.py
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from tests.support.fake_github import FakeGitHub
from tests.support.life.game import Game, Planned
from tests.support.life.loop import KNOBS, TARGETS, VALUES
from tests.support.life.referee import Referee, overrides
from tests.support.life.trouble import Trouble
from tests.support.life.world import Ran, World

# Read at import: every test runs in an environment without the variables of a user.
EXAMPLES = int(os.environ.get("PROMOBOT_LIFE_EXAMPLES", "0"))
SEED = os.environ.get("PROMOBOT_LIFE_SEED")
SHORT, STEPS, LONG_STEPS = 12, 14, 40

PICK = st.integers(0, 30)
HOW = st.sampled_from(("merge", "squash", "rebase"))
LANDS = st.none() | HOW
MINUTES = st.sampled_from((0, 1, 15, 700))
MEANWHILE = ("commit", "land", "close", "base", "propose", "update")
WHAT, BEFORE = st.sampled_from(("kill", "kill", "fail", "gone", *MEANWHILE)), st.booleans()
TROUBLE = st.one_of(
    st.tuples(st.integers(1, 9), WHAT, BEFORE, st.just(True)),
    st.tuples(st.integers(1, 50), WHAT, BEFORE, st.just(False)),
)
QUESTION = st.just({"portfolio.leverage"}) | st.sets(st.sampled_from(TARGETS), min_size=1, max_size=3)
BASE = ("leverage", "tilt", "remark", "elsewhere")
# A third of main's moves turn the policy, another the base config.
MOVES = st.one_of(st.sampled_from(sorted(KNOBS)), st.sampled_from(BASE), st.sampled_from(("comment", "value")))


class Life(Game):
    """What can happen, in any order."""

    @initialize(kind=st.sampled_from(("plain", "git", "api")))
    def begin(self, kind: str) -> None:
        self.starts(kind)

    @rule(what=MOVES, pick=PICK)
    def main_moves(self, what: str, pick: int) -> None:
        if what in KNOBS:
            self.turn(what, pick)
        elif what in BASE:
            self.move_base(what, pick)
        else:
            self.edit_live_file(pick, comment=what == "comment")
        self.rest()

    @rule(asked=st.none() | QUESTION, pick=PICK, minutes=MINUTES, trouble=st.none() | TROUBLE, how=st.integers(0, 3))
    def propose(self, asked: set[str] | None, pick: int, minutes: int, trouble: Planned, how: int) -> None:
        """With the same question or another one; `how`: with --reconsider (1, 3), and once more (2, 3)."""
        if asked is not None:
            self._ask(asked, pick)
        self._propose(minutes, trouble, reconsider=bool(how & 1), twice=bool(how & 2))

    @rule(asked=QUESTION, pick=PICK, trouble=TROUBLE, what=st.sampled_from(("", "", "again", "nothing")))
    def propose_and_be_cut_off(self, asked: set[str], pick: int, trouble: Planned, what: str) -> None:
        """And then the next scheduled run, perhaps on what the loop says by then."""
        self._ask(asked, pick)
        self._propose(1, trouble, reconsider=False, twice=False)
        if what:
            self.propose_other_evidence(what, 15)

    @rule(asked=QUESTION, pick=PICK, how=HOW, by_git=st.booleans())
    def propose_and_land(self, asked: set[str], pick: int, how: str, by_git: bool) -> None:
        self._ask(asked, pick)
        self._propose(1, None, reconsider=False, twice=False)
        self.land(pick, how, by_git=by_git, tidy=False)
        self.rest()

    @rule(what=st.sampled_from(("again", "better", "unsure", "nothing")), minutes=MINUTES)
    def propose_other_evidence(self, what: str, minutes: int) -> None:
        export = self.world.export
        export.number += 1
        export.confidence = {"better": 0.97, "unsure": 0.7}.get(what, export.confidence)
        export.status = "PROPOSED" if what == "nothing" else "PROMOTED"
        self._propose(minutes, None, reconsider=False, twice=True)

    def _ask(self, asked: set[str], pick: int) -> None:
        export = self.world.export
        export.values = {target: VALUES[target][pick % len(VALUES[target])] for target in sorted(asked)}
        export.status, export.number = "PROMOTED", export.number + 1

    def _propose(self, minutes: int, trouble: Planned, *, reconsider: bool, twice: bool) -> None:
        self.world.passes(minutes)
        ran = self.told("propose", trouble, lambda t: self.world.propose(t, reconsider=reconsider))
        if ran.clean:
            assert ran.code == 0, ran.told
            self.in_bounds(ran)
            # A run that closes its own proposal for a newer one asks its question anew in the next.
            if twice and "newer_is_open" not in {reason.code for reason in ran.result.reasons}:
                self.no_second_write(lambda: self.world.propose(reconsider=reconsider))

    @rule(name=st.sampled_from(TARGETS), pick=PICK, trouble=st.none() | TROUBLE, lands=LANDS)
    def set_or_unset(self, name: str, pick: int, trouble: Planned, lands: str | None) -> None:
        if pick % 3 or name not in overrides(self.world.git, self.world.people.main()):
            value = str(VALUES[name][pick % len(VALUES[name])])
            ran = self.told("set", trouble, lambda t: self.world.set(name, value, t))
        else:
            ran = self.told("unset", trouble, lambda t: self.world.unset(name, t))
        self._lands(ran, lands)

    @precondition(lambda self: self.referee.landings)
    @rule(verb=st.sampled_from(("apply", "revert", "revert")), pick=PICK, trouble=st.none() | TROUBLE, lands=LANDS)
    def of_a_landing(self, verb: str, pick: int, trouble: Planned, lands: str | None) -> None:
        landings = self.referee.landings[::-1]
        name = landings[pick % len(landings)].meta["proposal_id"]
        command = self.world.apply if verb == "apply" else self.world.revert
        self._lands(self.told(verb, trouble, lambda t: command(name, t)), lands)

    def _lands(self, ran: Ran, how: str | None) -> None:
        """Who asked for it merges it at once."""
        if ran.code == 0 and how is not None and len(self.open) == 1:
            self.land(0, how, by_git=self.world.kind == "plain", tidy=True)
            self.rest()

    @precondition(lambda self: self.open)
    @rule(pick=PICK, one=st.booleans(), trouble=st.none() | TROUBLE)
    def reject(self, pick: int, one: bool, trouble: Planned) -> None:
        proposal, before = self.open[pick % len(self.open)], len(self.open)
        target = self.meta_of(proposal)["changes"][0]["target"] if one else None
        ran = self.told("reject", trouble, lambda t: self.world.reject(proposal.branch, target, t))
        if ran.code == 0 and ran.clean:
            assert len(self.open) == before - (target is None)

    @precondition(lambda self: self.open)
    @rule(pick=PICK, how=HOW, by_git=st.booleans(), tidy=st.booleans())
    def a_person_lands(self, pick: int, how: str, by_git: bool, tidy: bool) -> None:
        self.land(pick, how, by_git=by_git, tidy=tidy)
        self.rest()

    @precondition(lambda self: self.open)
    @rule(pick=PICK, what=st.sampled_from(("commit", "tick", "update", "hold", "release", "approve", "close")))
    def a_person_touches(self, pick: int, what: str) -> None:
        self.touch(pick, what)
        self.rest()

    @precondition(lambda self: self.referee.landings)
    @rule(pick=PICK)
    def the_revert_button(self, pick: int) -> None:
        landings = self.referee.landings[::-1]
        done = self.world.people.inverse(landings[pick % len(landings)].commit)
        self.ended[f"a person presses Revert: {'done' if done else 'cannot'}"] += 1
        self.rest()


def play(folder: Path, examples: int, steps: int, number: int) -> Counter[str]:
    """So many games, from this seed; how often what happened."""
    ended: Counter[str] = Counter()
    rules = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, print_blob=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip

    class Counted(Life):
        def __init__(self) -> None:
            super().__init__(folder, ended)

    try:
        run_state_machine_as_test(seed(number)(Counted), settings=rules)
    except BaseException as error:
        error.add_note(f"the same games again: PROMOBOT_LIFE_SEED={number} PROMOBOT_LIFE_EXAMPLES={EXAMPLES}")
        raise
    return ended


def test_whatever_happens_one_proposal_is_open_and_nothing_is_lost(tmp_path: Path, capsys: Any) -> None:
    number = int(SEED) if SEED else int.from_bytes(os.urandom(4))
    ended = play(tmp_path, EXAMPLES or SHORT, LONG_STEPS if EXAMPLES else STEPS, number)
    if EXAMPLES:
        with capsys.disabled():
            print("\n" + "\n".join(f"{times:6} {what}" for what, times in sorted(ended.items())))  # noqa: T201


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


@pytest.mark.parametrize("kind", ["plain", "git"])
@pytest.mark.parametrize("then", ["the same", "nothing", "landed"])
def test_two_that_a_cut_leaves_open_are_one_after_the_next_run(
    tmp_path: Path, fake: FakeGitHub, kind: str, then: str
) -> None:
    """A wish was opened, and its run killed before it closed the loop's proposal. Then the loop's next run comes."""
    world = World(tmp_path / "w", fake, kind)
    export = world.export
    if then == "landed":
        assert world.propose().code == 0
        assert world.people.land(world.open()[0].branch, "merge")
        export.values = {"macro.tilt": 0.35}
    assert world.propose().code == 0
    referee = Referee(world)
    cut = Trouble(3 if kind == "git" else 2, "kill", writes=True)
    assert world.set("strategy.trigger_delay", "11.0", cut).code is None
    referee.look()
    landed = 1 if then == "landed" and kind == "plain" else 0
    assert len(world.open()) == 2 + landed, "the cut came elsewhere, and the test shows nothing"
    export.status = "PROPOSED" if then == "nothing" else "PROMOTED"
    export.values = {"portfolio.leverage": 1.75} if then == "landed" else export.values
    assert world.propose().code == 0
    assert len(world.open()) == 1 + landed
