"""A history to tamper with: honest landings before, a branch that lands after, and any commit that git can hold."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from promobot.adapters.repository import Repository
from promobot.core.audit.proof import Proof
from promobot.usecases.audit.verify import Asked, verify
from tests.support.builders import NOW
from tests.support.builders import patch as built
from tests.support.fake_github.git import clean_env
from tests.support.gate import AUTO, LEVERAGE, ROOMY, TILT, TRIGGER, WEIGHT, Gate, lever
from tests.support.workspace import PERSON, Workspace, make_workspace, small_files

SPACED = f"""\
# ours
[auto_applied]
"{LEVERAGE}" = 1.5
# a line between, so that changes of neighbours merge
"{TRIGGER}" = 10.0
# and here
"{WEIGHT}" = 0.25
# and here
"{TILT}" = 0.3
"""
LINK, GITLINK, TREE = "120000", "160000", "040000"
Content = str | bytes | None | tuple[str, str]
"""What a commit puts at a path: a text, None to take it away, a mode with a text or (GITLINK, TREE) an object's id."""
DAY = timedelta(days=1)
Named = tuple[str, str | None]
"""A finding's code and the commit that it names."""
Tamper = Callable[["Trail"], list[str]]
"""Tampers, and gives the commits back that must be named."""
Case = tuple[Tamper, *tuple[str, ...]]
"""For each of the commits the codes of its findings, with spaces between."""


@cache
def _template(policy: str, overrides: str) -> tuple[Path, str, str]:
    """The folder, the first landing's commit and the branch that lands last; it goes with the process."""
    folder = Path(tempfile.mkdtemp(prefix="promobot-audit-tests-"))
    files = small_files(policy=policy, overrides=overrides) | {"src/app.py": "print(1)\n"}
    gate = Gate(make_workspace(folder, remote=False, files=files))
    shutil.rmtree(gate.space.clone / ".git/hooks", ignore_errors=True)
    gate.land(gate.propose(lever(1.6), at=NOW - 5 * DAY).branch, when=NOW - 5 * DAY)
    first = gate.git("rev-parse", "main")
    gate.land(gate.person({"src/app.py": "print(2)\n"}), when=NOW - 4 * DAY)
    gate.land(gate.propose(built(TRIGGER, 11.0), at=NOW - 3 * DAY).branch, "squash", when=NOW - 3 * DAY)
    later = gate.propose(built(TILT, 0.35), at=NOW - 2 * DAY).branch
    gate.git("branch", "--quiet", "-D", "feature")
    return folder, first, later


