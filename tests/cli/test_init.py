"""`promobot init` as a newcomer runs it, in repositories of every age."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from promobot import load_config_with_live_overrides
from promobot.core.codeowners import unowned
from promobot.core.policy import Paths
from promobot.core.policy.file import parse_policy
from promobot.core.starter import LABELS, Wishes
from promobot.errors import RepositoryRefused
from promobot.usecases.init import carry_out, plan_init
from tests.support.fake_github import FakeGitHub, Fault
from tests.support.fake_github.git import clean_env
from tests.support.hosted import NAME, host, run_here
from tests.support.workspace import CONFIG, NOW, ROOT, Ran, Workspace

SHA = "0123456789abcdef0123456789abcdef01234567"
WHO = ("--action", f"acme/promobot@{SHA}", "--owner", "@acme/operators")
POLICY, OWNERS, EXAMPLE = "config/promobot.toml", ".github/CODEOWNERS", "reports/learning_snippets/example.json"
WORKFLOWS = tuple(f".github/workflows/{name}.yml" for name in ("promote", "gate", "record"))
FILES = {POLICY, OWNERS, EXAMPLE, *WORKFLOWS}
AT = ("--now", NOW.isoformat())


@pytest.fixture
def new(tmp_path: Path) -> Workspace:
    """A repository just made: no commit, no remote, no file."""
    space = Workspace(tmp_path, None)
    space.clone.mkdir()
    space.git("init", "--quiet", "--initial-branch=main")
    return space


def init(space: Workspace, *words: str, code: int = 0) -> Any:
    ran = run_here(space.clone, space.env, "init", "--yes", "--format", "json", *words)
    assert (ran.code, ran.err) == (code, ""), ran.err
    return ran.json


def actions(told: Any) -> dict[str, str]:
    return {file["path"]: file["action"] for file in told["files"]}


def files(space: Workspace) -> dict[str, bytes]:
    inside = (path for path in space.clone.rglob("*") if ".git" not in path.relative_to(space.clone).parts)
    return {path.relative_to(space.clone).as_posix(): path.read_bytes() for path in inside if path.is_file()}


def commit(space: Workspace) -> None:
    space.git("add", "--all")
    space.git("commit", "--quiet", "--message", "add promobot")


def test_a_new_repository_gets_everything_and_no_commit(new: Workspace) -> None:
    told = init(new, *WHO)
    assert (told["outcome"], told["schema_version"]) == ("initialised", 1)
    assert actions(told) == dict.fromkeys([*FILES, "config/config.toml"], "create")
    assert set(files(new)) == {*FILES, "config/config.toml"}
    assert new.git("for-each-ref") == ""
    assert new.git("status", "--porcelain", "-uall").count("?? ") == len(FILES) + 1
    assert [step.split(":")[0].split(" ")[0] for step in told["next_steps"]] == ["Say", "Commit", "Set"]


def test_the_policy_is_one_that_doctor_explains_and_that_grants_nothing(new: Workspace) -> None:
    init(new, *WHO)
    commit(new)
    told = new.promobot("doctor", "--policy-only", "--format", "json", *AT)
    assert (told.code, told.err) == (0, "")
    assert {finding["code"] for finding in told.json["findings"]} == {"no_grant", "nothing_automatic"}
    assert told.json["policy"]["effective_mode"] == "manual_only"
    assert {parameter["verdict"] for parameter in told.json["parameters"]} == {"never"}
    whole = new.promobot("doctor", "--format", "json", *AT).json
    assert whole["ok"] is True
    assert new.propose().json["outcome"] == "nothing_to_propose"


def test_from_nothing_to_a_merged_proposal_by_the_comments_of_the_files_alone(new: Workspace) -> None:
    init(new, *WHO)
    policy = files(new)[POLICY].decode()
    policy = re.sub(
        r"^# (\[\[eligibility\]\]|targets = \[\"portfolio\.\*\"\]|min_confidence.*)$", r"\1", policy, flags=re.M
    )
    new.write({POLICY: policy.replace('mode = "manual_only"', 'mode = "bounded_auto"')})
    example = files(new)[EXAMPLE].decode().replace('"PROPOSED"', '"APPLIED_OFFLINE"')
    new.write({EXAMPLE: example})
    commit(new)
    result = new.propose().json
    assert result["outcome"] == "opened"
    assert result["overrides"] == {"portfolio.leverage": {"old": 1.5, "new": 1.6}}
    new.merge(result["branch"])
    assert '"portfolio.leverage" = 1.6' in (new.clone / "config/live_overrides/auto.toml").read_text()


def test_every_comment_of_the_policy_is_a_valid_setting(new: Workspace) -> None:
    init(new)
    text = files(new)[POLICY].decode()
    uncommented = re.sub(r"^# (?=\[|[a-z_]+ = )", "", text, flags=re.M)
    policy = parse_policy(uncommented.encode(), POLICY)
    assert (len(policy.eligibility), len(policy.bounds_for), policy.blacklist.targets) == (1, 1, ("environment",))
    assert max(map(len, text.splitlines())) <= 120


def baseline(space: Workspace) -> str | None:
    """What init says of the audit's beginning, in the policy that it wrote."""
    return parse_policy(files(space)[POLICY], POLICY).audit.baseline


