"""The events of a proved history as an auditor lists them: newest first, each with what the proof says of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from promobot.core.audit.events import Event, Landing, Moment, PolicyChange, Undoing
from promobot.core.audit.proof import Proof
from promobot.core.audit.statement import Approval
from promobot.core.changes import Change
from promobot.core.gate.verdict import Violation
from promobot.core.rendering.facts import instant_text

POLICY, FINDING, REVERT = "policy", "finding", "revert"
KINDS = ("promotion", "operator", REVERT, "expiry", POLICY, FINDING)
"""What an entry can be. The forge's Revert button is a revert like the command's."""


@dataclass(frozen=True)
class Loose:
    """A commit of the line against which something was found, and which is neither a landing nor a policy change.

    `changes` are the overrides that it changed; None stands for no override.
    """

    at: Moment
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One event, the findings against it, those that are acknowledged (with the reason), and what its record tells.

    `approval` is None where there is no record; `unproved` says why its files could not be made again byte by byte.
    """

    event: Event | Loose
    findings: tuple[Violation, ...] = ()
    acknowledged: tuple[tuple[Violation, str], ...] = ()
    approval: Approval | None = None
    unproved: str | None = None

    @property
    def kind(self) -> str:
        """One of KINDS."""
        match self.event:
            case Landing(kind=kind):
                return kind
            case Undoing():
                return REVERT
            case PolicyChange():
                return POLICY
            case Loose():
                return FINDING

    @property
    def landing(self) -> Landing | None:
        """The proposal that landed or, by the forge's button, was taken back."""
        if isinstance(self.event, Landing):
            return self.event
        return self.event.landing if isinstance(self.event, Undoing) else None

    @property
    def changes(self) -> tuple[Change, ...]:
        """What it changed, or left to be changed by hand; the button turns the landing's automatic changes round."""
        if isinstance(self.event, Landing | Loose):
            return self.event.changes
        if isinstance(self.event, Undoing):
            landing = self.event.landing
            return tuple(
                Change(one.target, one.new, one.old, automatic=True, predecessor=landing.digest)
                for one in landing.changes
                if one.automatic
            )
        return ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of what was found and stands, each once."""
        return tuple(dict.fromkeys(one.code for one in self.findings))

    @property
    def known(self) -> tuple[str, ...]:
        """The codes of what was found and is acknowledged, each once."""
        return tuple(dict.fromkeys(one.code for one, _ in self.acknowledged))


def entries(proof: Proof, line: Iterable[Moment]) -> list[Entry]:
    """All of them, newest first. `line` are the commits of the first-parent line, newest first; it gives the order."""
    moments = {moment.commit: moment for moment in line}
    places = {commit: place for place, commit in enumerate(moments)}
    events: list[Event | Loose] = list(reversed(proof.chronicle.events))
    events += _loose(proof, moments)
    # The sort is stable: several events of one commit keep their order.
    events.sort(key=lambda event: places.get(event.at.commit, len(places)))
    found: dict[str, list[Violation]] = {}
    known: dict[str, list[tuple[Violation, str]]] = {}
    for one in proof.violations:
        found.setdefault(one.commit or "", []).append(one)
    for one, reason in proof.acknowledged:
        known.setdefault(one.commit or "", []).append((one, reason))
    return [_entry(event, proof, found, known) for event in events]


def unlisted(proof: Proof, listed: Sequence[Entry]) -> int:
    """How many findings belong to no entry: of the clone, the ledger, or of branches that brought no proposal."""
    return len(set(proof.violations) - {one for entry in listed for one in entry.findings})


def commits_of(event: Event | Loose) -> tuple[str, ...]:
    """The commit of an event, and for a landing those that carried it."""
    return (event.at.commit, *event.brought) if isinstance(event, Landing) else (event.at.commit,)


def moment_text(at: Moment) -> str | None:
    """The committer date in UTC, ISO 8601; None where it cannot be told."""
    try:
        return None if at.committed is None else instant_text(datetime.fromtimestamp(at.committed, UTC))
    except (OverflowError, OSError, ValueError):
        return None


def _entry(
    event: Event | Loose,
    proof: Proof,
    found: dict[str, list[Violation]],
    known: dict[str, list[tuple[Violation, str]]],
) -> Entry:
    commits = commits_of(event)
    landing = event if isinstance(event, Landing) else None
    return Entry(
        event,
        tuple(one for commit in commits for one in found.get(commit, ())),
        tuple(one for commit in commits for one in known.get(commit, ())),
        proof.approvals.get(landing.digest) if landing else None,
        proof.chronicle.unproved.get(landing.proposal_id) if landing else None,
    )


def _loose(proof: Proof, moments: dict[str, Moment]) -> Iterator[Loose]:
    listed = {commit for event in proof.chronicle.events for commit in commits_of(event)}
    found = (one.commit for one in (*proof.violations, *(known for known, _ in proof.acknowledged)))
    for commit in dict.fromkeys(found):
        if commit is not None and commit in moments and commit not in listed:
            yield Loose(moments[commit])
