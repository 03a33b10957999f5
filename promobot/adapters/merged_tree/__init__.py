"""What merging a head into a base would give, by git alone: the tree, the paths that it touches, and its files.

The standard library and git are all it needs, so that the gate can answer for an ordinary pull request before anything
else is loaded. git runs in a bare scratch repository that borrows the objects: no configuration, merge driver, hook,
attribute, replaced object or ref of anybody has a word in the merge, and what it writes is gone afterwards.
Objects are read by their ids (`objects`); git is called as `scratch` says.
(`git merge-tree` reads attributes from a worktree, an index or, in newer versions, HEAD; the scratch has none.)
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from promobot.adapters.merged_tree.objects import GITLINK, TREE, Objects, Unreadable
from promobot.adapters.merged_tree.scratch import Unmergeable, environment, run, why, words
from promobot.core.gate.protected import ATTRIBUTES
from promobot.core.gate.verdict import Touched

__all__ = ["MergedTree", "Side", "Unmergeable"]

SECOND = "--objects"


class Side(NamedTuple):
    """The two commits by their full ids, and their merge bases."""

    base: str
    head: str
    merge_bases: tuple[str, ...]


class MergedTree:
    """The merge of two commits of a repository; a context manager, because its objects live in a scratch folder.

    Raises Unmergeable where a revision is unknown, the clone cannot answer, or git is too old. `conflicts` are the
    paths on which git could not agree; `tree` then holds them with conflict markers. `git_dir` is the clone's, which
    is whole and of sha1; `objects` reads what both know by ids.
    """

    def __init__(self, repository: Path, base: str, head: str) -> None:
        self._at = repository
        # Objects never change, so that no question about them is asked twice.
        self._answers: dict[tuple[str, ...], bytes] = {}
        self.git_dir, objects, base, head = self._located(base, head)
        self._environment: dict[str, str] = {}
        self.objects = Objects(self._environment)
        self._scratch = tempfile.TemporaryDirectory(prefix="promobot-gate-")
        try:
            self._environment |= environment(Path(self._scratch.name), objects)
            bases = self._git("merge-base", "--all", "--end-of-options", base, head, fine=(0, 1)).decode().split()
            self.side = Side(base, head, tuple(bases))
            self.conflicts: tuple[str, ...] = ()
            self.tree = self._merged()
        except BaseException:
            self._end()
            raise

    def __enter__(self) -> MergedTree:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def touched(self, before: str, after: str | None = None) -> tuple[Touched, ...]:
        """The paths that differ between two trees or commits; `after` is the merge result unless given."""
        form = ("-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv")
        fields = iter(self._git("diff-tree", *form, "--end-of-options", before, after or self.tree).split(b"\0"))
        found = []
        for word in fields:
            if word.startswith(b":"):
                old_mode, new_mode, old, new, _ = word[1:].decode("ascii").split(" ")
                path = next(fields).decode("utf-8", "surrogateescape")
                found.append(Touched(path, int(old_mode, 8), int(new_mode, 8), old, new))
        return tuple(found)

    def entry(self, tree: str, path: str) -> tuple[int, str]:
        """The mode and object id at a path of a tree or commit; (0, zeros) where there is nothing."""
        with _readable():
            return self.objects.entry(tree, _bytes(path)) or (0, "0" * 40)

    def blob(self, blob: str) -> bytes:
        """A file's content. Raises Unmergeable where it is not here."""
        with _readable():
            return self.objects.blob(blob)

    def file(self, tree: str, path: str) -> bytes | None:
        """The content at a path of a tree or commit, whatever its mode; None where there is no file."""
        mode, blob = self.entry(tree, path)
        return self.blob(blob) if mode and mode not in (GITLINK, TREE) else None

    def names(self, tree: str, folder: str) -> frozenset[str]:
        """The names of what stands directly in a folder of a tree or commit."""
        mode, inner = self.entry(tree, folder)
        with _readable():
            names = self.objects.tree(inner) if mode == TREE else ()
        return frozenset(name.decode("utf-8", "surrogateescape") for name in names)

    def tree_with(self, commit: str, files: Mapping[str, bytes]) -> str | None:
        """The id of a commit's tree with these files set, as 100644; None where one would take a folder's place."""
        with _readable():
            return self.objects.tree_with(commit, {_bytes(path): data for path, data in files.items()})

    def attributes(self, tree: str, paths: Sequence[str]) -> dict[str, list[str]]:
        """For each path the attributes that the tree's own .gitattributes give it, as `name=value`."""
        found: dict[str, list[str]] = {}
        wanted = self._attribute_files(tree, paths)
        if not wanted:
            return found
        index = {"GIT_INDEX_FILE": str(Path(self._scratch.name, f"attributes-{tree}"))}
        self._git("update-index", "-z", "--index-info", stdin=wanted, more=index)
        names = b"".join(_bytes(path) + b"\0" for path in paths)
        told = self._git("check-attr", "--cached", "--all", "-z", "--stdin", stdin=names, more=index).split(b"\0")
        for path, name, value in zip(told[0::3], told[1::3], told[2::3], strict=False):
            said = f"{name.decode('utf-8', 'replace')}={value.decode('utf-8', 'replace')}"
            found.setdefault(path.decode("utf-8", "surrogateescape"), []).append(said)
        return found

    def _attribute_files(self, tree: str, paths: Sequence[str]) -> bytes:
        """The files beside and above these paths that git would ask, as update-index reads them."""
        ways = [path.split("/") for path in paths]
        folders = {"/".join(steps[:depth]) for steps in ways for depth in range(len(steps))}
        places = sorted(f"{folder}/{ATTRIBUTES}".removeprefix("/") for folder in folders)
        entries = ((place, *self.entry(tree, place)) for place in places)
        return b"".join(
            b"%o %s\t%s\0" % (mode, blob.encode("ascii"), _bytes(place))
            for place, mode, blob in entries
            if mode not in (0, TREE)
        )

    def first_parents(self) -> list[str]:
        """The commits that the head adds to the base's first-parent line, oldest first."""
        told = self._git(
            "rev-list", "--first-parent", "--reverse", "--end-of-options", self.side.head, f"^{self.side.base}"
        )
        return told.decode().split()

    def added_commits(self, most: int) -> list[str]:
        """The commits of the head that the base does not have, newest first, at most so many."""
        told = self._git(
            "rev-list", f"--max-count={most}", "--topo-order", "--end-of-options", self.side.head, f"^{self.side.base}"
        )
        return told.decode().split()

    def _end(self) -> None:
        self.objects.close()
        self._scratch.cleanup()

    def _located(self, base: str, head: str) -> tuple[str, str, str, str]:
        """The git directory, the object folder and the commits' ids, asked of the real repository."""
        given = {"base": base, "head": head}
        for part, revision in given.items():
            if revision.startswith("-"):
                raise Unmergeable(
                    "unknown_revision", f"the {part} {revision!a} starts with a dash, as no revision does"
                )
        # A path may hold line breaks: git repeats a flag that it has no use for, and so tells where the second begins.
        asked = ("--absolute-git-dir", SECOND, "--git-path", "objects")
        question = ("rev-parse", "--is-shallow-repository", "--show-object-format", *asked)
        git = ["git", "-C", str(self._at)]
        command = [*git, *question]
        # The user's own settings count here: git asks them who owns the repository (safe.directory).
        outside = {name: text for name, text in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE")}
        outside |= {"LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1"}
        told = run([*command, f"{base}^{{commit}}", f"{head}^{{commit}}"], outside)
        if told.returncode != 0:
            known = run(command, outside)
            if known.returncode != 0:
                raise Unmergeable("unreadable", words(known.stderr))
            from promobot.adapters.merged_tree.revisions import unknown  # noqa: PLC0415

            raise unknown(git, outside, given)
        shallow, form, *paths, base_id, head_id = os.fsdecode(told.stdout).rstrip("\n").split("\n")
        if shallow != "false":
            raise Unmergeable("unreadable", "this clone is shallow; fetch all of it (fetch-depth: 0)")
        if form != "sha1":
            raise Unmergeable("unreadable", f"the repository has the object format {form}; promobot reads sha1 only")
        git_dir, _, objects = "\n".join(paths).partition(f"\n{SECOND}\n")
        return git_dir, str((self._at / objects).resolve()), base_id, head_id

    def _merged(self) -> str:
        side = self.side
        if side.merge_bases == (side.base,):
            return self._tree_of(side.head)
        if side.merge_bases == (side.head,):
            return self._tree_of(side.base)
        if not side.merge_bases:
            raise Unmergeable("unrelated", "base and head have no common history")
        options = ("--write-tree", "-z", "--name-only", "--no-messages")
        told = self._run("merge-tree", *options, "--end-of-options", side.base, side.head)
        if told.returncode not in (0, 1):
            raise Unmergeable("cannot_merge", why(told))
        tree, *conflicts = told.stdout.rstrip(b"\0").split(b"\0")
        if told.returncode == 1:
            self.conflicts = tuple(path.decode("utf-8", "surrogateescape") for path in conflicts if path) or ("?",)
        return tree.decode("ascii")

    def _tree_of(self, commit: str) -> str:
        with _readable():
            return self.objects.commit(commit)[len(b"tree ") :][:40].decode("ascii")

    def _git(
        self, *arguments: str, stdin: bytes = b"", more: dict[str, str] | None = None, fine: Iterable[int] = (0,)
    ) -> bytes:
        if not stdin and arguments in self._answers:
            return self._answers[arguments]
        told = self._run(*arguments, stdin=stdin, more=more)
        if told.returncode not in fine:
            raise Unmergeable("unreadable", f"git {arguments[0]}: {words(told.stderr)}")
        if not stdin:
            self._answers[arguments] = told.stdout
        return told.stdout

    def _run(
        self, *arguments: str, stdin: bytes = b"", more: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return run(["git", *arguments], self._environment | (more or {}), stdin)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        raise Unmergeable("unreadable", str(error)) from error


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
