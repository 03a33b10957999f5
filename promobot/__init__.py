"""promobot: a learning loop's parameter changes become governed pull requests; merging is the approval.

The names below are the public ones. They are loaded when first used, so that the live system, which only needs
`load_config_with_live_overrides`, imports neither git nor a forge's client nor a validation library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from promobot.adapters.exports import load_patches_for_promotion as load_patches_for_promotion
    from promobot.adapters.live_config import load_config_with_live_overrides as load_config_with_live_overrides
    from promobot.core.candidates import (
        build_promotion_candidates_from_patches as build_promotion_candidates_from_patches,
    )
    from promobot.core.models import ConfigPatch as ConfigPatch
    from promobot.core.models import DecisionStatus as DecisionStatus
    from promobot.core.models import PatchStatus as PatchStatus
    from promobot.core.models import PromotionCandidate as PromotionCandidate
    from promobot.core.models import PromotionDecision as PromotionDecision
    from promobot.core.models import PromotionProposal as PromotionProposal
    from promobot.core.policy import AutoApplyBounds as AutoApplyBounds
    from promobot.core.policy import AutoApplyPolicy as AutoApplyPolicy
    from promobot.core.policy import PromotionPolicy as PromotionPolicy
    from promobot.core.version import __version__ as __version__
    from promobot.usecases.library import apply_proposals_to_live_overrides as apply_proposals_to_live_overrides
    from promobot.usecases.library import build_promotion_proposals as build_promotion_proposals
    from promobot.usecases.library import filter_candidates_for_live as filter_candidates_for_live
    from promobot.usecases.library import materialize_promotion_proposals as materialize_promotion_proposals

_WHERE = {
    "AutoApplyBounds": "core.policy",
    "AutoApplyPolicy": "core.policy",
    "ConfigPatch": "core.models",
    "DecisionStatus": "core.models",
    "PatchStatus": "core.models",
    "PromotionCandidate": "core.models",
    "PromotionDecision": "core.models",
    "PromotionPolicy": "core.policy",
    "PromotionProposal": "core.models",
    "__version__": "core.version",
    "apply_proposals_to_live_overrides": "usecases.library",
    "build_promotion_candidates_from_patches": "core.candidates",
    "build_promotion_proposals": "usecases.library",
    "filter_candidates_for_live": "usecases.library",
    "load_config_with_live_overrides": "adapters.live_config",
    "load_patches_for_promotion": "adapters.exports",
    "materialize_promotion_proposals": "usecases.library",
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        value = getattr(import_module(f"promobot.{_WHERE[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'promobot' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
