"""One forge out of two: keeps a bare repository and the emulator's git data equal, branch by branch.

A real forge sees a push at once and serves what its API created. The emulator hashes objects as git does, so every
copied object keeps its name, and each copy is checked against it.
"""

import base64
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.emulator import Emulator, Request
from tests.support.fake_github.git import clean_env


class Mirror:
    """Couples `bare` to `repository` (owner/name) of the emulator, from now on and for every request to it.

    A branch that was deleted on one side stays on the other: no test needs that.
    """

    def __init__(self, emulator: Emulator, bare: Path, repository: str, token: str) -> None:
        self._emulator = emulator
        self._bare = bare
        self._api = f"/repos/{repository}/git"
        self._token = token
        self._equal: dict[str, str] = {}
        self._known: set[str] = set()
        self.to_emulator()
        emulator.before = self.to_emulator
        emulator.after = self._after

    def to_emulator(self) -> None:
        """Tell the emulator of every branch that was pushed since."""
        lines = self._git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads").splitlines()
        for ref, commit in (line.split(" ") for line in lines):
            if self._equal.get(ref) == commit:
                continue
            for missing in self._git("rev-list", "--reverse", "--topo-order", commit).split():
                if missing not in self._known:
                    self._send_commit(missing)
            if ref in self._equal:
                self._call("PATCH", f"/refs/{ref.removeprefix('refs/')}", {"sha": commit, "force": True})
            else:
                self._call("POST", "/refs", {"ref": ref, "sha": commit})
            self._equal[ref] = commit

    def to_bare(self) -> None:
        """Store in the bare repository every branch that was created or moved through the API."""
        for entry in self._call("GET", "/matching-refs/heads"):
            ref, commit = entry["ref"], entry["object"]["sha"]
            if self._equal.get(ref) != commit:
                self._store_commit(commit)
                self._git("update-ref", ref, commit)
                self._equal[ref] = commit

    def _after(self, request: Request) -> None:
        if request.writes and "/git/refs" in request.path:
            self.to_bare()

    def _send_commit(self, commit: str) -> None:
        entries = []
        for line in self._git("ls-tree", "-r", "-z", commit).split("\0")[:-1]:
            details, _, path = line.partition("\t")
            mode, kind, blob = details.split(" ")
            if kind == "blob" and blob not in self._known:
                content = base64.b64encode(self._git_bytes("cat-file", "blob", blob)).decode()
                self._expect(blob, self._call("POST", "/blobs", {"content": content, "encoding": "base64"}))
            entries.append({"path": path, "mode": mode, "type": kind, "sha": blob})
        tree, *parents = self._git("show", "--no-patch", "--format=%T %P", commit).split()
        self._expect(tree, self._call("POST", "/trees", {"tree": entries}))
        people = self._git("show", "--no-patch", "--format=%an%n%ae%n%aI%n%cn%n%ce%n%cI", commit).split("\n")
        body = {
            "message": self._git("cat-file", "commit", commit).partition("\n\n")[2],
            "tree": tree,
            "parents": parents,
            "author": dict(zip(("name", "email", "date"), people[:3], strict=True)),
            "committer": dict(zip(("name", "email", "date"), people[3:6], strict=True)),
        }
        self._expect(commit, self._call("POST", "/commits", body))

    def _store_commit(self, commit: str) -> None:
        found: dict[str, Any] = self._call("GET", f"/commits/{commit}")
        for parent in found["parents"]:
            if parent["sha"] not in self._known:
                self._store_commit(parent["sha"])
        tree = found["tree"]["sha"]
        entries = self._call("GET", f"/trees/{tree}?recursive=1")["tree"]
        lines = []
        for entry in entries:
            if entry["type"] == "blob":
                if entry["sha"] not in self._known:
                    blob = self._call("GET", f"/blobs/{entry['sha']}")
                    content = base64.b64decode(blob["content"])
                    self._stored(entry["sha"], self._git("hash-object", "-w", "--stdin", stdin=content))
                lines.append(f"{entry['mode']} {entry['sha']}\t{entry['path']}\0")
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self._git("update-index", "-z", "--index-info", stdin="".join(lines).encode(), env=index)
            self._stored(tree, self._git("write-tree", env=index))
        raw = [f"tree {tree}", *(f"parent {parent['sha']}" for parent in found["parents"])]
        raw += [f"{role} {_person(found[role])}" for role in ("author", "committer")]
        message = found["message"] if found["message"].endswith("\n") else found["message"] + "\n"
        content = ("\n".join(raw) + "\n\n" + message).encode()
        self._stored(commit, self._git("hash-object", "-t", "commit", "-w", "--stdin", stdin=content))

    def _expect(self, name: str, answer: dict[str, Any]) -> None:
        assert answer["sha"] == name, f"the emulator names {name} otherwise: {answer['sha']}"
        self._known.add(name)

    def _stored(self, name: str, answer: str) -> None:
        assert answer.strip() == name, f"git names {name} of the emulator otherwise: {answer}"
        self._known.add(name)

    def _call(self, method: str, path: str, body: object = None) -> Any:
        return self._emulator.call(method, self._api + path, self._token, body)

    def _git(self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        return self._git_bytes(*arguments, stdin=stdin, env=env).decode()

    def _git_bytes(self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        command = ["git", "--git-dir", str(self._bare), *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, check=False, env=clean_env(env))
        assert done.returncode == 0, f"git {arguments[0]}: {done.stderr.decode(errors='replace')}"
        return done.stdout


def _person(person: Mapping[str, str]) -> str:
    """One author or committer line of a commit object, from the API's name, email and ISO 8601 date."""
    moment = datetime.fromisoformat(person["date"])
    return f"{person['name']} <{person['email']}> {int(moment.timestamp())} {moment.strftime('%z')}"
