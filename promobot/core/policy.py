"""The policy: what may reach the live system, and how. A file on the base branch, changed only by a reviewed merge.

Missing keys take the defaults below; an unknown key is an error, because a misspelt limit is no limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator, model_validator

from promobot.core.policy_types import (
    POLICY_PATH,
    AutoApplyMode,
    Fraction,
    Globs,
    Mode,
    Names,
    RepositoryPath,
    Segments,
    Tag,
    Tags,
    matches,
)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class AutoApplyBounds(_Section):
    """Limits for a value that is applied without a person typing it: inclusive, in the parameter's own unit."""

    min_value: FiniteFloat = Field(description="smallest value")
    max_value: FiniteFloat = Field(description="largest value")
    max_step: FiniteFloat = Field(gt=0, description="largest change from the live value")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_value > self.max_value:
            raise ValueError("min_value is above max_value, so no value would ever pass")
        return self


# The seed's defaults ("Default Bounds") and its hard limit.
DEFAULT_BOUNDS: Mapping[str, Mapping[str, float]] = {
    "leverage": {"min_value": 1.0, "max_value": 2.0, "max_step": 0.25},
    "trigger": {"min_value": 3.0, "max_value": 15.0, "max_step": 2.0},
    "macro": {"min_value": 0.0, "max_value": 0.8, "max_step": 0.1},
}
DEFAULT_HARD_LIMITS: Mapping[str, float] = {"leverage": 3.0}


class TargetBounds(AutoApplyBounds):
    """Bounds for the targets that the globs match; they replace the bounds of the targets' tags."""

    targets: Globs = Field(min_length=1, description="globs of targets")


class Paths(_Section):
    """Where things lie in the repository."""

    exports: RepositoryPath = Field(default="reports/learning_snippets", description="folder of the loop's exports")
    reports: RepositoryPath = Field(default="reports/live_promotion", description="folder of the proposals")
    live_overrides: RepositoryPath = Field(default="config/live_overrides/auto.toml", description="the live overrides")
    base_config: RepositoryPath = Field(default="config/config.toml", description="the live system's base config")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        named = {"policy": POLICY_PATH, **self.model_dump()}
        for name, path in named.items():
            for other, longer in named.items():
                if name != other and f"{longer}/".casefold().startswith(f"{path}/".casefold()):
                    raise ValueError(f"{other} ({longer}) lies at or inside {name} ({path}); keep them apart")
        return self


class EligibilityGrant(_Section):
    """Permission for targets to be proposed for live. Any matching grant suffices; no match means not eligible."""

    targets: Globs = Field(min_length=1, description="globs of targets")
    min_confidence: Fraction | None = Field(default=None, description="least confidence_score; absent: none is asked")
    require_live_ready: bool = Field(default=False, description="ask for meta.is_live_ready = true")
    expires: date | datetime | None = Field(default=None, description="when the grant ends; a date ends at 00:00 UTC")
    note: str = Field(default="", max_length=1000, description="why the grant stands")

    def in_force(self, at: datetime | None) -> bool:
        """Whether the grant holds at a time; with no time known, one that expires does not."""
        if self.expires is None:
            return True
        if at is None:
            return False
        end = self.expires
        if not isinstance(end, datetime):
            end = datetime(end.year, end.month, end.day, tzinfo=UTC)
        return at < (end if end.tzinfo else end.replace(tzinfo=UTC))


class AutoApply(_Section):
    """Which accepted values are written to the live overrides without a person typing them."""

    allow: Globs | None = Field(default=None, description="globs; absent: every bounded target, empty: none")
    min_confidence: Fraction = Field(default=0.80, description="least confidence_score; missing is below any")
    max_per_day: int = Field(default=3, ge=0, description="values landed on the base branch a UTC day")


class Blacklist(_Section):
    """What is never proposed. Targets are whole leading segments, whatever their case."""

    targets: Segments = Field(default=(), description="leading segments, such as risk.stop_loss")
    tags: Tags = Field(default=(), description="derived tags and meta.tags")


class Research(_Section):
    """How research and development work is known; it never goes live. Nothing here minds case."""

    tiers: Names = Field(
        default=("r_and_d", "experimental", "research", "untested"), description="of meta.tier and tags"
    )
    targets: Globs = Field(default=(), description="globs of targets")
    experiments: Names = Field(default=(), description="globs of source_experiment_id")


class GitHub(_Section):
    """How pull requests are made."""

    commits: Literal["git", "api"] = Field(default="git", description="git: push; api: made and signed by the forge")
    labels: Names = Field(default=("promobot",), description="labels of a new pull request")
    reviewers: Names = Field(default=(), description="logins asked to review")
    team_reviewers: Names = Field(default=(), description="team slugs asked to review")


