"""The labels of a repository."""

from __future__ import annotations

from collections.abc import Mapping

from github.GithubException import GithubException
from github.Repository import Repository

from promobot.adapters.github.client import Forge, answer_of, connect, told_plainly

COLOR = "5319e7"


def create_labels(forge: Forge, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Create the labels (name -> description) that are not there, whatever their case; the names of the new ones.

    One that is there keeps colour and description. Raises ForgeFailed.
    """
    repository = connect(forge)
    with told_plainly("creating the labels"):
        known = {label.name.casefold() for label in repository.get_labels()}
        missing = [name for name in wanted if name.casefold() not in known]
        return tuple(name for name in missing if _created(repository, name, wanted[name]))


def _created(repository: Repository, name: str, description: str) -> bool:
    """False where somebody else was faster."""
    try:
        repository.create_label(name, COLOR, description)
    except GithubException as error:
        if error.status == 422 and "already_exists" in answer_of(error):
            return False
        raise
    return True
