"""A team's repository as a test needs it: a bare origin, a clone with the worked example, and promobot to run in it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from promobot.core.ledger import LEDGER
from promobot.usecases.example import copy_example
from tests.support.fake_github.git import clean_env

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LONG_AGO = "2026-01-01T00:00:00Z"
PERSON = {
    "GIT_AUTHOR_NAME": "A Person",
    "GIT_AUTHOR_EMAIL": "person@example.invalid",
    "GIT_AUTHOR_DATE": LONG_AGO,
    "GIT_COMMITTER_NAME": "A Person",
    "GIT_COMMITTER_EMAIL": "person@example.invalid",
    # Never the day of NOW, whatever day it is: what lands today counts against the quota.
    "GIT_COMMITTER_DATE": LONG_AGO,
}

POLICY = """\
version = 1
mode = "bounded_auto"
[[eligibility]]
targets = ["*"]
"""
CONFIG = """\
[environment]
mode = "live"
[portfolio]
leverage = 1.5
[strategy]
trigger_delay = 10.0
trigger_count = 5
name = "trend"
[macro]
regime_weight = 0.25
tilt = 0.3
"""
OVERRIDES = "# ours\n[auto_applied]\n"


def patch(target: str, new: object, **more: object) -> dict[str, object]:
    """A patch as an export has it; its id is made from the target unless given."""
    start = {"id": f"p-{target}", "target": target, "new_value": new, "status": "APPLIED_OFFLINE"}
    return {**start, "confidence_score": 0.9, **more}


@dataclass(frozen=True)
class Ran:
    """How a promobot process ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


@dataclass
class Workspace:
    """`clone` is the user's checkout, `origin` the bare repository it pushes to (None: there is no remote)."""

    folder: Path
    origin: Path | None
    env: dict[str, str] = field(default_factory=dict)

    @property
    def clone(self) -> Path:
        """The user's checkout."""
        return self.folder / "clone"

    def git(self, *arguments: str, at: Path | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run git as a person would."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=at or self.clone,
            env=clean_env(PERSON | dict(env or {})),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
        return done.stdout.rstrip("\n")

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files into the checkout."""
        for path, text in files.items():
            place = self.clone / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, files: Mapping[str, str | bytes], message: str = "a person's change", when: str = "") -> str:
        """Commit files on main and push, as a reviewed merge would."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message, env={"GIT_COMMITTER_DATE": when} if when else None)
        if self.origin:
            self.git("push", "--quiet", "origin", "main")
        return self.git("rev-parse", "HEAD")

    def export(self, *patches: Mapping[str, object], name: str = "../export.json") -> str:
        """Write an export beside the checkout and give its path."""
        self.write({name: json.dumps(patches)})
        return name

    def promobot(self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Ran:
        """Run promobot in the checkout, as its own process."""
        done = subprocess.run(
            [sys.executable, "-m", "promobot", *arguments],
            cwd=self.clone,
            env=clean_env({"PYTHONPATH": str(ROOT), **self.env, **(env or {})}),
            input=stdin.encode(),
            capture_output=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def propose(
        self, *arguments: str, now: datetime = NOW, env: Mapping[str, str] | None = None, stdin: str = ""
    ) -> Ran:
        """`promobot propose --forge none --format json` at a fixed time."""
        fixed = ("--forge", "none", "--format", "json", "--now", now.isoformat())
        return self.promobot("propose", *fixed, *arguments, env=env, stdin=stdin)

    def proposed(self, *patches: Mapping[str, object], now: datetime = NOW) -> Any:
        """Propose an export of these patches; the result, which must be a success."""
        ran = self.propose(self.export(*patches), now=now)
        assert ran.code == 0, ran.err
        return ran.json

    def merge(self, branch: str, how: str = "merge", when: datetime = NOW) -> None:
        """Land a proposal's branch on main as a forge would: merge, squash or rebase."""
        moment = {"GIT_COMMITTER_DATE": when.isoformat(), "GIT_AUTHOR_DATE": when.isoformat()}
        source = branch
        if self.origin:
            self.git("fetch", "--quiet", "origin")
            source = f"origin/{branch}"
        if how == "merge":
            self.git("merge", "--quiet", "--no-ff", "-m", f"Merge {branch}", source, env=moment)
        elif how == "squash":
            self.git("merge", "--quiet", "--squash", source, env=moment)
            self.git("commit", "--quiet", "-m", "squashed", env=moment)
        else:
            self.git("cherry-pick", source, env=moment)
        if self.origin:
            self.git("push", "--quiet", "origin", "main")

    def branches(self) -> dict[str, str]:
        """Branch -> commit, in the origin or, without one, in the checkout; the ledger aside."""
        form = "--format=%(refname:short) %(objectname)"
        lines = self.git("for-each-ref", form, "refs/heads", at=self.origin or self.clone).splitlines()
        found = dict(line.split(" ") for line in lines)
        found.pop(LEDGER, None)
        return found

    def ledger(self) -> dict[str, str]:
        """Path -> content of every file on the ledger's branch."""
        where = self.origin or self.clone
        if not self.git("for-each-ref", f"refs/heads/{LEDGER}", at=where):
            return {}
        names = self.git("ls-tree", "-r", "--name-only", LEDGER, at=where).splitlines()
        return {name: self.git("show", f"{LEDGER}:{name}", at=where) for name in names}

    def traces(self) -> str:
        """Everything of the user's checkout that promobot must leave alone."""
        index = (self.clone / ".git/index").read_bytes()
        head = (self.clone / ".git/HEAD").read_text()
        refs = self.git("for-each-ref", "refs/heads", "refs/tags", "refs/stash")
        return f"{self.git('status', '--porcelain', '-uall')}\n{head}\n{hash(index)}\n{refs}"


def make_workspace(folder: Path, *, remote: bool = True, files: Mapping[str, str | bytes] | None = None) -> Workspace:
    """A new workspace. Without `files` it holds the worked example of this repository."""
    origin = folder / "origin.git" if remote else None
    space = Workspace(folder, origin)
    space.clone.mkdir(parents=True)
    space.git("init", "--quiet", "--initial-branch=main")
    if origin:
        space.git("init", "--quiet", "--bare", "--initial-branch=main", str(origin))
        space.git("remote", "add", "origin", str(origin))
    if files is None:
        copy_example(space.clone)
    space.write(files or {})
    space.git("add", "--all")
    space.git("commit", "--quiet", "--message", "start")
    if origin:
        space.git("push", "--quiet", "--set-upstream", "origin", "main")
    return space


def small_files(**changed: str | bytes) -> dict[str, str | bytes]:
    """Policy, base config and overrides for tests; `policy`, `config` and `overrides` replace one of them."""
    given: dict[str, str | bytes] = {"policy": POLICY, "config": CONFIG, "overrides": OVERRIDES, **changed}
    paths = {"policy": "config/promobot.toml", "config": "config/config.toml",
             "overrides": "config/live_overrides/auto.toml"}  # fmt: skip
    return {paths[name]: text for name, text in given.items()}
