"""Which entries of a history are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from promobot.core.audit.entries import Entry, Loose
from promobot.core.audit.events import Landing, Moment, PolicyChange, Switch, Undoing
from promobot.core.audit.filters import Filter
from promobot.core.audit.statement import Approval, RecordedPull, Word
from promobot.core.changes import Change
from promobot.core.landing_facts import Account

NOON = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())


def at(hour: int) -> datetime:
    return datetime(2026, 11, 22, hour, tzinfo=UTC)


def landing(digest: str, *targets: str, kind: str = "promotion", reverts: str | None = None) -> Landing:
    changes = tuple(Change(target, 1, 2, automatic=True) for target in targets)
    switch = Switch("auto.toml", "a" * 40, "b" * 40)
    return Landing(
        Moment("c" * 40, NOON), "p" * 40, f"reports/{digest}", f"live_promotion_{digest}", digest, None, kind,
        "bounded_auto", changes, switch, None, {}, reverts,
    )  # fmt: skip


def approval(merger: str | None, *approvers: str, counted: bool = True) -> Approval:
    words = tuple(Word(Account(name, 1, "User"), "APPROVED", None, None, "MEMBER", counted) for name in approvers)
    by = None if merger is None else Account(merger, 2, "User")
    return Approval(True, RecordedPull(1, "", None, None, "", by, "", words))


TILT = Entry(landing("1", "macro.tilt", "portfolio.leverage"), approval=approval("ann", "Ben"))
BACK = Entry(landing("2", "macro.tilt", kind="revert", reverts="1"), approval=approval("ann", "eve", counted=False))
BUTTON = Entry(Undoing(Moment("d" * 40, NOON), landing("1", "macro.tilt"), Switch("", None, None)))
POLICY = Entry(PolicyChange(Moment("e" * 40, NOON), ("ben", "ben@x.invalid"), Switch("", None, None)))
EDIT = Entry(Loose(Moment("f" * 40, None), (Change("macro.tilt", 1, 2, automatic=True),)))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, [TILT, BACK, BUTTON, POLICY, EDIT]),
        ({"targets": ("macro.*",)}, [TILT, BACK, BUTTON, EDIT]),
        ({"targets": ("portfolio.leverage", "nothing")}, [TILT]),
        ({"targets": ("macro",)}, []),
        ({"targets": ("MACRO.*",)}, []),
        ({"after": at(12)}, [TILT, BACK, BUTTON, POLICY, EDIT]),
        ({"after": at(13)}, [EDIT]),
        ({"before": at(12)}, [EDIT]),
        ({"before": at(13)}, [TILT, BACK, BUTTON, POLICY, EDIT]),
        ({"approvers": ("BEN",)}, [TILT]),
        ({"approvers": ("ann",)}, [TILT, BACK]),
        ({"approvers": ("eve",)}, []),
        ({"kinds": ("revert",)}, [BACK, BUTTON]),
        ({"kinds": ("policy", "finding")}, [POLICY, EDIT]),
        ({"proposal": "1"}, [TILT, BACK, BUTTON]),
        ({"proposal": "2"}, [BACK]),
        ({"proposal": "1", "kinds": ("promotion",), "approvers": ("ben",), "targets": ("*",)}, [TILT]),
    ],
)
def test_what_is_kept(given: dict[str, Any], kept: list[Entry]) -> None:
    assert [one for one in (TILT, BACK, BUTTON, POLICY, EDIT) if Filter(**given).keeps(one)] == kept
