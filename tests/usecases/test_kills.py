"""kill -9 at any moment, and a rerun: the same end as if nothing had happened, and nothing left lying about.

Each run takes other moments; the seed is told, and PROMOBOT_SEED=N takes the same again. A kill and its rerun cost
about a second, so the normal run has 40 of them. For all:

    PROMOBOT_KILLS=200 pytest -n0 -s tests/usecases/test_kills.py
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from random import Random, SystemRandom
from time import monotonic, sleep

import pytest

from tests.support.faults_matrix import CYCLES, Stage, staged
from tests.support.forked import Running, start
from tests.support.hosted import end_state
from tests.support.workspace import NOW

# Read at import: every test runs in an environment without the variables of a user.
KILLS = int(os.environ.get("PROMOBOT_KILLS", "40"))
SEED = int(os.environ.get("PROMOBOT_SEED") or SystemRandom().randrange(10**6))


def started(stage: Stage) -> Running:
    """The real command, as a process, with a folder of its own for temporary files."""
    place = stage.team.space.folder
    (place / "tmp").mkdir(exist_ok=True)
    words = ("propose", stage.export, "--format", "json", "--now", NOW.isoformat())
    return start(stage.team.space, place / "ran.out", *words, env={"TMPDIR": str(place / "tmp")})


def duration(stage: Stage) -> float:
    """Seconds that an undisturbed run takes; the middle one of three."""
    taken = []
    for _ in range(3):
        stage.reset()
        began = monotonic()
        ran = started(stage).ended()
        taken.append(monotonic() - began)
        assert ran.code == 0, ran.out + ran.err
    return sorted(taken)[1]


def places(stage: Stage) -> set[str]:
    """Every file of the checkout and of its repository, but for git's objects and what it remembers of the remote."""
    found = (path.relative_to(stage.team.space.clone).as_posix() for path in stage.team.space.clone.rglob("*"))
    return {name for name in found if not name.startswith((".git/objects/", ".git/refs/remotes", ".git/logs/refs"))}


@pytest.mark.parametrize("name", CYCLES)
def test_kill_it_anywhere_and_run_it_again(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dice, hits, tries = Random(f"{SEED} {name}"), 0, 0
    kills = -(-KILLS // len(CYCLES))
    with staged(tmp_path, name) as stage:
        whole = duration(stage)
        undisturbed, whole_places = end_state(stage.team), places(stage)
        while hits < kills:
            tries += 1
            assert tries <= 5 * kills, "the moments must lie within the run"
            stage.reset()
            running, moment = started(stage), dice.uniform(0, whole)
            sleep(moment)
            hit = running.killed(with_git=bool(tries % 2)).code == -9
            hits += hit
            # A run that ended before the moment was faster than the one that was measured.
            whole *= 1.0 if hit else 0.9
            again = started(stage).ended()
            running.settled()
            where = f"seed {SEED}, try {tries} of {name} after {moment:.3f} of {whole:.3f} s"
            assert again.code == 0, f"{where}: {again.out}{again.err}"
            assert end_state(stage.team) == undisturbed, where
            assert places(stage) - whole_places == set(), where
        left = [path.name for path in (tmp_path / "tmp").iterdir()]
    # A process that is killed cannot clear its scratch away; it lies where the system clears up, not in the repository.
    assert all(name.startswith("promobot-") for name in left), left
    with capsys.disabled():
        told = f"{hits} kills hit {name} while it ran, {len(left)} scratch folders left in TMPDIR"
        sys.stderr.write(f"\n{told} (PROMOBOT_SEED={SEED})\n")
