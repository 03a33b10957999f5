"""The documents that `--format json` prints, as declared types: the builders are checked against them by mypy.

`promobot schema result` is generated from them (core.schemas). Members may be added, never removed or retyped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from promobot.core.models import Reason
from promobot.core.planning import Outcome
from promobot.core.policy.types import AutoApplyMode
from promobot.core.rendering.decision_document import DecisionDocument
from promobot.core.values import Scalar

SCHEMA_VERSION: Literal[1] = 1

Version = Annotated[Literal[1], Field(description="of this document's form")]


@dataclass(frozen=True)
class OverrideDocument:
    """One live value before and after the merge, in the parameter's own unit."""

    old: Annotated[Scalar | None, Field(description="the live value on the base branch; null: none")]
    new: Annotated[Scalar | None, Field(description="the value that merging sets; null: it takes the override away")]


@dataclass(frozen=True)
class PullRequestDocument:
    """A pull request, as the forge names it."""

    number: int
    url: str


@dataclass(frozen=True)
class ResultDocument:
    """How a cycle ended. A command may add members of its own, as `demo` does (`live_changes`)."""

    schema_version: Version
    outcome: Outcome
    mode: Annotated[AutoApplyMode, Field(description="the mode that held: the lowest of policy, flag and lock")]
    proposal_id: Annotated[str | None, Field(description="null: nothing was proposed")]
    decisions: Annotated[list[DecisionDocument], Field(description="one for each patch that the loop holds for ready")]
    overrides: Annotated[
        dict[str, OverrideDocument], Field(description="by target; the automatically applied values only")
    ]
    branch: Annotated[str | None, Field(description="the proposal's branch")]
    commit: Annotated[str | None, Field(description="the full id of the proposal's commit")]
    pull_request: Annotated[PullRequestDocument | None, Field(description="null: there is no forge, or none is open")]
    superseded: Annotated[list[int], Field(description="numbers of the pull requests that this proposal replaced")]
    reasons: Annotated[list[Reason], Field(description="why the cycle ended so")]
    warnings: Annotated[list[str], Field(description="what a person should know, though nothing was refused for it")]


@dataclass(frozen=True)
class DetailDocument:
    """One place where something is wrong."""

    file: Annotated[str | None, Field(description="as the command line or the repository names it")]
    pointer: Annotated[str | None, Field(description="JSON pointer in an export, key path in a policy")]
    line: Annotated[int | None, Field(description="counted from 1")]
    message: Annotated[str, Field(description="what is wrong, and the mend")]


@dataclass(frozen=True)
class RefusalDocument:
    """Why nothing was done."""

    code: Annotated[str, Field(description="stable, for machines")]
    exit_code: Annotated[int, Field(description="of the process, such as 2 for usage or policy, 3 for the export")]
    message: Annotated[str, Field(description="what is wrong, for people")]
    details: Annotated[list[DetailDocument], Field(description="every problem that was found")]


@dataclass(frozen=True)
class ErrorDocument:
    """A refusal."""

    schema_version: Version
    error: RefusalDocument
