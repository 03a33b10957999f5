"""What every story works with: the adapters, and how it tells of its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from promobot.adapters.repository import Repository
from promobot.errors import BranchTaken
from promobot.usecases.ports import Forge, Ledger, Publisher

Result = TypeVar("Result")


@dataclass(frozen=True)
class Desk:
    """The adapters. `forge` is None for work in plain git; `say` tells of progress."""

    repository: Repository
    publisher: Publisher
    ledger: Ledger
    forge: Forge | None = None
    run_url: str | None = None
    remote: str | None = None
    say: Callable[[str], None] = lambda _: None


ATTEMPTS = 3
"""How often a cycle that loses the race for its branch looks again; the second look finds the winner's branch."""


def again(desk: Desk, cycle: Callable[[], Result]) -> Result:
    """Run a cycle, and once more when another run was faster at a branch."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return cycle()
        except BranchTaken:
            if attempt == ATTEMPTS:
                raise
            desk.say("another run was faster at the branch; looking again")
    raise AssertionError("unreachable")