def test_a_repository_without_a_commit_has_no_baseline_and_the_default_holds(new: Workspace) -> None:
    told = init(new)
    assert baseline(new) is None
    assert "\n[audit]\n# No baseline: no commit of the base branch was known here.\n" in files(new)[POLICY].decode()
    assert "audited" not in str(told)


def test_the_head_of_the_base_branch_is_the_baseline(new: Workspace) -> None:
    new.write({"app.py": ""})
    commit(new)
    head = new.git("rev-parse", "HEAD")
    told = init(new)
    assert baseline(new) == head
    [why] = [file["why"] for file in told["files"] if file["path"] == POLICY]
    assert why == f"what may be proposed: nothing until you grant it; audited from {head[:12]} on"
    commit(new)
    init(new)
    assert baseline(new) == head, "a second run leaves it where it is"


def on_a_branch(space: Workspace) -> None:
    space.git("switch", "--quiet", "--create", "add-promobot")


def ahead(space: Workspace) -> None:
    space.git("commit", "--quiet", "--allow-empty", "-m", "not pushed")


def detached(space: Workspace) -> None:
    space.git("remote", "set-head", "origin", "main")
    space.git("switch", "--quiet", "--detach")
    ahead(space)


def without_upstream(space: Workspace) -> None:
    space.git("branch", "--unset-upstream")


def of_another_name(space: Workspace) -> None:
    space.git("remote", "set-head", "origin", "main")
    on_a_branch(space)
    ahead(space)


def behind_another_remote(space: Workspace) -> None:
    space.git("remote", "add", "fork", "/nonexistent")


@pytest.mark.parametrize("change", [ahead, detached, without_upstream, of_another_name, behind_another_remote])
def test_with_a_remote_what_it_holds_is_the_baseline_and_nobody_is_asked(
    space: Workspace, change: Callable[[Workspace], None]
) -> None:
    space.git("rm", "-r", "--quiet", ".")
    head = space.commit({"app.py": ""})
    change(space)
    space.git("remote", "set-url", "origin", "/nonexistent")
    init(space)
    assert baseline(space) == head


def one_of_two(space: Workspace) -> None:
    space.git("remote", "rename", "origin", "one")
    space.git("remote", "add", "two", "/nonexistent")
    on_a_branch(space)


def test_the_upstream_comes_before_the_remotes_default(space: Workspace) -> None:
    """A team may promote to another branch than the remote's default, as find_base takes it."""
    space.git("rm", "-r", "--quiet", ".")
    space.commit({"app.py": ""})
    space.git("remote", "set-head", "origin", "main")
    space.git("switch", "--quiet", "--create", "live")
    ahead(space)
    space.git("push", "--quiet", "--set-upstream", "origin", "live")
    init(space)
    assert baseline(space) == space.git("rev-parse", "live") != space.git("rev-parse", "main")


