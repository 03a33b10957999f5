"""The check action's scripts by themselves: what git is told, whom the runner obeys, when something is installed."""

import base64
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.forge import REPOSITORY, TOKEN
from tests.support.fake_github.git import clean_env
from tests.support.git_http import GitHttpServer
from tests.support.workspace import Workspace, make_workspace, small_files

_ACTION = Path(__file__).parents[2] / ".github" / "actions" / "check"
_INPUTS = {"BASE": "", "HEAD": "", "BRANCH": "", "BODY": "", "NOW": "", "REPO": ".", "FORMAT": "text"}

# A stand-in for both Pythons: of what version it is, how promobot ends, and the worst that promobot could print.
_PYTHON = """\
#!{real}
import os, pathlib, sys
if "-c" in sys.argv:
    sys.exit(int(os.environ.get("OLD", "0")))
told = pathlib.Path(os.environ["RUNNER_TEMP"], "told")
told.write_text("\\n".join([*sys.argv[1:], *(f"{{k}}={{v}}" for k, v in os.environ.items())]))
print(os.environ.get("SAID", ""), flush=True)
print("::error file=a.toml,line=3,title=promobot quota::our own%0Aword", file=sys.stderr)
sys.exit(int(os.environ.get("ENDS", "0")))
"""

# git itself, with its command lines written down.
_GIT = """\
#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$RUNNER_TEMP/gits"
exec {real} "$@"
"""


@pytest.fixture
def runner(tmp_path: Path) -> dict[str, str]:
    """The environment of a step; its programs are stand-ins."""
    programs = tmp_path / "programs"
    real = subprocess.run(["bash", "-c", "type -P git"], capture_output=True, text=True, check=True).stdout.strip()
    for name, text in {
        "programs/python3": _PYTHON.format(real=sys.executable),
        "promobot-venv/bin/python": _PYTHON.format(real=sys.executable),
        "programs/git": _GIT.format(real=real),
        "programs/sleep": "#!/bin/sh\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return clean_env(
        {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_ACTION_PATH": str(_ACTION),
            "GITHUB_OUTPUT": str(tmp_path / "outputs"),
            "RUNNER_TEMP": str(tmp_path),
        }
    )


def check(runner: dict[str, str], **given: str) -> subprocess.CompletedProcess[str]:
    env = {**runner, **_INPUTS, **given}
    done = subprocess.run(["bash", str(_ACTION / "check.sh")], env=env, capture_output=True, text=True, check=False)
    assert done.stderr == "", "a second stream could speak after the runner listens again"
    return done


def outputs(runner: dict[str, str]) -> str:
    place = Path(runner["GITHUB_OUTPUT"])
    return place.read_text() if place.exists() else ""


@pytest.mark.parametrize(("ends", "answered"), [("0", True), ("1", True), ("2", False)])
def test_what_git_cannot_tell_is_left_to_the_rules(runner: dict[str, str], ends: str, *, answered: bool) -> None:
    done = check(runner, WITH="nothing", ENDS=ends, SAID="the verdict")
    assert outputs(runner) == f"answered={'true' if answered else 'false'}\n"
    assert done.returncode == (int(ends) if answered else 0)
    assert ("the verdict" in done.stdout) is answered


def test_a_python_that_is_too_old_is_not_asked(runner: dict[str, str]) -> None:
    done = check(runner, WITH="nothing", OLD="1")
    assert (done.returncode, outputs(runner)) == (0, "answered=false\n")
    assert not Path(runner["RUNNER_TEMP"], "told").exists()


@pytest.mark.parametrize(("with_", "first"), [("nothing", ["-S", "-s", "-P"]), ("everything", ["-P"])])
def test_modules_come_from_the_action_and_inputs_stay_one_word(
    runner: dict[str, str], with_: str, first: list[str]
) -> None:
    check(runner, WITH=with_, BASE="$(id)", HEAD="--help", BRANCH="a b", BODY="b", NOW="n", REPO="r", FORMAT="json")
    told = Path(runner["RUNNER_TEMP"], "told").read_text().splitlines()
    words = ["-m", "promobot", "check", "--base=$(id)", "--head=--help", "--branch=a b", "--body=b", "--now=n"]
    assert told[: len(first) + 10] == [*first, *words, "--repo=r", "--format=json"]
    assert f"PYTHONPATH={_ACTION.parents[2]}" in told
    assert not [line for line in told if line.partition("=")[0] in ("WITH", *_INPUTS)]


@pytest.mark.parametrize("with_", ["nothing", "everything"])
def test_no_line_of_the_verdict_is_a_command_to_the_runner(runner: dict[str, str], with_: str) -> None:
    said = "ok\n::error::one\r::add-mask::two\n::stop-commands::three\n ::error title=promobot::four"
    done = check(runner, WITH=with_, SAID=said, ENDS="1")
    # As the runner reads lines: a carriage return ends one, too.
    first, *between, last, annotation = done.stdout.splitlines()
    word = first.removeprefix("::stop-commands::")
    assert re.fullmatch("[0-9a-f]{32}", word) and first != word
    assert last == f"::{word}::"
    assert "::error::one" in between
    assert annotation == "::error file=a.toml,line=3,title=promobot quota::our own%0Aword"
    assert annotation not in between
    assert done.returncode == 1


