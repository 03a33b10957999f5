"""Objects by their ids, from one `git cat-file --batch` that runs as long as somebody reads."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO, NamedTuple

TREE, LINK, GITLINK, REGULAR, EXECUTABLE = 0o040000, 0o120000, 0o160000, 0o100644, 0o100755
_FORMAT = 0o170000


class Unreadable(Exception):
    """An object is not here, or git cannot say it; the text says why."""


class Absent(Unreadable):
    """There is no object of that name, or it is of another kind."""


class Entry(NamedTuple):
    """What a tree holds under a name: git's mode, as it is in every tree that git itself writes, and an object id."""

    mode: int
    id: str


class Objects:
    """Trees and blobs of a repository, which is told by the environment. Close it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._commits: dict[str, bytes] = {}
        self._trees: dict[str, dict[bytes, Entry]] = {}

    def close(self) -> None:
        """End git."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def blob(self, name: str) -> bytes:
        """A file's content. Raises Unreadable."""
        return self._read(name, "blob")

    def commit(self, name: str) -> bytes:
        """A commit: its header, an empty line and its message. Raises Unreadable."""
        if name not in self._commits:
            self._commits[name] = self._read(f"{name}^{{commit}}", "commit")
        return self._commits[name]

    def tree(self, name: str) -> Mapping[bytes, Entry]:
        """The entries of a tree, or of a commit's tree. Of equal names the first counts. Raises Unreadable."""
        if name not in self._trees:
            self._trees[name] = _entries(self._read(f"{name}^{{tree}}", "tree"))
        return self._trees[name]

    def entry(self, root: str, path: bytes) -> Entry | None:
        """What stands at a path of a tree or commit; None where nothing does."""
        *folders, last = path.split(b"/")
        for folder in folders:
            found = self.tree(root).get(folder)
            if found is None or found.mode != TREE:
                return None
            root = found.id
        return self.tree(root).get(last)

    def tree_with(self, root: str, files: Mapping[bytes, bytes]) -> str | None:
        """The id that a tree has with these files set, as 100644. None where a file would take a folder's place, or
        the other way round. Nothing is written."""
        entries = dict(self.tree(root)) if root else {}
        inner: dict[bytes, dict[bytes, bytes]] = {}
        for path, data in files.items():
            name, slash, rest = path.partition(b"/")
            if slash:
                inner.setdefault(name, {})[rest] = data
                continue
            if name in entries and entries[name].mode == TREE:
                return None
            entries[name] = Entry(REGULAR, _id(b"blob", data))
        for name, below in inner.items():
            if name in entries and entries[name].mode != TREE:
                return None
            tree = self.tree_with(entries[name].id if name in entries else "", below)
            if tree is None:
                return None
            entries[name] = Entry(TREE, tree)
        return _id(b"tree", _written(entries))

    def _read(self, name: str, kind: str) -> bytes:
        source, answers = self._pipes()
        try:
            source.write(f"{name}\n".encode("ascii"))
            source.flush()
            told = answers.readline().decode("ascii", "replace").split()
            if len(told) != 3:
                raise Absent(f"{name[:40]} is not here")
            content = answers.read(int(told[2]) + 1)
        except (OSError, ValueError) as error:
            raise Unreadable(f"git cat-file: {type(error).__name__}") from error
        if len(content) != int(told[2]) + 1:
            raise Unreadable(f"{name[:40]} cannot be read to its end")
        if told[1] != kind:
            raise Absent(f"{name[:40]} is no {kind}")
        return content[:-1]

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            try:
                self._process = subprocess.Popen(
                    ["git", "cat-file", "--batch"],  # noqa: S607
                    env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                )  # fmt: skip
            except OSError as error:
                raise Unreadable(f"git cannot be run: {type(error).__name__}") from error
        source, answers = self._process.stdin, self._process.stdout
        if source is None or answers is None:
            raise Unreadable("git cat-file: no pipes")
        return source, answers


def _entries(data: bytes) -> dict[bytes, Entry]:
    """A tree object: mode, space, name, NUL, twenty bytes, again and again."""
    found: dict[bytes, Entry] = {}
    place = 0
    while place < len(data):
        end = data.find(b"\0", place)
        mode, space, name = data[place:end].partition(b" ")
        if end < 0 or not space or len(data) < end + 21:
            raise Unreadable("a tree is broken")
        try:
            found.setdefault(name, Entry(_canonical(int(mode, 8)), data[end + 1 : end + 21].hex()))
        except ValueError as error:
            raise Unreadable("a tree is broken") from error
        place = end + 21
    return found


def _canonical(mode: int) -> int:
    """As git reads it: old trees hold other permissions."""
    kind = mode & _FORMAT
    if kind == REGULAR & _FORMAT:
        return EXECUTABLE if mode & 0o100 else REGULAR
    return kind if kind in (LINK, TREE) else GITLINK


def _written(entries: Mapping[bytes, Entry]) -> bytes:
    """In git's order, by which a folder's name ends with a slash."""
    ordered: Sequence[tuple[bytes, Entry]] = sorted(
        entries.items(), key=lambda item: item[0] + b"/" * (item[1].mode == TREE)
    )
    return b"".join(b"%o %s\0%s" % (entry.mode, name, bytes.fromhex(entry.id)) for name, entry in ordered)


def _id(kind: bytes, data: bytes) -> str:
    return hashlib.sha1(b"%s %d\0%s" % (kind, len(data), data), usedforsecurity=False).hexdigest()
