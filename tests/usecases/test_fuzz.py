"""Whole cycles from spoilt bytes: a typed refusal or a safe result, the same twice, and nothing else ever.

About ten seconds of it belong to every test run; for a longer search

    PROMOBOT_FUZZ_MINUTES=10 pytest -n0 -s tests/usecases/test_fuzz.py
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from promobot.core.changes import overrides_of
from promobot.core.prepared import Prepared
from tests.usecases.fuzzing.mutations import worlds
from tests.usecases.fuzzing.oracle import check
from tests.usecases.fuzzing.world import AUTO_PATH, Refusal, World, run

# Read at import: every test runs in an environment without the variables of a user.
MINUTES = float(os.environ.get("PROMOBOT_FUZZ_MINUTES", "0"))
SHORT, ROUND = 400, 1000
DOCUMENTED = {"UsageError": 2, "PolicyError": 2, "ExportRefused": 3, "RepositoryRefused": 4}


def one_cycle(world: World, folder: Path) -> str:
    """Run it twice, judge it, and say how it ended."""
    first, second = run(world, folder), run(world, folder)
    assert first == second, "the same bytes came to two results"
    if isinstance(first, Refusal):
        assert DOCUMENTED.get(first.kind) == first.exit_code, first
        return first.kind
    return accepted(world, first)


def accepted(world: World, made: Prepared) -> str:
    plan = overrides_of(made.changes)
    files = made.proposed.files if made.proposed else {}
    check(world, files.get(AUTO_PATH), dict(plan))
    assert all(isinstance(data, bytes) for data in files.values())
    return "applied" if plan else "by hand" if made.proposed else "nothing"


def fuzz(examples: int, folder: Path, number: int | None) -> Counter[str]:
    """So many cycles; without a number the same in every run."""
    ended: Counter[str] = Counter()

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=number is None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(worlds())
    def search(world: World) -> None:
        ended[one_cycle(world, folder)] += 1

    (search if number is None else seed(number)(search))()
    return ended


def test_spoilt_bytes_come_to_a_refusal_or_to_a_safe_result(tmp_path: Path, capsys: Any) -> None:
    ended = fuzz(SHORT, tmp_path, None) if not MINUTES else Counter()
    start = monotonic()
    while monotonic() - start < MINUTES * 60:
        ended += fuzz(ROUND, tmp_path, int.from_bytes(os.urandom(8)))
    if MINUTES:
        with capsys.disabled():
            print(f"\n{ended.total()} cycles in {monotonic() - start:.0f} s: {dict(ended)}")  # noqa: T201
    for kind in ("ExportRefused", "PolicyError", "RepositoryRefused", "applied", "nothing"):
        assert ended[kind] > 3, f"hardly any cycle ends so, and the search is blind there: {ended}"


@pytest.mark.parametrize("unsafe", [{"portfolio.leverage": 9.0}, {"desk.size": True}, {"risk.stop_loss": 0.03}, {}])
def test_the_oracle_sees_what_is_unsafe(unsafe: dict[str, Any]) -> None:
    """A judge that says yes to everything would find nothing."""
    from tests.usecases.fuzzing import seeds

    world = World((".json", seeds.HEALTH), seeds.POLICY, seeds.BASE, seeds.AUTO, [], None)
    text = "".join(f'"{target}" = {str(value).lower()}\n' for target, value in unsafe.items()) or '"macro.tilt" = 0.4\n'
    with pytest.raises((AssertionError, KeyError)):
        check(world, b"[auto_applied]\n" + text.encode(), unsafe)
