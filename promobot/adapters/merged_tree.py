"""What merging a head into a base would give, by git alone: the tree, the paths that it touches, and its files.

The standard library and git are all it needs, so that the gate can answer for an ordinary pull request before anything
else is loaded. git runs in a bare scratch repository that borrows the objects: no configuration, merge driver, hook,
attribute, replaced object or ref of anybody has a word in the merge, and what it writes is gone afterwards.
(`git merge-tree` reads attributes from a worktree, an index or, in newer versions, HEAD; the scratch has none.)
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from promobot.core.gate.verdict import Touched

NEEDED = "2.38"
"""The git that first could merge without a checkout."""

TIMEOUT = 300
"""Seconds after which a merge is given up."""

_GIT_VARIABLES = ("GIT_CONFIG", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ATTR")
_ATTRIBUTES_LIKE = b".gitattributes"


class Unmergeable(Exception):
    """There is no merge result; `code` is the violation's, the text says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Side(NamedTuple):
    """The two commits by their full ids, and their merge bases."""

    base: str
    head: str
    merge_bases: tuple[str, ...]


class MergedTree:
    """The merge of two commits of a repository; a context manager, because its objects live in a scratch folder.

    Raises Unmergeable where a revision is unknown, the clone cannot answer, or git is too old. `conflicts` are the
    paths on which git could not agree; `tree` then holds them with conflict markers.
    """

    def __init__(self, repository: Path, base: str, head: str) -> None:
        self._at = repository
        # Objects never change, so that no question about them is asked twice.
        self._answers: dict[tuple[str, ...], bytes] = {}
        objects, base, head = self._located(base, head)
        self._scratch = tempfile.TemporaryDirectory(prefix="promobot-gate-")
        try:
            self._environment = _environment(Path(self._scratch.name), objects)
            bases = self._git("merge-base", "--all", "--end-of-options", base, head, fine=(0, 1)).decode().split()
            self.side = Side(base, head, tuple(bases))
            self.conflicts: tuple[str, ...] = ()
            self.tree = self._merged()
        except BaseException:
            self._scratch.cleanup()
            raise

    def __enter__(self) -> MergedTree:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.cleanup()

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
        told = self._git("ls-tree", "-z", "--full-tree", "--end-of-options", tree, "--", f":(literal){path}")
        for line in told.split(b"\0"):
            form, _, name = line.partition(b"\t")
            if name == path.encode("utf-8", "surrogateescape"):
                mode, _, blob = form.decode("ascii").split(" ")
                return int(mode, 8), blob
        return 0, "0" * 40

    def blob(self, blob: str) -> bytes:
        """A file's content. Raises Unmergeable where it is not here."""
        return self._git("cat-file", "blob", blob)

    def file(self, tree: str, path: str) -> bytes | None:
        """The content at a path of a tree or commit, whatever its mode; None where there is no file."""
        mode, blob = self.entry(tree, path)
        return self.blob(blob) if mode and mode not in (0o160000, 0o040000) else None

    def names(self, tree: str, folder: str) -> frozenset[str]:
        """The names of what stands directly in a folder of a tree or commit."""
        told = self._git(
            "ls-tree", "-z", "--full-tree", "--name-only", "--end-of-options", tree, "--", f"{folder}/"
        ).decode("utf-8", "surrogateescape")
        return frozenset(path.rpartition("/")[2] for path in told.split("\0") if path)

    def attributes(self, tree: str, paths: Sequence[str]) -> dict[str, list[str]]:
        """For each path the attributes that the tree's own .gitattributes give it, as `name=value`."""
        listed = self._git("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", tree).split(b"\0")
        wanted = [line for line in listed if line.rpartition(b"\t")[2].rpartition(b"/")[2].lower() == _ATTRIBUTES_LIKE]
        if not wanted:
            return {}
        index = {"GIT_INDEX_FILE": str(Path(self._scratch.name, f"attributes-{tree}"))}
        self._git("update-index", "-z", "--index-info", stdin=b"\0".join(wanted) + b"\0", more=index)
        names = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)
        told = self._git("check-attr", "--cached", "--all", "-z", "--stdin", stdin=names, more=index).split(b"\0")
        found: dict[str, list[str]] = {}
        for path, name, value in zip(told[0::3], told[1::3], told[2::3], strict=False):
            said = f"{name.decode('utf-8', 'replace')}={value.decode('utf-8', 'replace')}"
            found.setdefault(path.decode("utf-8", "surrogateescape"), []).append(said)
        return found

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

    def _located(self, base: str, head: str) -> tuple[str, str, str]:
        """The object folder and the commits' ids, asked of the real repository."""
        if base.startswith("-") or head.startswith("-"):
            raise Unmergeable("unknown_revision", "a revision does not start with a dash")
        question = ("rev-parse", "--is-shallow-repository", "--show-object-format", "--git-path", "objects")
        command = ["git", "-C", str(self._at), *question]
        # The user's own settings count here: git asks them who owns the repository (safe.directory).
        outside = {name: text for name, text in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE")}
        outside |= {"LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1"}
        told = _run([*command, f"{base}^{{commit}}", f"{head}^{{commit}}"], outside)
        if told.returncode != 0:
            known = _run(command, outside)
            if known.returncode != 0:
                raise Unmergeable("unreadable", _words(known.stderr))
            raise Unmergeable("unknown_revision", "the base or the head is no commit of this clone; fetch it first")
        shallow, form, *path, base_id, head_id = os.fsdecode(told.stdout).rstrip("\n").split("\n")
        if shallow != "false":
            raise Unmergeable("unreadable", "this clone is shallow; fetch all of it (fetch-depth: 0)")
        if form != "sha1":
            raise Unmergeable("unreadable", f"the repository has the object format {form}; promobot reads sha1 only")
        return str((self._at / "\n".join(path)).resolve()), base_id, head_id

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
            raise Unmergeable("cannot_merge", _why(told))
        tree, *conflicts = told.stdout.rstrip(b"\0").split(b"\0")
        if told.returncode == 1:
            self.conflicts = tuple(path.decode("utf-8", "surrogateescape") for path in conflicts if path) or ("?",)
        return tree.decode("ascii")

    def _tree_of(self, commit: str) -> str:
        return self._git("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}").decode().strip()

    def _git(
        self, *arguments: str, stdin: bytes = b"", more: dict[str, str] | None = None, fine: Iterable[int] = (0,)
    ) -> bytes:
        if not stdin and arguments in self._answers:
            return self._answers[arguments]
        told = self._run(*arguments, stdin=stdin, more=more)
        if told.returncode not in fine:
            raise Unmergeable("unreadable", f"git {arguments[0]}: {_words(told.stderr)}")
        if not stdin:
            self._answers[arguments] = told.stdout
        return told.stdout

    def _run(
        self, *arguments: str, stdin: bytes = b"", more: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return _run(["git", *arguments], self._environment | (more or {}), stdin)


def _surroundings() -> dict[str, str]:
    outside = {name: text for name, text in os.environ.items() if not name.startswith(_GIT_VARIABLES)}
    return outside | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1"}


def _environment(scratch: Path, objects: str) -> dict[str, str]:
    """A repository of no configuration, whose own objects are thrown away and whose others are borrowed."""
    for folder in ("objects", "refs"):
        (scratch / folder).mkdir()
    (scratch / "HEAD").write_text("ref: refs/heads/nothing\n", encoding="ascii")
    # A file, not GIT_ALTERNATE_OBJECT_DIRECTORIES: there a path with a colon would have to be quoted.
    (scratch / "objects" / "info").mkdir()
    (scratch / "objects" / "info" / "alternates").write_bytes(os.fsencode(objects) + b"\n")
    (scratch / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n", encoding="ascii")
    nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return _surroundings() | nothing | {"GIT_DIR": str(scratch), "GIT_ATTR_NOSYSTEM": "1", "GIT_NO_LAZY_FETCH": "1"}


def _run(command: Sequence[str], environment: dict[str, str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603
            command, env=environment, input=stdin, capture_output=True, check=False, timeout=TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unmergeable("unreadable", f"git cannot be run: {type(error).__name__}") from error


def _why(told: subprocess.CompletedProcess[bytes]) -> str:
    """Why merge-tree did not merge; an old git knows no --write-tree, and says so by its usage."""
    version = _run(["git", "--version"], _surroundings()).stdout.decode("ascii", "replace").strip()
    if told.returncode == 129:
        return f"the gate needs git {NEEDED} or later to merge without a checkout; this is {version}"
    return f"git could not merge ({version}): {_words(told.stderr)}"


def _words(stderr: bytes) -> str:
    text = " ".join(stderr.decode("utf-8", "replace").split())
    return text.removeprefix("fatal: ")[:300] or "no answer"
