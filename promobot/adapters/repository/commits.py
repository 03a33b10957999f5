"""Writing a commit object, signed where git is set up to sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from promobot.adapters.repository.command import GitCommand, GitFailed
from promobot.errors import RepositoryRefused

# The bot's name in git. It proves nothing: what is ours is told by its tree (DESIGN 3.5). `.invalid` is RFC 2606's.
IDENTITY = {"NAME": "promobot", "EMAIL": "promobot@noreply.invalid"}
NOBODY_ELSE = {f"GIT_{role}_{part}": text for role in ("AUTHOR", "COMMITTER") for part, text in IDENTITY.items()}

SIGNING_TIME = 300
"""Seconds that whoever signs has: a hardware key may want to be touched."""


def write_commit(
    git: GitCommand,
    tree: str,
    parent: str | None,
    message: str,
    moment: datetime,
    *,
    who: Mapping[str, str] = NOBODY_ELSE,
) -> str:
    """Write a commit object and give its id back; no ref moves. `who` are git's variables of author and committer.

    It is signed where git's own setting says commit.gpgsign = true, by gpg.format and user.signingkey; `commit-tree`
    alone would not look there. Raises GitFailed, or RepositoryRefused where it cannot be signed.
    """
    date = f"@{int(moment.timestamp())} +0000"
    dates = {f"GIT_{role}_DATE": date for role in ("AUTHOR", "COMMITTER")}
    parents = () if parent is None else ("-p", parent)
    signed = git.ask("config", "--type=bool", "--get", "commit.gpgsign") == "true"
    try:
        told = git.output(
            "-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree, *parents, *(("-S",) if signed else ()), "-F", "-",
            stdin=message.encode(), environment={**who, **dates}, timeout=SIGNING_TIME,
        )  # fmt: skip
    except GitFailed as error:
        if not signed:
            raise
        form = git.ask("config", "--get", "gpg.format") or "openpgp"
        raise RepositoryRefused(
            f"the commit cannot be written and signed, as commit.gpgsign = true with gpg.format = {form} asks for: "
            f"{error}; set user.signingkey to a key that can be used here without a passphrase being typed, or set "
            "commit.gpgsign = false"
        ) from error
    return told.decode("ascii").strip()
