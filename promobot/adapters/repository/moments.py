"""The first-parent line with its dates, and where on it files changed; without what bends git's own answers."""

from __future__ import annotations

from collections.abc import Iterable

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.mainline import RAW
from promobot.adapters.repository.objects import Repository
from promobot.core.audit.events import Moment
from promobot.core.audit.steps import Step
from promobot.core.gate.verdict import Touched
from promobot.errors import RepositoryRefused

FIRST_PARENTS = ("--first-parent", "--diff-merges=first-parent", "--full-history", "--root")
FORM = ("--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--ignore-submodules=none", "--encoding=UTF-8")


def moments(repository: Repository, tip: str) -> list[Moment]:
    """The commits of the line, newest first. Raises RepositoryRefused."""
    told = _log(repository, "--first-parent", "--format=%H %ct", "--end-of-options", tip, "--").decode("ascii")
    rows = (row.partition(" ") for row in told.split("\n") if row)
    return [Moment(commit, int(date) if date.isdigit() else None) for commit, _, date in rows]


def steps_of(repository: Repository, tip: str, paths: Iterable[str]) -> list[Step]:
    """The commits of the line that touch one of the paths, oldest first; a path that git cannot even be asked for
    (`..`, NUL) is touched by none. Raises RepositoryRefused."""
    form = "--format=%x01%H%x00%ct%x00%an%x00%ae"
    possible = (path for path in paths if "\0" not in path and all(name.strip(".") for name in path.split("/")))
    where = [f":(top,literal){path}" for path in possible]
    words = (*FIRST_PARENTS, "--reverse", *FORM, form, "--end-of-options", tip, "--", *where)
    found: list[Step] = []
    fields = iter(_log(repository, *words).split(b"\0"))
    for word in fields:
        told = word.lstrip(b"\n")
        if told.startswith(b"\x01"):
            commit, date, name, address = told[1:], next(fields), next(fields), next(fields)
            author = name.decode("utf-8", "replace"), address.decode("utf-8", "replace").rstrip("\n")
            committed = int(date) if date.isdigit() else None
            found.append(Step(commit.decode("ascii"), (), committed, author, "", (), line=True))
        elif told.startswith(b":"):
            old_mode, mode, old, new, _ = told[1:].decode("ascii").split(" ")
            path = next(fields).decode("utf-8", "surrogateescape")
            touched = Touched(path, int(old_mode, 8), int(mode, 8), old, new)
            found[-1] = found[-1]._replace(touched=(*found[-1].touched, touched))
    return found


def _log(repository: Repository, *words: str) -> bytes:
    try:
        return repository.git.output(*RAW, "-c", "log.mailmap=false", "log", *words)
    except GitFailed as error:
        raise RepositoryRefused(f"the history cannot be read: {error}; run git fsck") from error
