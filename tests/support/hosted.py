"""A team on a forge: a workspace whose origin the fake GitHub serves, people, and the real command in this process.

A process of its own costs half a second, most of it imports; a story of ten commands would cost five.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch as replaced

from github.PullRequest import PullRequest as Pull

from promobot.adapters.github import Patience
from promobot.adapters.repository import Branches, ledger
from promobot.cli import wiring
from promobot.cli.app import run
from tests.support.fake_github import FakeGitHub, Issue
from tests.support.fake_github.fixtures import client
from tests.support.workspace import NOW, POLICY, Ran, Workspace, make_workspace, small_files

NAME = "acme/live"
DECORATED = POLICY + '[github]\nlabels = ["promobot", "risk"]\nreviewers = ["ann"]\n'
POLICY_FILE = "config/promobot.toml"
CONFIG_FILE = "config/config.toml"
OVERRIDES_FILE = "config/live_overrides/auto.toml"


def run_here(repo: Path, env: Mapping[str, str], *arguments: str) -> Ran:
    """`promobot ARGUMENTS --repo REPO` in this process: the same code from the first word to the exit code."""
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with replaced.dict(os.environ, env), redirect_stdout(out), redirect_stderr(err):
        try:
            run([*arguments, "--repo", str(repo)])
        except SystemExit as ended:
            code = ended.code
    return Ran(code if isinstance(code, int) else 99, out.getvalue(), err.getvalue())


@contextmanager
def without_waits() -> Iterator[None]:
    """Every retry happens at once; how often and what is retried stays as it is."""

    def patience(say: Callable[[str], None]) -> Patience:
        return Patience(say=say, sleep=lambda _: None)

    with (
        replaced.object(wiring, "Patience", patience),
        replaced.object(wiring, "Branches", partial(Branches, pauses=(0.0, 0.0))),
        replaced.object(ledger, "pause", lambda *_: 0.0),
    ):
        yield


@dataclass
class Team:
    """`space` is the team's repository; `fake` serves its origin (None: there is no forge)."""

    space: Workspace
    fake: FakeGitHub | None = None

    def ran(self, command: str, *words: str, now: datetime = NOW) -> Ran:
        """A command in the checkout, as JSON."""
        fixed = ("--format", "json", "--now", now.isoformat(), "--forge", "github" if self.fake else "none")
        return run_here(self.space.clone, self.space.env, command, *words, *fixed)

    def did(self, command: str, *words: str, now: datetime = NOW) -> Any:
        """The result of a command that must succeed."""
        ran = self.ran(command, *words, now=now)
        assert ran.code == 0, ran.out + ran.err
        return ran.json

    def proposes(self, *patches: Mapping[str, object], also: tuple[str, ...] = (), now: datetime = NOW) -> Any:
        """Propose an export of these patches."""
        self.space.export(*patches)
        return self.did("propose", str(self.space.folder / "export.json"), *also, now=now)

    @property
    def forge(self) -> FakeGitHub:
        """The forge, which must be there."""
        assert self.fake is not None
        return self.fake

    def pull(self, number: int) -> Issue:
        """What the forge knows of a pull request."""
        return self.forge.repository(NAME).issue(number)

    def pulls(self, state: str = "open") -> list[int]:
        """The numbers of all pull requests in a state."""
        return [pull.number for pull in self.forge.repository(NAME).pulls if pull.state == state]

    def labels(self, number: int) -> set[str]:
        return {label.name for label in self.pull(number).labels}

    def comments(self, number: int) -> list[str]:
        return [comment.body for comment in self.pull(number).comments]

    def person(self, number: int, login: str = "ann") -> Pull:
        """The pull request in the hands of a person."""
        return client(self.forge.base_url, self.forge.token_for(login)).get_repo(NAME).get_pull(number)

    def approve(self, number: int, login: str = "ann") -> None:
        self.person(number, login).create_review(body="good", event="APPROVE")

    def proposals(self) -> list[str]:
        """The branches of proposals in the origin."""
        return [name for name in self.space.branches() if name.startswith("promobot/")]

    def on_branch(self, branch: str, *arguments: str) -> None:
        """A person's git command on a branch of the origin, pushed."""
        git = self.space.git
        git("fetch", "--quiet", "origin")
        git("switch", "--quiet", "--detach", f"origin/{branch}")
        git(*arguments)
        git("push", "--quiet", "--force", "origin", f"HEAD:{branch}")
        git("switch", "--quiet", "main")

    def commits_on(self, branch: str) -> list[str]:
        """The commits that a branch adds to main, newest first."""
        return self.space.git("rev-list", f"main..{branch}", at=self.space.origin).split()

    def file_of(self, result: Mapping[str, Any], name: str) -> str:
        """An artifact of a proposal as its branch holds it."""
        path = f"reports/live_promotion/{result['proposal_id']}/{name}"
        return self.space.git("show", f"{result['branch']}:{path}", at=self.space.origin)


def host(fake: FakeGitHub, folder: Path, files: Mapping[str, str | bytes] | None = None) -> Team:
    """A new team behind the fake; its origin is reached by path, unless a test says otherwise."""
    space = make_workspace(folder, files=files or small_files(policy=DECORATED))
    assert space.origin
    fake.add_repository(NAME, space.origin, collaborators=("ann", "ben"))
    space.env = {
        "GITHUB_API_URL": fake.base_url,
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_TOKEN": fake.token_for("promobot[bot]"),
        "GITHUB_SERVER_URL": "https://forge.example",
    }
    return Team(space, fake)


def long_ago() -> datetime:
    """A forge's clock that stands still on a day on which no test proposes: what lands there is in no quota."""
    return datetime(2026, 1, 1, tzinfo=UTC)


def end_state(team: Team) -> dict[str, Any]:
    """All that a cycle leaves behind, wherever. What only tells of times and runs is left out."""
    space = team.space
    pulls = {
        pull.number: {
            "state": pull.state,
            "branch": pull.pull.head_ref if pull.pull else None,
            "title": pull.title,
            "body": pull.body,
            "labels": sorted(team.labels(pull.number)),
            "comments": team.comments(pull.number),
            "reviewers": sorted(user.login for user in pull.pull.requested) if pull.pull else [],
        }
        for pull in team.forge.repository(NAME).pulls
    }
    return {
        "pulls": pulls,
        # The commits' names hold their trees, parents, times and messages.
        "branches": space.branches(),
        "ledger": sorted(space.ledger()),
        "checkout": space.traces(),
        "locks": sorted(
            str(path) for name in ("clone", "origin.git") for path in (space.folder / name).rglob("*.lock")
        ),
    }
