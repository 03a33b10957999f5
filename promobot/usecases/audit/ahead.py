"""Making landed proposals again on other processors, before the line comes to them.

Nothing is judged here. An answer counts only for exactly the files, the ground and the predecessors that it was made
from; for anything else, and wherever this fails, the audit makes the proposal again itself.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import islice
from multiprocessing import get_all_start_methods, get_context
from types import TracebackType
from typing import NamedTuple

from promobot.adapters.repository import Entry
from promobot.core.audit.replay import Files, Remade, read_files, remade
from promobot.core.audit.steps import Standing
from promobot.core.base_state import BaseState
from promobot.core.gate.protected import POLICY
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.file import parse_policy
from promobot.usecases.base import with_values

ENOUGH = 2000
"""Commits for which it is worth starting processes, which takes as long as judging some hundreds."""

AT_ONCE = 16
"""Orders that are sent to a process together: each sending costs about as much as carrying one out."""

FORGOTTEN = 512
"""Orders that may wait to be asked for."""

Key = tuple[str, tuple[tuple[str, bytes], ...]]


class Order(NamedTuple):
    """A proposal's files, the base commit that they name with its files, and the predecessors that they claim."""

    branch: str
    base: str
    folder: str
    found: dict[str, bytes]
    policy: Entry
    overrides: Entry | None
    config: Entry | None
    predecessors: dict[str, str]


def carry_out(order: Order) -> Remade:
    """Runs in another process. Raises PromobotError, and whatever odd files can raise."""
    policy = _policy(order.policy.data)
    ground = BaseState(order.branch, order.base, policy, POLICY, order.policy.blob)
    state = with_values(ground, order.overrides, order.config)
    return remade(read_files(order.folder, order.found, order.branch), state, order.predecessors)


def carry_out_all(orders: Sequence[Order]) -> list[Remade | None]:
    """One answer an order; None where it failed."""
    return [_or_nothing(order) for order in orders]


def _or_nothing(order: Order) -> Remade | None:
    try:
        return carry_out(order)
    except Exception:
        return None


@lru_cache(maxsize=64)
def _policy(data: bytes) -> PromotionPolicy:
    return parse_policy(data, POLICY)


def claimed(meta: bytes) -> tuple[str, dict[str, str]] | None:
    """The base commit and the predecessors that a meta claims; None where it claims nothing that can be read."""
    try:
        told = json.loads(meta)
        base, changes = told["base"]["commit"], told["changes"]
        return str(base), {str(one["target"]): str(one["predecessor"]) for one in changes if one["predecessor"]}
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def claimed_path(meta: bytes) -> str | None:
    """Where the overrides lay by a meta that changes them; None where it changes none or cannot be read."""
    try:
        told = json.loads(meta)
        path = told["paths"]["live_overrides"]
        return path if isinstance(path, str) and told["overrides"] else None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


class Ahead:
    """A context manager around the other processes. There is one for each processor but the one that judges."""

    def __init__(self) -> None:
        method = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
        workers = max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
        # An interrupt is the judging process's to tell of.
        self._pool = ProcessPoolExecutor(
            workers, get_context(method), initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
        )
        self._given: dict[
            tuple[str, tuple[tuple[str, bytes], ...]], tuple[Standing, Order, int, Future[list[Remade | None]]]
        ] = {}

    def __enter__(self) -> Ahead:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def order(self, orders: Iterable[tuple[Standing, Order]]) -> None:
        """Begin with these; what was ordered long before and never asked for is forgotten."""
        while len(self._given) > FORGOTTEN:
            self._given.pop(next(iter(self._given)))
        rest = iter(orders)
        while some := list(islice(rest, AT_ONCE)):
            try:
                future = self._pool.submit(carry_out_all, [order for _, order in some])
            except (BrokenProcessPool, RuntimeError):
                return
            for place, (standing, order) in enumerate(some):
                self._given[_key(order)] = standing, order, place, future

    def answer(self, files: Files, standing: Standing, predecessors: Mapping[str, str]) -> Remade | None:
        """What came of it; None where it was not ordered, was ordered on another ground, or failed."""
        given = self._given.pop(_key(files), None)
        if given is None or files.told is None:
            return None
        then, order, place, future = given
        # The predecessors of other targets matter only where somebody refused something.
        asked = files.targets if files.told.refused else files.told.targets
        same = all(predecessors.get(target) == order.predecessors.get(target) for target in asked)
        if not same or then != standing or order.base != files.meta["base"]["commit"]:
            return None
        try:
            return future.result()[place]
        except (BrokenProcessPool, CancelledError):
            return None


def _key(asked: Order | Files) -> Key:
    return asked.folder, tuple(sorted(asked.found.items()))
