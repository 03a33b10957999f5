"""The base branch and the proposal branches: where they live, how they are read, how one is created.

With a remote, the remote's branches count and local ones are neither read nor written. Without one, the local do.
A token reaches git through its environment alone, and only for the forge's own host.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.objects import Repository
from promobot.core.ledger import LEDGER
from promobot.errors import BranchTaken, RemoteFailed, RepositoryRefused, UsageError

TIMEOUT = 180
"""Seconds after which a transfer is given up."""

BRANCHES = "refs/heads/promobot/"

# The lines of git's output that say why; the rest is hints and progress.
_TELLING = ("fatal:", "error:", "remote:", "!")

_TAKEN = re.compile(
    r"(?m)^!\t\S+\t\[(?:remote )?rejected\] "
    r"\((?:stale info|(?:reference )?already exists|cannot lock ref|failed to update ref"
    # git 2.50 and later name the races so.
    r"|incorrect old value provided|reference does not exist)"
)


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


def _upstream(repository: Repository, remotes: list[str]) -> Base | None:
    git = repository.git
    current = git.ask("symbolic-ref", "--quiet", "--short", "HEAD")
    remote = git.ask("config", f"branch.{current}.remote") if current else None
    merge = git.ask("config", f"branch.{current}.merge") if current else None
    if remote in remotes and merge:
        return Base(merge.removeprefix("refs/heads/"), remote)
    return None


def _default(repository: Repository, remote: str | None) -> Base:
    git = repository.git
    if remote is None:
        current = git.ask("symbolic-ref", "--quiet", "--short", "HEAD")
        if current is None:
            raise UsageError("HEAD is detached and there is no remote; name the base branch with --base")
        return Base(current, None)
    known = git.ask("symbolic-ref", "--quiet", f"refs/remotes/{remote}/HEAD")
    if known:
        return Base(known.removeprefix(f"refs/remotes/{remote}/"), remote)
    try:
        answer = git.text("ls-remote", "--symref", "--end-of-options", remote, "HEAD")
    except GitFailed as error:
        raise RemoteFailed(_explained("ls-remote", remote, without_credentials(error.stderr))) from error
    match = re.match(r"ref: refs/heads/(\S+)\tHEAD", answer)
    if match is None:
        raise UsageError(f"the default branch of {remote} is not known; name the base branch with --base")
    return Base(match.group(1), remote)


class Branches:
    """Reading and creating branches on the remote, or in this repository where there is none."""

    def __init__(self, repository: Repository, base: Base, token: Token | None = None) -> None:
        self._repository, self._git, self.base = repository, repository.git, base
        self._environment: Mapping[str, str] = {}
        self._seen: dict[str, str] | None = None
        if base.remote is not None and token is not None:
            url = self._git.ask("ls-remote", "--get-url", "--end-of-options", base.remote) or ""
            self._environment = token.environment(url)

    def known_base(self) -> str | None:
        """The base branch's commit as this clone last saw it, without asking anyone; None where it never did."""
        name = self.base.branch
        ref = f"refs/remotes/{self.base.remote}/{name}" if self.base.remote else f"refs/heads/{name}"
        return self._git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")

    def heads(self) -> dict[str, str]:
        """Branch name -> commit, for the base branch, the ledger and every proposal branch, in one request."""
        named = (f"refs/heads/{self.base.branch}", f"refs/heads/{LEDGER}")
        if self.base.remote is None:
            listing = self._git.text("for-each-ref", "--format=%(objectname)%09%(refname)", *named, BRANCHES)
        else:
            listing = self._remote("ls-remote", "--refs", "--end-of-options", self.base.remote, *named, f"{BRANCHES}*")
        pairs = (line.split("\t") for line in listing.splitlines())
        self._seen = {name.removeprefix("refs/heads/"): commit for commit, name in pairs}
        return dict(self._seen)

    def ledger(self, *, again: bool = False) -> str | None:
        """The ledger's head as `heads` last saw it, with its objects here; asks where nobody has asked, or `again`."""
        seen = self.heads() if again or self._seen is None else self._seen
        head = seen.get(LEDGER)
        if head is not None:
            self.fetch(LEDGER, head)
        return head

    def grow_ledger(self, commit: str, over: str | None) -> None:
        """Move the ledger from the head `over` to a commit on top of it; BranchTaken when another was faster."""
        self.move(LEDGER, commit, over)
        self._seen = {**(self._seen or {}), LEDGER: commit}

    def fetch(self, branch: str, commit: str) -> None:
        """Make sure that a branch's commit is here; no ref of this repository moves."""
        if self._repository.has_commit(commit) or self.base.remote is None:
            return
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--refmap=")
        self._remote("fetch", *options, "--end-of-options", self.base.remote, f"refs/heads/{branch}")

    def create(self, branch: str, commit: str) -> None:
        """Create the branch, or raise BranchTaken when it is there already."""
        self.move(branch, commit, None)

    def move(self, branch: str, commit: str, over: str | None) -> None:
        """Set the branch to the commit, or raise BranchTaken when it is not at `over` (None: not there) any more."""
        ref = f"refs/heads/{branch}"
        if self.base.remote is None:
            try:
                self._git.text("update-ref", "-m", "promobot: propose", ref, commit, over or "")
            except GitFailed as error:
                now = self._git.ask("rev-parse", "--verify", "--quiet", ref)
                if now != over or "File exists" in error.stderr:
                    raise BranchTaken(f"branch {branch} was written by another run") from error
                raise RepositoryRefused(f"branch {branch} cannot be written: {error}") from error
            return
        # The lease names what must be there; an empty one says that nothing may.
        lease = (f"--force-with-lease={ref}:{over or ''}", "--no-follow-tags", "--recurse-submodules=no", "--no-signed")
        plain = ("-c", f"remote.{self.base.remote}.mirror=false", "-c", "push.pushOption=")
        self._remote(*plain, "push", "--porcelain", *lease, "--end-of-options", self.base.remote, f"{commit}:{ref}")

    def _remote(self, *arguments: str) -> str:
        try:
            output = self._git.output(*arguments, environment=self._environment, timeout=TIMEOUT)
        except GitFailed as error:
            command = "push" if "push" in arguments else arguments[0]
            message = _explained(command, str(self.base.remote), without_credentials(f"{error.stderr}\n{error.stdout}"))
            # The status line is git's own; what else stands there a server may have said.
            raise (BranchTaken if _TAKEN.search(error.stdout) else RemoteFailed)(message) from error
        return output.decode("utf-8", "replace")


def without_credentials(text: str) -> str:
    """The text with user and password cut out of every URL."""
    return re.sub(r"(\w+://)[^/\s@]*@", r"\1", text)


def _explained(command: str, remote: str, told: str) -> str:
    lines = [" ".join(line.split()) for line in told.splitlines() if line.startswith(_TELLING)]
    last = " / ".join(lines[:4]) or "no answer"
    mend = "; check the network and run again"
    if re.search(
        r"(?i)could not read Username|Authentication failed|HTTP (?:401|403)|Permission denied|not permitted", told
    ):
        mend = "; give a token that may write contents (GITHUB_TOKEN, contents: write), or mend the remote's URL"
    elif re.search(r"unable to update url base|returned error: 30\d|redirect", told):
        mend = "; the remote has moved: set its new URL (git remote set-url), because a token is not sent on"
    elif "protected branch" in told or "hook declined" in told:
        mend = "; let promobot create branches promobot/* in the branch rules or hooks"
    done = "running again finds out whether the branch arrived" if command == "push" else "nothing was changed"
    return f"git {command} {remote} failed ({done}): {last[:300]}{mend}"
