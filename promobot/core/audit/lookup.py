"""The landing of a proved history that a person means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from promobot.core.audit.events import Landing
from promobot.core.naming import is_whole, meant
from promobot.errors import Detail, RepositoryRefused, UsageError

SHOWN = 5
"""How many proposals a refusal names."""

WHOLE_DIGEST = 64
"""Hex digits."""


def named_landing(asked: str, landings: Iterable[Landing], baseline: str) -> Landing:
    """The one landing that is meant; should a proposal have landed again, the first one, which was approved.

    Raises UsageError where it names none or several; RepositoryRefused where it has not landed after the baseline.
    """
    asked = asked.strip()
    known: dict[str, Landing] = {}
    for landing in landings:
        known.setdefault(landing.proposal_id, landing)
    found = [name for name in meant(asked, known) if len(asked) != WHOLE_DIGEST or known[name].digest == asked]
    if len(found) == 1:
        return known[found[0]]
    newest = list(reversed(found or list(known)))[:SHOWN]
    if found:
        raise UsageError(f"{asked} names {len(found)} landed proposals, say which: {', '.join(newest)}", _named(newest))
    if is_whole(asked):
        raise RepositoryRefused(f"{asked} has not landed here after the baseline {baseline[:12]}; fetch, or name --rev")
    told = f"the latest are {', '.join(newest)}" if newest else "none has landed yet"
    raise UsageError(f"no landed proposal is named {asked!a}; {told}")


def _named(ids: Sequence[str]) -> list[Detail]:
    return [Detail(name) for name in ids]
