"""Reading files at a commit, and writing trees and commits, without touching checkout, index or HEAD."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from promobot.adapters.repository.command import GitCommand, GitFailed, quoted_alternate
from promobot.adapters.repository.commits import NOBODY_ELSE, write_commit
from promobot.adapters.repository.entries import REGULAR, Entry
from promobot.core.found import BranchState
from promobot.errors import RepositoryRefused, ShallowClone

if TYPE_CHECKING:
    from promobot.adapters.repository.gitpython import Trees


class Repository:
    """One repository's objects. Raises RepositoryRefused when something in it is not as it must be."""

    def __init__(self, path: Path) -> None:
        self.git = GitCommand(path)
        if self.git.ask("rev-parse", "--is-shallow-repository") != "false":
            raise ShallowClone(
                "this clone is shallow, so quota and earlier proposals cannot be read from its history; "
                "fetch all of it (git fetch --unshallow, or fetch-depth: 0 for actions/checkout)"
            )

    @property
    def checkout(self) -> Path | None:
        """The folder of the checkout; None in a bare repository."""
        folder = self.git.repo.working_tree_dir
        return None if folder is None else Path(folder)

    def has_commit(self, commit: str) -> bool:
        """Whether the commit is here."""
        try:
            self.git.text("cat-file", "-e", f"{commit}^{{commit}}")
        except GitFailed:
            return False
        return True

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `older` is `newer` or lies behind it; a commit that is not here lies behind nothing."""
        return self.has_commit(older) and self.git.ask("merge-base", "--is-ancestor", older, newer) is not None

    def line_of(self, commit: str) -> tuple[str, Collection[str]]:
        """A commit on whose first-parent line this one stands, and the commits of that line before it: whoever reads
        the history of both walks it once. Here it is itself."""
        return commit, ()

    def branch_state(self, commit: str) -> BranchState:
        """A commit as the planner sees it."""
        return self._trees.branch_state(commit)

    def entry(self, commit: str, path: str) -> Entry | None:
        """The file at a path, or None where there is none. A symlink on the way, or no file at its end, is refused."""
        return self._trees.entry(commit, path)

    def files_named(self, commit: str, folder: str, name: str) -> list[str]:
        """The paths `folder/*/name` that stand at a commit."""
        return self._trees.files_named(commit, folder, name)

    @cached_property
    def _trees(self) -> Trees:
        from promobot.adapters.repository.gitpython import Trees  # noqa: PLC0415

        return Trees(self.git.repo)

    def blobs(self, ids: Iterable[str]) -> dict[str, bytes]:
        """The contents of many blobs by id, in one call; what is missing is left out. Raises GitFailed."""
        wanted = list(dict.fromkeys(ids))
        told = self.git.output("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in wanted).encode())
        found: dict[str, bytes] = {}
        place = 0
        for blob in wanted:
            end = told.index(b"\n", place)
            kind, _, size = told[place:end].decode("ascii").removeprefix(f"{blob} ").partition(" ")
            place = end + 1
            content = told[place : place + int(size or 0)]
            place += len(content) + bool(size)
            if kind == "blob":
                found[blob] = content
        return found

    def merged_text(self, ours: bytes, ancestor: bytes, theirs: bytes) -> bytes | None:
        """Both sides' changes in one text, as git merges it; None where they conflict."""
        with _refused("auto.toml cannot be merged"), tempfile.TemporaryDirectory(prefix="promobot-") as scratch:
            paths = [Path(scratch, name) for name in ("ours", "ancestor", "theirs")]
            for path, text in zip(paths, (ours, ancestor, theirs), strict=True):
                path.write_bytes(text)
            try:
                return self.git.output("merge-file", "--stdout", "--quiet", *map(str, paths))
            except GitFailed as error:
                # The status counts the conflicts; beyond 127 git could not do it at all, which is no merge either.
                if error.status < 0:
                    raise
                return None

    def blob_id(self, data: bytes) -> str:
        """The id that a content has in this repository; nothing is written."""
        with _refused("the proposal's files cannot be named"):
            return self.git.text("hash-object", "--stdin", stdin=data)

    def tree_with(self, base: str, files: Mapping[str, bytes], *, keep: bool) -> str:
        """The id of the base commit's tree with these files set. Only with `keep` do the new objects stay."""
        why = "the proposal's files cannot be written"
        with _refused(why), tempfile.TemporaryDirectory(prefix="promobot-") as scratch:
            environment = {"GIT_INDEX_FILE": f"{scratch}/index"}
            if not keep:
                Path(scratch, "objects").mkdir()
                objects = str(Path(self.git.text("rev-parse", "--git-path", "objects")).resolve())
                environment["GIT_OBJECT_DIRECTORY"] = f"{scratch}/objects"
                environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = quoted_alternate(objects)
            blobs = {
                path: self.git.text("hash-object", "-w", "--stdin", stdin=data, environment=environment)
                for path, data in files.items()
            }
            lines = "".join(f"{REGULAR:o} {blob}\t{path}\n" for path, blob in blobs.items())
            plain = ("-c", "core.sparseCheckout=false", "-c", "core.splitIndex=false")
            self.git.text(*plain, "read-tree", f"{base}^{{tree}}", environment=environment)
            self.git.text(*plain, "update-index", "--index-info", stdin=lines.encode(), environment=environment)
            tree = self.git.text(*plain, "write-tree", environment=environment)
            changes = ("diff-tree", "-r", "-z", "--no-renames", "--name-only", f"{base}^{{tree}}", tree)
            changed = self.git.output(*changes, environment=environment).decode("utf-8", "surrogateescape")
        # A file where a folder is needed would be replaced without a word.
        if not set(changed.split("\0")) - {""} <= set(files):
            gone = sorted(set(changed.split("\0")) - {""} - set(files))
            raise RepositoryRefused(f"the proposal would also change {gone[0]}; put a folder there on the base branch")
        return tree

    def commit(self, tree: str, parent: str, message: str, moment: datetime) -> str:
        """Write a commit object and give its id back; no ref moves. GIT_AUTHOR_* and GIT_COMMITTER_* are honoured.

        It is signed where git is set up to sign.
        """
        who = {name: os.environ.get(name) or text for name, text in NOBODY_ELSE.items()}
        with _refused("the commit cannot be written"):
            return write_commit(self.git, tree, parent, message, moment, who=who)

    def last_changed(self, folder: str) -> dict[str, int]:
        """For each file directly in a folder that is as HEAD has it: its last commit's time (epoch seconds)."""
        form = ("--format=%x00%ct", "--name-only", "-z", "--encoding=UTF-8")
        try:
            log = self.git.output("log", *form, "--", f":(top,literal){folder}").decode("utf-8", "surrogateescape")
        except GitFailed:
            return {}
        times: dict[str, int] = {}
        time = 0
        for word in re.split(r"\0\n?", log):
            if word.isdigit():
                time = int(word)
            elif word:
                times.setdefault(word.rpartition("/")[2], time)
        for path in self._edited(folder):
            times.pop(path.rpartition("/")[2], None)
        return times

    def _edited(self, folder: str) -> list[str]:
        """The files of a folder of the checkout that differ from HEAD."""
        form = ("-z", "--name-only", "--no-relative", "--no-ext-diff", "--no-textconv", "--no-renames")
        try:
            told = self.git.output("diff", *form, "HEAD", "--", f":(top,literal){folder}")
        except GitFailed:
            return []
        return told.decode("utf-8", "surrogateescape").split("\0")


@contextmanager
def _refused(what: str) -> Iterator[None]:
    try:
        yield
    except (GitFailed, OSError) as error:
        raise RepositoryRefused(f"{what}: {error}") from error
