"""What `propose` refuses: the documented exit code, the mend in the message, everything left as it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.support.workspace import Workspace, make_workspace, patch, small_files

LEVERAGE = patch("portfolio.leverage", 1.75, old_value=1.5)
AUTO = "config/live_overrides/auto.toml"


def refused(space: Workspace, *arguments: str, code: int, saying: str, env: dict[str, str] | None = None) -> None:
    """Propose; the run must end with the code, say the words, and leave origin and checkout as they were."""
    before = (space.traces(), space.branches())
    ran = space.propose(*(arguments or (space.export(LEVERAGE),)), env=env)
    assert ran.code == code, ran.err + ran.out
    error = ran.json["error"]
    assert error["exit_code"] == code
    told = " ".join([error["message"], *(detail["message"] for detail in error["details"])])
    assert saying in told
    assert (space.traces(), space.branches()) == before


@pytest.mark.parametrize(
    ("policy", "saying"),
    [
        ("version = 1\nmode = 'bounded'\n", "must be one of disabled, manual_only, bounded_auto"),
        ("version = 1\nmax_per_propsal = 3\n", "did you mean max_per_proposal?"),
        ("version = [", "not valid TOML"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_broken_policy(tmp_path: Path, policy: str | bytes, saying: str) -> None:
    refused(make_workspace(tmp_path, files=small_files(policy=policy)), code=2, saying=saying)


def test_a_missing_policy_names_init(space: Workspace) -> None:
    space.git("rm", "--quiet", "config/promobot.toml")
    space.commit({})
    refused(space, code=2, saying="promobot init")


@pytest.mark.parametrize(
    "text", ["[auto_applied", '[auto_applied]\n"a.b" = 1\na.b = 2\n', "auto_applied = 3\n", b"\xff"]
)
def test_an_overrides_file_that_cannot_be_understood(tmp_path: Path, text: str | bytes) -> None:
    refused(make_workspace(tmp_path, files=small_files(overrides=text)), code=4, saying=AUTO)


def test_a_base_config_that_does_not_parse(tmp_path: Path) -> None:
    refused(make_workspace(tmp_path, files=small_files(config="x = [")), code=4, saying="config/config.toml")


def test_an_overrides_file_that_is_executable(space: Workspace) -> None:
    place = space.clone / AUTO
    place.chmod(place.stat().st_mode | stat.S_IXUSR)
    space.commit({})
    refused(space, code=4, saying="100644")


@pytest.mark.parametrize("where", [AUTO, "config/live_overrides", "config/promobot.toml", "config/config.toml"])
def test_a_symbolic_link_at_or_above_a_file_that_counts(space: Workspace, where: str) -> None:
    place, real = space.clone / where, space.clone / "real"
    place.rename(real)
    place.symlink_to(os.path.relpath(real, place.parent))
    space.commit({})
    refused(space, code=4, saying="symbolic link")


def test_a_shallow_clone(space: Workspace) -> None:
    space.commit({"more.txt": "x"})
    export = str((space.clone / space.export(LEVERAGE)).resolve())
    shallow = Workspace(space.folder / "shallow", space.origin)
    shallow.folder.mkdir()
    space.git("clone", "--quiet", "--depth=1", f"file://{space.origin}", str(shallow.clone), at=space.folder)
    refused(shallow, export, code=4, saying="fetch-depth: 0")


def test_an_export_that_is_refused_is_refused_before_anything_else(space: Workspace) -> None:
    space.git("remote", "set-url", "origin", "/nowhere")
    space.write({"../bad.json": '[\n {"id": "a", "target": "x.y", "status": "PROMOTED"},\n 3]'})
    ran = space.propose("../bad.json")
    details = ran.json["error"]["details"]
    assert ran.code == 3
    assert [(d["pointer"], d["line"]) for d in details] == [("/0/new_value", 2), ("/1", 3)]


def test_a_remote_that_is_empty_wants_a_push_and_no_other_name(space: Workspace) -> None:
    empty = str(space.folder / "empty.git")
    space.git("init", "--quiet", "--bare", "--initial-branch=main", empty)
    space.git("remote", "set-url", "origin", empty)
    told = space.propose(space.export(LEVERAGE), "--base", "main").json["error"]["message"]
    assert told == "origin is empty, so it has no branch main yet; push it first: git push --set-upstream origin main"
    space.git(*told.partition("push it first: git ")[2].split(" "))
    assert space.propose(space.export(LEVERAGE), "--base", "main").json["outcome"] == "opened"


def test_a_repository_without_a_commit_wants_one_and_no_other_name(tmp_path: Path) -> None:
    space = Workspace(tmp_path, None)
    space.clone.mkdir()
    space.git("init", "--quiet", "--initial-branch=main")
    told = space.propose(space.export(LEVERAGE)).json["error"]["message"]
    assert told == "this repository has no commit, so it has no branch main yet; commit to it first"


@pytest.mark.parametrize(
    ("arguments", "saying"),
    [
        (["nowhere.json"], "nowhere.json cannot be read"),
        (["--base", "nowhere"], "no branch nowhere"),
        (["--base", "--output=x"], "not a branch name"),
        (["--base", "promobot/0123456789abcdef"], "promobot's own branches"),
        (["--now", "yesterday"], "ISO 8601"),
        (["--auto-apply-mode", "full"], "auto-apply-mode"),
        (["--output-dir", "../out"], "relative path inside the repository"),
        (["--live-overrides-path", ".git/config"], "relative path inside the repository"),
        (["--live-overrides-path", "config/promobot.toml"], "keep them apart"),
        (["--policy", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["--no-such-option"], "No such option"),
        (["--forge", "github"], "GITHUB_REPOSITORY"),
        (["--forge", "github", "--output-dir", "x"], "only with --forge none"),
    ],
)
def test_what_the_command_line_cannot_mean(space: Workspace, arguments: list[str], saying: str) -> None:
    code = 4 if "no branch" in saying else 2
    refused(
        space,
        *([] if arguments[0] == "nowhere.json" else [space.export(LEVERAGE)]),
        *arguments,
        code=code,
        saying=saying,
    )


def test_outside_of_any_repository(tmp_path: Path) -> None:
    space = Workspace(tmp_path, None)
    space.clone.mkdir()
    ran = space.propose()
    assert (ran.code, ran.json["error"]["code"]) == (4, "repository_refused")
    assert "--repo" in ran.json["error"]["message"]


def test_a_remote_that_is_gone(space: Workspace) -> None:
    assert space.origin
    space.origin.rename(space.folder / "moved.git")
    ran = space.propose(space.export(LEVERAGE))
    assert (ran.code, ran.json["error"]["code"]) == (5, "git_remote")
    assert "nothing was changed" in ran.json["error"]["message"]


def test_a_hook_that_declines_the_branch(space: Workspace) -> None:
    assert space.origin
    hook = space.origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho no branches today >&2\nexit 1\n")
    hook.chmod(0o755)
    refused(space, code=5, saying="no branches today")


def test_a_landed_proposal_that_cannot_be_read(space: Workspace) -> None:
    space.commit({"reports/live_promotion/live_promotion_x/proposal_meta.json": "{"})
    refused(space, code=4, saying="live_promotion_x/proposal_meta.json")


def test_replace_refs_do_not_bend_the_base(space: Workspace) -> None:
    good = space.git("rev-parse", "HEAD")
    bad = space.commit({"config/promobot.toml": 'version = 1\nmode = "disabled"\n'})
    space.git("replace", bad, good)
    ran = space.propose(space.export(LEVERAGE))
    assert ran.json["outcome"] == "disabled"


def test_a_git_directory_in_the_environment_is_not_followed(space: Workspace, tmp_path: Path) -> None:
    other = make_workspace(tmp_path / "other", remote=False, files=small_files())
    before = other.branches()
    environment = {"GIT_INDEX_FILE": str(other.clone / ".git/index"), "GIT_DIR": str(other.clone / ".git")}
    ran = space.propose(space.export(LEVERAGE), env=environment)
    assert ran.json["outcome"] == "opened"
    assert (other.branches(), other.git("status", "--porcelain")) == (before, "")
