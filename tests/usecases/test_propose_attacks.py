"""Attempts to bend what promobot reads or writes. Each was once possible, or is one step from something that was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from github import Auth, Github

from promobot.adapters.repository import Repository, history
from promobot.errors import RepositoryRefused
from tests.support.fake_github import FakeGitHub
from tests.support.fake_github.git import clean_env
from tests.support.git_http import GitHttpServer
from tests.support.workspace import NOW, OVERRIDES, POLICY, ROOT, Workspace, make_workspace, patch, small_files

LEVERAGE = patch("portfolio.leverage", 1.75, old_value=1.5)
ONE_A_DAY = POLICY + "[auto_apply]\nmax_per_day = 1\n"
AUTO = "config/live_overrides/auto.toml"


def used_up(folder: Path) -> Workspace:
    """A workspace whose quota of today is used up, by a landed proposal."""
    space = make_workspace(folder, files=small_files(policy=ONE_A_DAY))
    space.merge(space.proposed(patch("macro.tilt", 0.35))["branch"])
    return space


@pytest.mark.parametrize(
    "setting",
    ["log.diffMerges=combined", "log.diffMerges=off", "core.worktree=/tmp", "i18n.logOutputEncoding=UTF-16",
     "core.quotePath=true", "diff.relative=true", "log.follow=true", "diff.renames=copies"],
)  # fmt: skip
def test_no_setting_of_git_hides_what_landed(tmp_path: Path, setting: str) -> None:
    space = used_up(tmp_path)
    space.git("config", *setting.split("=", 1))
    codes = [reason["code"] for d in space.proposed(LEVERAGE)["decisions"] for reason in d["auto_apply_reasons"]]
    assert codes == ["quota"]


@pytest.mark.parametrize(
    "variable",
    ["GIT_LITERAL_PATHSPECS=1", "GIT_ICASE_PATHSPECS=1", "GIT_WORK_TREE=/tmp", "GIT_NAMESPACE=x",
     "GIT_CONFIG_PARAMETERS='log.diffmerges=off'"],
)  # fmt: skip
def test_no_variable_of_git_hides_what_landed(tmp_path: Path, variable: str) -> None:
    space = used_up(tmp_path)
    ran = space.propose(space.export(LEVERAGE), env=dict([variable.split("=", 1)]))
    codes = [reason["code"] for d in ran.json["decisions"] for reason in d["auto_apply_reasons"]]
    assert codes == ["quota"]


def test_grafts_do_not_hide_what_landed(tmp_path: Path) -> None:
    space = make_workspace(tmp_path, files=small_files())
    by_hand = patch("portfolio.leverage", 2.5, old_value=1.5)
    start = space.git("rev-parse", "HEAD")
    first = space.proposed(by_hand)
    space.merge(first["branch"])
    space.git("push", "--quiet", "origin", "--delete", first["branch"])
    folder = space.clone / ".git/info"
    folder.mkdir(exist_ok=True)
    (folder / "grafts").write_text(f"{space.git('rev-parse', 'HEAD')} {start}\n")
    assert space.proposed(by_hand)["outcome"] == "already_approved"


def test_a_proposal_that_a_root_commit_brings_is_known(space: Workspace) -> None:
    """A root commit brings it: known from the history, and so no reason to stop."""
    folder = "reports/live_promotion/live_promotion_x"
    space.commit({f"{folder}/proposal_meta.json": '{"digest": "x", "overrides": {}}'})
    space.git("switch", "--quiet", "--orphan", "fresh")
    space.write(small_files())
    space.write({f"{folder}/proposal_meta.json": '{"digest": "x", "overrides": {}}'})
    space.git("add", "--all")
    space.git("commit", "--quiet", "-m", "a root commit that brings it")
    space.git("push", "--quiet", "--force", "origin", "HEAD:main")
    space.git("switch", "--quiet", "--force-create", "main", "origin/main")
    assert space.proposed(LEVERAGE)["outcome"] == "opened"


def test_a_record_that_came_as_a_link_stops_the_run(space: Workspace) -> None:
    path = "reports/live_promotion/live_promotion_x/proposal_meta.json"
    (space.clone / path).parent.mkdir(parents=True)
    (space.clone / path).symlink_to("elsewhere")
    space.commit({})
    (space.clone / path).unlink()
    space.commit({path: '{"digest": "x", "overrides": {}}'})
    ran = space.propose(space.export(LEVERAGE))
    assert ran.code == 4
    assert "cannot be read" in ran.json["error"]["message"]


def test_a_record_that_the_history_does_not_tell_of_is_refused(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second lock: should anything ever bend git's log again, what stands in the tree is missed in it."""
    commit = space.commit({"reports/live_promotion/x/proposal_meta.json": '{"digest": "x", "overrides": {}}'})
    repository = Repository(space.clone)
    known = history.landed(repository, commit, reports="reports/live_promotion", overrides=AUTO, today=NOW)
    assert known.digests == {"x"}
    monkeypatch.setattr(history, "history_steps", lambda *_: iter(()))
    with pytest.raises(RepositoryRefused, match="does not tell when it landed"):
        history.landed(repository, commit, reports="reports/live_promotion", overrides=AUTO, today=NOW)