@dataclass
class Trail:
    """A clone whose `main` has two landed proposals and a person's merge: `first` is the first landing's merge,
    `start` the commit that brought the policy, `later` a proposal's branch that is still to land."""

    gate: Gate
    start: str
    first: str
    later: str

    @classmethod
    def at(cls, folder: Path, policy: str = ROOMY, overrides: str = SPACED) -> Trail:
        """A copy of the template."""
        source, first, later = _template(policy, overrides)
        shutil.copytree(source / "clone", folder / "clone", symlinks=True)
        gate = Gate(Workspace(folder, None))
        return cls(gate, gate.git("rev-list", "--max-parents=0", "main"), first, later)

    def git(self, *words: str) -> str:
        """Run git in the clone."""
        return self.gate.git(*words)

    def tip(self, revision: str = "main") -> str:
        """A revision's commit."""
        return self.git("rev-parse", "--verify", f"{revision}^{{commit}}")

    def text(self, path: str, revision: str = "main") -> str:
        """A file of a commit."""
        return self.git("cat-file", "blob", f"{revision}:{path}") + "\n"

    def commit(self, files: Mapping[str, Content] | None = None, *, onto: str = "main",
               parents: Sequence[str] = (), tree: str = "", message: str | bytes = "by hand",
               when: datetime | int = NOW, who: str = "A Person <person@example.invalid>") -> str:  # fmt: skip
        """A commit at the end of a branch (`onto`; made anew where there is none), whatever promobot would say of it.

        `parents` (the branch's end, where none is given) and `tree` (the first parent's) may be any. The checkout is
        left as it is.
        """
        seconds = when if isinstance(when, int) else int(when.timestamp())
        told = message if isinstance(message, bytes) else message.encode()
        lines = [f"commit refs/heads/{onto}\nmark :1\nauthor {who} {seconds} +0000\ncommitter {who} {seconds} +0000\n"
                 f"data {len(told)}\n".encode(), told, b"\n"]  # fmt: skip
        for word, parent in zip(("from", *["merge"] * len(parents)), parents or (onto,), strict=False):
            lines.append(f"{word} {self.tip(parent)}\n".encode())
        if tree:
            lines.append(f'M 040000 {self.git("rev-parse", f"{tree}^{{tree}}")} ""\n'.encode())
        for path, content in (files or {}).items():
            lines.append(_change(path, content))
        lines.append(b"\nget-mark :1\n")
        return self.feed("fast-import", "--quiet", "--force", stdin=b"".join(lines))

    def raw(self, change: Callable[[bytes], bytes], onto: str = "main") -> str:
        """The last commit of a branch written anew, as bytes that git itself would not have made."""
        told = self.feed("cat-file", "commit", onto, stdin=b"").encode() + b"\n"
        assert change(told) != told
        commit = self.feed("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=change(told))
        self.git("update-ref", f"refs/heads/{onto}", commit)
        return commit

    def branch(self, name: str, files: Mapping[str, Content] | None = None, start: str = "main", **more: Any) -> str:
        """A branch that starts elsewhere, with one commit; its name."""
        self.commit(files, onto=name, parents=(start,), **more)
        return name

    def merge(self, *heads: str, onto: str = "main", files: Mapping[str, Content] | None = None, tree: str = "",
              how: str = "merge", when: datetime = NOW, message: str = "Merge") -> str:  # fmt: skip
        """Merge as git would (`tree`: with this tree instead, whatever the sides say), then put files of one's own."""
        if not tree:
            # The trees of more than two are merged one after the other, as git's octopus does.
            tree = self.merged(onto, heads[0])
            for count, head in enumerate(heads[1:], 1):
                tree = self.merged(self.commit(onto="scratch", parents=(onto, *heads[:count]), tree=tree), head)
        parents = (onto, *heads) if how == "merge" else (onto,)
        return self.commit(files, onto=onto, parents=parents, tree=tree, message=message, when=when)

    def merged(self, ours: str, theirs: str) -> str:
        """The tree of a merge."""
        return self.git("merge-tree", "--write-tree", ours, theirs)

    def land_later(self) -> str:
        """The honest landing behind whatever happened."""
        return self.merge(self.later, when=NOW + DAY)

    def feed(self, *words: str, stdin: bytes) -> str:
        """Run git with something to read."""
        done = subprocess.run(["git", *words], cwd=self.gate.space.clone, env=clean_env(PERSON), input=stdin,
                              capture_output=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def proof(self, revision: str = "main", **asked: Any) -> Proof:
        """`promobot audit verify` in this process."""
        repository = Repository(self.gate.space.clone)
        return verify(repository, Asked("main", revision=revision, **asked), lambda *_: None)

    def found(self, **asked: Any) -> set[Named]:
        """The codes of its findings, each with the commit that it names."""
        return named(self.proof(**asked))


def named(proof: Proof) -> set[Named]:
    """The codes of the findings, each with the commit that it names."""
    return {(one.code, one.commit) for one in proof.violations}


def tampered(trail: Trail, case: Case) -> set[Named]:
    """Tamper; what must be found."""
    tamper, *codes = case
    return {(code, commit) for commit, told in zip(tamper(trail), codes, strict=True) for code in told.split()}


def edited(trail: Trail, old: str = f'"{LEVERAGE}" = 1.6', new: str = f'"{LEVERAGE}" = 1.9') -> str:
    """auto.toml with one text in place of another, by default another value."""
    text = trail.text(AUTO)
    assert old in text
    return text.replace(old, new)


def _change(path: str, content: Content) -> bytes:
    escaped = "".join(f"\\{byte:03o}" for byte in path.encode())
    if content is None:
        return f'D "{escaped}"\n'.encode()
    mode, told = content if isinstance(content, tuple) else ("100644", content)
    if mode in (GITLINK, TREE):
        return f'M {mode} {told!s} "{escaped}"\n'.encode()
    data = told if isinstance(told, bytes) else told.encode()
    return f'M {mode} inline "{escaped}"\ndata {len(data)}\n'.encode() + data + b"\n"
