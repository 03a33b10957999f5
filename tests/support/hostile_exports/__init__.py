"""Hostile and borderline exports, each with what must come of it: one table, in parts that a person can read."""

from __future__ import annotations

from tests.support.hostile_exports import claims, shapes, sizes, syntax, targets, values
from tests.support.hostile_exports.case import Case

CASES: tuple[Case, ...] = (
    *syntax.CASES, *shapes.CASES, *targets.CASES, *values.CASES, *claims.CASES, *sizes.CASES,
)  # fmt: skip