def test_a_branch_on_a_base_that_the_clone_lacks_is_not_ours(tmp_path: Path) -> None:
    """Through the API nothing is fetched, so the branch's parent may be a commit that nobody here knows."""
    with FakeGitHub() as fake:
        space = make_workspace(tmp_path, files=small_files(policy=POLICY + '[github]\ncommits = "api"\n'))
        branch = space.proposed(LEVERAGE)["branch"]
        assert space.origin
        fake.add_repository("acme/live", space.origin)
        tree = space.git("rev-parse", f"{branch}^{{tree}}", at=space.origin)
        root = space.git("commit-tree", tree, "-m", "unknown", at=space.origin)
        head = space.git("commit-tree", tree, "-p", root, "-m", "on top", at=space.origin)
        space.git("update-ref", f"refs/heads/{branch}", head, at=space.origin)
        env = {"GITHUB_API_URL": fake.base_url, "GITHUB_REPOSITORY": "acme/live", "GITHUB_TOKEN": "bot-token"}
        ran = space.promobot("propose", space.export(LEVERAGE), "--format", "json", "--now", NOW.isoformat(), env=env)
        assert (ran.code, ran.json["outcome"]) == (0, "blocked")


@pytest.mark.parametrize("name", ["a\nb", "a\x01b", 'q"uote', "ü"])
def test_odd_file_names_beside_the_proposals_do_no_harm(space: Workspace, name: str) -> None:
    space.commit({f"reports/live_promotion/{name}/proposal_meta.json.txt": "x", f"reports/{name}.txt": "y"})
    assert space.proposed(LEVERAGE)["outcome"] == "opened"


def test_a_broken_record_that_was_taken_away_does_not_block_for_ever(space: Workspace) -> None:
    path = "reports/live_promotion/live_promotion_x/proposal_meta.json"
    space.commit({path: "{}"})
    assert space.propose(space.export(LEVERAGE)).code == 4
    space.git("rm", "--quiet", path)
    space.commit({})
    assert space.proposed(LEVERAGE)["outcome"] == "opened"


def test_overrides_that_were_broken_and_mended_today_count_as_changed(tmp_path: Path) -> None:
    space = make_workspace(tmp_path, files=small_files(policy=ONE_A_DAY))
    today = NOW.isoformat()
    space.commit({AUTO: "[auto_applied"}, when=today)
    space.commit({AUTO: OVERRIDES}, when=today)
    codes = [reason["code"] for d in space.proposed(LEVERAGE)["decisions"] for reason in d["auto_apply_reasons"]]
    assert codes == ["quota"]


@pytest.mark.parametrize("kind", ["file", "link", "file above"])
def test_nothing_is_replaced_on_the_way_to_the_reports(space: Workspace, kind: str) -> None:
    place = space.clone / ("reports" if kind == "file above" else "reports/live_promotion")
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == "link":
        place.symlink_to("../config")
    else:
        place.write_text("precious")
    space.commit({})
    before = space.branches()
    ran = space.propose(space.export(LEVERAGE))
    assert (ran.code, space.branches()) == (4, before)


