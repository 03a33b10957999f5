"""Git, through GitPython: the only code that reads or writes a repository."""

from __future__ import annotations

from promobot.adapters.repository.branches import Branches
from promobot.adapters.repository.entries import Entry
from promobot.adapters.repository.history import landed
from promobot.adapters.repository.ledger import GitLedger
from promobot.adapters.repository.objects import Repository
from promobot.adapters.repository.publisher import GitPublisher
from promobot.adapters.repository.remote import Base, Token, find_base

__all__ = ["Base", "Branches", "Entry", "GitLedger", "GitPublisher", "Repository", "Token", "find_base", "landed"]
