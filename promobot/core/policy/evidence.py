"""What a patch must show for itself: risk, historical performance, healthy tests, freshness. Absent: off.

A hold alone is on unless it is turned off: who reverts in a hurry must not have to edit the policy first.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, FiniteFloat, model_validator

from promobot.core.policy.types import RepositoryPath, Section

Weight = Annotated[FiniteFloat, Field(ge=0, le=1000)]
Score = Annotated[FiniteFloat, Field(ge=0, le=100)]
MetricName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class RiskWeights(Section):
    """How much each dimension of the risk score counts; only their proportions matter."""

    step: Weight = Field(default=30.0, description="how much of the allowed step is used")
    bound: Weight = Field(default=20.0, description="how close the value comes to a bound")
    confidence: Weight = Field(default=25.0, description="how much confidence is missing")
    churn: Weight = Field(default=15.0, description="how often the target changed lately")
    breadth: Weight = Field(default=10.0, description="how many live parameters move at once")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not any(self.model_dump().values()):
            raise ValueError("all weights are 0, so there is no score; give one dimension a weight")
        return self


class Risk(Section):
    """A score from 0 (calm) to 100; a patch above `max_score` is not proposed."""

    max_score: Score = Field(description="the highest score that is proposed, inclusive")
    weights: RiskWeights = Field(default=RiskWeights(), description="how much each dimension counts")
    window_days: int = Field(default=30, ge=1, le=3650, description="what counts as lately, in days")
    full_churn: int = Field(default=4, ge=1, description="changes in the window that count in full")
    full_breadth: int = Field(default=10, ge=1, description="parameters moving at once that count in full")


class MetricLimits(Section):
    """What one metric must satisfy, inclusive, in the metric's own unit."""

    min: FiniteFloat | None = Field(default=None, description="smallest value, inclusive; absent: any")
    max: FiniteFloat | None = Field(default=None, description="largest value, inclusive; absent: any")
    required: bool = Field(default=True, description="false: a patch may leave the metric out")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("needs min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is above max, so no value would ever pass")
        return self


class Performance(Section):
    """What the experiments must have shown (`meta.metrics`), and how long a target rests after it was taken back."""

    metrics: dict[MetricName, MetricLimits] = Field(
        default_factory=dict,
        description="by the metric's name, as in meta.metrics",
        json_schema_extra={"default": {}, "additionalProperties": False},
    )
    cool_down_days: int = Field(
        default=0, ge=0, le=3650, description="days that a target rests after it was taken back; 0: none"
    )


class TestHealth(Section):
    """Go or No-Go by the report of a test run. Without a readable, fresh and good report nothing is proposed."""

    __test__ = False  # pytest would take the name for a test class

    report: RepositoryPath = Field(description="path in the repository; .json: TestHealth summary, .xml: JUnit")
    min_score: Score = Field(
        default=100.0, description="least health_score, inclusive; of JUnit: percent of tests that passed"
    )
    max_failures: int = Field(default=0, ge=0, description="most failed checks, inclusive")
    max_age_hours: int = Field(default=24, ge=1, le=87600, description="hours since the run finished, inclusive")

    @model_validator(mode="after")
    def _known_form(self) -> Self:
        if not self.report.lower().endswith((".json", ".xml")):
            raise ValueError("report must end in .json (TestHealth summary) or .xml (JUnit)")
        return self


class Patches(Section):
    """How fresh a patch must be, and how long a target rests after a revert."""

    max_age_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="days since generated_at, inclusive; a patch without one is too old; absent: any age",
    )
    hold_days: int = Field(
        default=7, ge=0, le=3650, description="days that a target rests after its last change was reverted; 0: none"
    )