@pytest.mark.parametrize("change", [on_a_branch, one_of_two])
def test_where_nobody_knows_the_base_branch_there_is_no_baseline(
    space: Workspace, change: Callable[[Workspace], None]
) -> None:
    """The remote's default branch is not known here, and the branch at hand is not on the remote."""
    space.git("rm", "-r", "--quiet", ".")
    space.commit({"app.py": ""})
    change(space)
    init(space)
    assert baseline(space) is None


def test_what_will_be_pushed_to_an_empty_remote_is_the_baseline(new: Workspace) -> None:
    new.write({"app.py": ""})
    commit(new)
    new.git("remote", "add", "origin", "/nonexistent")
    init(new)
    assert baseline(new) == new.git("rev-parse", "HEAD")


def test_a_shallow_clone_knows_the_base_branch_too(space: Workspace, tmp_path: Path) -> None:
    space.git("rm", "-r", "--quiet", ".")
    head = space.commit({"app.py": ""})
    there = Workspace(tmp_path / "shallow", None)
    there.folder.mkdir()
    there.git("clone", "--quiet", "--depth=1", f"file://{space.origin}", str(there.clone), at=there.folder)
    init(there)
    assert baseline(there) == head


def test_running_it_again_writes_nothing_and_says_so(new: Workspace) -> None:
    init(new, *WHO)
    before = files(new)
    told = init(new, *WHO)
    assert told["outcome"] == "unchanged"
    assert set(actions(told).values()) == {"keep"}
    assert files(new) == before
    assert "Everything stands; nothing was written." in run_here(new.clone, {}, "init").out, "nothing to ask for either"


def test_what_was_taken_away_comes_back_and_the_rest_stays(new: Workspace) -> None:
    init(new, *WHO)
    before = files(new)
    (new.clone / WORKFLOWS[1]).unlink()
    assert {path for path, action in actions(init(new, *WHO)).items() if action == "create"} == {WORKFLOWS[1]}
    assert files(new) == before
    (new.clone / WORKFLOWS[1]).unlink()
    assert "Wrote 1 file; nothing was committed." in run_here(new.clone, {}, "init", "--yes", *WHO).out


def test_nothing_that_stands_there_is_overwritten(new: Workspace) -> None:
    mine: dict[str, str | bytes] = {
        POLICY: 'version = 1\n[paths]\nbase_config = "live.toml"\nexports = "in"\n',
        "live.toml": CONFIG,
        ".github/workflows/promote.yml": "mine\n",
        "in/1.jsonl": "",
    }
    new.write(mine)
    told = init(new, *WHO)
    assert {path for path, action in actions(told).items() if action == "keep"} == {*mine, "in"} - {"in/1.jsonl"}
    assert {path: files(new)[path] for path in mine} == {path: str(text).encode() for path, text in mine.items()}
    assert b"/live.toml " in files(new)[OWNERS]
    assert all(file["why"] for file in told["files"])


def test_a_policy_that_is_broken_is_exit_2_and_nothing_is_written(new: Workspace) -> None:
    new.write({POLICY: "mode = 1\n"})
    assert init(new, code=2)["error"]["code"] == "policy"
    assert set(files(new)) == {POLICY}


