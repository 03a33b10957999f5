"""What was seen of a repository's settings; each member is a value, or the permission that is missing to see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

GATE_CHECK = "promobot / gate"
"""The gate's name among the checks of a pull request: the calling job's name, and that of the job in gate.yml."""


@dataclass(frozen=True)
class Unknown:
    """It could not be seen; `permission` is what the token needs, as the forge calls it."""

    permission: str


@dataclass(frozen=True)
class Check:
    """A required check. `app` is the id of the only App whose word counts; None: anybody who may write can set it."""

    name: str
    app: int | None = None


@dataclass(frozen=True)
class Rules:
    """What one ruleset, or the classic protection, asks of a branch.

    `approvals` counts reviews; `strict` wants the head up to date with the base; `bypass` names who need not care.
    """

    pull_request: bool = False
    approvals: int = 0
    last_push: bool = False
    dismiss_stale: bool = False
    code_owners: bool = False
    checks: tuple[Check, ...] = ()
    strict: bool = False
    merge_queue: bool = False
    no_force_push: bool = False
    no_deletion: bool = False
    bypass: tuple[str, ...] | Unknown = ()


@dataclass(frozen=True)
class Branch:
    """A branch, and every source of rules for it. The forge adds them up: what one of them asks for holds."""

    name: str
    exists: bool = True
    sources: tuple[Rules | Unknown, ...] = ()

    def holds(self, wanted: Callable[[Rules], bool]) -> bool | Unknown:
        """Whether any source asks for it; Unknown where only a source that was not seen could."""
        if any(wanted(rules) for rules in self.sources if isinstance(rules, Rules)):
            return True
        return next((source for source in self.sources if isinstance(source, Unknown)), False)


@dataclass(frozen=True)
class ForgeSeen:
    """What the forge says. `actions_open_pulls`: whether GITHUB_TOKEN may open pull requests; `secrets` are the names
    of the secrets that workflows get; `owner_errors` is what the forge finds wrong in CODEOWNERS."""

    repository: str
    default_branch: str
    base: Branch
    ledger: Branch
    actions_open_pulls: bool | Unknown
    secrets: frozenset[str] | Unknown
    owner_errors: tuple[str, ...] | Unknown = ()


@dataclass(frozen=True)
class TreeSeen:
    """What the base branch holds that the forge or git obeys.

    `codeowners` is (path, text) of the file that counts; `attributes` maps a protected path to the attributes that
    git gives it at checkout; `workflows` maps path to text; `exports` are the paths of exports on the base branch.
    """

    codeowners: tuple[str, str] | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    workflows: Mapping[str, str] = field(default_factory=dict)
    exports: tuple[str, ...] = ()
