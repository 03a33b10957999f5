"""record.yml itself, run by act: a pull request that a person merged, a real push over HTTP, and calm after that."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.forge import REPOSITORY, ROOT, TOKEN, git
from tests.support.act import SELF_COMMIT, SELF_REPOSITORY, ActRun, run_workflow
from tests.support.act_stubs import stub_actions
from tests.support.fake_github import FakeGitHub
from tests.support.fake_github.fixtures import client
from tests.support.fake_github.git import clean_env
from tests.support.git_http import GitHttpServer
from tests.support.hosted import run_here
from tests.support.workspace import NOW

# One worker: act and pip side by side would only wait for each other.

WORKFLOW = ".github/workflows/record.yml"
OWN = "uses: $/.github/actions/record\n"


@dataclass
class Forge:
    """A repository as its users and its runners see it: `fake` answers the API and `server` git."""

    folder: Path
    bare: Path
    fake: FakeGitHub
    server: GitHttpServer

    def clone(self, name: str) -> Path:
        """A fresh clone whose origin is behind the server."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        git(self.folder, "clone", "--quiet", str(self.bare), name)
        git(self.folder / name, "remote", "set-url", "origin", self.server.url(REPOSITORY))
        return self.folder / name

    @property
    def env(self) -> dict[str, str]:
        host = self.server.url(REPOSITORY).removesuffix(f"/{REPOSITORY}.git")
        return {"GITHUB_API_URL": self.fake.base_url, "GITHUB_SERVER_URL": host, "GITHUB_REPOSITORY": REPOSITORY}

    def proposed(self) -> Any:
        """A proposal of the newest example export."""
        env = clean_env({**self.env, "GITHUB_TOKEN": TOKEN})
        words = ("propose", "--forge", "github", "--format", "json", "--now", NOW.isoformat())
        ran = run_here(self.clone("person"), env, *words)
        assert ran.code == 0, ran.out + ran.err
        return ran.json

    def merge(self, number: int) -> None:
        """A person approves, another merges."""
        for login, act in (("ben", "approve"), ("ann", "merge")):
            forge = client(self.fake.base_url, self.fake.token_for(login))
            pull = forge.get_repo(REPOSITORY).get_pull(number)
            if act == "approve":
                pull.create_review(body="good", event="APPROVE")
            else:
                pull.merge(merge_method="squash")

    def run(self, event: str, payload: Mapping[str, object] | None = None) -> ActRun:
        """Run record.yml in a fresh clone as a runner has it."""
        owner, _, name = REPOSITORY.partition("/")
        about = {"default_branch": "main", "full_name": REPOSITORY, "name": name, "owner": {"login": owner}}
        return run_workflow(
            self.clone("checkout"),
            event=event,
            workflow=WORKFLOW,
            home=self.folder / "runner",
            payload={"repository": about, **(payload or {})},
            env=self.env,
            secrets={"GITHUB_TOKEN": TOKEN},
            local_actions={
                **stub_actions(self.folder / "stubs"),
                f"{SELF_REPOSITORY}@{SELF_COMMIT}": self.folder / "promobot",
            },
        )

    def closed(self, number: int, **changed: object) -> ActRun:
        """Run it for the closed pull request, with the payload's members that count; `changed` replaces some."""
        pull = self.fake.repository(REPOSITORY).issue(number).pull
        assert pull
        head = {"ref": pull.head_ref, "sha": pull.head_sha, "repo": {"full_name": REPOSITORY}}
        told = {"number": number, "merged": pull.merged_at is not None, "head": head, "base": {"ref": "main"}}
        return self.run("pull_request_target", {"action": "closed", "number": number, "pull_request": told | changed})

    def refs(self) -> dict[str, str]:
        """Everything that a run could write, by name."""
        lines = git(self.bare, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split(" ") for line in lines)

    def records(self) -> list[Any]:
        names = git(self.bare, "ls-tree", "-r", "--name-only", "promobot-ledger").splitlines()
        return [
            json.loads(git(self.bare, "show", f"promobot-ledger:{name}")) for name in names if name.startswith("rec")
        ]


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    work, bare = tmp_path / "example", tmp_path / "forge" / f"{REPOSITORY}.git"
    bare.parent.mkdir(parents=True)
    for part in ("config", "reports/learning_snippets"):
        shutil.copytree(ROOT / part, work / part)
    text = (ROOT / WORKFLOW).read_text(encoding="utf-8")
    assert text.count(OWN) == 1
    (work / WORKFLOW).parent.mkdir(parents=True)
    # act knows no `$/`; the action then comes from a repository of its own, as for a caller elsewhere.
    known = f"uses: {SELF_REPOSITORY}/.github/actions/record@{SELF_COMMIT}\n"
    (work / WORKFLOW).write_text(text.replace(OWN, known), encoding="utf-8")
    git(work, "init", "--quiet", "--initial-branch=main")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", "The example")
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    for part in ("promobot", ".github/actions"):
        shutil.copytree(ROOT / part, tmp_path / "promobot" / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.lock", tmp_path / "promobot")
    server = GitHttpServer(tmp_path / "forge", credentials={"x-access-token": TOKEN})
    with server, FakeGitHub({TOKEN: "github-actions[bot]"}) as fake:
        fake.add_repository(REPOSITORY, bare, collaborators=("ann", "ben"))
        yield Forge(tmp_path, bare, fake, server)


def test_a_merge_is_recorded_once(forge: Forge) -> None:
    result = forge.proposed()
    number = result["pull_request"]["number"]
    forge.merge(number)
    first = forge.closed(number)
    assert first.code == 0, first.log
    assert TOKEN not in first.log
    [statement] = forge.records()
    said = statement["predicate"]
    assert (said["merger"]["login"], said["reviewed_head"]) == ("ann", result["commit"])
    assert [word["by"]["login"] for word in said["approvers"]] == ["ben"]
    shown = git(forge.bare, "log", "-1", "--format=%N", "--notes=promobot", "main")
    assert json.loads(shown) == statement

    refs, writes = forge.refs(), len(forge.fake.requests.filter("POST", "/*"))
    second = forge.run("schedule")
    assert second.code == 0, second.log
    assert "0 landings recorded, 1 had a record already." in second.log
    assert (forge.refs(), len(forge.fake.requests.filter("POST", "/*"))) == (refs, writes)


def test_what_no_event_told_of_is_found_by_hand(forge: Forge) -> None:
    forge.merge(forge.proposed()["pull_request"]["number"])
    refs = forge.refs()
    dry = forge.run("workflow_dispatch", {"inputs": {"dry-run": "true"}})
    assert dry.code == 0, dry.log
    assert "1 landing would be recorded" in dry.log
    assert forge.refs() == refs
    assert forge.run("workflow_dispatch").code == 0
    assert len(forge.records()) == 1


NONE_OF_OURS: dict[str, dict[str, object]] = {
    "closed by a person": {"merged": False},
    "another branch": {"head": {"ref": "feature", "sha": "0" * 40, "repo": {"full_name": REPOSITORY}}},
    "a fork": {"head": {"ref": "promobot/0123456789abcdef", "sha": "0" * 40, "repo": {"full_name": "mallory/live"}}},
    "a fork that is gone": {"head": {"ref": "promobot/0123456789abcdef", "sha": "0" * 40, "repo": None}},
    "another base": {"base": {"ref": "elsewhere"}},
}


@pytest.mark.parametrize("changed", NONE_OF_OURS.values(), ids=NONE_OF_OURS)
def test_other_pull_requests_start_nothing(forge: Forge, changed: dict[str, object]) -> None:
    number = forge.proposed()["pull_request"]["number"]
    forge.merge(number)
    refs, asked = forge.refs(), len(list(forge.server.requests))
    run = forge.closed(number, **changed)
    assert run.code == 0, run.log
    assert "promobot-venv" not in run.log
    assert (forge.refs(), len(list(forge.server.requests))) == (refs, asked)


def test_a_forge_that_fails_fails_the_run_and_loses_nothing(forge: Forge) -> None:
    from tests.support.fake_github import Fault

    forge.merge(forge.proposed()["pull_request"]["number"])
    forge.fake.faults.add(match="GET */check-runs", nth=None, fault=Fault.status(403, "Resource not accessible"))
    run = forge.run("schedule")
    assert run.code != 0
    assert "checks: read and statuses: read" in run.log, run.log
    assert "exit status 5" in run.log
    assert forge.records() == []
    forge.fake.faults.clear()
    assert forge.run("schedule").code == 0
    assert len(forge.records()) == 1
