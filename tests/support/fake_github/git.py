"""Git on one bare repository, through subprocesses that no user or system configuration can bend."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

ZERO = "0" * 40
CLEAN_ENV = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "TZ": "UTC",
}


def clean_env(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for git: PATH and HOME of this process, none of its GIT_* variables."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent", **CLEAN_ENV, **(more or {})}


class GitError(RuntimeError):
    """Git ended with a status that the caller did not expect; the text is what it said."""


class Git:
    """A bare repository. Names of objects are 40 hex digits; unknown things are None, never an exception."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, ok: tuple[int, ...] = (0,)
    ) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            ["git", "-c", "safe.directory=*", "-c", "core.quotePath=false", *args],
            cwd=self.path, env=clean_env({"GIT_DIR": str(self.path), **(env or {})}), input=stdin,
            capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode not in ok:
            raise GitError(f"git {' '.join(args)}: {done.stderr.decode(errors='replace').strip()}")
        return done

    def text(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        return self.run(*args, stdin=stdin, env=env).stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def refs(self, prefix: str) -> dict[str, str]:
        """Full ref name -> object name, for refs that start with `prefix` (any text, not only whole segments)."""
        rows = self.text("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        pairs = (row.split(" ") for row in rows)
        return {name: sha for name, sha in pairs if name.startswith(prefix)}

    def ref(self, name: str) -> str | None:
        return self.refs(name).get(name)

    def resolve(self, expression: str, kind: str) -> str | None:
        """Object name of a revision expression peeled to `kind` (commit, tree, blob), or None."""
        if expression.startswith("-"):
            return None
        done = self.run("rev-parse", "--verify", "--quiet", f"{expression}^{{{kind}}}", ok=(0, 1, 128))
        return done.stdout.decode().strip() or None if done.returncode == 0 else None

    def read(self, revision: str, path: str) -> bytes | None:
        """Content of the file at `path` in a revision, or None."""
        done = self.run("cat-file", "blob", f"{revision}:{path}", ok=(0, 128))
        return done.stdout if done.returncode == 0 else None

    def object_type(self, sha: str) -> str | None:
        if len(sha) != 40 or sha.strip("0123456789abcdef"):
            return None
        done = self.run("cat-file", "-t", sha, ok=(0, 1, 128))
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def update_ref(self, name: str, new: str, old: str) -> bool:
        """Compare and swap: move `name` from `old` to `new` (ZERO: does not exist); False when it could not be done."""
        args = ("-d", name, old) if new == ZERO else (name, new, old)
        return self.run("update-ref", "--no-deref", *args, ok=(0, 1, 128)).returncode == 0

    def is_ancestor(self, old: str, new: str) -> bool:
        return self.run("merge-base", "--is-ancestor", old, new, ok=(0, 1)).returncode == 0

    def merge_base(self, one: str, two: str) -> str | None:
        return self.run("merge-base", one, two, ok=(0, 1)).stdout.decode().strip() or None

    def write(self, kind: str, data: bytes) -> str:
        return self.text("hash-object", "-t", kind, "-w", "--stdin", stdin=data)

    def merge_trees(self, ours: str, theirs: str) -> str | None:
        """Tree of a merge of two commits; None on conflict or without common history. Needs git 2.38, no worktree."""
        done = self.run("merge-tree", "--write-tree", "--no-messages", ours, theirs, ok=(0, 1, 128))
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def with_index(self, base_tree: str | None, steps: list[tuple[tuple[str, ...], bytes]]) -> str:
        """Tree made from `base_tree` by git commands over a private index; a step is (arguments, standard input)."""
        with tempfile.TemporaryDirectory() as directory:
            env = {"GIT_INDEX_FILE": str(Path(directory) / "index")}
            self.run("read-tree", *([base_tree] if base_tree else ["--empty"]), env=env)
            for args, stdin in steps:
                self.run(*args, stdin=stdin, env=env)
            return self.text("write-tree", env=env)
