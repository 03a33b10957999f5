"""Which branch proposals are made for, on which remote, and the token for it.

A token reaches git through its environment alone, and only for the forge's own host.
"""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from promobot.adapters.repository.command import GitCommand
from promobot.adapters.repository.objects import Repository
from promobot.adapters.repository.transport import Transport
from promobot.core.ledger import LEDGER
from promobot.errors import UsageError


@dataclass(frozen=True)
class Base:
    """The branch that proposals are made for: its name, and the remote it lives on (None: this repository)."""

    branch: str
    remote: str | None


@dataclass(frozen=True)
class Token:
    """A token for git over HTTPS, for URLs of one server only. Its text never shows in a repr."""

    server_url: str
    secret: str

    def __repr__(self) -> str:
        return f"Token({self.server_url!r}, ***)"

    def environment(self, url: str) -> dict[str, str]:
        """What git needs to send the token to this URL; empty where the URL is not the server's."""
        server, asked = urlsplit(self.server_url), urlsplit(url)
        if asked.scheme not in ("http", "https") or (asked.scheme, asked.netloc) != (server.scheme, server.netloc):
            return {}
        # The whole URL as the key: a more general setting of the user, or of the checkout step, cannot win over it.
        place = f"http.{url.rstrip('/')}"
        header = base64.b64encode(f"x-access-token:{self.secret}".encode()).decode()
        count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
        # The empty value clears what the checkout step may have left: two Authorization headers are refused. And git
        # would send the header on to wherever the server redirects it.
        pairs = (
            (f"{place}.extraheader", ""),
            (f"{place}.extraheader", f"Authorization: Basic {header}"),
            (f"{place}.followRedirects", "false"),
        )
        variables = {"GIT_CONFIG_COUNT": str(count + len(pairs))}
        for number, (key, value) in enumerate(pairs, start=count):
            variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return variables


def find_base(repository: Repository, asked: str | None) -> Base:
    """The base branch: the one asked for (`main` or `origin/main`), else the current branch's upstream, else the
    remote's default branch; in a repository without remotes, the current branch."""
    git = repository.git
    remotes = (git.ask("remote") or "").splitlines()
    remote = "origin" if "origin" in remotes else (remotes[0] if len(remotes) == 1 else None)
    base = _upstream(repository, remotes) if asked is None else _named(asked.removeprefix("refs/heads/"), remotes)
    if base is None:
        if remotes and remote is None:
            raise UsageError(f"several remotes and none is origin; name one: --base {remotes[0]}/{asked or 'main'}")
        base = _default(repository, remote) if asked is None else Base(asked.removeprefix("refs/heads/"), remote)
    if git.ask("check-ref-format", f"refs/heads/{base.branch}") is None or base.branch.startswith("-"):
        raise UsageError(f"{base.branch!r} is not a branch name; give one with --base")
    if base.branch.startswith("promobot/") or base.branch == LEDGER:
        raise UsageError(f"{base.branch} is one of promobot's own branches; name the real base with --base")
    return base


def _named(asked: str, remotes: list[str]) -> Base | None:
    """`origin/main` as the branch of a remote; a remote's own name may hold slashes."""
    for remote in sorted(remotes, key=len, reverse=True):
        if asked.startswith(f"{remote}/"):
            return Base(asked.removeprefix(f"{remote}/"), remote)
    return None


def _current(git: GitCommand) -> str | None:
    """The branch of the checkout; git's own short name would change where a tag has the same."""
    name = git.ask("symbolic-ref", "--quiet", "HEAD")
    return None if name is None else name.removeprefix("refs/heads/")


def _upstream(repository: Repository, remotes: list[str]) -> Base | None:
    git = repository.git
    current = _current(git)
    remote = git.ask("config", f"branch.{current}.remote") if current else None
    merge = git.ask("config", f"branch.{current}.merge") if current else None
    if remote in remotes and merge:
        return Base(merge.removeprefix("refs/heads/"), remote)
    return None


def _default(repository: Repository, remote: str | None) -> Base:
    git = repository.git
    if remote is None:
        current = _current(git)
        if current is None:
            raise UsageError("HEAD is detached and there is no remote; name the base branch with --base")
        return Base(current, None)
    known = git.ask("symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD")
    if known:
        return Base(known.removeprefix(f"refs/remotes/{remote}/"), remote)
    answer = Transport(git, remote, {}).read("ls-remote", "--symref", "--end-of-options", remote, "HEAD")
    match = re.match(r"ref: refs/heads/(\S+)\tHEAD", answer)
    if match is None:
        raise UsageError(f"the default branch of {remote} is not known; name the base branch with --base")
    return Base(match.group(1), remote)
