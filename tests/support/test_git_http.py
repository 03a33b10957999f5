"""The git server, driven by real git."""

from __future__ import annotations

import base64
import gzip
import http.client
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.fake_github import Fault
from tests.support.fake_github.faults import When
from tests.support.fake_github.git import Git, clean_env
from tests.support.fake_github.scene import commit, new_bare
from tests.support.git_http import GitHttpServer

SECRET = {"x-access-token": "s3cret"}


def git(*args: str | Path, cwd: Path, ok: bool = True) -> subprocess.CompletedProcess[str]:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    done = subprocess.run(
        ["git", *identity, *map(str, args)], cwd=cwd, env=clean_env(), capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == ok, done.stderr
    return done


def header(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.fixture
def origin(tmp_path: Path) -> Git:
    return new_bare(tmp_path / "srv" / "acme" / "live.git")


@pytest.fixture
def server(tmp_path: Path, origin: Git) -> Iterator[GitHttpServer]:
    with GitHttpServer(tmp_path / "srv") as running:
        yield running


def push_one(tmp_path: Path, url: str, *options: str, text: str = "new\n", ok: bool = True) -> str:
    clone = tmp_path / "clone"
    git(*options, "clone", "--quiet", url, clone, cwd=tmp_path)
    (clone / "new.txt").write_text(text)
    git("add", ".", cwd=clone)
    git("commit", "--quiet", "-m", "second", cwd=clone)
    return git(*options, "push", "--quiet", "origin", "HEAD:refs/heads/work", cwd=clone, ok=ok).stderr


def test_clone_and_push_work_and_are_recorded(tmp_path: Path, server: GitHttpServer, origin: Git) -> None:
    push_one(tmp_path, server.url("acme/live"))
    assert origin.ref("refs/heads/work") == git("rev-parse", "HEAD", cwd=tmp_path / "clone").stdout.strip()
    assert [(r.method, r.path, r.service, r.status) for r in server.requests] == [
        ("GET", "/acme/live.git/info/refs", "git-upload-pack", 200),
        ("POST", "/acme/live.git/git-upload-pack", "git-upload-pack", 200),
        ("POST", "/acme/live.git/git-upload-pack", "git-upload-pack", 200),
        ("GET", "/acme/live.git/info/refs", "git-receive-pack", 200),
        ("POST", "/acme/live.git/git-receive-pack", "git-receive-pack", 200),
    ]


def test_a_large_push_comes_in_chunks(tmp_path: Path, server: GitHttpServer, origin: Git) -> None:
    text = "".join(f"{sha256(str(n).encode()).hexdigest()}\n" for n in range(5_000))
    # Above http.postBuffer git does not know the length: it asks first with four bytes, then sends chunks.
    push_one(tmp_path, server.url("acme/live"), "-c", "http.postBuffer=65536", text=text)
    assert origin.text("show", "refs/heads/work:new.txt") == text.rstrip("\n")
    assert [r.service for r in server.requests if r.method == "POST"][-2:] == ["git-receive-pack"] * 2


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_protocol_version_2_is_spoken_also_gzipped(server: GitHttpServer, packed: bool) -> None:
    body = b"0014command=ls-refs\n00010009peel\n0000"
    headers = {"Git-Protocol": "version=2", "Content-Type": "application/x-git-upload-pack-request"}
    if packed:
        body, headers = gzip.compress(body), {**headers, "Content-Encoding": "gzip"}
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("POST", "/acme/live.git/git-upload-pack", body, headers)
    answer = connection.getresponse()
    assert (answer.status, b" refs/heads/main" in answer.read()) == (200, True)
    connection.close()


def test_without_credentials_the_answer_is_401_and_nothing_is_pushed(tmp_path: Path, origin: Git) -> None:
    with GitHttpServer(tmp_path / "srv", credentials=SECRET, protect="push") as server:
        said = push_one(tmp_path, server.url("acme/live"), ok=False)
    assert "could not read Username" in said
    assert origin.ref("refs/heads/work") is None
    refused = server.requests[-1]
    assert (refused.service, refused.authorised, refused.user, refused.status) == ("git-receive-pack", False, None, 401)


def test_credentials_by_header_are_checked_and_kept(tmp_path: Path, origin: Git) -> None:
    with GitHttpServer(tmp_path / "srv", credentials=SECRET) as server:
        good, bad = header("x-access-token", "s3cret"), header("x-access-token", "wrong")
        git(
            "-c", f"http.extraHeader=Authorization: {bad}", "ls-remote", server.url("acme/live"), cwd=tmp_path, ok=False
        )
        push_one(tmp_path, server.url("acme/live"), "-c", f"http.extraHeader=Authorization: {good}")
    assert origin.ref("refs/heads/work") is not None
    assert {(r.user, r.authorised, r.authorization) for r in server.requests} == {
        ("x-access-token", False, bad),
        ("x-access-token", True, good),
    }
    assert "s3cret" not in repr(server.requests)
    assert good not in repr(server.requests)


def test_a_git_client_that_is_asked_answers_through_askpass(tmp_path: Path, origin: Git) -> None:
    askpass = tmp_path / "askpass"
    askpass.write_text('#!/bin/sh\ncase "$1" in Username*) echo x-access-token;; *) echo s3cret;; esac\n')
    askpass.chmod(0o755)
    with GitHttpServer(tmp_path / "srv", credentials=SECRET) as server:
        git("-c", f"core.askPass={askpass}", "ls-remote", server.url("acme/live", host="localhost"), cwd=tmp_path)
    assert [r.status for r in server.requests] == [401, 200, 200]


def test_unknown_repositories_and_paths_outside_the_root_are_404(tmp_path: Path, server: GitHttpServer) -> None:
    new_bare(tmp_path / "outside.git")
    for path in ("nobody/nothing", "../outside"):
        git("ls-remote", f"http://127.0.0.1:{server.port}/{path}.git", cwd=tmp_path, ok=False)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/acme/../../outside.git/info/refs?service=git-upload-pack")
    assert connection.getresponse().status >= 400
    connection.close()


def test_a_hook_refuses_and_pull_refs_belong_to_the_forge(tmp_path: Path, server: GitHttpServer, origin: Git) -> None:
    push_one(tmp_path, server.url("acme/live"))
    clone = tmp_path / "clone"
    said = git("push", "origin", "HEAD:refs/pull/7/head", cwd=clone, ok=False).stderr
    assert "hidden ref" in said
    hook = origin.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected branch >&2\nexit 1\n")
    hook.chmod(0o755)
    said = git("push", "origin", "HEAD:refs/heads/other", cwd=clone, ok=False).stderr
    assert "protected branch" in said
    assert set(origin.refs("refs/")) == {"refs/heads/main", "refs/heads/work"}


@pytest.mark.parametrize("fault", [Fault.status(500), Fault.reset(), Fault.truncated()], ids=lambda fault: fault.kind)
@pytest.mark.parametrize("when", ["before", "after"])
def test_faults_before_and_after_a_push(
    tmp_path: Path, server: GitHttpServer, origin: Git, fault: Fault, when: When
) -> None:
    # Every time: after a reset on a kept-alive connection, libcurl by itself sends the request once more.
    entry = server.faults.add(match="POST *.git/git-receive-pack", nth=None, when=when, fault=fault)
    push_one(tmp_path, server.url("acme/live"), ok=False)
    assert (origin.ref("refs/heads/work") is not None) == (when == "after")
    assert entry.fired == (2 if fault.kind == "reset" else 1)
    assert server.requests[-1].status == {"status": 500, "reset": 0, "truncate": 200}[fault.kind]


def test_stopping_cuts_idle_connections_and_a_stopped_server_says_so(tmp_path: Path, origin: Git) -> None:
    server = GitHttpServer(tmp_path / "srv").start()
    idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    idle.request("GET", "/acme/live.git/info/refs?service=git-upload-pack")
    idle.getresponse().read()
    server.stop()
    with pytest.raises(RuntimeError, match="not running"):
        server.url("acme/live")
    idle.close()


def test_two_pushes_for_one_ref_leave_one_winner(tmp_path: Path, server: GitHttpServer, origin: Git) -> None:
    """Real git decides: the second, stale push is refused."""
    push_one(tmp_path, server.url("acme/live"))
    commit(origin, "work", {"other.txt": "x\n"}, "someone else")
    clone = tmp_path / "clone"
    git("commit", "--quiet", "--allow-empty", "-m", "third", cwd=clone)
    said = git("push", "origin", "HEAD:refs/heads/work", cwd=clone, ok=False).stderr
    assert "fetch first" in said