def test_a_false_annotation_brings_no_other_command_along(runner: dict[str, str]) -> None:
    said = "::error title=promobot::x\r::add-mask::y\n::error file=a,line=1,title=promobot::z\n::error title=a::b"
    done = check(runner, WITH="nothing", SAID=said)
    word = done.stdout.splitlines()[0].removeprefix("::stop-commands::")
    obeyed = done.stdout.partition(f"\n::{word}::\n")[2].splitlines()
    assert obeyed[:2] == ["::error title=promobot::x", "::error file=a,line=1,title=promobot::z"]
    assert len(obeyed) == 3, "the third is the stand-in's own"


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    """A private repository; a head that no branch holds, and refusals on the ledger's branch."""
    space = make_workspace(tmp_path / "person", files=small_files())
    assert space.origin is not None
    (tmp_path / "forge/acme").mkdir(parents=True)
    (tmp_path / "forge" / f"{REPOSITORY}.git").symlink_to(space.origin)
    space.git("clone", "--quiet", str(space.origin), str(tmp_path / "checkout"))
    space.git("push", "--quiet", "origin", "main:promobot-ledger")
    return space


@pytest.fixture
def server(tmp_path: Path, space: Workspace) -> Iterator[GitHttpServer]:
    with GitHttpServer(tmp_path / "forge", credentials={"x-access-token": TOKEN}) as running:
        yield running


def fetch(runner: dict[str, str], server: GitHttpServer, **given: str) -> subprocess.CompletedProcess[str]:
    url = server.url(REPOSITORY).removesuffix(f"/{REPOSITORY}.git")
    checkout = str(Path(runner["RUNNER_TEMP"], "checkout"))
    fixed = {"GITHUB_SERVER_URL": url, "GITHUB_REPOSITORY": REPOSITORY, "REPO": checkout, "TOKEN": TOKEN}
    event = {"BASE_BRANCH": "main", "BASE_COMMIT": "", "HEAD_COMMIT": ""}
    return subprocess.run(
        ["bash", str(_ACTION / "fetch.sh")],
        env={**runner, **fixed, **event, **given},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_head_comes_as_objects_and_the_token_leaves_no_trace(
    runner: dict[str, str], server: GitHttpServer, space: Workspace
) -> None:
    moved = space.commit({"src/new.py": "1\n"})
    space.git("switch", "--quiet", "--detach")
    space.git("commit", "--quiet", "--allow-empty", "--message", "head")
    head = space.git("rev-parse", "HEAD")
    space.git("push", "--quiet", "origin", "HEAD:refs/pull/7/head")
    checkout = Path(runner["RUNNER_TEMP"], "checkout")
    space.git("config", "http.extraheader", "Authorization: Basic b2xk", at=checkout)

    done = fetch(runner, server, HEAD_COMMIT=head)
    assert done.returncode == 0, done.stdout + done.stderr
    assert outputs(runner) == f"base={moved}\n", "the tip of now, not the commit of the event"
    assert space.git("cat-file", "-t", head, at=checkout) == "commit"
    refs = space.git("for-each-ref", "--format=%(objectname) %(refname)", at=checkout)
    assert head not in refs
    assert "refs/remotes/origin/promobot-ledger" in refs
    assert space.git("status", "--porcelain", "-uall", at=checkout) == ""

    secret = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    places = [Path(runner["RUNNER_TEMP"], "gits"), checkout / ".git/config"]
    said = done.stdout + done.stderr + outputs(runner) + "".join(place.read_text() for place in places)
    assert "fetch" in said
    assert not [word for word in (TOKEN, secret) if word in said]


def test_a_repository_without_a_ledger_has_no_refusals(
    runner: dict[str, str], server: GitHttpServer, space: Workspace
) -> None:
    space.git("push", "--quiet", "origin", ":promobot-ledger")
    head = space.git("rev-parse", "main")
    assert fetch(runner, server, HEAD_COMMIT=head).returncode == 0
    assert fetch(runner, server, HEAD_COMMIT=head, BASE_COMMIT=head, BASE_BRANCH="").returncode == 0


def test_a_pull_request_to_the_ledger_can_be_judged_too(
    runner: dict[str, str], server: GitHttpServer, space: Workspace
) -> None:
    done = fetch(runner, server, HEAD_COMMIT=space.git("rev-parse", "main"), BASE_BRANCH="promobot-ledger")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "given",
    [{"HEAD_COMMIT": "--upload-pack=x"}, {"BASE_COMMIT": "main"}, {"BASE_BRANCH": "a:refs/heads/b"}],
    ids=["head", "base", "branch"],
)
def test_names_that_are_none_reach_no_git(
    runner: dict[str, str], server: GitHttpServer, space: Workspace, given: dict[str, str]
) -> None:
    done = fetch(runner, server, **{"HEAD_COMMIT": space.git("rev-parse", "main"), **given})
    assert done.returncode == 2
    assert "the event names no" in done.stdout
    assert server.requests == []


def test_a_fetch_that_fails_three_times_fails_the_gate(
    runner: dict[str, str], server: GitHttpServer, space: Workspace
) -> None:
    done = fetch(runner, server, HEAD_COMMIT=space.git("rev-parse", "main"), TOKEN="another")
    assert done.returncode == 5
    assert "base and head could not be fetched" in done.stdout
    assert [request.authorised for request in server.requests] == [False] * 3
    assert outputs(runner) == ""


def test_other_events_fetch_nothing(runner: dict[str, str], server: GitHttpServer) -> None:
    assert fetch(runner, server, BASE_BRANCH="").returncode == 0
    assert server.requests == []
