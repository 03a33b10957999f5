"""What proving a history costs, beside what reading it costs: `python tests/benchmarks/bench_audit.py`.

Two generated repositories (`audit_history`), of 1,000 and of 10,000 landed proposals among twice as many commits, each
after `git gc`. Yardstick: `git log --raw -z HEAD`, and `git cat-file --batch` of every version of auto.toml, of the
policy, of the base config and of the proposals' files, whose ids are listed beforehand and not measured. Against it
stands `promobot audit verify`, a process of its own. Both are wall time, taken in turn in the same run; the medians
count. In the larger repository verifying may take four times the yardstick, the ratio must not be larger than in the
smaller one, and promobot's own memory may reach 300 MB at its peak; that of git beside it is told as well.
Exit code 1 where a limit is passed or where verify finds anything; there is nothing to be found.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.audit_history import build  # noqa: E402
from tests.benchmarks.audit_stream import git  # noqa: E402
from tests.support.fake_github.git import clean_env  # noqa: E402
from tests.support.gate import AUTO, CONFIG, POLICY, REPORTS  # noqa: E402

MOST_TIMES, MOST_MEGABYTES = 4.0, 300
LOOK_EVERY = 0.02
"""Seconds between two looks at a process's memory."""


class Verified(NamedTuple):
    """One run of verify: seconds, peak resident megabytes of promobot and of its largest git, exit code and words."""

    seconds: float
    own: float
    git: float
    code: int
    told: str


class Measured(NamedTuple):
    """One repository: medians in seconds, peaks in megabytes, and what was wrong with verify's answer."""

    landings: int
    yardstick: float
    verify: float
    own: float
    git: float
    wrong: list[str]

    @property
    def ratio(self) -> float:
        """How many times the yardstick verify takes."""
        return self.verify / self.yardstick

    def line(self) -> str:
        """For the table."""
        figures = (
            f"{self.yardstick:8.2f} s {self.verify:8.2f} s {self.ratio:7.2f} {self.own:7.0f} MB {self.git:7.0f} MB"
        )
        return f"{self.landings:8} {figures}"


def made(folder: Path, landings: int, say: Callable[[str], object]) -> Path:
    """The repository, built and packed; one of an earlier run is taken where the code is the same."""
    place = folder / f"history-{landings}.git"
    stamp, engine = place / "made-by", sources()
    if not stamp.exists() or stamp.read_text() != engine:
        shutil.rmtree(place, ignore_errors=True)
        build(place, landings, say=say)
        git(place, "gc", "--quiet")
        stamp.write_text(engine)
    return place


def sources() -> str:
    """What tells one state of the code from another: verify makes every file again, and byte by byte."""
    files = sorted([*(ROOT / "promobot").rglob("*.py"), *(ROOT / "tests" / "benchmarks").glob("audit_*.py")])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def blobs(repository: Path) -> bytes:
    """The ids of all versions of what an audit must read, one a line."""
    listed = git(repository, "rev-list", "--objects", "HEAD").split("\n")
    named = (line.partition(" ") for line in listed)
    wanted = [name for name, _, path in named if path in (AUTO, CONFIG, POLICY) or _of_a_proposal(path)]
    return "".join(f"{name}\n" for name in wanted).encode()


def _of_a_proposal(path: str) -> bool:
    return path.startswith(f"{REPORTS}/") and path.count("/") == REPORTS.count("/") + 2


def yardstick(repository: Path, ids: bytes) -> float:
    """Seconds for reading the history and the files, and doing nothing with them."""
    start = time.perf_counter()
    for words, stdin in ((("log", "--raw", "-z", "HEAD"), b""), (("cat-file", "--batch"), ids)):
        command = ["git", *words]
        subprocess.run(command, cwd=repository, env=clean_env(), input=stdin, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def verified(repository: Path) -> Verified:
    """`promobot audit verify`, with its memory watched."""
    command = [sys.executable, "-m", "promobot", "audit", "verify", "--repo", str(repository)]
    environment = clean_env({"PYTHONPATH": str(ROOT)})
    own = largest = 0.0
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        with subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT) as running:
            while running.poll() is None:
                own = max(own, _peak(running.pid))
                largest = max([largest, *(_peak(pid) for pid in _children(running.pid))])
                time.sleep(LOOK_EVERY)
        seconds = time.perf_counter() - start
        out.seek(0)
        return Verified(seconds, own, largest, running.returncode, out.read().decode())


def _peak(pid: int) -> float:
    """Peak resident megabytes of a process; 0 once it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().split("\n"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def wrong(one: Verified, landings: int) -> list[str]:
    """What verify says of an honest history that it should not say."""
    if one.code != 0:
        return [f"verify ended with {one.code}", *one.told.strip().split("\n")]
    counted = re.search(r"\b(\d+) landings\b", one.told)
    if counted is None or int(counted[1]) != landings:
        return [f"verify counted other than {landings} landings: {one.told[:200]!r}"]
    return []


def measured(repository: Path, landings: int, runs: int) -> Measured:
    """Yardstick and verify in turn."""
    ids = blobs(repository)
    sticks: list[float] = []
    times: list[Verified] = []
    for _ in range(runs):
        sticks.append(yardstick(repository, ids))
        times.append(verified(repository))
    return Measured(
        landings,
        statistics.median(sticks),
        statistics.median(one.seconds for one in times),
        max(one.own for one in times),
        max(one.git for one in times),
        wrong(times[-1], landings),
    )


def verdict(small: Measured, large: Measured) -> list[str]:
    """What passes its limit."""
    found = [f"at {one.landings} landings: {what}" for one in (small, large) for what in one.wrong[:5]]
    if large.ratio > MOST_TIMES:
        found.append(f"verify takes {large.ratio:.2f} times the yardstick; at most {MOST_TIMES} are allowed")
    if large.ratio > small.ratio:
        found.append(f"the ratio grows from {small.ratio:.2f} to {large.ratio:.2f}")
    if large.own > MOST_MEGABYTES:
        found.append(f"verify took {large.own:.0f} MB; at most {MOST_MEGABYTES} are allowed")
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Print the table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--landings", type=int, default=10_000, help="landed proposals of the larger repository")
    parser.add_argument("--small", type=int, default=1_000, help="landed proposals of the smaller repository")
    parser.add_argument("--runs", type=int, default=3, help="how often each figure is taken")
    parser.add_argument("--folder", type=Path, help="keep the repositories here and take them from here next time")
    given = parser.parse_args(words)

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)  # noqa: T201

    with tempfile.TemporaryDirectory(prefix="promobot-bench-") as scratch:
        folder = given.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        print("landings   yardstick     verify   ratio  promobot     its git", flush=True)  # noqa: T201
        results = []
        for landings in (given.small, given.landings):
            say(f"building {landings} landings")
            results.append(measured(made(folder, landings, say), landings, given.runs))
            print(results[-1].line(), flush=True)  # noqa: T201
    found = verdict(*results)
    print("\n".join(found) or "every limit is kept")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
