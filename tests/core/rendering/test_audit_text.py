"""What others chose cannot move a terminal, break a line, or become a formula in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from promobot.core.audit.dossier import Dossier
from promobot.core.audit.entries import Entry, Loose
from promobot.core.audit.events import Landing, Moment, PolicyChange, Switch, Undoing
from promobot.core.audit.filters import Filter
from promobot.core.audit.life import Held, Reading, Version
from promobot.core.audit.signatures import Signature, State
from promobot.core.audit.statement import Approval, Filed, RecordedPull, Statement, Word
from promobot.core.changes import Change
from promobot.core.gate.verdict import Violation
from promobot.core.landing_facts import Account
from promobot.core.rendering.dossier import dossier_json, dossier_lines
from promobot.core.rendering.entries import entry_json, entry_lines
from promobot.core.rendering.entries_csv import csv_lines
from promobot.core.rendering.held import held_json, held_lines

BAD = "x\x1b]0;t\x07\r\n\u202ey\u2028\ud800##[error]::error::\x00\x9b31m"
AT = Moment("c" * 40, 1_700_000_000)
PULL = RecordedPull(
    1, BAD, Account(BAD, 1, BAD), BAD, BAD, Account(BAD, 2, BAD), BAD,
    (Word(Account(BAD, 3, BAD), BAD, BAD, BAD, BAD, counted=True),),
)  # fmt: skip


def landing(*changes: Change, text: str = BAD) -> Landing:
    switch = Switch(text, "a" * 40, "b" * 40)
    return Landing(
        AT, "p" * 40, text, text, text, text, text, text, changes, switch, text, {text: "d" * 40}, text, (text,)
    )


def entry(text: str = BAD, *changes: Change) -> Entry:
    found = Violation(text, text, text, AT.commit)
    changes = changes or (Change(text, text, text, automatic=True),)
    return Entry(landing(*changes, text=text), (found,), ((found, text),), Approval(True, PULL), text)


EVENTS = [
    entry(),
    Entry(Undoing(AT, landing(Change(BAD, BAD, None, automatic=True)), Switch(BAD, None, None))),
    Entry(PolicyChange(AT, (BAD, BAD), Switch(BAD, BAD, BAD))),
    Entry(Loose(AT, (Change(BAD, BAD, BAD, automatic=True),)), (Violation(BAD, BAD, BAD, AT.commit),)),
]


def harmless(line: str) -> bool:
    return line.isprintable() and "##[" not in line and "\u202e" not in line and not line.lstrip().startswith("::")


@pytest.mark.parametrize("one", EVENTS, ids=lambda one: type(one.event).__name__)
def test_an_entry_is_harmless(one: Entry) -> None:
    lines = list(entry_lines(one))
    assert len(lines) > 2
    assert [line for line in lines if not harmless(line.replace("\u200b", ""))] == []
    assert json.loads(json.dumps(entry_json(one), allow_nan=False))
    for row in csv_lines([one], Filter()):
        assert harmless(row.removesuffix("\r\n").replace("\u200b", "")), row


def test_a_dossier_is_harmless() -> None:
    predicate = {
        "approvers": [{"by": {"login": BAD, "id": BAD, "type": BAD}}],
        "merger": {"login": BAD},
        "ticks": {"ticked": [BAD], "unticked": [BAD], "missing": BAD},
        "checks": [{"name": BAD}, BAD],
    }
    statement = Statement({"predicate": predicate}, {}, Approval(True, PULL))
    hostile: dict[str, Any] = {BAD: BAD}
    patches: list[Any] = [
        {"patch": {"id": BAD, "target": BAD, "new_value": BAD, "reason": BAD, "meta": hostile}, "risk": hostile,
         "decision": {"status": BAD, "reasons": [{"code": BAD, "message": BAD}, BAD], "auto_apply_reasons": BAD}},
        BAD, None, [], {"patch": None},
    ]  # fmt: skip
    told = Dossier(
        entry(), landing(), {"facts": hostile | {"live_values": hostile}, "wish": {"reason": BAD, "source": hostile},
        "policy": {"blob": BAD}, "base": BAD, "engine_version": BAD}, patches, Filed(BAD, BAD, BAD),
        statement, {AT.commit: Signature(State.GOOD, BAD, BAD)},
        (landing(), Undoing(AT, landing(), Switch(BAD, None, None))),
    )  # fmt: skip
    lines = list(dossier_lines(told))
    assert len(lines) > 40
    assert [line for line in lines if not harmless(line.replace("\u200b", ""))] == []
    assert json.dumps(dossier_json(told), allow_nan=False)


def test_a_value_at_a_time_is_harmless() -> None:
    since = Version(AT, (BAD, BAD))
    for source, one in (("override", EVENTS[0]), ("base_config", None)):
        held = Held(BAD, Reading(BAD, source, BAD), AT, since, None, one, given=False)
        lines = list(held_lines(held, BAD))
        assert [line for line in lines if not harmless(line.replace("\u200b", ""))] == []
        assert json.dumps(held_json(held, BAD), allow_nan=False)


@pytest.mark.parametrize("value", [float("nan"), 10**400, [1], {"a": 1}, [float("inf")]])
def test_a_tampered_value_of_no_type_is_told_as_a_text(value: Any) -> None:
    one = entry("t", Change("t", value, value, automatic=True))
    assert "t" in "".join(entry_lines(one))
    [change] = entry_json(one)["changes"]
    assert isinstance(change["old"], str)
    assert json.dumps(entry_json(one), allow_nan=False)
    assert list(csv_lines([one], Filter()))


def cells(text: str, **more: str) -> dict[str, str]:
    """A row whose texts are all this one, as a spreadsheet reads it."""
    one = entry(text, Change(more.get("target", text), text, text, automatic=True))
    told = "".join(csv_lines([one], Filter()))
    [row] = csv.DictReader(io.StringIO(told, newline=""))
    return dict(row)


@pytest.mark.parametrize(
    "start", ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "-cmd", "\uff1d1+1", "\uff20x", "-1,2"]
)
def test_no_cell_becomes_a_formula(start: str) -> None:
    row = cells(start)
    for column, cell in row.items():
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")), column
    author = Entry(PolicyChange(AT, (start, start), Switch("p", None, None)))
    [policy] = csv.DictReader(io.StringIO("".join(csv_lines([author], Filter())), newline=""))
    assert not policy["author"].lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff20"))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-0.5, "-0.5"), (-3, "-3"), (1.0, "1.0"), (1, "1"), (True, "true"), (1e300, "1e+300"), (-1e-9, "-1e-09"),
        ("1", '"1"'), ("a;b\t", '"a;b\\t"'), ('say "no"', '"say \\"no\\""'), ("x" * 999, f'"{"x" * 999}"'), (None, ""),
    ],
)  # fmt: skip
def test_values_are_json_in_a_spreadsheet(value: Any, cell: str) -> None:
    one = entry("t", Change("t", None, value, automatic=True))
    [row] = csv.DictReader(io.StringIO("".join(csv_lines([one], Filter())), newline=""))
    assert row["new"] == cell
    assert row["old"] == ""
    if value is not None:
        assert json.loads(row["new"]) == value


def test_what_parts_cells_is_quoted() -> None:
    [_, row] = csv_lines([entry("a,b")], Filter())
    assert '"a,b"' in row
    [_, row] = csv_lines([entry('a"b')], Filter())
    assert '"a""b"' in row
    [_, row] = csv_lines([entry("a;b")], Filter())
    assert '"a;b"' in row
    assert row.endswith("\r\n")
