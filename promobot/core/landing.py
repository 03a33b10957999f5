"""A landed proposal as the place to go back to: what it changed, and the wish that restores what it replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promobot.core.changes import Change
from promobot.core.values import as_scalar, same
from promobot.core.wish import Wish
from promobot.errors import Detail, RepositoryRefused


@dataclass(frozen=True)
class Landing:
    """A landed proposal. `digest` is the full one, `commit` the first-parent step that brought it.

    `before` and `after` are all values of the overrides file at both ends of that step, by target; both are empty
    where it did not touch the file.
    """

    proposal_id: str
    digest: str
    changes: tuple[Change, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    commit: str


def restoring(landing: Landing, reason: str) -> Wish:
    """The wish to restore what a landing replaced. Raises RepositoryRefused where that cannot be told."""
    put = {change.target: change.new for change in landing.changes if change.automatic}
    if not put:
        raise RepositoryRefused(f"{landing.proposal_id} changed no live value, so there is nothing to take back")
    before, after = ({target: side.get(target) for target in put} for side in (landing.before, landing.after))
    odd = [
        target
        for target, new in put.items()
        if not same(after[target], new) or (before[target] is not None and as_scalar(before[target]) is None)
    ]
    if odd:
        raise RepositoryRefused(
            f"commit {landing.commit} did not do what {landing.proposal_id} says for {', '.join(sorted(odd))}; "
            "use promobot set or promobot unset",
            [Detail(f"{target} landed otherwise than the proposal says") for target in odd],
        )
    source = {"command": "revert", "proposal": landing.proposal_id, "digest": landing.digest}
    return Wish("revert", before, reason, source, replaces=after)
