"""The policy as a model: `policy.py` is the whole, its sections stand beside it, `file.py` reads it."""

from promobot.core.policy.bounds import AutoApplyBounds
from promobot.core.policy.policy import AutoApplyPolicy, PromotionPolicy, effective_mode
from promobot.core.policy.sections import EligibilityGrant, Paths

__all__ = ["AutoApplyBounds", "AutoApplyPolicy", "EligibilityGrant", "Paths", "PromotionPolicy", "effective_mode"]
