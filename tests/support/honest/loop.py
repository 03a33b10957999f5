"""What a learning loop and its operators ask for, committed as promobot commits it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from promobot.adapters.repository.landings import find_landing
from promobot.core.base_state import BaseState
from promobot.core.changes import Change, by_hand_key
from promobot.core.health import HealthReport
from promobot.core.intake import ExportFile, Intake
from promobot.core.ledger import LEDGER, Claimant, Whole, refusal_entry, refusal_key
from promobot.core.models import ConfigPatch
from promobot.core.policy.types import AutoApplyMode
from promobot.core.prepared import Prepared, Proposed, prepare
from promobot.core.version import __version__
from promobot.core.wish import Wish
from promobot.core.wishes import expired_overrides, prepare_wish, standing_overrides
from promobot.errors import PromobotError
from promobot.usecases.base import Elsewhere, prove_read, read_base
from promobot.usecases.wishes import apply_by_hand, revert, set_value, unset_value
from tests.support.builders import patch as built
from tests.support.builders import report
from tests.support.honest.store import Stamp
from tests.support.honest.world import BOT, Work, World

LEVERAGE, TRIGGER, WEIGHT, TILT = "portfolio.leverage", "strategy.trigger_delay", "macro.regime_weight", "macro.tilt"
# target -> least, most, largest step by the policy's defaults; the last three have none, so people apply them.
BOUNDS = {LEVERAGE: (1.0, 2.0, 0.25), TRIGGER: (3.0, 15.0, 2.0), WEIGHT: (0.0, 0.8, 0.1), TILT: (0.0, 0.8, 0.1)}
FREE = {
    "desk.size": ("2.5", "3.0", "9.75"),
    "desk.on": ("true", "false"),
    "strategy.name": ("trend", 'a "b" \\ é\t# c', "mean"),
}
# What an earlier version of the same engine wrote is still there; a few were written by one of another major version.
ENGINES = (__version__,) * 6 + ("0.1.0a1", "0.0.9")
RUN = "https://github.example/acme/live/actions/runs/{}"

Make = Callable[[BaseState, datetime, datetime | None], Prepared]
"""The base's state, the time of the decision and that of the first creation (None: now) -> the proposal."""


@dataclass(frozen=True)
class Open:
    """A proposal's branch. `make` makes it again on another base."""

    made: Proposed
    changes: tuple[Change, ...]
    work: Work
    make: Make
    created: datetime

    @property
    def kind(self) -> str:
        """Its kind."""
        return str(self.made.proposal.meta["kind"])


