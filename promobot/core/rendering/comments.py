"""What the bot says on a pull request. All of it is ours: no text of an export, no value that is a string."""

from __future__ import annotations

from collections.abc import Iterable

from promobot.core.models import PromotionDecision, Reason
from promobot.core.rendering.text import code, prose, quoted

LONGEST_LIST = 20


def superseded_by(number: int, title: str | None) -> str:
    """On a proposal that a newer one replaces; `title` is the newer one's. The same words on every run."""
    asks = "" if title is None else f": {code(title)}"
    return (
        f"Superseded by #{number}, which asks today's question for this branch{asks}.\n\n"
        "Nothing of this proposal was merged. Its files stay readable in the closed pull request."
    )


def withdrawn(decisions: Iterable[PromotionDecision], reasons: Iterable[Reason]) -> str:
    """On a proposal of which nothing would be accepted today."""
    lines = [
        f"- {code(decision.target)}: {'; '.join(prose(reason.message) for reason in decision.reasons)}"
        for decision in decisions
        if decision.reasons
    ]
    lines += [f"- {prose(reason.message)}" for reason in reasons]
    more = [f"- and {len(lines) - LONGEST_LIST} more"] if len(lines) > LONGEST_LIST else []
    told = "\n".join(lines[:LONGEST_LIST] + more)
    return f"Withdrawn: judged today, nothing of this proposal would be accepted.\n\n{told}"


def left_alone(reasons: Iterable[Reason]) -> str:
    """On a pull request that the bot does not touch."""
    why = " ".join(f"{prose(reason.message)}." for reason in reasons)
    return (
        f"promobot leaves this pull request alone: {why}\n\n"
        "No other proposal is opened for this branch until it is merged or closed. This is said only once."
    )


def rejected(reason: str) -> str:
    """On a proposal that a person rejected by command."""
    return f"Rejected by command. The reason given: {quoted(reason)}"
