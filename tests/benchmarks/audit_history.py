"""A base branch with many landed proposals among twice as many commits, written by one `git fast-import`.

Everything is as promobot makes it: each proposal by its own engine, on the state that the base branch was in, and
landed by a merge (about 60 %), a squash or a rebase. Promotions of one to three values, sets, unsets, applies and
reverts by command and by the forge's button; between them ordinary commits and, now and then, a new policy and an
edit of the base config. One seed gives one history; its dates go from 2019 on, some hours from landing to landing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from promobot.core.canonical import sha256_of
from promobot.core.intake import ExportFile, Intake
from promobot.core.landing import Landing, restoring
from promobot.core.models import ConfigPatch
from promobot.core.prepared import Prepared, Proposed, prepare
from promobot.core.wishes import prepare_wish
from promobot.errors import PromobotError
from promobot.usecases.wishes import apply_by_hand, set_value, unset_value
from tests.benchmarks.audit_files import BARRED, PARAMETERS, WEIGHT, config, policy
from tests.benchmarks.audit_line import Line
from tests.benchmarks.audit_stream import BOT, MAIN, PERSON, SIDE, Stream, blob_id
from tests.support.builders import patch as built
from tests.support.gate import AUTO, CONFIG, POLICY, REPORTS
from tests.support.workspace import OVERRIDES

START = datetime(2019, 1, 7, 9, tzinfo=UTC)
MODULES = 200
POLICY_EVERY, CONFIG_EVERY, RECENT = 500, 700, 5


class Done(NamedTuple):
    """A landing, as it was made, with auto.toml as it was before."""

    landing: Landing
    made: Proposed
    overrides: bytes


@dataclass
class Story:
    """The line, who works on it, and what may be taken up again. `commits` counts what HEAD reaches."""

    stream: Stream
    line: Line
    dice: random.Random
    at: datetime
    commits: int = 1
    landings: int = 0
    undone: int = 0
    done: list[Done] = field(default_factory=list)
    after: Callable[[Story], object] = lambda _: None

    def play(self, landings: int, say: Callable[[str], object]) -> None:
        """So many landings, twice as many commits. `after` is called whenever the head has moved."""
        while self.landings < landings:
            self._around(landings)
            self.at += timedelta(minutes=self.dice.randint(30, 500))
            self._land(self._next(), self._late(landings))
            if self.landings % 1000 == 0:
                say(f"{self.landings} of {landings} proposals have landed")
        while self.commits < 2 * landings:
            self.ordinary()

    def _around(self, landings: int) -> None:
        """What happens between two landings."""
        if self.landings % POLICY_EVERY == POLICY_EVERY // 10:
            self._edit({POLICY: policy(self.landings)}, "A new quota")
        if self.landings % CONFIG_EVERY == CONFIG_EVERY // 25:
            self._edit({CONFIG: config(self.landings)}, "A new release")
        if self.dice.random() < 0.02 and not self._late(landings):
            self._press_revert()
        while self.commits < 2 * self.landings - 1:
            self.ordinary()

    def _late(self, landings: int) -> bool:
        return self.landings > landings - 15

    def ordinary(self) -> None:
        """Somebody's work beside the loop."""
        number = self.dice.randrange(MODULES)
        self._edit({f"src/part_{number % 20}/module_{number}.py": f"VALUE = {self.dice.random()}\n".encode()}, "Work")

    def _edit(self, files: dict[str, bytes], message: str) -> None:
        self._move(files, message, PERSON)
        self.line.files |= {path: data for path, data in files.items() if path in self.line.files}
        self.after(self)

    def _move(self, files: dict[str, bytes | None] | dict[str, bytes], message: str, who: str) -> str:
        self.at += timedelta(minutes=self.dice.randint(1, 40))
        self.line.head = self.stream.commit(dict(files), f"{message}\n", who, self.at, [self.line.head])
        self.commits += 1
        return self.line.head

    def _next(self) -> tuple[Prepared, Proposed]:
        """A proposal that promobot would make now."""
        while True:
            kinds = [self._promotion, self._set, self._unset, self._apply, self._revert]
            kind = self.dice.choices(kinds, [80, 8, 3, 4, 3])[0]
            try:
                prepared = kind()
            except PromobotError:
                continue  # Nothing to unset, apply or revert.
            made = None if prepared is None else prepared.proposed
            if prepared and made and not self.line.asked_before(made, prepared.changes):
                return prepared, made

    def _promotion(self) -> Prepared:
        state = self.line.state(self.at)
        patches = [
            self._patch(target, state.live.value(target))
            for target in self.dice.sample(sorted(PARAMETERS), self.dice.randint(1, 3))
        ]
        if self.dice.random() < 0.3:
            patches.append(self._patch(BARRED, 0.1))
        if self.dice.random() < 0.3:
            patches.append(built("desk.size_00", 5.0, id=f"p-{self.landings}-idea", status="PROPOSED"))
        export = ExportFile(sha256_of([one.model_dump(mode="json") for one in patches]), len(patches))
        return prepare(state, Intake(tuple(patches), (export,)), None, self.at)

    def _patch(self, target: str, live: object) -> ConfigPatch:
        least, most, step = PARAMETERS.get(target, WEIGHT)
        value = float(live) if isinstance(live, float) else least
        near = [round(value + part * step, 4) for part in (-1, -0.6, -0.2, 0.2, 0.6, 1)]
        new = self.dice.choice([one for one in near if least <= one <= most] or [(least + most) / 2])
        return built(
            target,
            new,
            id=f"p-{self.landings}-{target}",
            confidence_score=self.dice.choice([0.85, 0.9, 0.95, 0.97, 0.6]),
            source_experiment_id=f"sweep-{self.landings}",
            reason="Better in every fold of the walk forward.",
            meta={"tier": "production", "metrics": {"sharpe": round(self.dice.uniform(1.0, 2.0), 3)}},
        )

    def _set(self) -> Prepared:
        target = self.dice.choice(sorted(PARAMETERS))
        least, most, _ = PARAMETERS[target]
        state = self.line.state(self.at)
        wish = set_value(state, target, str(round(self.dice.uniform(least, most), 3)), "Calmer for the holidays.")
        return prepare_wish(state, wish, self.at)

    def _unset(self) -> Prepared:
        state = self.line.state(self.at)
        target = self.dice.choice(sorted(PARAMETERS))
        return prepare_wish(state, unset_value(state, target, "Back to the base."), self.at)

    def _apply(self) -> Prepared | None:
        left = [one.landing for one in self.done if not all(change.automatic for change in one.landing.changes)]
        if not left:
            return None
        state = self.line.state(self.at)
        wish, _ = apply_by_hand(state, self.dice.choice(left), "Looked at, and fine.")
        return prepare_wish(state, wish, self.at)

    def _revert(self) -> Prepared | None:
        if not self.done:
            return None
        wish = restoring(self.dice.choice(self.done).landing, "It did not hold.")
        return prepare_wish(self.line.state(self.at), wish, self.at)

    def _land(self, next_one: tuple[Prepared, Proposed], late: bool) -> None:
        """By a merge, or, where commits are short, by one commit on the line."""
        prepared, made = next_one
        base, at = self.line.head, self.at
        if self.commits < 2 * self.landings + 1 and self.dice.random() < 0.5:
            self.ordinary()
        short = late and self.commits > 2 * self.landings
        merged = not short and self.dice.random() < 0.6
        commit = self._merge(made, base, at) if merged else self._squash(made)
        overrides = self.line.files[AUTO]
        landing = self.line.landed(made, prepared.changes, commit, self.at)
        self.landings += 1
        self.done = [*self.done[1 - RECENT :], Done(landing, made, overrides)]
        self.after(self)

    def _merge(self, made: Proposed, base: str, at: datetime) -> str:
        commit = self.stream.commit(dict(made.files), self._message(made), BOT, at, [base], SIDE)
        self.at += timedelta(minutes=self.dice.randint(5, 200))
        parents = [self.line.head, commit]
        told = f"Merge pull request #{self.landings + 1} from promobot/{made.digest[:16]}\n"
        self.commits += 2
        return self.stream.commit(dict(made.files), told, PERSON, self.at, parents, MAIN)

    def _squash(self, made: Proposed) -> str:
        self.at += timedelta(minutes=self.dice.randint(5, 200))
        return self._move(dict(made.files), self._message(made).rstrip("\n"), PERSON)

    def _message(self, made: Proposed) -> str:
        new = made.files.get(AUTO)
        moved = "none" if new is None else f"{blob_id(self.line.files[AUTO])}..{blob_id(new)}"
        return made.message(moved, None)

    def _press_revert(self) -> None:
        """The forge's Revert button on the newest landing, where it was a promotion."""
        if not self.done or self.done[-1].made.proposal.meta["kind"] != "promotion":
            return
        landing, made, before = self.done[-1]
        self.done = []
        back: dict[str, bytes | None] = {f"{REPORTS}/{landing.proposal_id}": None}
        if AUTO in made.files:
            back[AUTO] = before
        commit = self._move(back, f'Revert "{made.proposal.title}"', PERSON)
        self.line.moved(before, commit, self.at)
        self.undone += 1
        self.after(self)


def build(
    folder: Path,
    landings: int,
    *,
    seed: int = 6,
    say: Callable[[str], object] = lambda _: None,
    after: Callable[[Story], object] = lambda _: None,
) -> Story:
    """A bare repository in a new folder, with so many landed proposals. `say` is told of the progress."""
    stream = Stream(folder)
    files = {POLICY: policy(0), CONFIG: config(0), AUTO: OVERRIDES.encode()}
    work = {f"src/part_{number % 20}/module_{number}.py": b"VALUE = 0\n" for number in range(MODULES)}
    start = stream.commit({**files, **work}, "Start\n", PERSON, START)
    story = Story(stream, Line(start, files), random.Random(seed), START, after=after)
    story.play(landings, say)
    stream.close()
    assert story.commits == 2 * landings, f"{story.commits} commits for {landings} landings"
    return story
