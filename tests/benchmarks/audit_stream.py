"""`git fast-import` as one stream: commits without a checkout, each named as soon as it is written."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from tests.support.fake_github.git import clean_env

BOT = "promobot <promobot@noreply.invalid>"
PERSON = "A Person <person@example.invalid>"
MAIN, SIDE = "refs/heads/main", "refs/heads/side"


def blob_id(data: bytes) -> str:
    """git's id of a content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class Stream:
    """A new bare repository while it is written. Close it before anybody else reads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        git(folder.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(folder))
        # The deltas of the import stay: to look for better ones among trees of 10,000 folders takes minutes.
        command = ["git", "fast-import", "--quiet", "--date-format=raw", "--depth=30"]
        self._process = subprocess.Popen(
            command, cwd=folder, env=clean_env({}), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._marks: dict[str, int] = {}

    def commit(
        self,
        files: Mapping[str, bytes | None],
        message: str,
        who: str,
        at: datetime,
        parents: Sequence[str] = (),
        ref: str = MAIN,
    ) -> str:
        """Write one commit on the tree of its first parent and give its id; None takes a file or a folder away."""
        mark = len(self._marks) + 1
        stamp = f"{who} {int(at.timestamp())} +0000"
        said = message.encode()
        words = [f"commit {ref}\nmark :{mark}\nauthor {stamp}\ncommitter {stamp}\ndata {len(said)}\n".encode(), said]
        words += [
            f"\n{word} :{self._marks[parent]}".encode()
            for word, parent in zip(("from", "merge"), parents, strict=False)
        ]
        for path, data in files.items():
            words.append(
                f"\nD {path}".encode()
                if data is None
                else b"\nM 100644 inline %s\ndata %d\n%s" % (path.encode(), len(data), data)
            )
        words.append(f"\n\nget-mark :{mark}\n".encode())
        made = self._said(b"".join(words))
        self._marks[made] = mark
        return made

    def close(self) -> None:
        """Finish the stream and drop the branch that proposals were made on."""
        self._process.communicate()
        assert self._process.returncode == 0, "git fast-import failed"
        git(self.folder, "update-ref", "-d", SIDE)

    def _said(self, words: bytes) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(words)
        self._process.stdin.flush()
        line = self._process.stdout.readline().decode().strip()
        assert line, "git fast-import ended early"
        return line


def git(folder: Path, *words: str) -> str:
    """Run git there, with nobody's configuration."""
    done = subprocess.run(["git", *words], cwd=folder, env=clean_env({}), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
    return done.stdout.rstrip("\n")