def test_a_workflow_of_another_name_that_runs_promobot_is_not_doubled(new: Workspace) -> None:
    new.write({".github/workflows/bot.yml": f"    uses: acme/promobot/.github/workflows/promote.yml@{SHA}\n"})
    told = actions(init(new, *WHO))
    assert told[".github/workflows/bot.yml"] == "keep"
    assert WORKFLOWS[0] not in told


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (OWNERS, "* @me\n/.github/\n"),
        ("CODEOWNERS", "*.py @me\n"),
        ("docs/CODEOWNERS", "*.py @me"),
        (OWNERS, "*.py @me\r\n"),
        (OWNERS, "/config/ @me\n/reports/ @me\n"),
    ],
)
def test_lines_of_owners_are_appended_where_the_forge_reads_them(new: Workspace, place: str, text: str) -> None:
    new.write({place: text})
    assert actions(init(new, *WHO))[place] == "append"
    after = files(new)[place].decode()
    assert after.splitlines()[: len(text.splitlines())] == text.splitlines()
    assert unowned(after, Paths()) == ()
    assert after.count("\r\n") in (0, after.count("\n"))
    added = after.removeprefix(text)
    assert ("/config/promobot.toml" in added) is ("*.py" in text), "only what has no owner is added"
    assert actions(init(new, *WHO))[place] == "keep"


def test_owners_that_cover_everything_already_stay_as_they_are(new: Workspace) -> None:
    new.write({"CODEOWNERS": "* @me\n"})
    assert actions(init(new))["CODEOWNERS"] == "keep"
    assert OWNERS not in files(new)


def test_what_nobody_told_it_is_left_open_and_named(new: Workspace) -> None:
    told = init(new)
    assert "OWNER/promobot and COMMIT" in told["next_steps"][0]
    assert "@OWNER/operators" in told["next_steps"][1]
    assert b"uses: OWNER/promobot/.github/workflows/gate.yml@COMMIT\n" in files(new)[WORKFLOWS[1]]
    assert init(new, *WHO)["next_steps"][:2] == told["next_steps"][:2], "nothing is overwritten, so it is still open"
    for path in (OWNERS, *WORKFLOWS):
        (new.clone / path).unlink()
    assert len(init(new, *WHO)["next_steps"]) == 3


def test_a_policy_that_grants_something_needs_no_first_word(new: Workspace) -> None:
    new.write({POLICY: 'version = 1\n[[eligibility]]\ntargets = ["*"]\n'})
    assert "Say in" not in str(init(new)["next_steps"])


@pytest.mark.parametrize("path", ["config.toml", "config/settings.toml"])
def test_the_base_config_is_found_and_the_examples_are_about_it(new: Workspace, path: str) -> None:
    new.write({path: 'name = "x"\n[execution]\nlimit = 3\nslippage = 0.7\n', "app.py": ""})
    told = init(new, "--exports", "in box/exports")
    assert actions(told)[path] == "keep"
    policy = parse_policy(files(new)[POLICY], POLICY)
    assert (policy.paths.base_config, policy.paths.exports) == (path, "in box/exports")
    [patch] = json.loads(files(new)["in box/exports/example.json"])["patches"]
    assert (patch["target"], patch["old_value"], patch["new_value"]) == ("execution.slippage", 0.7, 0.8)
    assert patch["status"] == "PROPOSED", "nobody's live value is moved by an example"
    assert '# targets = ["execution.*"]' in files(new)[POLICY].decode()
    assert b'exports-folder: "in box/exports"\n' in files(new)[WORKFLOWS[0]]


@pytest.mark.parametrize("path", ["etc/live.toml", "config.toml", "config/config.toml"])
def test_the_overrides_lie_where_whoever_loads_the_base_config_looks_for_them(new: Workspace, path: str) -> None:
    new.write({path: CONFIG, "app.py": ""})
    told = init(new, *WHO, *(("--base-config", path) if path.startswith("etc") else ()))
    overrides = parse_policy(files(new)[POLICY], POLICY).paths.live_overrides
    new.write({overrides: '[auto_applied]\n"portfolio.leverage" = 1.75\n'})
    assert load_config_with_live_overrides(new.clone / path)["portfolio.leverage"] == 1.75
    assert unowned(files(new)[OWNERS].decode(), Paths(base_config=path, live_overrides=overrides)) == ()
    assert "live environment" not in str(told["next_steps"])


