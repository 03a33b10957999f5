"""git towards a remote: what it is given, what it says, and which of its failures may pass.

Reading is tried again after a passing failure. Pushing is not: whoever pushes looks what became of it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence

from promobot.adapters.repository.command import GitCommand, GitFailed
from promobot.errors import BranchTaken, RemoteFailed

TIMEOUT = 180
"""Seconds after which a transfer is given up."""

PAUSES = (1.0, 3.0)
"""Seconds before the second and the third try of a reading."""

LATE = 60
"""Seconds of trying after which no further try begins: a slow failure would only be slow again."""

# The lines of git's output that say why; the rest is hints and progress.
_TELLING = ("fatal:", "error:", "remote:", "!")

# git's own status line; what else stands in the output a server may have said.
_TAKEN = re.compile(
    r"(?m)^!\t\S+\t\[(?:remote )?rejected\] "
    r"\((?:stale info|(?:reference )?already exists|cannot lock ref|failed to update ref"
    # git 2.50 and later name the races so.
    r"|incorrect old value provided|reference does not exist)"
)

# git has no code for a failure that may pass; these are its words and libcurl's and ssh's.
_PASSING = re.compile(
    r"(?i)returned error: (?:5\d\d|429)|HTTP (?:5\d\d|429)|connection (?:was )?(?:reset|refused|closed|timed out)"
    r"|timed out|timeout|couldn't connect|failed to connect|could not resolve|empty reply|recv (?:failure|error)"
    r"|hung up|early EOF|unexpected disconnect|RPC failed|bad line length|expected flush|broken pipe|transfer closed"
)

_NO_SUCH_REF = re.compile(r"(?m)^fatal: couldn't find remote ref ")


class PassingFailure(RemoteFailed):
    """A failure that the next try may not meet."""


class NoSuchRef(RemoteFailed):
    """The remote has no ref of the name that was to be fetched."""


class Transport:
    """git with one remote. `environment` carries the token; `pauses` are seconds, one for each further reading."""

    def __init__(
        self, git: GitCommand, remote: str, environment: Mapping[str, str], pauses: Sequence[float] = PAUSES
    ) -> None:
        self._git, self._remote, self._environment, self._pauses = git, remote, environment, pauses

    def read(self, *arguments: str) -> str:
        """ls-remote or fetch, and its output. Raises NoSuchRef, or another RemoteFailed when it keeps failing."""
        began = time.monotonic()
        for pause in self._pauses:
            try:
                return self.once(*arguments)
            except PassingFailure:
                if time.monotonic() - began > LATE:
                    raise
                time.sleep(pause)
        return self.once(*arguments)

    def once(self, *arguments: str) -> str:
        """Run git a single time. Raises BranchTaken where a lease did not hold, else RemoteFailed."""
        try:
            output = self._git.output(*arguments, environment=self._environment, timeout=TIMEOUT)
        except GitFailed as error:
            command = next(word for word in arguments if word in ("push", "fetch", "ls-remote"))
            told = without_credentials(f"{error.stderr}\n{error.stdout}")
            raise _kind(error)(_explained(command, self._remote, told)) from error
        return output.decode("utf-8", "replace")


def _kind(error: GitFailed) -> type[RemoteFailed]:
    if _TAKEN.search(error.stdout):
        return BranchTaken
    if _NO_SUCH_REF.search(error.stderr):
        return NoSuchRef
    return PassingFailure if _PASSING.search(error.stderr) else RemoteFailed


def without_credentials(text: str) -> str:
    """The text with user, password and query cut out of every URL.

    A password may hold an unescaped slash or at sign, so everything before the last at sign goes.
    """
    return re.sub(r"(\w+://)(?:[^\s']*@)?([^\s'?]*)(?:\?[^\s']*)?", r"\1\2", text)


def _explained(command: str, remote: str, told: str) -> str:
    """git's own telling lines, what was and was not done, and the mend."""
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
        mend = "; let promobot write promobot/* and promobot-ledger in the branch rules or hooks"
    done = "running again finds out what was done" if command == "push" else "nothing was changed"
    return f"git {command} {remote} failed ({done}): {last[:300]}{mend}"
