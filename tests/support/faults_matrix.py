"""Cycles that can be run again and again from the same start, each time with another fault at another request.

What a cycle asks of the forge and of the git server is recorded in an undisturbed run; so a request that is new in
promobot is disturbed by itself.
"""

from __future__ import annotations

import copy
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import sleep
from typing import Any, Literal
from unittest.mock import patch as replaced

from promobot.adapters.github import client
from tests.support.fake_github import FakeGitHub, Fault
from tests.support.git_http import GitHttpServer
from tests.support.hosted import DECORATED, NAME, OVERRIDES_FILE, POLICY_FILE, Team, host, long_ago, without_waits
from tests.support.workspace import Ran, patch

LEVERAGE = patch("portfolio.leverage", 1.75)
OTHER = patch("portfolio.leverage", 1.6)
STRICT = DECORATED.replace('targets = ["*"]', 'targets = ["macro.*"]')
# Seconds: how long a request is waited for where one is late on purpose, and how late it then is.
SHORT, LATE = 0.5, 0.8


def _nothing_before(_: Team) -> None:
    """The first proposal of a repository."""


def _another_is_open(team: Team) -> None:
    team.proposes(OTHER)


def _a_neighbour_has_moved(team: Team) -> None:
    team.proposes(LEVERAGE)
    team.space.commit({OVERRIDES_FILE: '# ours\n[auto_applied]\n"macro.tilt" = 0.4\n'})


def _the_policy_was_tightened(team: Team) -> None:
    team.proposes(LEVERAGE)
    team.space.commit({POLICY_FILE: STRICT})


CYCLES: dict[str, tuple[Callable[[Team], None], str]] = {
    "opening": (_nothing_before, "opened"),
    "superseding": (_another_is_open, "opened"),
    "updating": (_a_neighbour_has_moved, "updated"),
    "withdrawing": (_the_policy_was_tightened, "closed"),
}
"""What is there before, and the outcome of the undisturbed cycle. Each asks for LEVERAGE."""

API_FAULTS = {
    "500": Fault.status(500),
    "502": Fault.status(502),
    "429": Fault.secondary_limit(429),
    "429 with a time": Fault.secondary_limit(429, retry_after=7),
    "403": Fault.status(403),
    "403 with a time": Fault.secondary_limit(403, retry_after=7),
    "401": Fault.status(401),
    "404": Fault.status(404),
    "422": Fault.status(422),
    "reset": Fault.reset(),
    "truncated": Fault.truncated(),
    "timeout": Fault.delay(LATE),
}
GIT_FAULTS = {
    "500": Fault.status(500),
    "503": Fault.status(503),
    "429": Fault.status(429, retry_after=7),
    "403": Fault.status(403),
    "401": Fault.status(401),
    "404": Fault.status(404),
    "reset": Fault.reset(),
    "truncated": Fault.truncated(),
}
Server = Literal["api", "git"]
When = Literal["before", "after"]
How = Literal["once", "lasting"]
WHENS: tuple[When, ...] = ("before", "after")


@dataclass(frozen=True)
class Step:
    """The `nth` request of this method and path in a cycle."""

    server: Server
    method: str
    path: str
    nth: int

    @property
    def name(self) -> str:
        return f"{self.method} {self.path.partition(f'/{NAME}')[2] or self.path} #{self.nth}"


@dataclass(frozen=True)
class Case:
    """One combination. `once`: the next try is served; `lasting`: all such requests from this one on are disturbed."""

    step: Step
    fault: str
    when: When
    how: How

    def __str__(self) -> str:
        return f"{self.step.server} {self.step.name}: {self.fault} {self.when}, {self.how}"


