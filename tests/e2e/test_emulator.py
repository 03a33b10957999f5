"""The plumbing of the end-to-end tests: the emulator starts, counts, and agrees with a real repository."""

import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.emulator import Emulator, running_emulator, seed
from tests.support.mirror import Mirror

TOKEN = "token-of-the-bot"
REPOSITORY = "acme/live"


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with running_emulator(seed(repositories=[REPOSITORY], tokens={TOKEN: "acme"}), tmp_path / "emulator") as running:
        yield running


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A bare repository with two commits on main, a folder, an executable and a file name outside ASCII."""
    work, bare = tmp_path / "work", tmp_path / "live.git"
    (work / "config" / "deep").mkdir(parents=True)
    (work / "config" / "deep" / "größe.toml").write_text("a = 1\n", encoding="utf-8")
    (work / "run").write_bytes(b"#!/bin/sh\n\x00\xff")
    (work / "run").chmod(0o755)
    _git(work, "init", "--quiet", "--initial-branch=main")
    _commit(work, "First\n\nwith a body\n")
    (work / "config" / "deep" / "größe.toml").write_text("a = 2\n", encoding="utf-8")
    _commit(work, "Second")
    _git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    return bare


def test_a_push_is_seen_through_the_api(emulator: Emulator, bare: Path) -> None:
    Mirror(emulator, bare, REPOSITORY, TOKEN)
    head = _git(bare, "rev-parse", "main").strip()
    seen = emulator.call("GET", f"/repos/{REPOSITORY}/commits/main", TOKEN)
    assert seen["sha"] == head
    assert seen["commit"]["tree"]["sha"] == _git(bare, "rev-parse", "main^{tree}").strip()
    _git(bare, "update-ref", "refs/heads/promobot/1", "main~1")
    _through_proxy(emulator, f"/repos/{REPOSITORY}")
    ref = emulator.call("GET", f"/repos/{REPOSITORY}/git/ref/heads/promobot/1", TOKEN)
    assert ref["object"]["sha"] == _git(bare, "rev-parse", "main~1").strip()


def test_a_branch_made_through_the_api_is_in_the_repository(emulator: Emulator, bare: Path) -> None:
    mirror = Mirror(emulator, bare, REPOSITORY, TOKEN)
    head, base_tree = _git(bare, "rev-parse", "main", "main^{tree}").split()
    api = f"/repos/{REPOSITORY}/git"
    entry = {"path": "reports/a/b.md", "mode": "100644", "type": "blob", "content": "ä\n"}
    tree = emulator.call("POST", f"{api}/trees", TOKEN, {"base_tree": base_tree, "tree": [entry]})["sha"]
    body = {"message": "promote: x", "tree": tree, "parents": [head]}
    commit = emulator.call("POST", f"{api}/commits", TOKEN, body)["sha"]
    emulator.call("POST", f"{api}/refs", TOKEN, {"ref": "refs/heads/promobot/2", "sha": commit})
    mirror.to_bare()
    assert _git(bare, "rev-parse", "promobot/2").strip() == commit
    assert _git(bare, "show", "promobot/2:reports/a/b.md") == "ä\n"
    assert _git(bare, "diff", "--name-only", "main", "promobot/2") == "reports/a/b.md\n"
    _git(bare, "fsck", "--strict")


def test_every_request_is_counted(emulator: Emulator) -> None:
    _through_proxy(emulator, f"/repos/{REPOSITORY}")
    _through_proxy(emulator, f"/repos/{REPOSITORY}/labels", b'{"name": "promotion", "color": "ededed"}')
    assert [(request.method, request.status) for request in emulator.requests] == [("GET", 200), ("POST", 201)]
    assert [request.path for request in emulator.writes()] == [f"/repos/{REPOSITORY}/labels"]


def _through_proxy(emulator: Emulator, path: str, body: bytes | None = None) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(emulator.url + path, body, headers), timeout=30).close()


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout


def _commit(work: Path, message: str) -> None:
    _git(work, "add", "--all")
    author = ("--author=An Author <author@example.com>", "--date=2026-01-02T03:04:05+05:30")
    person = ("-c", "user.name=A Person", "-c", "user.email=person@example.com")
    _git(work, *person, "commit", "--quiet", *author, "--cleanup=verbatim", "--message", message)
