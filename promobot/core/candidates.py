"""Patches -> candidates: only what the loop itself holds for ready, tagged by what the target is about."""

from __future__ import annotations

from collections.abc import Iterable

from promobot.core.models import ConfigPatch, PatchStatus, PromotionCandidate

# The seed's heuristic: a tag is a substring of the target, whatever its case.
TAGS = ("leverage", "macro", "risk", "trigger")
READY = frozenset({PatchStatus.APPLIED_OFFLINE, PatchStatus.PROMOTED})


def tags_of(target: str) -> tuple[str, ...]:
    """The tags of a target, sorted."""
    lowered = target.lower()
    return tuple(tag for tag in TAGS if tag in lowered)


def build_promotion_candidates_from_patches(patches: Iterable[ConfigPatch]) -> list[PromotionCandidate]:
    """Keep the patches with status APPLIED_OFFLINE or PROMOTED, in order; none is eligible for live yet."""
    return [PromotionCandidate(patch, tags_of(patch.target)) for patch in patches if patch.status in READY]
