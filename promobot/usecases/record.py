"""Writing down, once, who let each proposal land: to the ledger, and as a copy to the notes.

Every landing without a record is looked at, not only the newest, so a run after an outage catches up. A record stands
for ever, so it is written only when everything about the landing is known, or known not to be there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from promobot.core.landing_facts import MergedPull, Search
from promobot.core.ledger import entry_message
from promobot.core.record import RECORDS, record_entry
from promobot.errors import Detail, ForgeFailed, RepositoryRefused
from promobot.usecases.desk import Desk
from promobot.usecases.landings import Landing, Landings

FAILURES = 3
"""After so many failures of the forge the rest is left to a later run."""


class Merges(Protocol):
    """What the forge knows of merged pull requests."""

    def merged(self, number: int) -> MergedPull:
        """A merged pull request, whole. Raises ForgeFailed."""


class Notebook(Protocol):
    """The copy of the records on the commits that they are about."""

    def noted(self) -> frozenset[str]:
        """The commits that have a note."""

    def add(self, texts: dict[str, bytes], moment: datetime) -> int:
        """Give commits their notes; how many had none. A note that is there stays."""


@dataclass(frozen=True)
class Recorded:
    """A landing and its record. `path` is on the ledger; `pull` is None where no pull request brought it."""

    landing: Landing
    path: str
    content: bytes
    pull: MergedPull | None


@dataclass(frozen=True)
class Told:
    """What a run wrote, or in a dry run would write.

    `already` counts the landings that had a record; `waiting` are those whose pull request is still open on the forge,
    which will know of the merge in a moment; `noted` counts the new notes.
    """

    recorded: tuple[Recorded, ...]
    already: int
    waiting: tuple[Landing, ...] = ()
    noted: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """Record the landings on the base branch, since a revision (None: all of them)."""

    base_branch: str
    at: datetime
    since: str | None = None
    dry_run: bool = False


class Waiting(Exception):
    """The forge has the pull request open, although its proposal has landed."""


def record(desk: Desk, merges: Merges | None, notes: Notebook, request: Request) -> Told:
    """Record every landing that has no record. `merges` is None for work in plain git.

    Raises ForgeFailed where the forge could not tell of some; the others are recorded then, a later run does the rest.
    """
    landings = Landings(desk.repository, request.base_branch, desk.publisher.base_head())
    found = landings.all(request.since)
    names = desk.ledger.names(RECORDS)
    missing = [landing for landing in found if _name(landing) not in names]
    done, waiting, failures = _each(desk, merges, landings, missing, request)
    noted = 0 if request.dry_run else _copied(desk, notes, found, done, request.at)
    if failures:
        told = f"{len(done)} of {len(missing)} landings recorded"
        raise ForgeFailed(f"{told}: {failures[0].message}; run again later, which records the rest", failures)
    already = len(found) - len(missing)
    return Told(tuple(done), already, tuple(waiting), noted, tuple(landings.warnings))


def _each(
    desk: Desk, merges: Merges | None, landings: Landings, missing: list[Landing], request: Request
) -> tuple[list[Recorded], list[Landing], list[Detail]]:
    done: list[Recorded] = []
    waiting: list[Landing] = []
    failures: list[Detail] = []
    for landing in missing:
        name = landing.proposal.proposal_id
        try:
            one = _recorded(desk, merges, landings, landing, request)
        except Waiting:
            waiting.append(landing)
        except RepositoryRefused as error:
            landings.warnings.append(f"{name} is not recorded: {error.message}")
        except ForgeFailed as error:
            failures.append(Detail(error.message, file=name))
            if len(failures) == FAILURES:
                break
        else:
            if _written(desk, one, request):
                done.append(one)
    return done, waiting, failures


def _written(desk: Desk, one: Recorded, request: Request) -> bool:
    """False where another run was faster; its record is the one that counts."""
    if request.dry_run:
        return True
    desk.say(f"writing {one.path} to the ledger")
    return desk.ledger.append(one.path, one.content, entry_message(one.path, desk.run_url), request.at)


def _recorded(desk: Desk, merges: Merges | None, landings: Landings, landing: Landing, request: Request) -> Recorded:
    facts = landings.facts(landing)
    search = _search(desk, merges, landings, landing)
    path, content = record_entry(landing.proposal, facts, search, request.at, desk.run_url)
    return Recorded(landing, path, content, search.pull)


def _search(desk: Desk, merges: Merges | None, landings: Landings, landing: Landing) -> Search:
    """The pull request that brought the landing. Raises Waiting, ForgeFailed."""
    if merges is None or desk.forge is None:
        return Search(asked=False)
    proposal, unmatched = landing.proposal, []
    pulls = desk.forge.of_branch(proposal.branch, proposal.base_branch)
    for pull in pulls:
        if pull.state == "merged":
            told = merges.merged(pull.number)
            if landings.brought_by(landing, told.merge_commit, told.commits):
                return Search(asked=True, pull=told)
            unmatched.append(pull.number)
    # The forge shows a pull request as open for some moments after its merge.
    if any(pull.state == "open" for pull in pulls):
        raise Waiting
    return Search(asked=True, unmatched=tuple(unmatched))


def _copied(desk: Desk, notes: Notebook, found: list[Landing], done: list[Recorded], at: datetime) -> int:
    """Copy to the notes what is in the ledger and not there yet: the new records, and what an earlier run left."""
    known, new = notes.noted(), {_name(one.landing): one.content for one in done}
    lacking = [landing for landing in found if landing.commit not in known]
    older = desk.ledger.names(RECORDS) & {_name(landing) for landing in lacking} - new.keys()
    contents = {**(desk.ledger.read(RECORDS) if older else {}), **new}
    texts: dict[str, list[bytes | None]] = {}
    for landing in lacking:
        # One commit may bring several proposals; its note waits until all of them have their record.
        texts.setdefault(landing.commit, []).append(contents.get(_name(landing)))
    whole = {commit: [text for text in told if text is not None] for commit, told in texts.items() if None not in told}
    return notes.add({commit: b"\n".join(told) for commit, told in whole.items()}, at) if whole else 0


def _name(landing: Landing) -> str:
    return f"{landing.proposal.digest}.json"
