"""Whether repository and forge are set so that the promise holds: merging is the approval, and nothing goes round it.

The adapters say what they saw, or which permission they lack; nothing that was not seen is called well.
"""

from promobot.core.readiness.findings import readiness
from promobot.core.readiness.seen import GATE_CHECK, Branch, Check, ForgeSeen, Rules, TreeSeen, Unknown

__all__ = ["GATE_CHECK", "Branch", "Check", "ForgeSeen", "Rules", "TreeSeen", "Unknown", "readiness"]
