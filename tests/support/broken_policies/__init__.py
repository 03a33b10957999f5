"""Broken policies, several errors at once in each, and the lines that must answer them."""

from tests.support.broken_policies.slips import SLIPS
from tests.support.broken_policies.unreadable import UNREADABLE
from tests.support.broken_policies.values import VALUES
from tests.support.broken_policies.words import NAME

BROKEN = {**SLIPS, **VALUES}

__all__ = ["BROKEN", "NAME", "UNREADABLE"]
