"""The records of the ledger as this clone has it, in the order in which they were written, and who changed one since.

The ledger's branch only ever grows, one file a commit. So its first-parent history is a list that is only added to,
and a commit that alters or takes away a record is a finding, whatever stands there now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.mainline import RAW, lies_behind
from promobot.adapters.repository.objects import Repository
from promobot.core.audit.records import record_path
from promobot.core.audit.statement import Filed
from promobot.core.audit.steps import blob_id
from promobot.core.gate.verdict import Violation
from promobot.core.ledger import LEDGER
from promobot.core.record import RECORDS
from promobot.core.rendering.text import visible
from promobot.errors import RepositoryRefused

ALTERED, REMOVED, PARTED = "record_altered", "record_removed", "ledger_parted"
MERGED, STRAY = "ledger_merge", "not_a_record"

_RECORD = re.compile(rf"{RECORDS}/([0-9a-f]{{64}})\.json")
_REGULAR = "100644"


@dataclass(frozen=True)
class Records:
    """What was ever recorded, oldest first, each as it was written first.

    `head` is the ledger's newest commit; None: this clone has no ledger.
    """

    head: str | None = None
    filed: tuple[Filed, ...] = ()
    findings: tuple[Violation, ...] = ()
    warnings: tuple[Violation, ...] = ()


@dataclass
class _Growing:
    filed: dict[str, Filed] = field(default_factory=dict)
    findings: list[Violation] = field(default_factory=list)
    warnings: list[Violation] = field(default_factory=list)


def read_records(repository: Repository, remote: str | None) -> Records:
    """Read them from the remote's ledger as it was last fetched, or from the local branch where that is newer, or where
    there is no other. Nobody is asked. Raises RepositoryRefused.
    """
    head, parted = _head(repository, remote)
    if head is None:
        return Records()
    grown = _Growing(findings=[*parted, *_merges(repository, head)])
    for commit, changes in _commits(repository, head):
        # git lists them by path; another order of the paths could be configured.
        for path, kind, mode, blob in sorted(changes):
            _grow(grown, commit, path, kind, mode, blob)
    return Records(head, tuple(grown.filed.values()), tuple(grown.findings), tuple(grown.warnings))


def proved_blobs(repository: Repository, blobs: Iterable[str]) -> dict[str, bytes]:
    """The contents by blob id, each proved to be the one of that name. Raises RepositoryRefused."""
    try:
        contents = repository.blobs(blobs)
    except (GitFailed, ValueError) as error:
        raise RepositoryRefused(f"the records cannot be read: {error}; run git fsck") from error
    for blob, data in contents.items():
        if blob_id(data) != blob:
            raise RepositoryRefused(f"the object {blob} has another content than its name says; run git fsck")
    return contents


def _head(repository: Repository, remote: str | None) -> tuple[str | None, list[Violation]]:
    """The ledger's newest commit that is here, and the finding that there are two ledgers."""
    ours = _commit_of(repository, f"refs/heads/{LEDGER}")
    theirs = None if remote is None else _commit_of(repository, f"refs/remotes/{remote}/{LEDGER}")
    if ours is None or theirs is None:
        return theirs or ours, []
    if lies_behind(repository, ours, theirs):
        return theirs, []
    if lies_behind(repository, theirs, ours):
        return ours, []
    told = f"the local branch {LEDGER} ({ours}) and that of {remote} have parted: one of them was rewritten"
    return theirs, [Violation(PARTED, f"{told}; the one of {remote} is looked at", commit=theirs)]


def _commit_of(repository: Repository, ref: str) -> str | None:
    return repository.git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")


def _merges(repository: Repository, head: str) -> Iterator[Violation]:
    """A merge lets a branch that may only grow begin with another history: its old head becomes the second parent."""
    told = "the ledger holds a merge, which promobot never makes; the records of its other parents do not count"
    for commit in _listed(repository, "rev-list", "--min-parents=2", "--end-of-options", head).split():
        yield Violation(MERGED, told, commit=commit.decode("ascii"))


def _commits(repository: Repository, head: str) -> Iterator[tuple[str, list[tuple[str, str, str, str]]]]:
    """The ledger's commits that touched records, oldest first, and what each did: (path, kind, mode, blob).

    Of git's kinds only D (deleted) matters; mode and blob are those afterwards.
    """
    order = ("--first-parent", "--reverse", "--diff-merges=first-parent", "--root", "--no-follow")
    shape = ("--raw", "--no-abbrev", "--no-renames", "--ignore-submodules=none", "-z")
    arguments = (*order, *shape, "--format=%x01%H", "--end-of-options", head, "--", f":(top,literal){RECORDS}")
    commit, changes = "", list[tuple[str, str, str, str]]()
    fields = iter(_listed(repository, "log", *arguments).split(b"\0"))
    for word in fields:
        text = word.lstrip(b"\n").decode("ascii")
        if text.startswith("\x01"):
            if commit:
                yield commit, changes
            commit, changes = text[1:], []
        elif text.startswith(":"):
            _, mode, _, blob, kind = text.split(" ")
            changes.append((next(fields).decode("utf-8", "replace"), kind, mode, blob))
    if commit:
        yield commit, changes


def _listed(repository: Repository, *arguments: str) -> bytes:
    try:
        return repository.git.output(*RAW, *arguments)
    except GitFailed as error:
        raise RepositoryRefused(f"{LEDGER} cannot be read: {error}; fetch it again, or run git fsck") from error


def _grow(grown: _Growing, commit: str, path: str, kind: str, mode: str, blob: str) -> None:
    """Take in what a commit of the ledger did to one path."""
    named = _RECORD.fullmatch(path)
    if named is None:
        if kind != "D":
            grown.warnings.append(Violation(STRAY, f"{visible(path)} is not named as a record is", path, commit))
        return
    digest = named[1]
    first = grown.filed.get(digest)
    if kind == "D":
        told = "a record was taken away; records stand for ever"
        grown.findings.append(Violation(REMOVED, told, record_path(digest), commit))
    elif first is None:
        grown.filed[digest] = Filed(digest, blob, commit)
        if mode != _REGULAR:
            told = f"a record was written as something else than a plain file (mode {mode})"
            grown.findings.append(Violation(ALTERED, told, record_path(digest), commit))
    elif (blob, mode) != (first.blob, _REGULAR):
        told = f"a record was altered; {first.commit} wrote it, and records stand for ever"
        grown.findings.append(Violation(ALTERED, told, record_path(digest), commit))