def test_a_base_config_that_names_no_live_environment_is_told(new: Workspace) -> None:
    new.write({"etc/live.toml": CONFIG.replace('mode = "live"', 'mode = "paper"')})
    [first, *_] = init(new, *WHO, "--base-config", "etc/live.toml")["next_steps"]
    assert first.startswith("etc/live.toml names no live environment, so whoever loads it gets no override")
    assert "set environment.mode to one of live, live_dry_run, paper_live, shadow, testnet," in first
    commit(new)
    [finding] = (
        finding
        for finding in new.promobot("doctor", "--format", "json", *AT).json["findings"]
        if finding["code"] in ("not_live", "overrides_elsewhere")
    )
    assert first == f"{finding['message']}: {finding['mend']}.", "the words of doctor"


def test_a_repository_with_work_in_it_gets_no_base_config_of_ours(new: Workspace) -> None:
    new.write({"app.py": "", "config.yaml": "a: 1\n"})
    told = init(new, *WHO)
    assert "config/config.toml" not in files(new)
    assert told["next_steps"][0].startswith("No base config was found")


def test_a_readme_and_empty_folders_make_no_work_yet(new: Workspace) -> None:
    (new.clone / "src/deep").mkdir(parents=True)
    new.write({"README.md": "# x\n", ".gitignore": "", "LICENSE": ""})
    init(new, *WHO)
    assert tomllib.loads(files(new)["config/config.toml"].decode())["portfolio"] == {"leverage": 1.5}


def test_it_works_from_a_subfolder_and_by_repo(new: Workspace) -> None:
    (new.clone / "a/b").mkdir(parents=True)
    told = new.promobot("init", "--yes", "--repo", "a/b")
    assert told.code == 0
    assert set(files(new)) >= FILES


def test_the_index_and_what_is_staged_stay(space: Workspace) -> None:
    space.write({"staged.txt": "x"})
    space.git("add", "staged.txt")
    before = space.git("status", "--porcelain"), space.git("rev-parse", "HEAD"), space.branches()
    init(space, *WHO)
    after = space.git("status", "--porcelain", "-uno")
    assert (after, space.git("rev-parse", "HEAD"), space.branches()) == before


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "an action without a commit": (("--action", "acme/promobot@v1"), "40 hexadecimal digits"),
    "an action that would leave its line": (("--action", f"a/b@{SHA}\n"), "40 hexadecimal digits"),
    "an owner that is none": (("--owner", "acme"), "@organisation/team"),
    "an owner that hides the rest": (("--owner", "@a #"), "@organisation/team"),
    "a base config that is not there": (("--base-config", "no.toml"), "no TOML file"),
    "a path that leads out": (("--exports", "../x"), "relative path inside the repository"),
    "labels without a forge": (("--labels",), "GITHUB_REPOSITORY"),
}


@pytest.mark.parametrize("story", REFUSED)
def test_a_wish_that_cannot_be_met_is_exit_2_and_nothing_is_written(new: Workspace, story: str) -> None:
    words, said = REFUSED[story]
    assert said in init(new, *words, code=2)["error"]["message"]
    assert files(new) == {}


def test_something_in_the_way_is_exit_4_before_anything_is_written(new: Workspace, tmp_path: Path) -> None:
    new.write({"reports": "a file"})
    assert "reports is no folder" in init(new, code=4)["error"]["message"]
    assert set(files(new)) == {"reports"}
    (new.clone / "reports").unlink()
    (tmp_path / "outside").mkdir()
    (new.clone / ".github").symlink_to(tmp_path / "outside")
    assert ".github" in init(new, code=4)["error"]["message"]
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_link_in_the_place_of_a_file_is_kept_and_not_followed(new: Workspace, tmp_path: Path) -> None:
    (new.clone / "config").mkdir()
    (new.clone / POLICY).symlink_to(tmp_path / "elsewhere.toml")
    assert actions(init(new))[POLICY] == "keep"
    assert not (tmp_path / "elsewhere.toml").exists()
    (new.clone / OWNERS).unlink()
    (new.clone / OWNERS).symlink_to(tmp_path / "owners")
    assert init(new, code=4)["error"]["code"] == "repository_refused"


