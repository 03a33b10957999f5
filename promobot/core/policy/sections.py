"""Who may propose what, and where things lie: the sections of a policy that grant, bar and name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, WithJsonSchema, model_validator

from promobot.core.policy.types import (
    POLICY_PATH,
    Fraction,
    Globs,
    Names,
    RepositoryPath,
    Section,
    Segments,
    Tags,
)


class Paths(Section):
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


# Editors hand a TOML date or time to the schema as its text; `format` would ask every time for an offset.
_TOML_DATE = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?$"
)
Expiry = Annotated[date | datetime, WithJsonSchema({"type": "string", "pattern": _TOML_DATE})]


class EligibilityGrant(Section):
    """Permission for targets to be proposed for live. Any matching grant suffices; no match means not eligible."""

    targets: Globs = Field(min_length=1, description="globs of targets")
    min_confidence: Fraction | None = Field(
        default=None, description="least confidence_score, inclusive; absent: none is asked"
    )
    require_live_ready: bool = Field(default=False, description="ask for meta.is_live_ready = true")
    expires: Expiry | None = Field(
        default=None,
        description="when the grant ends, a date or a time without quotes; a date ends at 00:00 UTC; absent: never",
    )
    override_expires: Expiry | None = Field(
        default=None,
        description="when the overrides of these targets are to be taken back, a date or a time without quotes; "
        "a date means 00:00 UTC; absent: never",
    )
    note: str = Field(default="", max_length=1000, description="why the grant stands")

    def in_force(self, at: datetime | None) -> bool:
        """Whether the grant holds at a time; with no time known, one that ends does not.

        A grant whose overrides are to be taken back by now grants none: they would be taken back at once.
        """
        ends = [end for end in (self.expires, self.override_expires) if end is not None]
        return not ends or (at is not None and all(at < _moment(end) for end in ends))

    def override_ended(self, at: datetime) -> bool:
        """Whether the time that this grant gives to overrides is over."""
        return self.override_expires is not None and at >= _moment(self.override_expires)


def _moment(end: date | datetime) -> datetime:
    """A date as its first moment; without an offset UTC."""
    if not isinstance(end, datetime):
        return datetime(end.year, end.month, end.day, tzinfo=UTC)
    return end if end.tzinfo else end.replace(tzinfo=UTC)


class AutoApply(Section):
    """Which accepted values are written to the live overrides without a person typing them."""

    allow: Globs | None = Field(default=None, description="globs; absent: every bounded target, empty: none")
    min_confidence: Fraction = Field(
        default=0.80, description="least confidence_score, inclusive; missing is below any"
    )
    max_per_day: int = Field(default=3, ge=0, description="most values landed on the base branch a UTC day")


class Blacklist(Section):
    """What is never proposed. Targets are whole leading segments, whatever their case."""

    targets: Segments = Field(default=(), description="leading segments, such as risk.stop_loss")
    tags: Tags = Field(default=(), description="derived tags and meta.tags")


class Research(Section):
    """How research and development work is known; it never goes live. Nothing here minds case."""

    tiers: Names = Field(
        default=("r_and_d", "experimental", "research", "untested"), description="of meta.tier and tags"
    )
    segments: Names = Field(
        default=("r_and_d", "rnd", "experimental", "research", "untested"),
        description="words of a target's segments: research bars research.x and x.alpha-research",
    )
    targets: Globs = Field(default=(), description="globs of targets")
    experiments: Names = Field(default=(), description="globs of source_experiment_id")


class GitHub(Section):
    """How pull requests are made."""

    commits: Literal["git", "api"] = Field(default="git", description="git: push; api: made and signed by the forge")
    keep_up_to_date: bool = Field(
        default=False, description="true: make an open proposal again whenever the base branch has moved"
    )
    labels: Names = Field(default=("promobot",), description="labels of a new pull request")
    reviewers: Names = Field(default=(), description="logins asked to review")
    team_reviewers: Names = Field(default=(), description="team slugs asked to review")
