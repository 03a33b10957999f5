"""A private repository behind git's HTTP server, and gate.yml run for the events that a forge would send."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.forge import REPOSITORY, ROOT, TOKEN, git
from tests.support.act import SELF_COMMIT, SELF_REPOSITORY, ActRun, run_workflow
from tests.support.act_stubs import stub_actions
from tests.support.git_http import GitHttpServer
from tests.support.hosted import run_here
from tests.support.workspace import Workspace, make_workspace, patch, small_files

WORKFLOW = ".github/workflows/gate.yml"
CALLER = ".github/workflows/caller.yml"
CALLS = f"""\
name: caller
on: pull_request_target
permissions: {{}}
jobs:
  promobot:
    permissions:
      contents: read
    uses: ./{WORKFLOW}
"""
OWN = "uses: $/.github/actions/check\n"
BOX, TICK = "- [ ] ", "- [x] "


@dataclass
class GateForge:
    """`space` is a person's clone; its origin is served as `acme/live`. There is no API: the gate asks for none."""

    folder: Path
    space: Workspace
    server: GitHttpServer

    @property
    def bare(self) -> Path:
        assert self.space.origin is not None
        return self.space.origin

    def proposed(self, value: float) -> tuple[str, str]:
        """A proposal of leverage 1.5 -> `value` on its branch: (commit, checklist)."""
        self.space.export(patch("portfolio.leverage", value))
        export = str(self.space.folder / "export.json")
        ran = run_here(self.space.clone, {}, "propose", export, "--forge", "none", "--format", "json")
        assert ran.code == 0, ran.out + ran.err
        result = ran.json
        path = f"reports/live_promotion/{result['proposal_id']}/OPERATOR_CHECKLIST.md"
        return result["commit"], git(self.bare, "show", f"{result['commit']}:{path}")

    def commit(self, files: Mapping[str, str], *, on: str = "main") -> str:
        """A person's commit on top of `on`, pushed to no branch: a fork's head is known to the base by number only."""
        self.space.git("switch", "--quiet", "--detach", on)
        self.space.write(files)
        self.space.git("add", "--all")
        self.space.git("commit", "--quiet", "--message", "By hand")
        head = self.space.git("rev-parse", "HEAD")
        self.space.git("switch", "--quiet", "main")
        return head

    def pulled(self, head: str, number: int, body: str | None = None, **more: object) -> dict[str, Any]:
        """The event of a pull request from a fork: its members as GitHub sends them, as far as they matter."""
        git(self.space.clone, "push", "--quiet", "--force", str(self.bare), f"{head}:refs/pull/{number}/head")
        people = {"login": "mallory", "id": 666, "type": "User", "site_admin": False}
        fork = {"id": 2, "full_name": "mallory/live", "private": False, "fork": True, "owner": people}
        pull = {
            "id": 1_000 + number,
            "number": number,
            "state": "open",
            "locked": False,
            "title": "Promotion",
            "user": people,
            "body": body,
            "draft": False,
            "labels": [{"id": 3, "name": "promobot", "color": "ededed", "default": False, "description": None}],
            "author_association": "FIRST_TIME_CONTRIBUTOR",
            "mergeable": None,
            "head": {"label": "mallory:main", "ref": "main", "sha": head, "user": people, "repo": fork},
            "base": {"label": "acme:main", "ref": "main", "sha": self.space.git("rev-parse", "main"),
                     "user": _OWNER, "repo": _REPOSITORY},
        }  # fmt: skip
        return {"action": "edited", "number": number, "pull_request": pull, "sender": people, **more}

    def grouped(self, heads: Sequence[str]) -> dict[str, Any]:
        """The event of a merge queue's group: each head merged behind the other, on a branch of the queue."""
        base = self.space.git("rev-parse", "main")
        self.space.git("switch", "--quiet", "--detach", "main")
        for head in heads:
            self.space.git("merge", "--quiet", "--no-ff", "--no-edit", head)
        group = self.space.git("rev-parse", "HEAD")
        self.space.git("switch", "--quiet", "main")
        ref = f"refs/heads/gh-readonly-queue/main/pr-8-{base}"
        git(self.space.clone, "push", "--quiet", str(self.bare), f"{group}:{ref}")
        head_commit = {"id": group, "tree_id": self.space.git("rev-parse", f"{group}^{{tree}}"), "message": "Merge"}
        told = {"head_sha": group, "head_ref": ref, "base_sha": base, "base_ref": "refs/heads/main"}
        return {"action": "checks_requested", "merge_group": {**told, "head_commit": head_commit}, "sender": _OWNER}

    def run(self, event: str, payload: Mapping[str, object], *, at: str = "main", workflow: str = WORKFLOW) -> ActRun:
        """Run gate.yml, or another workflow, as it stands at the commit `at`: where the forge would take it from."""
        checkout = self.folder / "checkout"
        shutil.rmtree(checkout, ignore_errors=True)
        git(self.folder, "clone", "--quiet", "--no-hardlinks", str(self.space.clone), "checkout")
        git(checkout, "checkout", "--quiet", self.space.git("rev-parse", at))
        (checkout / ".git" / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n")
        return run_workflow(
            checkout,
            event=event,
            workflow=workflow,
            home=self.folder / "runner",
            payload={"repository": _REPOSITORY, **payload},
            env={
                "GITHUB_SERVER_URL": self.url,
                "GITHUB_REPOSITORY": REPOSITORY,
                "GITHUB_API_URL": "http://127.0.0.1:9",
            },
            secrets={"GITHUB_TOKEN": TOKEN},
            local_actions={
                **stub_actions(self.folder / "stubs"),
                f"{SELF_REPOSITORY}@{SELF_COMMIT}": self.folder / "promobot",
            },
        )

    @property
    def url(self) -> str:
        """The server's, as GITHUB_SERVER_URL has it."""
        return self.server.url(REPOSITORY).removesuffix(f"/{REPOSITORY}.git")


_OWNER = {"login": "acme", "id": 1, "type": "Organization", "site_admin": False}
_REPOSITORY = {
    "id": 1,
    "name": "live",
    "full_name": REPOSITORY,
    "private": True,
    "fork": False,
    "owner": _OWNER,
    "default_branch": "main",
}


def ticked(checklist: str) -> str:
    """Every box ticked in the browser, which sends CRLF."""
    assert BOX in checklist
    return checklist.replace(BOX, TICK).replace("\n", "\r\n")


@contextmanager
def gate_forge(folder: Path) -> Iterator[GateForge]:
    """Its main holds a small policy, config and overrides, some code, and gate.yml."""
    text = (ROOT / WORKFLOW).read_text(encoding="utf-8")
    assert text.count(OWN) == 1
    # act knows no `$/`; the action then comes from a repository of its own, as for a caller elsewhere.
    workflow = text.replace(OWN, f"uses: {SELF_REPOSITORY}/.github/actions/check@{SELF_COMMIT}\n")
    files = small_files() | {WORKFLOW: workflow, CALLER: CALLS, "src/app.py": "print(1)\n"}
    space = make_workspace(folder / "person", files=files)
    assert space.origin is not None
    bare = folder / "forge" / f"{REPOSITORY}.git"
    bare.parent.mkdir(parents=True)
    space.origin = space.origin.rename(bare)
    space.git("remote", "set-url", "origin", str(bare))
    for part in ("promobot", ".github/actions"):
        shutil.copytree(ROOT / part, folder / "promobot" / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.lock", folder / "promobot")
    with GitHttpServer(folder / "forge", credentials={"x-access-token": TOKEN}) as server:
        yield GateForge(folder, space, server)
