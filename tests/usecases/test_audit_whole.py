"""A history that git does not tell to its end proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from promobot.adapters.repository import Repository
from promobot.adapters.repository.chronicle import History
from promobot.errors import RepositoryRefused
from promobot.usecases.audit.history import first_policy, judged
from tests.support.gate import Gate, lever


def test_a_log_that_ends_too_soon_is_no_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate.at(tmp_path)
    gate.land(gate.propose(lever()).branch)
    repository, head = Repository(gate.space.clone), gate.git("rev-parse", "main")
    whole = History.steps
    monkeypatch.setattr(History, "steps", lambda self, topology: list(whole(self, topology))[:-1])
    with pytest.raises(RepositoryRefused, match="1 of 2 commits"):
        judged(repository, "main", head, first_policy(repository, head), lambda *_: None)
