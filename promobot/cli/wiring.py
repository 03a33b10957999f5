"""Choosing the adapters for one run: which forge, which transport, which token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import typer

from promobot.adapters.actions import Surroundings
from promobot.adapters.github import ApiLedger, ApiPublisher, Forge, Patience, PullRequests
from promobot.adapters.repository import Base, Branches, GitLedger, GitPublisher, Repository, Token, find_base
from promobot.usecases.base import read_policy
from promobot.usecases.desk import Desk
from promobot.usecases.ports import Ledger, Publisher
from promobot.usecases.propose import Question


class ForgeChoice(StrEnum):
    """Where pull requests are opened."""

    AUTO = "auto"
    GITHUB = "github"
    NONE = "none"


def uses_github(choice: ForgeChoice, surroundings: Surroundings) -> bool:
    """`auto` is github inside Actions, or where a token and a repository are set."""
    if choice is not ForgeChoice.AUTO:
        return choice is ForgeChoice.GITHUB
    return surroundings.in_actions or bool(surroundings.secret and surroundings.repository)


def make_desk(
    repository: Repository,
    base: Base,
    question: Question,
    surroundings: Surroundings,
    *,
    github: bool,
    say: Callable[[str], None],
) -> Desk:
    """The adapters for a cycle. Raises UsageError where the forge is asked for and its token or name is missing."""
    token = None if surroundings.secret is None else Token(surroundings.server_url, surroundings.secret)
    branches = Branches(repository, base, token)
    publisher: Publisher = GitPublisher(repository, branches)
    ledger: Ledger = GitLedger(repository, branches)
    plain = Desk(repository, publisher, ledger, run_url=surroundings.run_url, remote=base.remote, say=say)
    if not github:
        return plain
    name, secret = surroundings.named_repository(), surroundings.token()
    patience = Patience(say=say)
    forge = Forge(surroundings.api_url, name, secret, surroundings.server_url, patience)
    if _commits_by_api(repository, branches, question):
        publisher = ApiPublisher(
            forge,
            base.branch,
            local_tree=lambda commit, files: repository.tree_with(commit, files, keep=False),
            has_commit=repository.has_commit,
        )
        ledger = ApiLedger(forge)
    return replace(plain, publisher=publisher, ledger=ledger, forge=PullRequests(forge))


def _commits_by_api(repository: Repository, branches: Branches, question: Question) -> bool:
    """Whether the policy asks for it, as far as the clone knows: the choice decides how the newest base is read."""
    known = branches.known_base()
    if known is None:
        return False
    policy, _ = read_policy(repository, question.base_branch, known, question.elsewhere)
    return policy.github.commits == "api"


def open_desk(
    repo: Path, base: str | None, forge: ForgeChoice, surroundings: Surroundings, at: datetime
) -> tuple[Desk, str]:
    """The desk for a command that reads no export, and the base branch's name."""
    repository = Repository(repo)
    found = find_base(repository, base)
    question = Question(found.branch, lambda _: None, at)
    github = uses_github(forge, surroundings)
    desk = make_desk(
        repository, found, question, surroundings, github=github, say=lambda text: typer.echo(f"... {text}", err=True)
    )
    return desk, found.branch
