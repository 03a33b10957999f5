"""The policy: what may reach the live system, and how. A file on the base branch, changed only by a reviewed merge.

Missing keys take their defaults; the sections [risk], [performance] and [test_health] are off when absent.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator

from promobot.core.policy.audit import Audit
from promobot.core.policy.bounds import (
    DEFAULT_BOUNDS,
    DEFAULT_HARD_LIMITS,
    AutoApplyBounds,
    TargetBounds,
    describe_bounds_by_tag,
)
from promobot.core.policy.evidence import Patches, Performance, Risk, TestHealth
from promobot.core.policy.sections import AutoApply, Blacklist, EligibilityGrant, GitHub, Paths, Research
from promobot.core.policy.types import AutoApplyMode, Mode, Section, Tag, matches


class PromotionPolicy(Section):
    """The whole policy file."""

    version: Literal[1] = Field(default=1, description="of the policy's form")
    mode: Mode = Field(default=AutoApplyMode.MANUAL_ONLY, description="the ceiling; a flag can only lower it")
    lock: bool = Field(default=False, description="true: bounded_auto becomes manual_only, with a warning")
    # More than 100 would not fit into one pull request body, which names every value it applies.
    max_per_proposal: int = Field(default=50, ge=0, le=100, description="most values applied in one proposal")
    paths: Paths = Field(default=Paths(), description="where things lie in the repository")
    bounds: dict[Tag, AutoApplyBounds] = Field(
        default_factory=dict,
        validate_default=True,
        description="how far a value may move without a person typing it, by tag; given keys replace the defaults",
        json_schema_extra=describe_bounds_by_tag,
    )
    bounds_for: tuple[TargetBounds, ...] = Field(
        default=(), strict=False, description="bounds for targets of your own; they replace those of the tags"
    )
    hard_limits: dict[Tag, FiniteFloat] = Field(
        default_factory=dict,
        validate_default=True,
        description="the value, inclusive, that nobody passes by any way, by tag",
        json_schema_extra={"default": dict(DEFAULT_HARD_LIMITS)},
    )
    eligibility: tuple[EligibilityGrant, ...] = Field(
        default=(), strict=False, description="who may be proposed at all; any matching grant suffices, none: nothing"
    )
    auto_apply: AutoApply = Field(default=AutoApply(), description="what is applied without a person typing it")
    blacklist: Blacklist = Field(default=Blacklist(), description="what is never proposed")
    research: Research = Field(default=Research(), description="how research and development work is known")
    risk: Risk | None = Field(default=None, description="the risk score; absent: off")
    performance: Performance | None = Field(default=None, description="what experiments must show; absent: off")
    test_health: TestHealth | None = Field(default=None, description="Go or No-Go by a test report; absent: off")
    patches: Patches = Field(default=Patches(), description="how fresh a patch must be, and the rest after a revert")
    github: GitHub = Field(default=GitHub(), description="how pull requests are made")
    audit: Audit = Field(default=Audit(), description="how the history of the base branch is proved")

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

    @property
    def lately_days(self) -> int:
        """How many days of history the rules look back at; 0 where none does."""
        window = self.risk.window_days if self.risk else 0
        rest = self.performance.cool_down_days if self.performance else 0
        return max(window, rest, self.patches.hold_days)

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
