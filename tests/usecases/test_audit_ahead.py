"""Other processes make proposals again first: the same proof, whatever becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from promobot.adapters.repository import Repository
from promobot.core.audit.events import Chronicle
from promobot.usecases.audit import ahead, history
from promobot.usecases.audit.ahead import Ahead
from promobot.usecases.audit.history import judged
from tests.support.audit import Trail
from tests.support.builders import patch as built
from tests.support.gate import REPORTS, TRIGGER


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    """Honest landings, then one whose checklist was altered."""
    trail = Trail.at(tmp_path)
    trail.merge(trail.later)
    made = trail.gate.propose(built(TRIGGER, 12.0))
    altered = {f"{REPORTS}/{made.proposal.proposal_id}/OPERATOR_CHECKLIST.md": "- [ ] nothing to see\n"}
    trail.merge(made.branch, files=altered, how="squash")
    return trail


def proved(trail: Trail) -> Chronicle:
    return judged(Repository(trail.gate.space.clone), "main", trail.tip(), trail.start, lambda *_: None)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Every history is worth it; for each question whether it was answered ahead."""
    found: list[bool] = []
    answer = Ahead.answer

    def told(self: Ahead, *asked: Any) -> Any:
        given = answer(self, *asked)
        found.append(given is not None)
        return given

    monkeypatch.setattr(history, "ENOUGH", 0)
    monkeypatch.setattr(Ahead, "answer", told)
    return found


def test_the_proof_is_the_same(trail: Trail, request: pytest.FixtureRequest) -> None:
    alone = proved(trail)
    assert [one.code for one in alone.findings] == ["artifact_altered"]
    answers = request.getfixturevalue("answers")
    assert proved(trail) == alone
    assert answers == [True] * 4


def test_an_answer_on_other_ground_does_not_count(
    trail: Trail, answers: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = ahead.claimed

    def lying(meta: bytes) -> Any:
        told = claimed(meta)
        return None if told is None else (told[0], {**told[1], TRIGGER: "0" * 64})

    monkeypatch.setattr(history, "claimed", lying)
    assert [one.code for one in proved(trail).findings] == ["artifact_altered"]
    assert sorted(answers) == [False, False, True, True], "two of the four change the trigger"


def test_processes_that_end_are_not_missed(trail: Trail, answers: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended:
        def submit(self, *_: object) -> Future[Sequence[None]]:
            future: Future[Sequence[None]] = Future()
            future.set_exception(BrokenProcessPool("killed"))
            return future

        def shutdown(self, **_: object) -> None:
            """It has ended."""

    monkeypatch.setattr(ahead, "ProcessPoolExecutor", lambda *_, **__: Ended())
    assert [one.code for one in proved(trail).findings] == ["artifact_altered"]
    assert answers == [False] * 4


@pytest.mark.parametrize("meta", [b"", b"[]", b"{}", b'{"base": 1, "changes": 2}', b"[" * 100_000], ids=range(5))
def test_what_claims_nothing_is_not_ordered(meta: bytes) -> None:
    assert ahead.claimed(meta) is None
