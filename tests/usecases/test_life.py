"""A hypothesis state machine over a proposal's whole life: whatever a loop, a team and crashes do, in any order.

About twenty seconds of it belong to every test run. For a longer search, and to see a failure again:

    PROMOBOT_LIFE_EXAMPLES=200 pytest -n0 -s tests/usecases/test_life.py
    PROMOBOT_LIFE_SEED=1234 pytest -n0 tests/usecases/test_life.py
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from promobot.core.planning import Outcome
from promobot.core.rendering.artifacts import META
from tests.support.fake_github import FakeGitHub
from tests.support.life.loop import KNOBS, TARGETS, VALUES
from tests.support.life.referee import Referee, within
from tests.support.life.trouble import Trouble
from tests.support.life.world import AUTO, CONFIG, NAME, POLICY, REPORTS, Proposal, Ran, World

# Read at import: every test runs in an environment without the variables of a user.
EXAMPLES = int(os.environ.get("PROMOBOT_LIFE_EXAMPLES", "0"))
SEED = os.environ.get("PROMOBOT_LIFE_SEED")
SHORT, STEPS, LONG_STEPS = 10, 14, 40

PICK = st.integers(0, 30)
HOW = st.sampled_from(("merge", "squash", "rebase"))
MEANWHILE = ("commit", "land", "close", "base", "propose", "update")
TROUBLES = st.none() | st.builds(
    lambda at, what, before: (at, what, before), st.integers(1, 90),
    st.sampled_from(("kill", "kill", "fail", "gone", *MEANWHILE)), st.booleans(),
)  # fmt: skip
SETTLED = {Outcome.OPENED, Outcome.ADOPTED, Outcome.UPDATED, Outcome.UNCHANGED}


class Life(RuleBasedStateMachine):
    """The game. Its rules are what can happen; after each the referee looks."""

    def __init__(self, folder: Path, ended: Counter[str]) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=folder))
        self.ended = ended
        self.fake = FakeGitHub(clock=lambda: self.world.at).start()
        self.open: list[Proposal] = []

    @initialize(kind=st.sampled_from(("plain", "git", "api")))
    def begin(self, kind: str) -> None:
        self.world = World(self.folder / "w", self.fake, kind)
        self.referee = Referee(self.world)
        self.rest()

    def teardown(self) -> None:
        self.fake.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def rest(self) -> None:
        self.referee.look()
        self.open = self.referee.standing()

    # What the loop and the policy say.

    @rule(chosen=st.sets(st.sampled_from(TARGETS), min_size=1, max_size=3), pick=PICK)
    def other_question(self, chosen: set[str], pick: int) -> None:
        export = self.world.export
        export.values = {target: VALUES[target][pick % len(VALUES[target])] for target in sorted(chosen)}
        export.status, export.number = "PROMOTED", export.number + 1

    @rule(what=st.sampled_from(("again", "better", "unsure", "nothing")))
    def other_export(self, what: str) -> None:
        export = self.world.export
        export.number += 1
        export.confidence = {"better": 0.97, "unsure": 0.7}.get(what, export.confidence)
        export.status = "PROPOSED" if what == "nothing" else "PROMOTED"

    @rule(knob=st.sampled_from(sorted(KNOBS)), pick=PICK)
    def policy_edit(self, knob: str, pick: int) -> None:
        setattr(self.world.rules, knob, KNOBS[knob][pick % len(KNOBS[knob])])
        self.world.people.merge_to_main({POLICY: self.world.rules.text()})
        self.rest()

    @rule(hours=st.sampled_from((None, 0, 5)))
    def overrides_end(self, hours: int | None) -> None:
        self.world.rules.ends = None if hours is None else self.world.at + timedelta(hours=hours)
        self.world.people.merge_to_main({POLICY: self.world.rules.text()})
        self.rest()

    @rule(what=st.sampled_from(("leverage", "tilt", "remark", "elsewhere")), pick=PICK)
    def base_edit(self, what: str, pick: int) -> None:
        self._base(what, pick)
        self.rest()

    def _base(self, what: str, pick: int) -> None:
        base = self.world.base
        if what == "elsewhere":
            self.world.people.merge_to_main({f"docs/{pick}.md": f"{self.world.at}\n"})
            return
        base.remark += 1
        if what == "leverage":
            base.leverage = (1.5, 1.6, 1.75)[pick % 3]
        if what == "tilt":
            base.tilt = (0.3, 0.35)[pick % 2]
        self.world.people.merge_to_main({CONFIG: base.text()})

    @rule(pick=PICK, comment=st.booleans())
    def live_file_edit(self, pick: int, comment: bool) -> None:
        """A person's own reviewed change of the live file: of a comment, or of a value."""
        text = (self.world.git.read("refs/heads/main", AUTO) or b"").decode()
        lines = [line for line in text.splitlines() if comment or "macro.tilt" not in line]
        added = f"# {pick}" if comment else f'"macro.tilt" = {VALUES["macro.tilt"][pick % 5]}'
        made = self.world.people.merge_to_main({AUTO: "\n".join([*lines, added, ""])})
        self.world.people.direct.add(made)
        self.rest()

    @rule(minutes=st.sampled_from((1, 60, 720)))
    def time_goes_by(self, minutes: int) -> None:
        self.world.passes(minutes)

    # What the bot is told to do.

    @rule(minutes=st.sampled_from((0, 1, 15, 700)), trouble=TROUBLES, reconsider=st.booleans(), twice=st.booleans())
    def propose(self, minutes: int, trouble: Any, reconsider: bool, twice: bool) -> None:
        self.world.passes(minutes)
        ran = self.told("propose", trouble, lambda t: self.world.propose(t, reconsider=reconsider))
        if not ran.clean:
            return
        assert ran.code == 0, ran.told
        self.in_bounds(ran)
        if twice:
            self.no_second_write(lambda: self.world.propose(reconsider=reconsider))

    @rule(chosen=st.sets(st.sampled_from(TARGETS), min_size=1, max_size=3), pick=PICK)
    def propose_another(self, chosen: set[str], pick: int) -> None:
        self.other_question(chosen, pick)
        self.propose(1, None, False, True)

    @rule(verb=st.sampled_from(("set", "set", "unset")), name=st.sampled_from(TARGETS), pick=PICK, trouble=TROUBLES)
    def wish(self, verb: str, name: str, pick: int, trouble: Any) -> None:
        value = str(VALUES[name][pick % len(VALUES[name])])
        if verb == "unset":
            self.told("unset", trouble, lambda t: self.world.unset(name, t))
        else:
            self.told("set", trouble, lambda t: self.world.set(name, value, t))

    @precondition(lambda self: self.referee.landings)
    @rule(verb=st.sampled_from(("apply", "revert", "revert")), pick=PICK, trouble=TROUBLES)
    def of_a_landing(self, verb: str, pick: int, trouble: Any) -> None:
        landings = self.referee.landings[::-1]
        name = landings[pick % len(landings)].meta["proposal_id"]
        command = self.world.apply if verb == "apply" else self.world.revert
        self.told(verb, trouble, lambda t: command(name, t))

    @precondition(lambda self: self.open)
    @rule(pick=PICK, one=st.booleans(), trouble=TROUBLES)
    def reject(self, pick: int, one: bool, trouble: Any) -> None:
        proposal = self.open[pick % len(self.open)]
        before = len(self.open)
        target = self.targets_of(proposal)[0] if one else None
        ran = self.told("reject", trouble, lambda t: self.world.reject(proposal.branch, target, t))
        if ran.code == 0 and ran.clean:
            assert len(self.open) == before - (target is None)

    # What people do with proposals.

    @precondition(lambda self: self.open)
    @rule(pick=PICK, how=HOW, by_git=st.booleans(), tidy=st.booleans())
    def land(self, pick: int, how: str, by_git: bool, tidy: bool) -> None:
        self._land(pick, how, by_git, tidy)
        self.rest()

    def _land(self, pick: int, how: str, by_git: bool, tidy: bool) -> None:
        if not self.open:
            return
        proposal, people = self.open[pick % len(self.open)], self.world.people
        if by_git or proposal.number is None:
            done = people.land(proposal.branch, how)
        else:
            done = people.press(proposal.number, lambda pull: pull.merge(merge_method=how))
        self.ended[f"landed {how}" if done else "could not land"] += 1
        if done and tidy:
            people.delete(proposal.branch)

    @precondition(lambda self: self.open)
    @rule(pick=PICK, what=st.sampled_from(("commit", "tick", "update", "hold", "release", "approve", "close")))
    def touch(self, pick: int, what: str) -> None:
        self._touch(pick, what)
        self.rest()

    def _touch(self, pick: int, what: str) -> None:
        if not self.open:
            return
        proposal, people = self.open[pick % len(self.open)], self.world.people
        if what == "commit":
            people.commit_to(proposal.branch, f"notes/{pick}.md", f"{self.world.at}\n")
        elif what == "tick":
            people.commit_to(proposal.branch, f"{REPORTS}/{self.meta_of(proposal)['proposal_id']}/README.md", "ok\n")
        elif what == "update":
            people.update_branch(proposal.branch)
        elif proposal.number is not None:
            self._press(proposal.number, what)
        elif what == "close":
            people.delete(proposal.branch)

    def _press(self, number: int, what: str) -> None:
        buttons: dict[str, Callable[[Any], object]] = {
            "hold": lambda pull: pull.add_to_labels("promobot:hold"),
            "release": lambda pull: pull.remove_from_labels("promobot:hold"),
            "approve": lambda pull: pull.create_review(event="APPROVE"),
            "close": lambda pull: pull.edit(state="closed"),
        }
        if what == "release":
            issue = self.fake.repository(NAME).issue(number)
            if "promobot:hold" not in {label.name for label in issue.labels}:
                return
        assert self.world.people.press(number, buttons[what])

    @precondition(lambda self: self.referee.landings)
    @rule(pick=PICK)
    def revert_button(self, pick: int) -> None:
        landings = self.referee.landings[::-1]
        if self.world.people.inverse(landings[pick % len(landings)].commit):
            self.ended["inverse"] += 1
        self.rest()

    # How a run is told, and what must hold after it.

    def told(self, command: str, trouble: Any, run: Callable[[Trouble | None], Ran]) -> Ran:
        before = self.world.traces()
        ran = run(None if trouble is None else self._trouble(*trouble))
        assert self.world.traces() == before, "the user's checkout was touched"
        self.rest()
        how = "killed" if ran.code is None else str(ran.code)
        outcome = f" {ran.told.outcome}" if hasattr(ran.told, "outcome") else ""
        self.ended[f"{command} {how}{outcome}{'' if ran.clean else ' disturbed'}"] += 1
        if ran.clean:
            assert ran.code != 5, f"nothing was wrong with the network: {ran.told}"
        if ran.clean and ran.code == 0 and command != "reject":
            assert len(self.open) <= 1, f"{len(self.open)} open proposals at rest after {command}{outcome}"
        return ran

    def _trouble(self, at: int, what: str, before: bool) -> Trouble:
        acts: dict[str, Callable[[], object]] = {
            "commit": lambda: self._touch(at, "commit"),
            "land": lambda: self._land(at, "squash", True, before),
            "close": lambda: self._touch(at, "close"),
            "base": lambda: self._base("leverage", at),
            "update": lambda: self._touch(at, "update"),
            "propose": self._another_run,
        }
        # The API cannot compare and swap: what is pushed between its look and its write is lost, as documented.
        if what == "commit" and self.world.kind == "api":
            what = "close"
        return Trouble(at, acts.get(what, what), before)

    def _another_run(self) -> None:
        """Another process at the same time, with another export."""
        mine = dict(self.world.export.values)
        self.world.export.values = {"strategy.trigger_delay": 11.0}
        ran = self.world.propose()
        self.world.export.values = mine
        assert ran.code in (0, 5), ran.told

    def no_second_write(self, run: Callable[[], Ran]) -> None:
        """The same again changes nothing: no ref, and no request that is more than a look."""
        before = self.world.git.refs("refs/")
        self.fake.requests.reset()
        again = run()
        assert again.code == 0, again.told
        assert self.fake.requests.writes == [], f"{again.told.outcome}: {self.fake.requests.writes}"
        assert self.world.git.refs("refs/") == before, f"{again.told.outcome} wrote again"
        self.rest()

    def in_bounds(self, ran: Ran) -> None:
        """What the bot calls open is on its branch, and passes the policy and the live values of now."""
        result = ran.result
        if result.outcome not in SETTLED:
            return
        [proposal] = self.open
        meta = self.meta_of(proposal)
        planned = {change.target: change.new for change in result.changes if change.automatic}
        assert {target: both["new"] for target, both in meta["overrides"].items()} == planned
        if meta["kind"] == "promotion":
            within(self.world.git, self.world.people.main(), meta["overrides"])

    def meta_of(self, proposal: Proposal) -> Any:
        import json

        names = self.world.git.text("ls-tree", "-r", "--name-only", proposal.head, "--", REPORTS).splitlines()
        short = proposal.branch.removeprefix("promobot/")
        [path] = [name for name in names if name.endswith(f"_{short}/{META}")]
        return json.loads(self.world.git.read(proposal.head, path) or b"")

    def targets_of(self, proposal: Proposal) -> list[str]:
        return [change["target"] for change in self.meta_of(proposal)["changes"]]


def play(folder: Path, examples: int, steps: int, number: int) -> Counter[str]:
    """So many games, from this seed; how often what happened."""
    ended: Counter[str] = Counter()
    rules = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, print_blob=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip

    def game() -> Life:
        return Life(folder, ended)

    try:
        run_state_machine_as_test(seed(number)(game), settings=rules)
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
