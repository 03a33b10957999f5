"""Claims of an export about itself, read so that an ill-typed one counts as absent."""

from __future__ import annotations

from promobot.core.models import ConfigPatch


def claimed_tags(patch: ConfigPatch) -> tuple[str, ...]:
    """The texts in `meta.tags`; anything else in there is as if it were not there."""
    tags = patch.claim("tags")
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def claimed_tier(patch: ConfigPatch) -> str | None:
    """`meta.tier`, where it is a text."""
    tier = patch.claim("tier")
    return tier if isinstance(tier, str) else None
