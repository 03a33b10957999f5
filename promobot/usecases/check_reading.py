"""The clone as the gate reads it: with few calls of git, because each of them costs more than what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from promobot.adapters.merged_tree import MergedTree
from promobot.adapters.merged_tree.objects import GITLINK, LINK, TREE, Absent, Unreadable
from promobot.adapters.merged_tree.objects import Entry as Named
from promobot.adapters.repository import Entry, Repository
from promobot.adapters.repository.entries import EXECUTABLE, REGULAR
from promobot.adapters.repository.plain import PlainGit
from promobot.core.found import BranchState
from promobot.errors import RepositoryRefused

PURE = frozenset({"cat-file", "log", "ls-tree", "merge-base", "rev-list", "rev-parse"})
"""Commands that only read. The gate names commits by their full ids, so that the same question has the same answer."""


class GateRepository(Repository):
    """The clone that a merge was made in, read by the one git that the merge keeps running, and without GitPython.

    It remembers what git said, and names what it need not write. Raises RepositoryRefused as Repository does.
    """

    def __init__(self, merged: MergedTree) -> None:
        # Nothing is looked for here: the merge has found the clone, whole and of a format that can be read.
        self.git = _Remembering(merged.git_dir)
        self._merged, self._side, self._objects = merged, merged.side, merged.objects
        self._seen: set[str] = set()

    def has_commit(self, commit: str) -> bool:
        """Whether the commit is here."""
        try:
            self._objects.commit(commit)
        except Unreadable:
            return False
        return True

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `older` is `newer` or lies behind it; a commit that is not here lies behind nothing."""
        known = newer == self._side.base and older in (newer, *self._side.merge_bases)
        return known or super().is_ancestor(older, newer)

    def line_of(self, commit: str) -> tuple[str, Collection[str]]:
        """The base and what it has moved on by, where it has moved on from this commit; else the commit itself."""
        tip = self._side.base
        if tip == commit or commit not in self._side.merge_bases:
            return commit, ()
        told = self.git.text("rev-list", "--first-parent", "--parents", "--end-of-options", tip, f"^{commit}")
        rows = [row.split(" ") for row in told.split("\n")]
        # A merge may have brought the commit to the base by another way than its first parents.
        return (tip, {row[0] for row in rows}) if rows[-1][1:2] == [commit] else (commit, ())

    def branch_state(self, commit: str) -> BranchState:
        """A commit as the planner sees it."""
        with _refused(commit):
            header, _, message = self._objects.commit(commit).partition(b"\n\n")
            pairs = [line.partition(" ")[::2] for line in header.decode("utf-8", "replace").split("\n")]
            tree, parents = dict(pairs)["tree"], tuple(name for word, name in pairs if word == "parent")
        self._seen.add(tree)
        # Ours is UTF-8, whatever encoding a header claims.
        return BranchState(commit, tree, parents, message.decode("utf-8", "replace"))

    def entry(self, commit: str, path: str) -> Entry | None:
        """The file at a path, or None where there is none. A symlink on the way, or no file at its end, is refused."""
        with _refused(f"{path} at {commit}"):
            here = self._at(commit, path)
            if here is None:
                return None
            if here.mode not in (REGULAR, EXECUTABLE):
                kind = "a symbolic link" if here.mode == LINK else "not a file"
                raise RepositoryRefused(f"{path} is {kind}; put a plain file there on the base branch first")
            return Entry(here.mode, here.id, self._objects.blob(here.id))

    def files_named(self, commit: str, folder: str, name: str) -> list[str]:
        """The paths `folder/*/name` that stand at a commit."""
        with _refused(f"{folder} at {commit}"):
            here = self._at(commit, folder)
            inside = self._objects.tree(here.id) if here is not None and here.mode == TREE else {}
            folders = [(inner, one.id) for inner, one in inside.items() if one.mode == TREE]
            found = [inner for inner, tree in folders if self._holds(tree, name.encode())]
        return [f"{folder}/{inner.decode('utf-8', 'surrogateescape')}/{name}" for inner in found]

    def blobs(self, ids: Iterable[str]) -> dict[str, bytes]:
        """The contents of many blobs by id; what is missing is left out."""
        found: dict[str, bytes] = {}
        for blob in dict.fromkeys(ids):
            with _refused(blob):
                try:
                    found[blob] = self._objects.blob(blob)
                except Absent:
                    continue
        return found

    def blob_id(self, data: bytes) -> str:
        """The id that a content has; the gate judges sha1 repositories only."""
        return hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()

    def tree_with(self, base: str, files: Mapping[str, bytes], *, keep: bool) -> str:
        """The id of the base commit's tree with these files set.

        It is reckoned, and believed where a commit that is judged has it; before one is said to have another, git is
        asked.
        """
        reckoned = None if keep else self._merged.tree_with(base, files)
        return reckoned if reckoned in self._seen and reckoned else super().tree_with(base, files, keep=keep)

    def _holds(self, tree: str, name: bytes) -> bool:
        one = self._objects.tree(tree).get(name)
        return one is not None and one.mode not in (TREE, GITLINK)

    def _at(self, commit: str, path: str) -> Named | None:
        """What stands at a path; every step on the way must be a folder."""
        here, way = Named(TREE, commit), ""
        for step in path.split("/"):
            if here.mode != TREE:
                kind = "a symbolic link" if here.mode == LINK else "a file"
                raise RepositoryRefused(f"{path}: {way} is {kind} where a folder should be; mend the base branch")
            found = self._objects.tree(here.id).get(step.encode("utf-8", "surrogateescape"))
            if found is None:
                return None
            here, way = found, f"{way}/{step}".removeprefix("/")
            if here.mode == GITLINK:
                raise RepositoryRefused(f"{path}: {way} is a submodule; mend it on the base branch")
        return here


@contextmanager
def _refused(what: str) -> Iterator[None]:
    try:
        yield
    except (Unreadable, LookupError, ValueError) as error:
        raise RepositoryRefused(f"{what} cannot be read ({type(error).__name__}); run git fsck") from error


class _Remembering(PlainGit):
    def __init__(self, git_dir: str) -> None:
        super().__init__(git_dir)
        self._said: dict[tuple[tuple[str, ...], bytes], bytes] = {}

    def output(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        timeout: int | None = None,
    ) -> bytes:
        # What writes, or reads elsewhere, has an environment of its own.
        if environment or _command(arguments) not in PURE:
            return super().output(*arguments, stdin=stdin, environment=environment, timeout=timeout)
        key = arguments, stdin
        if key not in self._said:
            self._said[key] = super().output(*arguments, stdin=stdin, timeout=timeout)
        return self._said[key]


def _command(arguments: tuple[str, ...]) -> str:
    """Its name, which stands behind settings of this one call."""
    while arguments[0] == "-c":
        arguments = arguments[2:]
    return arguments[0]
