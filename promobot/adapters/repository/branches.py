"""The base branch, the proposal branches and the ledger's: how they are read, and how one is set or deleted.

With a remote, the remote's branches count and local ones are neither read nor written. Without one, the local do.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.objects import Repository
from promobot.adapters.repository.remote import Base, Token
from promobot.adapters.repository.transport import PAUSES, NoSuchRef, Transport
from promobot.core.ledger import LEDGER
from promobot.errors import BranchTaken, RemoteFailed, RepositoryRefused

BRANCHES = "refs/heads/promobot/"


class Branches:
    """Reading and writing branches on the remote, or in this repository where there is none.

    `pauses` are the seconds before each further try of reading from a remote that is in trouble.
    """

    def __init__(
        self, repository: Repository, base: Base, token: Token | None = None, *, pauses: Sequence[float] = PAUSES
    ) -> None:
        self._repository, self._git, self.base = repository, repository.git, base
        self._seen: dict[str, str] | None = None
        self._transport: Transport | None = None
        if base.remote is not None:
            url = self._git.ask("ls-remote", "--get-url", "--end-of-options", base.remote) or ""
            environment = {} if token is None else token.environment(url)
            self._transport = Transport(self._git, base.remote, environment, pauses)

    def known_base(self) -> str | None:
        """The base branch's commit as this clone last saw it, without asking anyone; None where it never did."""
        name = self.base.branch
        ref = f"refs/remotes/{self.base.remote}/{name}" if self.base.remote else f"refs/heads/{name}"
        return self._git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")

    def heads(self) -> dict[str, str]:
        """Branch name -> commit, for the base branch, the ledger and every proposal branch, in one request."""
        named = (f"refs/heads/{self.base.branch}", f"refs/heads/{LEDGER}")
        if self._transport is None:
            listing = self._git.text("for-each-ref", "--format=%(objectname)%09%(refname)", *named, BRANCHES)
        else:
            listing = self._transport.read(*self._listing(*named, f"{BRANCHES}*"))
        pairs = (line.split("\t") for line in listing.splitlines())
        self._seen = {name.removeprefix("refs/heads/"): commit for commit, name in pairs}
        return dict(self._seen)

    def without_base(self) -> str:
        """Why there is no base branch, and the mend. Looks whether there is any branch at all where it would be."""
        name, remote = self.base.branch, self.base.remote
        if self._transport is None:
            if self._git.text("for-each-ref", "--count=1", "refs/heads/"):
                return f"this repository has no branch {name}; name the base branch with --base"
            return f"this repository has no commit, so it has no branch {name} yet; commit to it first"
        if self._transport.read("ls-remote", "--heads", "--end-of-options", str(remote)):
            return f"{remote} has no branch {name}; name the base branch with --base"
        push = shlex.join(["git", "push", "--set-upstream", str(remote), name])
        return f"{remote} is empty, so it has no branch {name} yet; push it first: {push}"

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
        """Make sure that a branch's commit is here; no ref of this repository moves.

        Raises BranchTaken when the branch is gone, or has gone elsewhere, since its commit was told.
        """
        if not self._had(f"refs/heads/{branch}", commit):
            raise BranchTaken(f"branch {branch} was moved or deleted while it was being read")

    def fetch_pull_request(self, number: int, commit: str) -> bool:
        """Whether this commit, the head of a pull request, is here or can be had from the remote's refs/pull/."""
        return self._had(f"refs/pull/{number}/head", commit)

    def under_review(self, commit: str) -> int | None:
        """The number of a pull request, open or not, whose head this commit is: a forge keeps it in refs/pull/."""
        if self._transport is None:
            return None
        listing = self._transport.read(*self._listing("refs/pull/*/head"))
        numbers = re.findall(rf"(?m)^{commit}\trefs/pull/([0-9]+)/head$", listing)
        return max(map(int, numbers), default=None)

    def _had(self, ref: str, commit: str) -> bool:
        if self._repository.has_commit(commit):
            return True
        if self._transport is None:
            return False
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--refmap=")
        try:
            self._transport.read("fetch", *options, "--end-of-options", str(self.base.remote), ref)
        except NoSuchRef:
            return False
        return self._repository.has_commit(commit)

    def move(self, branch: str, commit: str, over: str | None) -> None:
        """Set the branch to the commit, or raise BranchTaken when it is not at `over` (None: not there) any more."""
        self._write(f"refs/heads/{branch}", commit, over)

    def delete(self, branch: str, expected: str) -> None:
        """Delete the branch, or raise BranchTaken when it is elsewhere; one that is gone is deleted."""
        self._write(f"refs/heads/{branch}", None, expected)

    def _write(self, ref: str, commit: str | None, over: str | None) -> None:
        """Compare and swap. Where it failed, or nobody knows whether it did, the ref itself is looked at, once."""
        try:
            if self._transport is None:
                self._write_here(ref, commit, over)
            else:
                self._push(self._transport, ref, commit, over)
        except (RemoteFailed, GitFailed) as error:
            now = self._commit_of(ref, error)
            if now == commit:
                return
            if now != over or (isinstance(error, GitFailed) and "File exists" in error.stderr):
                raise BranchTaken(f"branch {ref.removeprefix('refs/heads/')} was written by another run") from error
            if isinstance(error, RemoteFailed):
                raise
            name = ref.removeprefix("refs/heads/")
            raise RepositoryRefused(f"branch {name} cannot be written: {error}") from error

    def _push(self, transport: Transport, ref: str, commit: str | None, over: str | None) -> None:
        # The lease names what must be there; an empty one says that nothing may.
        lease = (f"--force-with-lease={ref}:{over or ''}", "--no-follow-tags", "--recurse-submodules=no", "--no-signed")
        plain = ("-c", f"remote.{self.base.remote}.mirror=false", "-c", "push.pushOption=")
        change = ("--end-of-options", str(self.base.remote), f"{commit or ''}:{ref}")
        transport.once(*plain, "push", "--porcelain", *lease, *change)

    def _write_here(self, ref: str, commit: str | None, over: str | None) -> None:
        place = self._git.text("for-each-ref", "--format=%(worktreepath)", ref)
        if place:
            name = ref.removeprefix("refs/heads/")
            raise RepositoryRefused(f"branch {name} is checked out in {place}; switch to another one there first")
        if commit is None:
            self._git.text("update-ref", "-d", ref, over or "")
        else:
            self._git.text("update-ref", "-m", "promobot: propose", ref, commit, over or "")

    def _commit_of(self, ref: str, failure: RemoteFailed | GitFailed) -> str | None:
        """What the ref is now; where that cannot be seen either, the failure that made us look."""
        if self._transport is None:
            return self._git.ask("rev-parse", "--verify", "--quiet", ref)
        try:
            told = self._transport.once(*self._listing(ref))
        except RemoteFailed:
            raise failure from None
        # git matches by the end of a name, so the listing may hold others.
        found = (line.split("\t") for line in told.splitlines())
        return next((commit for commit, name in found if name == ref), None)

    def _listing(self, *refs: str) -> tuple[str, ...]:
        return ("ls-remote", "--refs", "--end-of-options", str(self.base.remote), *refs)
