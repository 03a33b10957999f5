"""OPERATOR_CHECKLIST.md of a person's wish, a revert or an expiry: what merging does, what it passes, what to tick.

Written for a phone, as the checklist of a promotion is, from the proposal's meta alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from promobot.core.candidates import tags_of
from promobot.core.models import PromotionProposal
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.bounds import strictest
from promobot.core.rendering.budget import LONGEST_BODY, Block, fit
from promobot.core.rendering.provenance import SAY_NO, provenance
from promobot.core.rendering.text import code, prose, quoted, utf16_length, value_cell
from promobot.core.values import Scalar, as_decimal, shown_decimal

TITLES = {"operator": "Operator's wish", "revert": "Revert", "expiry": "Expired overrides"}
COLUMNS = {"Parameter": ":--", "Live": "--:", "After merge": "--:", "Bounds": ":--", "Notices": ":--"}
NAMED_ON_TOP = 6
# As long as a reason may be (core.wish), with room for the ellipsis.
LONGEST_REASON = 1001


def render_wish_checklist(proposal: PromotionProposal, policy: PromotionPolicy) -> str:
    """The whole document, under 58,000 characters. Same proposal and policy, same text."""
    text = _document(proposal, policy, brief=False)
    # Every value must be in it: where there are too many words for that, the notices shrink to their codes.
    return text if utf16_length(text) < LONGEST_BODY else _document(proposal, policy, brief=True)


def _document(proposal: PromotionProposal, policy: PromotionPolicy, *, brief: bool) -> str:
    meta = proposal.meta
    rows = [_row(change, meta, policy, brief=brief) for change in meta["changes"]]
    blocks = (
        Block(
            (f"# {TITLES[meta['kind']]}", "", _answer(meta), "", *_why(meta["wish"]), ""),
            tuple(_line(change, meta, policy) for change in meta["changes"][:NAMED_ON_TOP]),
            ("",),
            rest="The others stand in the table.",
        ),
        Block((_cells(COLUMNS), _cells(COLUMNS.values())), tuple(rows), ("",), firm=len(rows)),
        Block(("## Before you merge", "", *(f"- [ ] {box}" for box in _boxes(meta)), "", _no_means(meta["kind"]), "")),
        Block(("## Provenance", "", *provenance(proposal))),
    )
    return fit(blocks, order=(0,))


def _answer(meta: Mapping[str, Any]) -> str:
    """What merging does, in one sentence."""
    gone = sum(change["new"] is None for change in meta["changes"])
    put = len(meta["changes"]) - gone
    did = [f"sets {put} live value{'s' * (put > 1)}"] if put else []
    did += [f"takes {gone} override{'s' * (gone > 1)} away"] if gone else []
    where = meta["paths"]["live_overrides"]
    left = " The live system then reads its base config." if gone else ""
    return f"**Merging {' and '.join(did)}**{f' in {code(where)}' if where else ''}.{left}"


def _why(wish: Mapping[str, Any]) -> tuple[str, ...]:
    """The reason in the person's own words, and the earlier proposal that this one goes back to."""
    source, told = wish["source"], []
    if source["command"] == "revert":
        told.append(f"It restores what stood before {code(source['proposal'])}.")
    elif source["command"] == "apply":
        told.append(f"These are values that {code(source['proposal'])} left to be set by hand.")
    if wish["kind"] == "expiry":
        told.append(f"Reason: {prose(wish['reason'])}.")
    elif wish["reason"]:
        told.append(f"Reason given: {quoted(wish['reason'], LONGEST_REASON)}")
    return tuple("\n\n".join(told or ["No reason was given."]).split("\n"))


def _line(change: Mapping[str, Any], meta: Mapping[str, Any], policy: PromotionPolicy) -> str:
    """The row for a narrow screen, where a table's right half is out of sight: step, bounds and notices."""
    target, after = change["target"], _after(change, meta)
    said = meta["notices"].get(target, ())
    notices = f"; **notice:** {'; '.join(prose(notice['message']) for notice in said)}" if said else ""
    gone = ", override removed" if change["new"] is None else ""
    values = f"{value_cell(change['old'])} → {value_cell(after)}{gone}"
    step = _step(target, change["old"], after, policy)
    return f"- {code(target)} {values}: {step}bounds {_bounds(target, after, policy)}{notices}"


def _step(target: str, live: Scalar | None, after: Scalar | None, policy: PromotionPolicy) -> str:
    """How far a number moves, and how far the loop might have moved it; nothing where it is none."""
    old, new = as_decimal(live), as_decimal(after)
    if old is None or new is None:
        return ""
    sign = "" if new == old else "+" if new > old else "-"
    bounds = strictest(policy.bounds_of(target, tags_of(target)))
    limit = "" if bounds is None else f" of ±{code(shown_decimal(bounds[2]))}"
    return f"change {code(f'{sign}{shown_decimal(abs(new - old))}')}{limit}; "


def _row(change: Mapping[str, Any], meta: Mapping[str, Any], policy: PromotionPolicy, *, brief: bool) -> str:
    target, limit = change["target"], 8 if brief else 60
    after = _after(change, meta)
    said = meta["notices"].get(target, ())
    told = (code(notice["code"]) if brief else prose(notice["message"]) for notice in said)
    gone = " (base config)" if change["new"] is None else ""
    cells = (
        code(target),
        value_cell(change["old"], limit),
        f"{value_cell(after, limit)}{gone}",
        _bounds(target, after, policy),
        "; ".join(told) or "none",
    )
    return _cells(cells)


def _after(change: Mapping[str, Any], meta: Mapping[str, Any]) -> Scalar | None:
    """What the live system reads after the merge."""
    value: Scalar | None = change["new"]
    return meta["facts"]["base_values"].get(change["target"]) if value is None else value


def _bounds(target: str, value: Scalar | None, policy: PromotionPolicy) -> str:
    bounds = strictest(policy.bounds_of(target, tags_of(target)))
    if bounds is None:
        return "none"
    low, high, _ = bounds
    # A policy's number may be long enough to pass for a commit's id.
    text = f"{code(shown_decimal(low))} to {code(shown_decimal(high))}"
    number = as_decimal(value)
    if number is None:
        return text
    room = min(number - low, high - number)
    return f"{text}, {code(shown_decimal(abs(room)))} {'inside' if room >= 0 else 'outside'}"


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _boxes(meta: Mapping[str, Any]) -> Sequence[str]:
    """Few, and such that a person can answer them honestly for this kind."""
    if meta["kind"] == "revert":
        return (
            f"The values above are what stood before {code(meta['wish']['source']['proposal'])}; I want them back.",
            "The live system can take this change now.",
        )
    if meta["kind"] == "expiry":
        return (
            "Nobody needs these overrides any longer; the values above are right for live.",
            "The live system can take this change now.",
        )
    return (
        "I have read each value above; it is what was asked for, and safe for live.",
        *(("I have read every notice above; what is passed is passed on purpose.",) if meta["notices"] else ()),
        "Go/No-Go: by our runbook this is a Go.",
    )


def _no_means(kind: str) -> str:
    keep = " To keep an override, also move `override_expires` of its grant in the policy." if kind == "expiry" else ""
    return f"{SAY_NO}{keep}"
