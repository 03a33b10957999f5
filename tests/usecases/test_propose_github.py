"""`propose` with a forge: one pull request whatever happened before, and few requests for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from github import Auth, Github

from tests.support.fake_github import FakeGitHub, Fault
from tests.support.fake_github.git import clean_env
from tests.support.workspace import NOW, POLICY, ROOT, Ran, Workspace, make_workspace, patch, small_files

LEVERAGE = patch("portfolio.leverage", 1.75, old_value=1.5)
NAME = "acme/live"
DECORATED = POLICY + '[github]\nlabels = ["promobot", "risk"]\nreviewers = ["ann"]\n'
COMMITS_BY_API = POLICY + '[github]\ncommits = "api"\n'


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with FakeGitHub() as running:
        yield running


def hosted(fake: FakeGitHub, folder: Path, policy: str = DECORATED) -> Workspace:
    """A workspace whose origin the fake serves."""
    space = make_workspace(folder, files=small_files(policy=policy))
    assert space.origin
    fake.add_repository(NAME, space.origin, collaborators=("ann",))
    space.env = {
        "GITHUB_API_URL": fake.base_url,
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_TOKEN": fake.token_for("promobot[bot]"),
    }
    return space


def propose(space: Workspace, *patches: dict[str, object], env: dict[str, str] | None = None) -> Ran:
    export = space.export(*(patches or (LEVERAGE,)))
    return space.promobot("propose", export, "--format", "json", "--now", NOW.isoformat(), env=env)


def checklist_of(space: Workspace, result: dict[str, str]) -> str:
    path = f"reports/live_promotion/{result['proposal_id']}/OPERATOR_CHECKLIST.md"
    return space.git("show", f"{result['branch']}:{path}", at=space.origin)


def test_one_pull_request_with_the_checklist_as_its_body(fake: FakeGitHub, tmp_path: Path) -> None:
    space = hosted(fake, tmp_path)
    ran = propose(space)
    assert ran.code == 0, ran.err
    result = ran.json
    [pull] = fake.repository(NAME).pulls
    assert result["outcome"] == "opened"
    assert result["pull_request"] == {"number": pull.number, "url": result["pull_request"]["url"]}
    assert pull.title == "promote: portfolio.leverage 1.5 -> 1.75"
    assert (pull.body or "").rstrip("\n") == checklist_of(space, result)
    assert sorted(label.name for label in pull.labels) == ["promobot", "risk"]
    assert len(fake.requests) <= 4, "the budget for opening"


def test_an_unchanged_rerun_costs_one_request_and_no_write(fake: FakeGitHub, tmp_path: Path) -> None:
    space = hosted(fake, tmp_path)
    first = propose(space).json
    before = space.branches()
    fake.requests.reset()
    again = propose(space).json
    assert (again["outcome"], again["pull_request"]) == ("unchanged", first["pull_request"])
    assert len(fake.requests) == 1
    assert fake.requests.writes == []
    assert space.branches() == before


@pytest.mark.parametrize("policy", [DECORATED, COMMITS_BY_API], ids=["git", "api"])
def test_a_branch_without_its_pull_request_is_adopted(fake: FakeGitHub, tmp_path: Path, policy: str) -> None:
    space = hosted(fake, tmp_path, policy)
    fake.faults.add(match="POST /repos/*/pulls", nth=None, when="before", fault=Fault.status(500))
    failed = propose(space)
    assert failed.code == 5, failed.out
    assert fake.repository(NAME).pulls == []
    fake.faults.clear()
    result = propose(space).json
    [pull] = fake.repository(NAME).pulls
    assert result["outcome"] == "adopted"
    assert (pull.body or "").rstrip("\n") == checklist_of(space, result)


def test_a_create_whose_answer_was_lost_is_found(fake: FakeGitHub, tmp_path: Path) -> None:
    space = hosted(fake, tmp_path)
    fake.faults.add(match="POST /repos/*/pulls", when="after", fault=Fault.status(502))
    result = propose(space).json
    assert result["outcome"] == "opened"
    assert [pull.number for pull in fake.repository(NAME).pulls] == [result["pull_request"]["number"]]


@pytest.mark.parametrize(("how", "outcome"), [("merged", "already_approved"), ("closed", "suppressed")])
def test_a_persons_answer_is_not_asked_for_again(fake: FakeGitHub, tmp_path: Path, how: str, outcome: str) -> None:
    space = hosted(fake, tmp_path, POLICY.replace("bounded_auto", "manual_only"))
    result = propose(space).json
    number = result["pull_request"]["number"]
    answer(fake, number, how, fake.token_for("ann"))
    space.git("fetch", "--quiet", "origin")
    again = propose(space).json
    assert (again["outcome"], again["pull_request"]["number"]) == (outcome, number)
    assert len(fake.repository(NAME).pulls) == 1


def answer(fake: FakeGitHub, number: int, how: str, token: str) -> None:
    pull = Github(base_url=fake.base_url, auth=Auth.Token(token), retry=None).get_repo(NAME).get_pull(number)
    if how == "merged":
        pull.merge(merge_method="merge")
    else:
        pull.edit(state="closed")


def test_decoration_that_fails_is_a_warning(fake: FakeGitHub, tmp_path: Path) -> None:
    space = hosted(fake, tmp_path, DECORATED.replace('"ann"', '"nobody"'))
    ran = propose(space)
    assert (ran.code, ran.json["outcome"]) == (0, "opened")
    assert any("reviewers could not be asked: 422" in warning for warning in ran.json["warnings"])


@pytest.mark.parametrize(
    ("fault", "saying"),
    [
        (Fault.status(401), "GITHUB_TOKEN"),
        (Fault.status(404), "GITHUB_REPOSITORY"),
        (Fault.status(422), "422"),
        (Fault.actions_may_not_open_pulls(), "Allow GitHub Actions to create and approve pull requests"),
    ],
    ids=["401", "404", "422", "not permitted"],
)
def test_a_forge_that_says_no_is_told_plainly(fake: FakeGitHub, tmp_path: Path, fault: Fault, saying: str) -> None:
    space = hosted(fake, tmp_path)
    fake.faults.add(match="POST /repos/*/pulls", nth=None, fault=fault)
    ran = propose(space)
    assert (ran.code, ran.json["error"]["code"]) == (5, "forge")
    assert saying in ran.json["error"]["message"]
    fake.faults.clear()
    assert propose(space).json["outcome"] == "adopted"


def test_a_forge_that_is_not_there(fake: FakeGitHub, tmp_path: Path) -> None:
    space = hosted(fake, tmp_path)
    fake.stop()
    ran = propose(space)
    assert (ran.code, ran.json["error"]["code"]) == (5, "forge")
    assert "nothing" in ran.json["error"]["message"] or "run again" in ran.json["error"]["message"]


def test_both_transports_make_the_same_tree(fake: FakeGitHub, tmp_path: Path) -> None:
    text = '# kept ü\r\n[auto_applied]\r\n"macro.tilt" = 0.3\r\n'
    files = small_files(policy=COMMITS_BY_API, overrides=text)
    trees = {}
    for name in ("git", "api"):
        space = make_workspace(tmp_path / name, files=files)
        assert space.origin
        fake.add_repository(f"acme/{name}", space.origin)
        space.env = {
            "GITHUB_API_URL": fake.base_url,
            "GITHUB_REPOSITORY": f"acme/{name}",
            "GITHUB_TOKEN": fake.token_for("promobot[bot]"),
        }
        # The same base commit in both, because its id is part of the artifacts.
        same = ("commit", "--quiet", "--amend", "--no-edit", "--date=2026-01-01T00:00:00Z")
        space.git(*same, env={"GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"})
        space.git("push", "--quiet", "--force", "origin", "main")
        forge = () if name == "api" else ("--forge", "none")
        ran = space.promobot(
            "propose", space.export(LEVERAGE), *forge, "--format", "json", "--now", NOW.isoformat()
        )  # fmt: skip
        assert ran.code == 0, ran.err + ran.out
        trees[name] = space.git("rev-parse", f"{ran.json['branch']}^{{tree}}", at=space.origin)
    assert trees["git"] == trees["api"]


def test_commits_by_the_api_need_no_git_credential_and_are_signed(fake: FakeGitHub, tmp_path: Path) -> None:
    space = hosted(fake, tmp_path, COMMITS_BY_API)
    space.git("remote", "set-url", "origin", "http://127.0.0.1:9/no-git-here.git")
    ran = propose(space)
    assert (ran.code, ran.json["outcome"]) == (0, "opened"), ran.out
    assert ran.json["commit"] == space.branches()[ran.json["branch"]]
    assert len(fake.requests.filter("POST", "/repos/*/git/commits")) == 2, "the proposal, and the ledger"
    author = space.git("log", "-1", "--format=%an", ran.json["commit"], at=space.origin)
    assert author == "promobot[bot]", "the server attributes it, which is why it signs it"
    again = propose(space)
    assert again.json["outcome"] == "unchanged"


def test_a_fork_with_the_same_branch_name_is_not_ours(fake: FakeGitHub, tmp_path: Path) -> None:
    space = hosted(fake, tmp_path)
    branch = space.proposed(LEVERAGE)["branch"]
    fork = tmp_path / "fork.git"
    space.git("clone", "--quiet", "--bare", str(space.origin), str(fork), at=tmp_path)
    fake.add_repository("mallory/live", fork, fork_of=NAME)
    mallory = Github(base_url=fake.base_url, auth=Auth.Token(fake.token_for("mallory")), retry=None)
    mallory.get_repo(NAME).create_pull("main", f"mallory:{branch}", title="look-alike", body="")
    result = propose(space).json
    assert result["outcome"] == "adopted"
    assert len(fake.repository(NAME).pulls) == 2


@pytest.mark.parametrize("policy", [DECORATED, COMMITS_BY_API], ids=["git", "api"])
def test_losing_the_race_for_the_branch_ends_in_the_winners(fake: FakeGitHub, tmp_path: Path, policy: str) -> None:
    space = hosted(fake, tmp_path, policy)
    export = space.export(LEVERAGE)
    command = [sys.executable, "-m", "promobot", "propose", export, "--format", "json", "--now", NOW.isoformat()]
    environment = clean_env({"PYTHONPATH": str(ROOT), **space.env})
    runs = [
        subprocess.Popen(command, cwd=space.clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    ends = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, ends
    assert len(fake.repository(NAME).pulls) == 1
    assert len(space.branches()) == 2


def test_two_thousand_accepted_patches_fit_one_pull_request(fake: FakeGitHub, tmp_path: Path) -> None:
    names = [f"macro.weight_{number:04}_{'x' * 40}" for number in range(2000)]
    space = hosted(fake, tmp_path, DECORATED + "[auto_apply]\nmax_per_day = 1000\n")
    config = "[macro]\n" + "".join(f"{name.removeprefix('macro.')} = 0.3\n" for name in names)
    space.commit({"config/config.toml": config})
    ran = propose(space, *(patch(name, 0.35, reason="\U0001f600" * 100) for name in names))
    assert (ran.code, ran.json["outcome"]) == (0, "opened"), ran.err
    result, [pull] = ran.json, fake.repository(NAME).pulls
    body = pull.body or ""
    assert body.rstrip("\n") == checklist_of(space, result)
    assert len(body) < 58_000
    assert len(body.encode("utf-16-le")) // 2 < 58_000
    automatic = list(result["overrides"])
    assert len(automatic) == 50, "the policy's max_per_proposal"
    assert [name for name in automatic if name not in body] == []
    shown = [name for name in names if name in body]
    assert len(automatic) <= len(shown) < 2000
    assert f"{2000 - len(shown)} more stand in `config_patches.json`" in body
    path = f"reports/live_promotion/{result['proposal_id']}/config_patches.json"
    kept = json.loads(space.git("show", f"{result['branch']}:{path}", at=space.origin))["patches"]
    assert {entry["patch"]["target"] for entry in kept} == set(names)