def test_by_hand_values_that_landed_are_not_asked_alone_again(space: Workspace) -> None:
    mixed = (LEVERAGE, patch("macro.regime_weight", 0.7))
    space.merge(space.proposed(*mixed)["branch"])
    again = space.proposed(*mixed)
    assert (again["outcome"], again["commit"]) == ("already_approved", None)


@pytest.mark.parametrize(
    ("config", "overrides", "saying"),
    [
        ("", '[auto_applied]\n[auto_applied.portfolio.leverage]\n', "cannot be edited safely"),
        ("", f"# {'x' * 1_048_550}\n[auto_applied]\n", "larger than"),
        ('\n"portfolio.leverage" = 1.5\n', OVERRIDES, None),
    ],
    ids=["an empty table in its place", "too large to be read", "spelt twice in the base config"],
)  # fmt: skip
def test_no_value_is_written_that_the_live_system_would_not_read(
    tmp_path: Path, config: str, overrides: str, saying: str | None
) -> None:
    files = small_files(overrides=overrides)
    files["config/config.toml"] = f"{config}{files['config/config.toml']!s}"
    space = make_workspace(tmp_path, files=files)
    ran = space.propose(space.export(LEVERAGE))
    if saying is None:
        assert ran.json["decisions"][0]["reasons"][0]["code"] == "unknown_target"
    else:
        assert ran.code == 4
        assert saying in ran.json["error"]["message"]


def test_an_override_that_the_live_system_ignores_is_not_live(tmp_path: Path) -> None:
    text = '[auto_applied]\n"strategy.trigger_count" = 9.5\n"portfolio.leverage" = 2\n'
    space = make_workspace(tmp_path, files=small_files(overrides=text))
    result = space.proposed(patch("strategy.trigger_count", 6), patch("portfolio.leverage", 1.75))
    assert any("ignores strategy.trigger_count" in warning for warning in result["warnings"])
    assert result["overrides"]["strategy.trigger_count"] == {"old": 5, "new": 6}
    assert result["overrides"]["portfolio.leverage"] == {"old": 2.0, "new": 1.75}


def test_hooks_and_monitors_of_the_checkout_do_not_run(space: Workspace) -> None:
    mark = space.folder / "ran"
    hooks = space.folder / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-index-change", "fsmonitor"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >> {mark}\n")
        (hooks / name).chmod(0o755)
    space.export(LEVERAGE, name="reports/learning_snippets/x.json")
    space.git("config", "core.hooksPath", str(hooks))
    space.git("config", "core.fsmonitor", str(hooks / "fsmonitor"))
    assert space.propose().json["outcome"] == "opened"
    assert not mark.exists(), mark.read_text()