@dataclass
class Stage:
    """A cycle's start, to which `reset` leads back: the repositories on disk, and what the forge knows."""

    team: Team
    server: GitHttpServer
    export: str
    _world: Any = field(default=None, repr=False)

    def keep(self) -> None:
        """Remember everything as it is now."""
        for name in ("clone", "origin.git"):
            shutil.copytree(self._folder / name, self._folder / "kept" / name, symlinks=True)
        self._world = copy.deepcopy(self.team.forge.world)

    def reset(self) -> None:
        """Everything as it was kept; nothing is disturbed."""
        for name in ("clone", "origin.git"):
            shutil.rmtree(self._folder / name)
            shutil.copytree(self._folder / "kept" / name, self._folder / name, symlinks=True)
        self.team.forge.world = copy.deepcopy(self._world)
        self.calm()
        self.team.forge.requests.reset()
        self.server.requests.clear()

    def calm(self) -> None:
        """From here on nothing fails."""
        self.team.forge.faults.clear()
        self.server.faults.clear()

    def cycle(self) -> Ran:
        return self.team.ran("propose", self.export)

    def over(self, kind: Server) -> None:
        """Reach the origin over HTTP where git is disturbed; by path, which is faster, where the forge is."""
        url = self.server.url("origin") if kind == "git" else str(self.team.space.origin)
        self.team.space.git("remote", "set-url", "origin", url)

    def steps(self) -> list[Step]:
        """What the cycle asks, in order, as it has just been recorded."""
        asked: list[tuple[Server, str, str]] = [("api", each.method, each.path) for each in self.team.forge.requests]
        asked += [
            ("git", each.method, f"{each.path}{'?' * bool(each.query)}{each.query}") for each in self.server.requests
        ]
        seen: Counter[tuple[Server, str, str]] = Counter()
        found = []
        for one in asked:
            seen[one] += 1
            found.append(Step(*one, seen[one]))
        return found

    @property
    def _folder(self) -> Path:
        return self.team.space.folder


@contextmanager
def staged(folder: Path, name: str) -> Iterator[Stage]:
    """One of CYCLES, ready to be run."""
    before, _ = CYCLES[name]
    with FakeGitHub(clock=long_ago) as fake, GitHttpServer(folder) as server, without_waits():
        team = host(fake, folder)
        before(team)
        team.space.export(LEVERAGE)
        stage = Stage(team, server, str(folder / "export.json"))
        stage.over("git")
        stage.keep()
        stage.reset()
        yield stage


def disturbed(stage: Stage, case: Case) -> Ran:
    """Run the cycle once with the case's fault."""
    step = case.step
    faults, offered = (
        (stage.team.forge.faults, API_FAULTS) if step.server == "api" else (stage.server.faults, GIT_FAULTS)
    )
    seen = [0]

    def due(method: str, path: str) -> bool:
        meant = (method, path) == (step.method, step.path)
        seen[0] += meant
        return meant and (seen[0] == step.nth or (case.how == "lasting" and seen[0] > step.nth))

    entry = faults.add(match=due, nth=None, when=case.when, fault=offered[case.fault])
    with replaced.object(client, "TIMEOUT", SHORT if case.fault == "timeout" else client.TIMEOUT):
        ran = stage.cycle()
    # With so short a patience a busy machine may be too slow already before.
    assert entry.fired or (case.fault == "timeout" and ran.code == 5), f"{case} never happened: {ran.out}{ran.err}"
    stage.calm()
    if case.fault == "timeout":
        # What was given up may still happen.
        sleep(LATE)
    return ran


def cases(steps: Sequence[Step]) -> list[Case]:
    """Every step with every fault, before and after its effect, passing and lasting."""
    found = []
    for step in steps:
        for fault in API_FAULTS if step.server == "api" else GIT_FAULTS:
            hows: tuple[How, ...] = ("once",) if fault == "timeout" else ("once", "lasting")
            found += [Case(step, fault, when, how) for when in WHENS for how in hows]
    return found


def some(all_cases: Sequence[Case], each: int) -> list[Case]:
    """So many of each step's cases, the same in every run; they differ from step to step."""
    dice = Random(len(all_cases))
    steps = dict.fromkeys(case.step for case in all_cases)
    return [one for step in steps for one in dice.sample([case for case in all_cases if case.step == step], each)]
