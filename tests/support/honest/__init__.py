"""Honest histories, played from a seed: a loop, its operators and a team at work in a real repository.

HONEST_HISTORIES sets how many are played by the tests (default 10).
"""

from __future__ import annotations

import os

from tests.support.honest.history import History
from tests.support.honest.road import Played

HISTORIES = int(os.environ.get("HONEST_HISTORIES", "10"))
__all__ = ["HISTORIES", "History", "Played"]