class PromotionPolicy(_Section):
    """The whole policy file."""

    version: Literal[1] = Field(default=1, description="of this format")
    mode: Mode = Field(default=AutoApplyMode.MANUAL_ONLY, description="the ceiling; a flag can only lower it")
    lock: bool = Field(default=False, description="true: bounded_auto becomes manual_only, with a warning")
    # More than 100 would not fit into one pull request body, which names every value it applies.
    max_per_proposal: int = Field(default=50, ge=0, le=100, description="values applied automatically in one proposal")
    paths: Paths = Paths()
    bounds: dict[Tag, AutoApplyBounds] = Field(default_factory=dict, validate_default=True)
    bounds_for: Annotated[tuple[TargetBounds, ...], Field(strict=False)] = ()
    hard_limits: dict[Tag, FiniteFloat] = Field(default_factory=dict, validate_default=True)
    eligibility: Annotated[tuple[EligibilityGrant, ...], Field(strict=False)] = ()
    auto_apply: AutoApply = AutoApply()
    blacklist: Blacklist = Blacklist()
    research: Research = Research()
    github: GitHub = GitHub()

    @field_validator("version", mode="before")
    @classmethod
    def _no_boolean(cls, given: object) -> object:
        """To Python `true` equals 1; to a reader it is no version."""
        return str(given) if isinstance(given, bool) else given

    @field_validator("bounds", mode="before")
    @classmethod
    def _bounds_over_defaults(cls, given: object) -> object:
        """Given keys replace the seed's defaults, key by key."""
        if not isinstance(given, dict):
            return given
        merged: dict[str, Any] = {tag: dict(keys) for tag, keys in DEFAULT_BOUNDS.items()}
        for tag, bounds in given.items():
            keys = bounds.model_dump() if isinstance(bounds, AutoApplyBounds) else bounds
            merged[tag] = {**merged.get(tag, {}), **keys} if isinstance(keys, dict) else keys
        return merged

    @field_validator("hard_limits", mode="before")
    @classmethod
    def _limits_over_defaults(cls, given: object) -> object:
        return {**DEFAULT_HARD_LIMITS, **given} if isinstance(given, dict) else given

    def bounds_of(self, target: str, tags: tuple[str, ...]) -> tuple[AutoApplyBounds, ...]:
        """All bounds that a target must satisfy: its own where any are set, else those of its tags."""
        own = tuple(bounds for bounds in self.bounds_for if matches(target, bounds.targets))
        return own or tuple(bounds for tag, bounds in self.bounds.items() if tag in tags)

    def limits_of(self, tags: tuple[str, ...]) -> tuple[float, ...]:
        """The hard limits, inclusive, that a target with these tags must respect."""
        return tuple(limit for tag, limit in self.hard_limits.items() if tag in tags)


class AutoApplyPolicy(BaseModel):
    """The seed's own, smaller policy, for use as a plain library: a mode and the bounds of three tags."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: AutoApplyMode = AutoApplyMode.MANUAL_ONLY
    leverage_bounds: AutoApplyBounds = AutoApplyBounds(**DEFAULT_BOUNDS["leverage"])
    trigger_delay_bounds: AutoApplyBounds = AutoApplyBounds(**DEFAULT_BOUNDS["trigger"])
    macro_weight_bounds: AutoApplyBounds = AutoApplyBounds(**DEFAULT_BOUNDS["macro"])

    def is_bounded_auto(self) -> bool:
        """Whether values inside the bounds are applied automatically."""
        return self.mode is AutoApplyMode.BOUNDED_AUTO

    def as_promotion_policy(self) -> PromotionPolicy:
        """The same rules as a whole policy; everything that it does not say keeps its default."""
        bounds = (self.leverage_bounds, self.trigger_delay_bounds, self.macro_weight_bounds)
        return PromotionPolicy(mode=self.mode, bounds=dict(zip(("leverage", "trigger", "macro"), bounds, strict=True)))


def effective_mode(policy: PromotionPolicy, requested: AutoApplyMode | None) -> tuple[AutoApplyMode, tuple[str, ...]]:
    """The mode of a cycle, with warnings: the policy is the ceiling, and a lock turns bounded_auto into manual_only."""
    mode, warnings = requested or policy.mode, []
    if mode.rank > policy.mode.rank:
        warnings.append(f"mode {mode} was asked for, but the policy's ceiling is {policy.mode}: {policy.mode} is used")
        mode = policy.mode
    if policy.lock and mode is AutoApplyMode.BOUNDED_AUTO:
        warnings.append("the policy is locked (lock = true): nothing is applied automatically")
        mode = AutoApplyMode.MANUAL_ONLY
    return mode, tuple(warnings)