@dataclass
class Loop:
    """promobot at work. `landed` are the proposals on main, oldest first; `refused` the keys of what people refused."""

    world: World
    landed: list[Open] = field(default_factory=list)
    refused: dict[str, bytes] = field(default_factory=dict)
    ledger: str | None = None
    _read: tuple[tuple[str, datetime], BaseState] | None = None

    def state(self, at: datetime) -> BaseState:
        """The base as promobot reads it."""
        asked = (self.world.main, at)
        if self._read is None or self._read[0] != asked:
            self._read = asked, read_base(self.world.repository, "main", self.world.main, Elsewhere(), at)
        return replace(self._read[1], refused=frozenset(self.refused))

    def place(self, make: Make, at: datetime, before: Open | None = None) -> Open | None:
        """Commit a proposal on main's head; None where nothing is proposed. `before` is the one that it replaces."""
        state = self.state(at)
        try:
            prepared = make(state, at, None)
            if prepared.proposed is not None and before and prepared.proposed.digest == before.made.digest:
                prepared = make(state, at, before.created)
            made = prepared.proposed
            if made is None or made.digest in self.refused or _has_landed(made, state, prepared.changes):
                return None
            prove_read(state, made, prepared.changes)
        except PromobotError:
            return None
        created = before.created if before and made.digest == before.made.digest else at
        return Open(made, prepared.changes, self._committed(made, state, at), make, created)

    def again(self, opened: Open, at: datetime) -> Open | None:
        """A proposal on main as it is now; another question is another proposal."""
        return self.place(opened.make, at, opened)

    def promotion(self, at: datetime) -> Open | None:
        """From an export of a few patches."""
        dice = self.world.dice
        live = self.state(at).live
        targets = dice.sample(sorted(BOUNDS), dice.randint(1, 3)) + dice.sample(sorted(FREE), dice.choice((0, 0, 1, 2)))
        patches = [self._patch(n, target, live.value(target), at) for n, target in enumerate(targets)]
        file = ExportFile(hashlib.sha256(str(dice.random()).encode()).hexdigest(), len(patches))
        health = report(finished_at=at.replace(microsecond=0) - timedelta(hours=dice.choice((1, 1, 1, 30))))
        mode = dice.choice((None, None, None, None, AutoApplyMode.MANUAL_ONLY))
        return self.place(_promotion(Intake(tuple(patches), (file,)), health, mode, dice.choice(ENGINES)), at)

    def operator(self, at: datetime) -> Open | None:
        """Somebody sets a value, or takes an override away."""
        dice, state = self.world.dice, self.state(at)
        standing = sorted(standing_overrides(state))
        if standing and dice.random() < 0.4:
            return self._wished(lambda: unset_value(state, dice.choice(standing), "calmer"), at)
        target = dice.choice(sorted(BOUNDS | FREE))
        text = dice.choice(FREE[target]) if target in FREE else str(round(dice.uniform(0.1, 2.9), dice.choice((0, 3))))
        return self._wished(lambda: set_value(state, target, text, "a try | `now`\n# <b>"), at)

    def applied(self, at: datetime) -> Open | None:
        """Somebody applies what an earlier proposal left by hand."""
        left = [one for one in self.landed if any(not change.automatic for change in one.changes)]
        if not left:
            return None
        asked = self.world.dice.choice(left[-3:])
        return self._wished(lambda: apply_by_hand(self.state(at), self._landing(asked, at), "looked at")[0], at)

    def reverted(self, at: datetime) -> Open | None:
        """Somebody takes an earlier proposal back by the command; reverts too."""
        moved = [one for one in self.landed if any(change.automatic for change in one.changes)]
        if not moved:
            return None
        asked = self.world.dice.choice(moved[-4:])
        return self._wished(lambda: revert(self._landing(asked, at), self.world.dice.choice(("", "too hot"))), at)

    def expired(self, at: datetime) -> Open | None:
        """promobot takes overrides back whose time is over."""
        return self._wished(lambda: expired_overrides(self.state(at), at), at)

    def refuse(self, opened: Open, at: datetime) -> None:
        """Somebody says no to a proposal, or to one of its values: the ledger keeps it."""
        proposal = opened.made.proposal
        no: Change | Whole = Whole(proposal.proposal_id, opened.made.digest)
        if self.world.dice.random() < 0.6:
            no = self.world.dice.choice(opened.changes)
        path, data = refusal_entry(no, reason="not this one", at=at, by=Claimant())
        self.refused[refusal_key(no)] = data
        files = {} if self.ledger is None else self.world.trees[self.ledger]
        by = Stamp(*BOT, at)
        parents = () if self.ledger is None else (self.ledger,)
        self.ledger = self.world.commit(self.world.edited(files, {path: data}), parents, by, f"ledger: {path}\n")
        self.world.store.point(f"refs/heads/{LEDGER}", self.ledger)

    def _wished(self, asked: Callable[[], Wish | None], at: datetime) -> Open | None:
        try:
            wish = asked()
        except PromobotError:
            return None
        return None if wish is None else self.place(lambda state, at, made: prepare_wish(state, wish, at, made), at)

    def _landing(self, opened: Open, at: datetime) -> Any:
        paths = self.state(at).policy.paths
        asked = opened.made.digest
        main, reports, overrides = self.world.main, paths.reports, paths.live_overrides
        return find_landing(self.world.repository, main, reports=reports, overrides=overrides, asked=asked)

    def _committed(self, made: Proposed, state: BaseState, at: datetime) -> Work:
        new = made.files.get(state.policy.paths.live_overrides)
        blobs = "none" if new is None else f"{state.overrides_blob or 'none'}..{self.world.blob(new)}"
        run = self.world.dice.choice((None, RUN.format(self.world.dice.randint(1, 10**9))))
        by = Stamp(*BOT, at.astimezone(UTC))
        work = self.world.branch(made.files, by=by, message=made.message(blobs, run))
        self.world.store.point(f"refs/heads/{made.branch}", work.head)
        self.world.bodies[work.head] = made.checklist
        return work

    def _patch(self, number: int, target: str, live: Any, at: datetime) -> ConfigPatch:
        dice = self.world.dice
        new: Any = dice.choice([_typed(text) for text in FREE.get(target, ("1",))])
        if target in BOUNDS:
            least, most, step = BOUNDS[target]
            choices = [round(float(live or 0) + part * step, 4) for part in (-1, -0.5, 0.5, 1)]
            new = dice.choice([value for value in choices if least <= value <= most] or [(least + most) / 2])
        more: dict[str, Any] = {"confidence_score": dice.choice((0.9, 0.9, 0.95, 0.5, None))}
        if dice.random() < 0.2:
            more |= dice.choice((
                {"status": "PROPOSED"}, {"old_value": live}, {"old_value": 0.123}, {"new_value": 99.5},
                {"meta": {"tier": "r_and_d"}}, {"meta": {"tags": ["experiment"], "metrics": {"sharpe": 0.4}}},
            ))  # fmt: skip
        given = {"source_experiment_id": "x`1", "reason": "a|b", "generated_at": at - timedelta(days=2), **more}
        return built(target, **{"new_value": new, "id": f"p-{number}", **given})


def _promotion(intake: Intake, health: HealthReport, mode: AutoApplyMode | None, engine: str) -> Make:
    def make(state: BaseState, at: datetime, created: datetime | None) -> Prepared:
        asks = state.policy.test_health is not None
        return prepare(state, replace(intake, health=health if asks else None), mode, at, created, engine=engine)

    return make


def _has_landed(made: Proposed, state: BaseState, changes: tuple[Change, ...]) -> bool:
    """promobot does not ask twice what landed before."""
    keys = {by_hand_key(c.target, c.old, c.new, c.predecessor) for c in changes}
    by_hand = not any(c.automatic for c in changes)
    return made.digest in state.landed.digests or (by_hand and keys <= state.landed.by_hand)


def _typed(text: str) -> Any:
    known = {"true": True, "false": False}
    return known[text] if text in known else float(text) if text[0].isdigit() else text
