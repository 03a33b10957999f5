"""Bounds: how far a value may move without a person typing it, and what nobody passes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self

from pydantic import Field, FiniteFloat, model_validator

from promobot.core.policy.types import Globs, Section


class AutoApplyBounds(Section):
    """Limits for a value that is applied without a person typing it: inclusive, in the parameter's own unit."""

    min_value: FiniteFloat = Field(description="smallest value, inclusive")
    max_value: FiniteFloat = Field(description="largest value, inclusive")
    max_step: FiniteFloat = Field(gt=0, description="largest change from the live value, inclusive")

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


def describe_bounds_by_tag(schema: dict[str, Any]) -> None:
    """Tell the JSON Schema of `bounds` what reading does: a tag with defaults may give only the keys that differ."""
    schema["default"] = {tag: dict(keys) for tag, keys in DEFAULT_BOUNDS.items()}
    schema["properties"] = {}
    for tag, keys in DEFAULT_BOUNDS.items():
        bounds = AutoApplyBounds.model_json_schema()
        del bounds["required"], bounds["title"]
        for key, default in keys.items():
            del bounds["properties"][key]["title"]
            bounds["properties"][key]["default"] = default
        schema["properties"][tag] = bounds | {"default": dict(keys)}


class TargetBounds(AutoApplyBounds):
    """Bounds for the targets that the globs match; they replace the bounds of the targets' tags."""

    targets: Globs = Field(min_length=1, description="globs of targets")


Limits = tuple[Decimal, Decimal, Decimal]
"""(smallest value, largest value, largest step)"""


def strictest(bounds: tuple[AutoApplyBounds, ...]) -> Limits | None:
    """Several bounds on one target as one: all of them must be satisfied. None where there are none."""
    if not bounds:
        return None
    return (
        max(Decimal(repr(b.min_value)) for b in bounds),
        min(Decimal(repr(b.max_value)) for b in bounds),
        min(Decimal(repr(b.max_step)) for b in bounds),
    )
