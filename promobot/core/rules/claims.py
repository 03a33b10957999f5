"""Claims of an export about itself, read so that an ill-typed one counts as absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promobot.core.models import ConfigPatch


def claimed_tags(patch: ConfigPatch) -> tuple[str, ...]:
    """The texts of `meta.tags`, which is a list or a single text; anything else in there is as if it were not there."""
    return _texts(patch.claim("tags"))


def claimed_tiers(patch: ConfigPatch) -> tuple[str, ...]:
    """The texts of `meta.tier`. A list of several is read too: leaving it out could only widen a decision."""
    return _texts(patch.claim("tier"))


def claimed_metrics(patch: ConfigPatch) -> Mapping[str, Any]:
    """The members of `meta.metrics`, of any type."""
    metrics = patch.claim("metrics")
    return metrics if isinstance(metrics, dict) else {}


def _texts(claim: object) -> tuple[str, ...]:
    items = claim if isinstance(claim, list) else [claim]
    return tuple(text for text in items if isinstance(text, str))
