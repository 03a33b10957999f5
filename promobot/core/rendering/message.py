"""The commit's message: a subject for `git log --oneline` and trailers as an index. Never text from an export."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from promobot.core.changes import Change
from promobot.core.values import Scalar, shown

LONGEST_SUBJECT = 100

# A forge links GH-12 to an issue and a run of hex digits to a commit; a target may look like either.
_REFERENCE = re.compile(r"(?i)(?<![a-z0-9])(?:gh-\d|[0-9a-f]{7,}(?![a-z0-9]))")


def subject(changes: Sequence[Change], verb: str = "promote", below: Mapping[str, Scalar | None] | None = None) -> str:
    """`promote: portfolio.leverage 1.5 -> 1.75 (+2 more)`. The values of strings never appear.

    `below` gives the base config's value by target, which is what the live system reads once an override is gone.
    """
    applied = [change for change in changes if change.automatic]
    by_hand = len(changes) - len(applied)
    first = (applied or list(changes))[0]
    extra = ["override removed"] if first.new is None else []
    extra += [] if len(applied) < 2 else [f"+{len(applied) - 1} more"]
    if not applied:
        extra = ["by hand"] if by_hand == 1 else [f"+{by_hand - 1} more", "by hand"]
    elif by_hand:
        extra.append(f"{by_hand} by hand")
    tail = f" ({', '.join(extra)})" if extra else ""
    line = f"{verb}: {_step(first, below or {})}{tail}"
    if len(line) <= LONGEST_SUBJECT and not _REFERENCE.search(first.target):
        return line
    count = len(applied) or by_hand
    return f"{verb}: {count} value{'s' * (count > 1)}{'' if applied else ' by hand'}"


def _step(change: Change, below: Mapping[str, Scalar | None]) -> str:
    old, new = change.old, below.get(change.target) if change.new is None else change.new
    if isinstance(new, str) or isinstance(old, str):
        return f"{change.target} (text)"
    told = ("none" if value is None else shown(value) for value in (old, new))
    return f"{change.target} {' -> '.join(told)}"


def commit_message(title: str, meta: Mapping[str, Any], overrides: str, run_url: str | None) -> str:
    """Subject and trailers (DESIGN 3.5). `overrides` is `old..new` of auto.toml's blobs, or `none`."""
    trailers = {
        "Promotion-Proposal": meta["proposal_id"],
        "Promotion-Kind": meta["kind"],
        "Promotion-Mode": meta["mode"],
        "Promotion-Digest": meta["digest"],
        "Promotion-Export": meta["export"]["sha256"],
        "Promotion-Policy": meta["policy"]["blob"],
        "Promotion-Overrides": overrides,
        "Promotion-Base": meta["base"]["commit"],
        "Promotion-Reverts": meta.get("reverts"),
        "Promotion-Run": run_url,
    }
    return f"{title}\n\n" + "".join(f"{name}: {value}\n" for name, value in trailers.items() if value)


def trailers_of(message: str) -> dict[str, str]:
    """The trailers of a message in our form: an index to look things up by, never a proof."""
    last = message.rstrip().rpartition("\n\n")[2]
    pairs = (line.partition(": ") for line in last.split("\n") if line.startswith("Promotion-"))
    return {name: value for name, _, value in pairs}
