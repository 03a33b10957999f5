"""promobot as real processes that start fast: each is forked from an interpreter that has imported everything.

A cold start costs half a second, nearly all of it imports; a fork costs milliseconds. What runs is the same command,
in a process and a session of its own, so that it can be killed.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from time import monotonic, sleep

from tests.support.fake_github.git import clean_env
from tests.support.workspace import Ran, Workspace

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["promobot.cli.app", "tests.support.forked"])
PATIENCE = 120.0
"""Seconds after which a process is taken for one that hangs."""


@dataclass(frozen=True)
class Running:
    """A started promobot; its output goes into two files."""

    process: ForkServerProcess
    out: Path
    started: list[int] = field(default_factory=list)

    def ended(self) -> Ran:
        """Wait for its end. A process that was killed has the code -9."""
        self.process.join(PATIENCE)
        assert self.process.exitcode is not None, "it hangs"
        err = self.out.with_suffix(".err")
        # Killed at once, it may not even have opened them.
        texts = [place.read_text() if place.exists() else "" for place in (self.out, err)]
        return Ran(self.process.exitcode, *texts)

    def killed(self, *, with_git: bool) -> Ran:
        """Kill -9 its process group, and `with_git` all that it has started, as a power cut would.

        Without, the gits that are under way finish what they do; this waits for them.
        """
        pid = self.process.pid
        assert pid is not None
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
        children = _below(pid)
        with suppress(ProcessLookupError):
            # By itself where it has no group of its own yet.
            os.kill(pid, signal.SIGKILL)
            os.killpg(pid, signal.SIGKILL)
        for child in children if with_git else ():
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.join(PATIENCE)
        self.started.extend(children)
        return self.ended()

    def settled(self) -> None:
        """Wait until nothing that it started is left."""
        end = monotonic() + PATIENCE
        while any(_alive(child) for child in self.started):
            assert monotonic() < end, "a git that outlived its promobot hangs"
            sleep(0.005)


def start(space: Workspace, out: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Running:
    """`promobot ARGUMENTS` in the checkout, in the background."""
    surroundings = clean_env({**space.env, **(env or {})})
    process = _CONTEXT.Process(target=_command, args=(str(space.clone), surroundings, arguments, str(out)))
    process.start()
    return Running(process, out)


def _command(folder: str, env: Mapping[str, str], arguments: Sequence[str], out: str) -> None:
    """The forked process: it becomes what a shell would have started."""
    os.setsid()
    os.environ.clear()
    os.environ.update(env)
    tempfile.tempdir = None
    os.chdir(folder)
    for number, place in ((1, out), (2, str(Path(out).with_suffix(".err")))):
        opened = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    from promobot.cli.app import run

    sys.argv = ["promobot", *arguments]
    run(arguments)


def _below(pid: int) -> list[int]:
    """All descendants of a process."""
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(place.parent.name)] = int(place.read_text().rpartition(")")[2].split()[1])
    found, newest = [], [pid]
    while newest:
        newest = [child for child, parent in parents.items() if parent in newest]
        found += newest
    return found


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
