"""The whole history behind a revision, as raw objects tell it: commits, parents before children, with what they touch.

Neither the commit graph, grafts, replace refs, mailmap nor the repository's log settings have a word in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.objects import Repository
from promobot.core.audit.steps import Step
from promobot.core.gate.verdict import Touched
from promobot.errors import RepositoryRefused

PLAIN = ("-c", "core.commitGraph=false", "-c", "log.mailmap=false", "-c", "i18n.logOutputEncoding=UTF-8")
FORM = "--format=%x01%H%x00%P%x00%ct%x00%an%x00%ae%x00%B%x00"
RAW = ("--raw", "-z", "-r", "--no-abbrev", "--no-renames", "--no-relative", "--no-ext-diff", "--no-textconv",
       "--ignore-submodules=none", "--full-index")  # fmt: skip

LAST_DATE = 253402300799
"""The end of the year 9999 in epoch seconds: what lies behind it, git itself can hardly tell."""

_HEADER = re.compile(rb"\x01[0-9a-f]{40}")
_DATE = re.compile(r"[0-9]{1,20}")


class Topology(NamedTuple):
    """`line` are the first-parent commits that the baseline does not have, oldest first; `passes` tells whether the
    baseline comes right before them, `start` is the commit on whose content they are judged, which is then the
    baseline; `merges` are the merges beside the line; `commits` is the number of all commits that the baseline does
    not have."""

    line: tuple[str, ...]
    passes: bool
    start: str
    merges: tuple[str, ...]
    commits: int


@dataclass(frozen=True)
class History:
    """The history of `head` behind which `baseline` lies; both are full ids."""

    repository: Repository
    head: str
    baseline: str

    def topology(self) -> Topology:
        """The shape alone. Raises RepositoryRefused."""
        told = self._text("rev-list", "--first-parent", "--parents", "--reverse", self.head, f"^{self.baseline}")
        rows = [row.split(" ") for row in told.split("\n") if row]
        line = tuple(row[0] for row in rows)
        # A line that begins with a root commit never passed the baseline; git knows it from a merged branch.
        before = rows[0][1] if rows and len(rows[0]) > 1 else None
        passes = before == self.baseline if rows else True
        told = self._text("rev-list", "--min-parents=2", self.head, f"^{self.baseline}")
        beside = tuple(sorted(set(told.split()) - set(line)))
        count = int(self._text("rev-list", "--count", self.head, f"^{self.baseline}"))
        return Topology(line, passes, before or self.baseline, beside, count)

    def steps(self, topology: Topology) -> Iterator[Step]:
        """Every commit once, parents before children. Raises RepositoryRefused."""
        line = frozenset(topology.line)
        blended = self._blended(topology.merges)
        order = ("--topo-order", "--reverse", "--root", "--diff-merges=first-parent", "--encoding=UTF-8")
        words = ("log", *order, *RAW, FORM, "--end-of-options", self.head, f"^{self.baseline}", "--")
        count = 0
        try:
            for step in _steps(_fields(self.repository.git.stream(*PLAIN, *words)), line, blended):
                count += 1
                yield step
        except (GitFailed, ValueError, StopIteration) as error:
            raise RepositoryRefused(f"the history cannot be read: {error}; run git fsck") from error
        if count != topology.commits:
            # What is not read is not judged, and must not pass for proved.
            raise RepositoryRefused(f"git told of {count} commits where there are {topology.commits}; run git fsck")

    def _blended(self, merges: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For merges the paths that are as in none of the parents."""
        wanted = list(merges)
        if not wanted:
            return {}
        # With --no-commit-id and -z git writes the header behind what it heads.
        words = ("diff-tree", "--stdin", "-c", "--always", *RAW, "--format=%x01%H")
        try:
            stdin = "".join(f"{commit}\n" for commit in wanted).encode()
            told = self.repository.git.output(*PLAIN, *words, stdin=stdin)
        except GitFailed as error:
            raise RepositoryRefused(f"the merges cannot be read: {error}; run git fsck") from error
        found: dict[str, tuple[str, ...]] = {}
        commit = ""
        fields = iter(told.split(b"\0"))
        for word in fields:
            if _HEADER.match(word.lstrip(b"\n")):
                commit = word.lstrip(b"\n")[1:41].decode("ascii")
            elif word.lstrip(b"\n").startswith(b":"):
                found[commit] = (*found.get(commit, ()), next(fields).decode("utf-8", "surrogateescape"))
        return found

    def _text(self, *words: str) -> str:
        try:
            return self.repository.git.text(*PLAIN, *words, "--")
        except GitFailed as error:
            raise RepositoryRefused(f"the history cannot be read: {error}; run git fsck") from error


def _fields(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\0")
        yield from whole
    if rest.strip(b"\n"):
        yield rest


def _steps(fields: Iterator[bytes], line: frozenset[str], blended: dict[str, tuple[str, ...]]) -> Iterator[Step]:
    header: tuple[bytes, ...] = ()
    touched: list[Touched] = []
    for word in fields:
        told = word.lstrip(b"\n")
        if _HEADER.match(told):
            if header:
                yield _step(header, touched, line, blended)
            header = (told[1:], next(fields), next(fields), next(fields), next(fields), next(fields))
            touched = []
        elif told.startswith(b":"):
            old_mode, new_mode, old, new, _ = told[1:].decode("ascii").split(" ")
            path = next(fields).decode("utf-8", "surrogateescape")
            touched.append(Touched(path, int(old_mode, 8), int(new_mode, 8), old, new))
        elif told:
            raise ValueError("git log answers in a form that is not understood")
    if header:
        yield _step(header, touched, line, blended)


def _step(
    header: tuple[bytes, ...], touched: list[Touched], line: frozenset[str], blended: dict[str, tuple[str, ...]]
) -> Step:
    commit, parents, committed, name, address, message = (word.decode("utf-8", "replace") for word in header)
    return Step(
        commit=commit,
        parents=tuple(parents.split()),
        committed=int(committed) if _DATE.fullmatch(committed) and int(committed) <= LAST_DATE else None,
        author=(name, address),
        message=message,
        touched=tuple(touched),
        line=commit in line,
        blended=blended.get(commit, ()),
    )
