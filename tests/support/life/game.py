"""The game without its rules: what people and runs do in it, and what must hold when a run has ended."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from promobot.core.planning import Outcome
from promobot.core.rendering.artifacts import META
from tests.support.fake_github import FakeGitHub
from tests.support.life.loop import KNOBS, VALUES
from tests.support.life.referee import Referee, within
from tests.support.life.trouble import Trouble
from tests.support.life.world import AUTO, CONFIG, NAME, POLICY, REPORTS, Proposal, Ran, World

OPEN = {Outcome.OPENED, Outcome.ADOPTED, Outcome.UPDATED, Outcome.UNCHANGED}
"""Outcomes that say: this very question is open now."""

Planned = tuple[int, str, bool, bool] | None
"""A trouble to come: at which contact, what, whether before its effect, whether only writing contacts count."""


class Game(RuleBasedStateMachine):
    """`open` are the proposals that are open and have not landed; `ended` counts what happened in all games."""

    world: World
    referee: Referee

    def __init__(self, folder: Path, ended: Counter[str]) -> None:
        super().__init__()
        self.folder, self.ended = Path(tempfile.mkdtemp(dir=folder)), ended
        self.fake = FakeGitHub(clock=lambda: self.world.at).start()
        self.open: list[Proposal] = []
        self.approved: set[str] = set()

    def starts(self, kind: str) -> None:
        self.world = World(self.folder / "w", self.fake, kind)
        self.referee = Referee(self.world)
        self.rest()

    def teardown(self) -> None:
        self.fake.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def rest(self) -> None:
        """Between two steps the referee looks."""
        self.referee.look()
        self.open = self.referee.standing()

    # The branch main.

    def turn(self, knob: str, pick: int) -> None:
        """A reviewed change of the policy; `ends` are the hours after which overrides expire."""
        rules, world = self.world.rules, self.world
        value = KNOBS[knob][pick % len(KNOBS[knob])]
        if knob == "ends":
            value = None if value is None else world.at + timedelta(hours=value)
        setattr(rules, knob, value)
        world.people.merge_to_main({POLICY: rules.text()})

    def move_base(self, what: str, pick: int) -> None:
        """A reviewed change of the base config, or of something that promobot does not know."""
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

    def edit_live_file(self, pick: int, *, comment: bool) -> None:
        """A person's own reviewed change of the live file: of a comment, or of a value."""
        lines = (self.world.git.read("refs/heads/main", AUTO) or b"").decode().splitlines()
        added = f"# {pick}" if comment else f'"macro.tilt" = {VALUES["macro.tilt"][pick % 5]}'
        # Where the line stands: a line that is moved as well merges cleanly with its removal on a proposal's branch,
        # and then the removal lands without effect. To compare a merge's result with its proposal is the gate's work.
        place = next((n for n, line in enumerate(lines) if not comment and "macro.tilt" in line), len(lines))
        lines[place : place + 1] = [added]
        made = self.world.people.merge_to_main({AUTO: "\n".join([*lines, ""])})
        self.world.people.direct.add(made)

    # People and proposals.

    def land(self, pick: int, how: str, *, by_git: bool, tidy: bool) -> None:
        """A person merges one of the open proposals; `tidy`: and deletes its branch."""
        if not self.open:
            return
        proposal, people = self.open[pick % len(self.open)], self.world.people
        if by_git or proposal.number is None:
            done = people.land(proposal.branch, how)
        else:
            done = people.press(proposal.number, lambda pull: pull.merge(merge_method=how))
        self.ended[f"a person lands: {how if done else 'cannot'}"] += 1
        if done and tidy:
            people.delete(proposal.branch)

    def touch(self, pick: int, what: str) -> None:
        """What else a person does with an open proposal."""
        if not self.open:
            return
        proposal, people = self.open[pick % len(self.open)], self.world.people
        self.ended[f"a person: {what}"] += 1
        if what == "commit":
            people.commit_to(proposal.branch, f"notes/{pick}.md", f"{self.world.at}\n")
        elif what == "tick":
            people.commit_to(proposal.branch, f"{REPORTS}/{self.meta_of(proposal)['proposal_id']}/README.md", "ok\n")
        elif what == "update":
            people.update_branch(proposal.branch)
        elif proposal.number is not None:
            self._press(proposal.number, what)
            self.approved |= {proposal.branch} if what == "approve" else set()
        elif what == "close":
            people.delete(proposal.branch)

    def _press(self, number: int, what: str) -> None:
        buttons: dict[str, Callable[[Any], object]] = {
            "hold": lambda pull: pull.add_to_labels("promobot:hold"),
            "release": lambda pull: pull.remove_from_labels("promobot:hold"),
            "approve": lambda pull: pull.create_review(event="APPROVE"),
            "close": lambda pull: pull.edit(state="closed"),
        }
        labels = {label.name for label in self.fake.repository(NAME).issue(number).labels}
        if what != "release" or "promobot:hold" in labels:
            assert self.world.people.press(number, buttons[what])

    # Runs of promobot.

    def told(self, command: str, trouble: Planned, run: Callable[[Trouble | None], Ran]) -> Ran:
        """Run a command and hold it to what must be true afterwards."""
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
            self.one_open(f"{command}{outcome}")
        return ran

    def one_open(self, after: str) -> None:
        """Never two open proposals at rest, but for those that the bot must not close.

        These are a person's: with their commit or promobot:hold (then nothing is closed), approved, or wished for
        values that the other one does not change. A bot that is switched off (disabled) closes nothing either.
        """
        if len(self.open) <= 1 or after.endswith(" disabled"):
            return
        if any(self.world.people.commits.get(one.branch) or "promobot:hold" in one.labels for one in self.open):
            return
        metas = [self.meta_of(one) for one in self.open]
        free = [meta for one, meta in zip(self.open, metas, strict=True) if one.branch not in self.approved]
        wishes = [meta for meta in free if meta["kind"] in ("operator", "revert")]
        known = {frozenset(change["target"] for change in meta["changes"]) for meta in wishes}
        assert len(free) == len(wishes) == len(known), f"{len(self.open)} open proposals at rest after {after}"
        self.ended["several stay open, each a person's"] += 1

    def _trouble(self, at: int, what: str, before: bool, writes: bool) -> Trouble:
        acts: dict[str, Callable[[], object]] = {
            "commit": lambda: self.touch(at, "commit"),
            "land": lambda: self.land(at, "squash", by_git=True, tidy=before),
            "close": lambda: self.touch(at, "close"),
            "base": lambda: self.move_base("leverage", at),
            "update": lambda: self.touch(at, "update"),
            "propose": self._another_run,
        }
        # The API cannot compare and swap: what is pushed between its look and its write is lost, as documented.
        if what == "commit" and self.world.kind == "api":
            what = "close"
        return Trouble(at, acts.get(what, what), before, writes)

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
        if result.outcome not in OPEN:
            return
        [proposal] = self.open
        meta = self.meta_of(proposal)
        planned = {change.target: change.new for change in result.changes if change.automatic}
        assert {target: both["new"] for target, both in meta["overrides"].items()} == planned
        if meta["kind"] == "promotion":
            within(self.world.git, self.world.people.main(), meta["overrides"])

    def meta_of(self, proposal: Proposal) -> Any:
        """What an open proposal says of itself."""
        names = self.world.git.text("ls-tree", "-r", "--name-only", proposal.head, "--", REPORTS).splitlines()
        short = proposal.branch.removeprefix("promobot/")
        [path] = [name for name in names if name.endswith(f"_{short}/{META}")]
        return json.loads(self.world.git.read(proposal.head, path) or b"")
