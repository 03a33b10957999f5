"""The settings of a repository as an administrator made them, in the shapes that GitHub's reference gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Ruleset:
    """`rules` have `type` and maybe `parameters`; `branches` are the full names that it applies to.

    `bypass` has items of `actor_id` and `actor_type`. A ruleset of the organisation is shown in the same way.
    """

    id: int
    branches: set[str]
    rules: list[Json]
    bypass: list[Json] = field(default_factory=list)
    enforcement: str = "active"


@dataclass
class Settings:
    """`protection` maps a branch to its classic protection; `administrators` are the logins that may see settings.

    `readers` maps a permission (`administration`, `secrets`) to Apps that have it to read. `rules_in_plan` is False
    for a private repository whose plan has no branch rules.
    """

    protection: dict[str, Json] = field(default_factory=dict)
    rulesets: list[Ruleset] = field(default_factory=list)
    actions_open_pulls: bool = False
    secrets: set[str] = field(default_factory=set)
    organization_secrets: set[str] = field(default_factory=set)
    owner_errors: list[Json] | None = field(default_factory=list)
    administrators: set[str] = field(default_factory=set)
    readers: dict[str, set[str]] = field(default_factory=dict)
    rules_in_plan: bool = True