def test_the_newest_export_is_known_by_any_name(space: Workspace) -> None:
    folder = "reports/learning_snippets"
    space.commit({f"{folder}/é.json": json.dumps(LEVERAGE)}, when="2020-01-01T00:00:00Z")
    space.commit({f"{folder}/b.json": json.dumps(patch("macro.tilt", 0.35))}, when="2021-01-01T00:00:00Z")
    assert list(space.propose().json["overrides"]) == ["macro.tilt"]


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A server that redirects everything to another host, and what that other host was sent."""
    seen: list[str] = []

    class Thief(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization") or "")
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    thief = ThreadingHTTPServer(("127.0.0.1", 0), Thief)

    class Front(Thief):
        def do_GET(self) -> None:
            self.send_response(301)
            self.send_header("Location", f"http://localhost:{thief.server_port}{self.path}")
            self.end_headers()

    front = ThreadingHTTPServer(("127.0.0.1", 0), Front)
    for server in (thief, front):
        Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{front.server_port}", seen
    for server in (thief, front):
        server.shutdown()
        server.server_close()


def test_the_token_does_not_follow_a_redirect(space: Workspace, elsewhere: tuple[str, list[str]]) -> None:
    url, seen = elsewhere
    space.git("remote", "set-url", "origin", f"{url}/origin.git")
    ran = space.propose(space.export(LEVERAGE), env={"GITHUB_SERVER_URL": url, "GITHUB_TOKEN": "SECRET"})
    assert ran.code == 5
    assert "has moved" in ran.json["error"]["message"]
    assert seen == []


def test_no_setting_lets_the_token_follow(space: Workspace, elsewhere: tuple[str, list[str]]) -> None:
    url, seen = elsewhere
    space.git("remote", "set-url", "origin", f"{url}/team/origin.git")
    space.git("config", f"http.{url}/team/.followRedirects", "true")
    ran = space.propose(space.export(LEVERAGE), env={"GITHUB_SERVER_URL": url, "GITHUB_TOKEN": "SECRET"})
    assert (ran.code, seen) == (5, [])


@pytest.mark.parametrize("text", ['{"automatic": false, "target": NaN}', '{"automatic": false, "old": "\\ud800"}', "3"])
def test_a_record_of_somebody_else_does_no_harm(space: Workspace, text: str) -> None:
    meta = f'{{"digest": "a", "overrides": {{}}, "changes": [{text}]}}'
    space.commit({"tests/golden/proposal_meta.json": meta})
    assert space.proposed(LEVERAGE)["outcome"] == "opened"


def test_an_edited_export_counts_by_its_own_time(space: Workspace) -> None:
    folder = "reports/learning_snippets"
    space.commit({f"{folder}/a.json": json.dumps(patch("macro.tilt", 0.35))}, when="2026-03-01T00:00:00Z")
    space.commit({f"{folder}/b.json": json.dumps(LEVERAGE)}, when="2026-03-02T00:00:00Z")
    space.write({f"{folder}/a.json": json.dumps(patch("macro.tilt", 0.25))})
    assert list(space.propose().json["overrides"]) == ["macro.tilt"]


def test_a_run_with_a_slower_clock_finds_the_other_ones_branch(space: Workspace) -> None:
    first = space.proposed(LEVERAGE, now=NOW + timedelta(seconds=5))
    again = space.proposed(LEVERAGE)
    assert (again["outcome"], again["commit"]) == ("unchanged", first["commit"])
    assert space.proposed(LEVERAGE, now=NOW - timedelta(days=1))["outcome"] == "blocked"


@pytest.mark.parametrize(("redirect", "code"), [(">&-", 0), ("| true", 141), (">/dev/full", 70)])
def test_an_output_that_nobody_takes(space: Workspace, redirect: str, code: int) -> None:
    script = f'set -o pipefail; "$0" -m promobot propose --forge none --format json "$1" {redirect}'
    done = subprocess.run(
        ["bash", "-c", script, sys.executable, space.export(LEVERAGE)],
        cwd=space.clone, env=clean_env({"PYTHONPATH": str(ROOT)}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("state", ["open", "closed"])
def test_a_fork_of_the_same_owner_cannot_stand_in_for_our_pull_request(tmp_path: Path, state: str) -> None:
    with FakeGitHub() as fake:
        space = make_workspace(tmp_path, files=small_files())
        branch = space.proposed(LEVERAGE)["branch"]
        fork = tmp_path / "fork.git"
        space.git("clone", "--quiet", "--bare", str(space.origin), str(fork), at=tmp_path)
        space.git("push", "--quiet", "origin", "--delete", branch)
        assert space.origin
        fake.add_repository("acme/live", space.origin)
        fake.add_repository("acme/live-fork", fork, fork_of="acme/live")
        mallory = Github(base_url=fake.base_url, auth=Auth.Token(fake.token_for("mallory")), retry=None)
        pull = mallory.get_repo("acme/live").create_pull("main", branch, title="evil", body="", head_repo="live-fork")
        if state == "closed":
            pull.edit(state="closed")
        env = {"GITHUB_API_URL": fake.base_url, "GITHUB_REPOSITORY": "acme/live", "GITHUB_TOKEN": "bot-token"}
        arguments = ("--format", "json", "--now", NOW.isoformat())
        result = space.promobot("propose", space.export(LEVERAGE), *arguments, env=env).json
        assert result["outcome"] == "opened"
        assert result["pull_request"]["number"] != pull.number


def test_a_branch_with_other_evidence_is_made_again_before_it_gets_a_pull_request(tmp_path: Path) -> None:
    with FakeGitHub() as fake:
        space = make_workspace(tmp_path, files=small_files())
        space.proposed({**LEVERAGE, "confidence_score": 1.0, "reason": "signed off"})
        assert space.origin
        fake.add_repository("acme/live", space.origin)
        env = {"GITHUB_API_URL": fake.base_url, "GITHUB_REPOSITORY": "acme/live", "GITHUB_TOKEN": "bot-token"}
        ran = space.promobot("propose", space.export(LEVERAGE), "--format", "json", "--now", NOW.isoformat(), env=env)
        assert (ran.json["outcome"], ran.json["reasons"][0]["code"]) == ("adopted", "branch_found")
        [pull] = fake.repository("acme/live").pulls
        assert "signed off" not in (pull.body or "")
        assert "0.9" in (pull.body or "")
        patches = f"reports/live_promotion/{ran.json['proposal_id']}/config_patches.json"
        assert "signed off" not in space.git("show", f"{ran.json['branch']}:{patches}", at=space.origin)


def test_the_commits_words_must_be_ours_too(space: Workspace) -> None:
    branch = space.proposed(LEVERAGE)["branch"]
    space.git("fetch", "--quiet", "origin")
    told = space.git("log", "-1", "--format=%B", f"origin/{branch}")
    said = space.git("commit-tree", f"origin/{branch}^{{tree}}", "-p", "main", "-m", f"Closes #1\n\n{told}")
    space.git("push", "--quiet", "--force", "origin", f"{said}:refs/heads/{branch}")
    assert space.proposed(LEVERAGE)["outcome"] == "blocked"


def test_no_workflow_command_is_in_the_json(space: Workspace) -> None:
    space.write({"../##[group]x.json": '[{"##[error]x": 1}]'})
    ran = space.propose("../##[group]x.json")
    assert ran.code == 3
    assert "##[" not in ran.out
    assert ran.json["error"]["details"][0]["file"] == "../##[group]x.json"


def test_an_interrupted_transfer_ends_at_once(space: Workspace) -> None:
    with GitHttpServer(space.folder) as server:
        assert space.origin
        hook = space.origin / "hooks/pre-receive"
        hook.write_text("#!/bin/sh\nsleep 8\n")
        hook.chmod(0o755)
        space.git("remote", "set-url", "origin", server.url("origin"))
        command = [sys.executable, "-m", "promobot", "propose", space.export(LEVERAGE), "--forge", "none"]
        running = subprocess.Popen(
            command, cwd=space.clone, env=clean_env({"PYTHONPATH": str(ROOT)}), stderr=subprocess.PIPE,
            stdout=subprocess.PIPE, start_new_session=True, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while (
            not any(request.service == "git-receive-pack" for request in server.requests)
            and time.monotonic() < deadline
        ):
            time.sleep(0.1)
        time.sleep(0.5)
        os.killpg(running.pid, signal.SIGINT)
        started = time.monotonic()
        _, told = running.communicate(timeout=30)
        took = time.monotonic() - started
    assert running.returncode == 130
    assert "interrupted" in told
    assert took < 6, "it waited for the server, which had two seconds more to sleep"


def test_without_git_there_is_help_and_a_plain_refusal(space: Workspace, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert space.promobot("--help", env={"PATH": str(empty)}).code == 0
    ran = space.promobot("propose", "--format", "json", env={"PATH": str(empty)})
    assert (ran.code, ran.json["error"]["code"]) == (4, "repository_refused")
    assert "install git" in ran.json["error"]["message"]


def test_a_repository_of_somebody_else_is_gits_to_refuse(space: Workspace) -> None:
    """git's own check of who owns a repository is not switched off by naming its directory."""
    ran = space.propose(space.export(LEVERAGE), env={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})
    assert ran.code == 4
    assert "dubious ownership" in ran.json["error"]["message"]


@pytest.mark.parametrize(("name", "value"), [("GITHUB_API_URL", "ftp://x"), ("GITHUB_SERVER_URL", "http://[x")])
def test_an_address_that_is_none_is_a_usage_error(space: Workspace, name: str, value: str) -> None:
    ran = space.propose(space.export(LEVERAGE), env={name: value})
    assert (ran.code, name in ran.json["error"]["message"]) == (2, True)
