"""One repository with its team and its bot. promobot runs in this process, wired as the command line wires it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from promobot.adapters.exports import read_exports
from promobot.adapters.github import ApiLedger, ApiPublisher, Forge, PullRequests
from promobot.adapters.github.patience import Patience
from promobot.adapters.repository import Base, Branches, GitLedger, GitPublisher, Repository
from promobot.core.cycle import CycleResult
from promobot.core.ledger import Claimant
from promobot.errors import PromobotError
from promobot.usecases import propose as proposing
from promobot.usecases import reject as rejecting
from promobot.usecases import wishes
from promobot.usecases.desk import Desk
from promobot.usecases.ports import Ledger, Publisher
from tests.support.fake_github import FakeGitHub
from tests.support.fake_github.fixtures import client
from tests.support.fake_github.git import Git
from tests.support.life.loop import BaseConfig, Export, Rules
from tests.support.life.people import People
from tests.support.life.trouble import Contacts, Killed, Trouble
from tests.support.workspace import NOW, make_workspace, small_files

NAME = "acme/live"
POLICY, CONFIG, AUTO = "config/promobot.toml", "config/config.toml", "config/live_overrides/auto.toml"
REPORTS = "reports/live_promotion"


@dataclass(frozen=True)
class Ran:
    """How a run ended: the exit code (None: killed), and what it gave back or refused with.

    `clean`: nothing disturbed it.
    """

    code: int | None
    told: Any = None
    clean: bool = True

    @property
    def result(self) -> CycleResult:
        assert isinstance(self.told, CycleResult), self.told
        return self.told


@dataclass(frozen=True)
class Proposal:
    """An open proposal: its branch, its head and, on a forge, its pull request's number and labels."""

    branch: str
    head: str
    number: int | None = None
    labels: frozenset[str] = frozenset()


@dataclass
class World:
    """`kind` is `plain` (git alone), `git` or `api` (a forge, and how commits are made)."""

    folder: Path
    fake: FakeGitHub
    kind: str
    at: datetime = NOW
    export: Export = field(default_factory=Export)
    rules: Rules = field(default_factory=Rules)
    base: BaseConfig = field(default_factory=BaseConfig)

    def __post_init__(self) -> None:
        self.rules.commits = "api" if self.kind == "api" else "git"
        files = small_files(policy=self.rules.text(), config=self.base.text())
        self.space = make_workspace(self.folder, files=files)
        origin = self.space.origin
        assert origin is not None
        self.git, forge = Git(origin), None
        if self.kind != "plain":
            self.fake.add_repository(NAME, origin, collaborators=("ann",))
            forge = client(self.fake.base_url, self.fake.token_for("ann"), lazy=True).get_repo(NAME)
        self.people = People(self.git, lambda: self.at, forge)

    def passes(self, minutes: int) -> None:
        """Time goes by."""
        self.at += timedelta(minutes=minutes)

    def open(self) -> list[Proposal]:
        """Every open pull request from a branch of the bot's; without a forge, its branches."""
        if self.kind == "plain":
            found = self.git.refs("refs/heads/promobot/")
            return [Proposal(name.removeprefix("refs/heads/"), head) for name, head in sorted(found.items())]
        return [
            Proposal(i.pull.head_ref, i.pull.head_sha, i.number, frozenset(label.name for label in i.labels))
            for i in self.fake.repository(NAME).pulls
            if i.pull and i.state == "open" and i.pull.head_ref.startswith("promobot/")
        ]

    def desk(self, repository: Repository) -> Desk:
        """As `cli.wiring.make_desk` builds it, with patience that waits for nothing."""
        branches = Branches(repository, Base("main", "origin"), pauses=(0.0, 0.0))
        publisher: Publisher = GitPublisher(repository, branches)
        ledger: Ledger = GitLedger(repository, branches)
        if self.kind == "plain":
            return Desk(repository, publisher, ledger, remote="origin")
        patience, token = Patience(sleep=lambda _: None), self.fake.token_for("promobot[bot]")
        forge = Forge(self.fake.base_url, NAME, token, self.fake.base_url, patience)
        if self.kind == "api":
            publisher = ApiPublisher(
                forge,
                "main",
                local_tree=lambda commit, files: repository.tree_with(commit, files, keep=False),
                has_commit=repository.has_commit,
            )
            ledger = ApiLedger(forge)
        return Desk(repository, publisher, ledger, forge=PullRequests(forge), remote="origin")

    def run(self, command: Callable[[Desk], Any], trouble: Trouble | None = None) -> Ran:
        """One process of promobot. Anything but an answer, a PromobotError or being killed is a defect of promobot."""
        if self.kind == "api":
            # As actions/checkout does before.
            self.space.git("fetch", "--quiet", "origin")
        repository, contacts = Repository(self.space.clone), Contacts(trouble)
        try:
            with contacts.watch(repository):
                told, code = command(self.desk(repository)), 0
        except Killed:
            return Ran(None, clean=False)
        except PromobotError as error:
            told, code = error, error.exit_code
            assert code in (2, 3, 4, 5), f"undocumented exit code {code}: {error}"
        finally:
            repository.git.repo.close()
        return Ran(code, told, clean=not contacts.struck)

    def propose(self, trouble: Trouble | None = None, *, reconsider: bool = False) -> Ran:
        """`promobot propose`, with the loop's newest export."""
        path = self.folder / "export.json"
        path.write_text(json.dumps(self.export.patches()))
        intake = read_exports([str(path)])
        question = proposing.Question("main", lambda _: intake, self.at, reconsider=reconsider)
        return self.run(lambda desk: proposing.propose(desk, question), trouble)

    def set(self, target: str, text: str, trouble: Trouble | None = None) -> Ran:
        return self._wish(lambda _, state: (wishes.set_value(state, target, text, "a reason"), ()), trouble)

    def unset(self, target: str, trouble: Trouble | None = None) -> Ran:
        return self._wish(lambda _, state: (wishes.unset_value(state, target, "a reason"), ()), trouble)

    def apply(self, landed: str, trouble: Trouble | None = None) -> Ran:
        return self._wish(
            lambda desk, state: wishes.apply_by_hand(state, wishes.landing_of(desk, state, landed), ""), trouble
        )

    def revert(self, landed: str, trouble: Trouble | None = None) -> Ran:
        return self._wish(lambda desk, state: (wishes.revert(wishes.landing_of(desk, state, landed), ""), ()), trouble)

    def _wish(self, asks: Callable[[Desk, Any], Any], trouble: Trouble | None) -> Ran:
        return self.run(lambda desk: wishes.carry_out(desk, "main", self.at, lambda state: asks(desk, state)), trouble)

    def reject(self, branch: str, target: str | None, trouble: Trouble | None = None) -> Ran:
        no = rejecting.No(branch, target, "a reason", Claimant("ann"))
        return self.run(lambda desk: rejecting.reject(desk, "main", self.at, no), trouble)

    def traces(self) -> dict[str, bytes]:
        """Everything of the user's checkout that promobot must leave alone, and no lock of git may lie beside it."""
        inside = self.space.clone / ".git"
        kept = [inside / "HEAD", inside / "index", *(inside / "refs" / "heads").rglob("*")]
        files = [path for path in self.space.clone.rglob("*") if inside not in path.parents]
        locks = [*inside.glob("*.lock"), *(inside / "refs").rglob("*.lock")]
        return {str(path): path.read_bytes() for path in (*kept, *files, *locks) if path.is_file()}