def test_a_file_that_came_since_it_was_planned_is_not_overwritten_either(new: Workspace) -> None:
    plan = plan_init(new.clone, Wishes())
    new.write({WORKFLOWS[2]: "somebody's\n"})
    with pytest.raises(RepositoryRefused, match=r"record\.yml cannot be written \(File exists\)"):
        carry_out(new.clone, plan)
    assert files(new)[WORKFLOWS[2]] == b"somebody's\n"
    assert set(actions(init(new)).values()) == {"keep", "create"}, "the next run does the rest"
    assert set(files(new)) >= FILES


def test_a_dry_run_shows_the_same_and_writes_nothing(new: Workspace) -> None:
    dry = init(new, "--dry-run", *WHO)
    assert dry["outcome"] == "dry_run"
    assert files(new) == {}
    assert actions(dry) == actions(init(new, *WHO))
    shown = new.promobot("init", "--dry-run")
    assert (shown.code, "Nothing was written (dry run)." in shown.out) == (0, True)


@pytest.mark.parametrize("words", [(), ("--format", "json")])
def test_without_a_terminal_and_without_yes_it_is_exit_2(new: Workspace, words: tuple[str, ...]) -> None:
    ran = new.promobot("init", *words, stdin="y\n")
    assert ran.code == 2
    assert "give --yes" in ran.err + ran.out
    assert files(new) == {}


def on_terminal(space: Workspace, answer: bytes) -> Ran:
    """Run init with a terminal in front of it, and answer."""
    keyboard, screen = pty.openpty()
    os.write(keyboard, answer)
    done = subprocess.Popen(
        [sys.executable, "-m", "promobot", "init", *WHO],
        cwd=space.clone, env=clean_env({"PYTHONPATH": str(ROOT)}), stdin=screen, stdout=screen, stderr=screen,
    )  # fmt: skip
    os.close(screen)
    told = b""
    try:
        while part := os.read(keyboard, 4096):
            told += part
    except OSError:
        pass  # Linux says so when the other end is closed.
    os.close(keyboard)
    return Ran(done.wait(timeout=60), told.decode().replace("\r\n", "\n"), "")


def test_on_a_terminal_it_shows_what_it_will_do_and_asks_once(new: Workspace) -> None:
    no = on_terminal(new, b"n\n")
    assert (no.code, files(new)) == (0, {})
    assert no.out.count("Write these files?") == 1
    assert f"create  {POLICY} " in no.out.partition("Write these files?")[0]
    assert no.out.endswith("Nothing was written.\n")
    yes = on_terminal(new, b"y\n")
    assert (yes.code, set(files(new)) >= FILES) == (0, True)
    assert yes.out.count(f"create  {POLICY} ") == 1
    assert "Next:" in yes.out


def test_the_labels_are_made_once_and_kept_as_they_are(tmp_path: Path) -> None:
    with FakeGitHub() as fake:
        team = host(fake, tmp_path)
        person = fake.token_for("ann")
        team.space.env["GITHUB_TOKEN"] = person
        fake.repository(NAME).label("Promobot:Hold", fake.world.next_id)
        assert init(team.space)["labels"] == {"known": list(LABELS), "created": []}
        assert not list(fake.requests), "nobody asked for them"
        assert init(team.space, "--labels", "--dry-run")["labels"]["created"] == []
        assert init(team.space, "--labels")["labels"]["created"] == [name for name in LABELS if name != "promobot:hold"]
        posts = fake.requests.filter("POST", "/repos/*/labels")
        assert len(posts) == len(LABELS) - 1, "names of labels have no case, so none is asked for that is there"
        assert init(team.space, "--labels")["outcome"] == "unchanged"
        fake.repository(NAME).labels.pop("promobot")
        text = run_here(team.space.clone, team.space.env, "init", "--yes", "--labels").out
        assert "Everything stands; nothing was written.\nCreated the labels promobot.\n" in text
        assert {label.name for label in fake.repository(NAME).labels.values()} >= {"Promobot:Hold", "promobot"}
        assert max(map(len, LABELS.values())) <= 100
        fake.repository(NAME).labels.pop("promobot")
        taken = {"resource": "Label", "code": "already_exists", "field": "name"}
        faster = Fault.status(422, "Validation Failed", errors=(taken,))
        fake.faults.add(match="POST /repos/acme/live/labels", fault=faster)
        assert init(team.space, "--labels")["labels"]["created"] == [], "somebody else was faster, which is as good"
        fake.faults.add(match="GET /repos/acme/live/labels", fault=Fault.status(404, "Not Found"), nth=None)
        assert init(team.space, "--labels", code=5)["error"]["code"] == "forge"


