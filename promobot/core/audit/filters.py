"""Which entries of a history somebody wants to see. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from promobot.core.audit.entries import Entry
from promobot.core.changes import Change
from promobot.core.policy.types import matches


@dataclass(frozen=True)
class Filter:
    """What is asked for; several of one sort are alternatives, the sorts restrict each other.

    `targets` are globs as in the policy. `after` is inclusive and `before` exclusive, so that ranges side by side show
    everything once. `approvers` are logins, whatever their case, of who approved or merged. `proposal` is the digest
    of a landing; what took it back belongs to it.
    """

    targets: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    approvers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    proposal: str | None = None

    def keeps(self, entry: Entry) -> bool:
        """Whether it is shown."""
        return (
            (not self.targets or any(self.wants(change) for change in entry.changes))
            and self._in_time(entry.event.at.committed)
            and (not self.approvers or bool({login.casefold() for login in self.approvers} & _people(entry)))
            and (not self.kinds or entry.kind in self.kinds)
            and (self.proposal is None or self._of_proposal(entry))
        )

    def wants(self, change: Change) -> bool:
        """Whether a change is of a target that is asked for."""
        return not self.targets or matches(str(change.target), self.targets)

    def _in_time(self, committed: int | None) -> bool:
        # What cannot be dated is rather shown too often than never.
        if committed is None:
            return True
        late_enough = self.after is None or committed >= self.after.timestamp()
        return late_enough and (self.before is None or committed < self.before.timestamp())

    def _of_proposal(self, entry: Entry) -> bool:
        """The landing itself, or what took it back."""
        return entry.landing is not None and self.proposal in (entry.landing.digest, entry.landing.reverts)


def _people(entry: Entry) -> frozenset[str]:
    approval = entry.approval
    if approval is None:
        return frozenset()
    return frozenset(login.casefold() for login in (*approval.approvers, approval.merger) if login)
