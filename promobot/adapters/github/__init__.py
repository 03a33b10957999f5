"""GitHub, through PyGithub: pull requests, and commits made by the server."""

from __future__ import annotations

from promobot.adapters.github.client import Forge
from promobot.adapters.github.ledger import ApiLedger
from promobot.adapters.github.patience import Patience
from promobot.adapters.github.publisher import ApiPublisher
from promobot.adapters.github.pulls import PullRequests

__all__ = ["ApiLedger", "ApiPublisher", "Forge", "Patience", "PullRequests"]
