"""Which files a commit holds in a folder, and which attributes git gives to files when it checks them out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.objects import Repository
from promobot.errors import RepositoryRefused


def paths_in(repository: Repository, commit: str, folder: str) -> tuple[str, ...]:
    """The paths of all that stands in a folder of a commit, and in the folders below it."""
    try:
        told = repository.git.output("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", f"{folder}/")
    except GitFailed as error:
        raise RepositoryRefused(f"{folder} on the base branch cannot be read: {error}") from error
    return tuple(path for path in told.decode("utf-8", "surrogateescape").split("\0") if path)


def attributes(repository: Repository, commit: str, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Path -> its attributes as `name` or `name=value`, by the .gitattributes of the commit and this clone's own file
    info/attributes, which is read everywhere. What a user or a system sets does not count.
    """
    with tempfile.TemporaryDirectory(prefix="promobot-") as scratch:
        environment = {"GIT_INDEX_FILE": f"{scratch}/index", "GIT_ATTR_NOSYSTEM": "1"}
        settings = ("-c", f"core.attributesFile={os.devnull}", "-c", "core.sparseCheckout=false")
        try:
            repository.git.text(*settings, "read-tree", f"{commit}^{{tree}}", environment=environment)
            told = repository.git.output(
                *settings, "check-attr", "--cached", "-z", "--all", "--", *paths, environment=environment
            )
        except GitFailed as error:
            raise RepositoryRefused(f"the attributes of the base branch cannot be read: {error}") from error
    words = told.decode("utf-8", "surrogateescape").split("\0")
    found: dict[str, tuple[str, ...]] = {}
    for path, name, value in zip(words[0::3], words[1::3], words[2::3], strict=False):
        shown = {"set": name, "unset": f"-{name}"}.get(value, f"{name}={value}")
        found[path] = (*found.get(path, ()), shown)
    return found
