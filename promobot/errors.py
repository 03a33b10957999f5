"""The one tree of refusals. Each class has a stable `code` and the exit code of DESIGN's contract.

2  usage or policy      the command or the policy must change
3  export               the loop's file must change
4  repository state     something in the repository must be mended first
5  remote or forge      the network, the git remote or the forge failed; try again
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Detail:
    """One place where something is wrong: a file, a JSON pointer or key path in it, a line from 1, and the mend."""

    message: str
    file: str | None = None
    pointer: str | None = None
    line: int | None = None


class PromobotError(Exception):
    """A refusal that a person can act on: `message` says what is wrong and names the mend."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, details: Iterable[Detail] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)


class UsageError(PromobotError):
    """The command line cannot be carried out as it stands."""

    code = "usage"
    exit_code = 2


class PolicyError(PromobotError):
    """The policy on the base branch is missing or wrong; every error is in `details`, with its key path."""

    code = "policy"
    exit_code = 2


class WishRefused(PromobotError):
    """A person's wish passes what no wish may (hard limits, types, known targets); `details` hold one for a target."""

    code = "wish_refused"
    exit_code = 2


class ExportRefused(PromobotError):
    """An export is not what the contract asks for; it is refused whole and nothing is written."""

    code = "export_refused"
    exit_code = 3


class RepositoryRefused(PromobotError):
    """The repository is in a state that promobot will not build on; nothing is changed."""

    code = "repository_refused"
    exit_code = 4


class ShallowClone(RepositoryRefused):
    """This clone lacks a part of the history, so that nothing which rests on all of it can be said."""

    code = "shallow_clone"


class RemoteFailed(PromobotError):
    """The git remote could not be reached or refused; the message tells what was and was not done."""

    code = "git_remote"
    exit_code = 5


class ForgeFailed(PromobotError):
    """The forge's API failed or refused; the message tells what was and was not done."""

    code = "forge"
    exit_code = 5


class InternalError(PromobotError):
    """A mistake of ours, never to be read as a verdict. The code is EX_SOFTWARE of sysexits.h."""

    code = "internal"
    exit_code = 70


class Interrupted(PromobotError):
    """A person or the runner stopped it. The code is the shell's, 128 + SIGINT."""

    code = "interrupted"
    exit_code = 130


class BranchTaken(RemoteFailed):
    """Another run created the proposal's branch first; reading the state again and planning anew converges."""

    code = "branch_taken"
