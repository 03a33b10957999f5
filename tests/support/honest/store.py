"""Real git objects written by hand, without a git process: thousands of commits of any shape in a second.

Nothing of git is imitated beyond the form of its objects (gitformat-pack, `git help hash-object`); `git fsck --strict`
reads what stands here like any repository's.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

REGULAR, EXECUTABLE, SYMLINK, FOLDER, GITLINK = 0o100644, 0o100755, 0o120000, 0o040000, 0o160000


class Entry(NamedTuple):
    """What stands at a path: git's mode, and the object's id."""

    mode: int
    blob: str


Files = Mapping[str, Entry]
"""A whole tree, by path; names that are not UTF-8 as Python's surrogate escapes."""


class Stamp(NamedTuple):
    """Who and when, as a commit says it; `zone` is git's (`+0530`)."""

    name: str
    email: str
    at: datetime
    zone: str = "+0000"

    def line(self, encoding: str = "utf-8") -> bytes:
        """As it stands in the commit."""
        return f"{self.name} <{self.email}> {int(self.at.timestamp())} {self.zone}".encode(encoding)


class Store:
    """The loose objects and refs of one repository with the object format sha1."""

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._known: set[str] = set()

    def blob(self, data: bytes) -> str:
        """Write a file's content; its id."""
        return self._write(b"blob", data)

    def tree(self, files: Files) -> str:
        """Write a whole tree; its id."""
        inner: dict[str, dict[str, Entry]] = {}
        here: list[tuple[bytes, bytes]] = []
        for path, entry in files.items():
            name, _, rest = path.partition("/")
            if rest:
                inner.setdefault(name, {})[rest] = entry
            else:
                here.append(_line(name, entry))
        here += [_line(name, Entry(FOLDER, self.tree(below))) for name, below in inner.items()]
        return self._write(b"tree", b"".join(line for _, line in sorted(here)))

    def commit(
        self,
        tree: str,
        parents: Sequence[str],
        author: Stamp,
        committer: Stamp,
        message: str,
        encoding: str = "utf-8",
    ) -> str:
        """Write a commit; its id. An encoding other than UTF-8 is named in it, as git does."""
        lines = [f"tree {tree}".encode(), *(f"parent {parent}".encode() for parent in parents)]
        lines += [b"author " + author.line(encoding), b"committer " + committer.line(encoding)]
        if encoding != "utf-8":
            lines.append(f"encoding {encoding}".encode())
        return self._write(b"commit", b"\n".join(lines) + b"\n\n" + message.encode(encoding))

    def point(self, ref: str, commit: str) -> None:
        """Set a ref, whatever it named before."""
        place = self._git_dir / ref
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{commit}\n", encoding="ascii")

    def drop(self, ref: str) -> None:
        """Take a ref away."""
        (self._git_dir / ref).unlink()

    def _write(self, kind: bytes, body: bytes) -> str:
        whole = b"%b %d\0%b" % (kind, len(body), body)
        name = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        if name not in self._known:
            self._known.add(name)
            place = self._git_dir / "objects" / name[:2] / name[2:]
            if not place.exists():
                place.parent.mkdir(exist_ok=True)
                place.write_bytes(zlib.compress(whole, 1))
        return name


def _line(name: str, entry: Entry) -> tuple[bytes, bytes]:
    """A tree's line, behind what git sorts it by: a folder as if its name ended in a slash."""
    raw = name.encode("utf-8", "surrogateescape")
    by = raw + b"/" if entry.mode == FOLDER else raw
    return by, b"%o %b\0%b" % (entry.mode, raw, bytes.fromhex(entry.blob))