@pytest.mark.parametrize("words", [WHO, (*WHO, "--exports", "in [box] #1, it's/ex")], ids=["plain", "odd names"])
def test_the_workflows_pass_the_linters_of_the_trade(new: Workspace, words: tuple[str, ...]) -> None:
    init(new, *words)
    scripts = Path(sysconfig.get_path("scripts"))
    lint = [str(new.clone / path) for path in WORKFLOWS]
    for command in (
        [
            "zizmor",
            "--offline",
            "--no-progress",
            "--persona=auditor",
            "--strict-collection",
            str(new.clone / ".github"),
        ],
        ["actionlint", *lint],
    ):
        done = subprocess.run([str(scripts / command[0]), *command[1:]], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def permissions(text: str) -> dict[str, str]:
    """All that the jobs of a workflow ask for, the most of each."""
    found: dict[str, str] = {}
    for name, level in re.findall(r"^      ([a-z-]+): (read|write)\b", text, re.M):
        found[name] = max(found.get(name, ""), level)
    return found


@pytest.mark.parametrize("path", WORKFLOWS)
def test_a_workflow_grants_what_the_called_one_asks_for_and_no_more(new: Workspace, path: str) -> None:
    """A job that is called and asks for more than its caller grants does not start at all."""
    init(new, *WHO)
    called = ROOT / path
    assert called.is_file(), f"{path} is missing, and the workflow that init writes calls it"
    text = called.read_text(encoding="utf-8")
    assert "\n  workflow_call:" in text, f"{path} cannot be called"
    assert permissions(text), "a form of permissions that this test cannot read"
    assert permissions(files(new)[path].decode()) == permissions(text)


def test_the_gates_check_is_named_as_doctor_asks_for_it(new: Workspace) -> None:
    from promobot.core.readiness import GATE_CHECK

    caller, called = GATE_CHECK.split(" / ")
    init(new, *WHO)
    assert f"\njobs:\n  {caller}:\n" in files(new)[WORKFLOWS[1]].decode()
    gate = ROOT / WORKFLOWS[1]
    assert gate.is_file(), f"{WORKFLOWS[1]} is missing"
    job = gate.read_text(encoding="utf-8").partition("\njobs:\n")[2]
    assert f"\n    name: ${{{{ inputs.called && '{called}' || '{GATE_CHECK}' }}}}\n" in job


def test_the_gate_is_asked_on_the_same_events_as_in_this_repository(new: Workspace) -> None:
    init(new, *WHO)
    texts = files(new)[WORKFLOWS[1]].decode(), (ROOT / WORKFLOWS[1]).read_text(encoding="utf-8")
    assert len({*re.findall(r"^    types: (.+)$", "".join(texts), re.M)}) == 1
    assert all("\n  pull_request_target:" in text and "\n  merge_group:\n" in text for text in texts)


def test_the_help_teaches_and_fits_eighty_columns(new: Workspace) -> None:
    ran = new.promobot("init", "--help", env={"COLUMNS": "80"})
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    assert all(word in ran.out for word in ("Usage: promobot init", "Examples", "--action", "--dry-run", "Exit codes"))
