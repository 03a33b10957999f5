"""The answer of `audit log` as CSV (RFC 4180), for a spreadsheet: one row for each change of a value. Pure.

Values are written as JSON, so that `1`, `1.0`, `true` and `"1"` stay apart. No cell can become a formula: what begins
with one of the characters that spreadsheets take for the start of one gets an apostrophe before it. Numbers alone are
left as they are, for `-0.5` is a number in every spreadsheet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from promobot.core.audit.entries import Entry, moment_text
from promobot.core.audit.events import PolicyChange, Undoing
from promobot.core.audit.filters import Filter
from promobot.core.changes import Change
from promobot.core.rendering.entries import state_text
from promobot.core.rendering.names import login_text, plain, url_text
from promobot.core.rendering.text import log_line, visible
from promobot.core.values import Scalar

COLUMNS = (
    "time", "kind", "target", "old", "new", "applied", "proposal_id", "digest", "commit", "verification", "recorded",
    "pull_request", "url", "approvers", "merger", "policy", "author",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  their wide forms count, too
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?")
_SPECIAL = re.compile(r'[",;\t\r\n]')


def csv_lines(entries: Iterable[Entry], wanted: Filter) -> Iterator[str]:
    """The header and the rows, each with its CRLF. Of an entry only the changes that are asked for are shown; one
    without any (a policy change, a finding) is one row without a target."""
    yield _row(COLUMNS)
    for entry in entries:
        rest = _rest(entry)
        changes = [_change(change) for change in entry.changes if wanted.wants(change)]
        for cells in changes or [{}]:
            yield _row((rest | cells).get(column, "") for column in COLUMNS)


def _rest(entry: Entry) -> dict[str, str]:
    """The cells besides the change."""
    event, landing, approval = entry.event, entry.landing, entry.approval
    policy = landing.policy if landing else event.policy.after if isinstance(event, PolicyChange) else None
    cells = {
        "time": moment_text(event.at) or "",
        "kind": f"{entry.kind} by button" if isinstance(event, Undoing) else str(entry.kind),
        "commit": event.at.commit,
        "verification": state_text(entry),
        "policy": policy or "",
    }
    if landing:
        cells |= {"proposal_id": landing.proposal_id, "digest": landing.digest}
    if landing is event:
        cells["recorded"] = _flag(approval is not None)
    if approval and approval.pull:
        cells |= {"pull_request": str(approval.pull.number), "url": url_text(approval.pull.url)}
        cells["approvers"] = " ".join(map(login_text, approval.approvers))
        cells["merger"] = login_text(approval.merger) if approval.merger else ""
    if isinstance(event, PolicyChange):
        cells["author"] = "{} <{}>".format(*event.author)
    return cells


def _change(change: Change) -> dict[str, str]:
    return {
        "target": str(change.target),
        "old": _value(plain(change.old)),
        "new": _value(plain(change.new)),
        "applied": _flag(change.automatic is True),
    }


def _value(value: Scalar | None) -> str:
    """As JSON, whole; empty where there is none."""
    if isinstance(value, str):
        return visible(value, len(value))
    return "" if value is None else json.dumps(value)


def _flag(told: bool) -> str:
    return "true" if told else "false"


def _row(cells: Iterable[str]) -> str:
    return ",".join(_cell(log_line(cell)) for cell in cells) + "\r\n"


def _cell(text: str) -> str:
    if text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    # Where a spreadsheet takes semicolons for the separator, none of ours may part a cell.
    quoted = _SPECIAL.search(text) is not None
    return '"' + text.replace('"', '""') + '"' if quoted else text
