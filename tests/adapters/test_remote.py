"""The token: it reaches the forge's own git server, and nothing else sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promobot.adapters.repository import Repository, Token, find_base
from promobot.adapters.repository.transport import without_credentials
from tests.support.git_http import GitHttpServer
from tests.support.workspace import Workspace, make_workspace, patch, small_files

SECRET = "ghs_0123456789abcdefSECRET"
LEVERAGE = patch("portfolio.leverage", 1.75)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHttpServer]:
    with GitHttpServer(tmp_path, credentials={"x-access-token": SECRET}) as running:
        yield running


def behind(server: GitHttpServer, folder: Path) -> Workspace:
    """A workspace whose origin is behind the server, which wants the token."""
    space = make_workspace(folder, files=small_files())
    space.git("remote", "set-url", "origin", server.url("origin"))
    space.env = {"GITHUB_SERVER_URL": server.url("origin").removesuffix("/origin.git"), "GITHUB_TOKEN": SECRET}
    return space


def test_the_token_opens_the_server_and_leaves_no_trace(server: GitHttpServer, tmp_path: Path) -> None:
    space = behind(server, tmp_path)
    trace = tmp_path / "trace"
    environment = {"GIT_TRACE": str(trace), "GIT_TRACE_CURL": str(trace), "GIT_TRACE_CURL_NO_DATA": "1"}
    ran = space.propose(space.export(LEVERAGE), env=environment)
    assert (ran.code, ran.json["outcome"]) == (0, "opened"), ran.out
    assert any(request.service == "git-receive-pack" and request.authorised for request in server.requests)
    assert SECRET not in ran.out + ran.err
    assert SECRET not in (space.clone / ".git/config").read_text()
    assert SECRET not in trace.read_text(), "a command line, a URL or git's own log holds the token"
    assert "ghs_" not in "".join(request.path + request.query for request in server.requests)


def test_what_the_checkout_step_left_does_not_double_the_header(server: GitHttpServer, tmp_path: Path) -> None:
    space = behind(server, tmp_path)
    place = f"http.{space.env['GITHUB_SERVER_URL']}/.extraheader"
    space.git("config", place, "AUTHORIZATION: basic bm90OnRoaXM=")
    assert space.propose(space.export(LEVERAGE)).json["outcome"] == "opened"


def test_a_wrong_token_is_told_with_its_mend(server: GitHttpServer, tmp_path: Path) -> None:
    space = behind(server, tmp_path)
    ran = space.propose(space.export(LEVERAGE), env={"GITHUB_TOKEN": "wrong"})
    assert (ran.code, ran.json["error"]["code"]) == (5, "git_remote")
    assert "GITHUB_TOKEN" in ran.json["error"]["message"]


def test_another_host_never_gets_the_token(server: GitHttpServer, tmp_path: Path) -> None:
    space = behind(server, tmp_path)
    ran = space.propose(space.export(LEVERAGE), env={"GITHUB_SERVER_URL": "http://localhost:1"})
    assert ran.code == 5
    assert [request.authorization for request in server.requests if request.authorization] == []


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://forge.example/acme/live.git", True),
        ("https://forge.example:8443/acme/live.git", False),
        ("http://forge.example/acme/live.git", False),
        ("https://forge.example.evil/acme/live.git", False),
        ("https://evil@forge.example.evil/x", False),
        ("git@forge.example:acme/live.git", False),
        ("/srv/live.git", False),
    ],
)
def test_the_token_is_for_one_server_only(url: str, sent: bool) -> None:
    assert bool(Token("https://forge.example", SECRET).environment(url)) is sent


def test_secrets_do_not_show() -> None:
    assert SECRET not in repr(Token("https://forge.example", SECRET))
    told = "fatal: unable to access 'https://user:pass@forge.example/x': no"
    assert without_credentials(told) == "fatal: unable to access 'https://forge.example/x': no"


@pytest.mark.parametrize(
    "url",
    [
        "user:p@ss/se@forge.example/x",
        "user:pass?@forge.example/x",
        "forge.example/x?token=pass&a=b",
        "pass@forge.example/x",
    ],
)
def test_no_part_of_a_secret_is_left_of_an_odd_address(url: str) -> None:
    told = f"fatal: unable to access 'https://{url}': no; see https://git.example/help"
    expected = "fatal: unable to access 'https://forge.example/x': no; see https://git.example/help"
    assert without_credentials(told) == expected


@pytest.mark.parametrize(
    ("asked", "upstream", "expected"),
    [
        (None, "origin/main", "main"),
        ("main", None, "main"),
        ("origin/main", None, "main"),
        ("refs/heads/main", None, "main"),
        (None, None, "main"),
    ],
)
def test_which_branch_is_the_base(space: Workspace, asked: str | None, upstream: str | None, expected: str) -> None:
    if upstream is None:
        space.git("branch", "--unset-upstream")
        space.git("switch", "--quiet", "-c", "elsewhere")
    ran = space.propose(space.export(LEVERAGE), *(["--base", asked] if asked else []))
    assert ran.code == 0, ran.out
    assert space.git("rev-parse", f"{ran.json['commit']}^", at=space.origin) == space.branches()[expected]


def test_a_tag_of_the_branchs_name_does_not_change_it(space: Workspace) -> None:
    space.git("tag", "main", "HEAD")
    assert find_base(Repository(space.clone), None).branch == "main"
