"""Reading files at a commit, and writing trees and commits, without touching checkout, index or HEAD."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from git.exc import GitError, ODBError
from git.objects import Blob, Tree

from promobot.adapters.repository.command import GitCommand, GitFailed, quoted_alternate
from promobot.adapters.repository.commits import NOBODY_ELSE, write_commit
from promobot.core.found import BranchState
from promobot.errors import RepositoryRefused, ShallowClone

REGULAR, EXECUTABLE, SYMLINK = 0o100644, 0o100755, 0o120000


@dataclass(frozen=True)
class Entry:
    """A file in a commit: its mode, blob id and content."""

    mode: int
    blob: str
    data: bytes


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

    def branch_state(self, commit: str) -> BranchState:
        """A commit as the planner sees it."""
        with _readable(commit):
            found = self.git.repo.commit(commit)
            message = found.message if isinstance(found.message, str) else found.message.decode("utf-8", "replace")
            return BranchState(commit, found.tree.hexsha, tuple(parent.hexsha for parent in found.parents), message)

    def entry(self, commit: str, path: str) -> Entry | None:
        """The file at a path, or None where there is none. A symlink on the way, or no file at its end, is refused."""
        with _readable(f"{path} at {commit}"):
            here = self._at(commit, path)
            if here is None:
                return None
            if not isinstance(here, Blob) or here.mode not in (REGULAR, EXECUTABLE):
                kind = "a symbolic link" if here.mode == SYMLINK else "not a file"
                raise RepositoryRefused(f"{path} is {kind}; put a plain file there on the base branch first")
            data: bytes = here.data_stream.read()
            return Entry(here.mode, here.hexsha, data)

    def files_named(self, commit: str, folder: str, name: str) -> list[str]:
        """The paths `folder/*/name` that stand at a commit."""
        with _readable(f"{folder} at {commit}"):
            here = self._at(commit, folder)
            inner = here.trees if isinstance(here, Tree) else ()
            return [f"{folder}/{tree.name}/{name}" for tree in inner if any(blob.name == name for blob in tree.blobs)]

    def _at(self, commit: str, path: str) -> Tree | Blob | None:
        """What stands at a path; every step on the way must be a folder."""
        here: Tree | Blob = self.git.repo.commit(commit).tree
        for step in path.split("/"):
            if not isinstance(here, Tree):
                kind = "a symbolic link" if here.mode == SYMLINK else "a file"
                raise RepositoryRefused(f"{path}: {here.path} is {kind} where a folder should be; mend the base branch")
            try:
                found = here[step]
            except KeyError:
                return None
            if not isinstance(found, Tree | Blob):
                raise RepositoryRefused(f"{path}: {found.path} is a submodule; mend it on the base branch")
            here = found
        return here

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


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """GitPython tells of a missing or broken object in many ways; all of them mean that it cannot be read."""
    try:
        yield
    except (GitError, ODBError, ValueError, IndexError, OSError) as error:
        raise RepositoryRefused(f"{what} cannot be read ({type(error).__name__}); run git fsck") from error
