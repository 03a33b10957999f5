"""The ledger's records held against a judged history, a few at a time, so that ten thousand fit into memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from promobot.adapters.repository import Repository
from promobot.adapters.repository.mainline import mainline
from promobot.adapters.repository.records import Records, proved_blobs
from promobot.core.audit.events import Chronicle, Landing
from promobot.core.audit.records import judge_record, of_nothing, unrecorded
from promobot.core.audit.statement import Approval, Filed
from promobot.core.gate.verdict import Violation
from promobot.core.ledger import LEDGER

AT_ONCE = 128
"""How many records are read in one call of git, together with the files that they speak of."""

NO_LEDGER = "no_ledger"


@dataclass
class Held:
    """What came of it. `approvals` tell by digest who let a landing land, in the record's own words."""

    approvals: dict[str, Approval] = field(default_factory=dict)
    findings: list[Violation] = field(default_factory=list)
    warnings: list[Violation] = field(default_factory=list)


def hold_records(
    repository: Repository,
    chronicle: Chronicle,
    records: Records,
    *,
    branch: str,
    remote: str | None,
    require_record: bool,
) -> Held:
    """Judge every record, the landings' and those of no landing that was judged. Raises RepositoryRefused.

    `branch` is the base branch and `remote` where it was fetched from (None: it is this clone's own): where its newest
    commit is further than the revision, the ledger may well be further, too.
    """
    held = Held(findings=list(records.findings), warnings=list(records.warnings))
    landings: dict[str, Landing] = {}
    for landing in chronicle.landings:
        # Should a digest land again, its record is that of the first time.
        landings.setdefault(landing.digest, landing)
    strangers: list[Filed] = []
    for some in _portions(records.filed):
        _hold_some(repository, held, landings, some)
        strangers += (one for one in some if one.digest not in landings)
    if strangers:
        landed = _outside(repository, chronicle, branch, remote)
        for some in _portions(strangers):
            contents = proved_blobs(repository, (one.blob for one in some))
            found = (of_nothing(one, contents.get(one.blob), landed) for one in some)
            held.findings += (one for one in found if one is not None)
    if records.head is None and landings:
        told = f"this clone has no branch {LEDGER}, so who approved is not known here; fetch it from where it is kept"
        held.warnings.append(Violation(NO_LEDGER, told))
    if require_record:
        held.findings += unrecorded(landings.values(), frozenset(one.digest for one in records.filed))
    return held


def _hold_some(repository: Repository, held: Held, landings: dict[str, Landing], some: Sequence[Filed]) -> None:
    here = [(landings[one.digest], one) for one in some if one.digest in landings]
    files = (
        blob
        for landing, _ in here
        for blob in (*landing.artifacts.values(), landing.overrides.after)
        if blob is not None
    )
    contents = proved_blobs(repository, [*(one.blob for _, one in here), *files])

    def sha256(blob: str) -> str | None:
        data = contents.get(blob)
        return None if data is None else hashlib.sha256(data).hexdigest()

    for landing, one in here:
        approval, wrong = judge_record(landing, one, contents.get(one.blob), sha256)
        held.findings += wrong
        if approval is not None:
            held.approvals[one.digest] = approval


def _outside(repository: Repository, chronicle: Chronicle, branch: str, remote: str | None) -> Callable[[str], bool]:
    """Whether a commit is of the base branch's line and was not judged: the baseline or older, or newer than all."""
    ref = f"refs/heads/{branch}" if remote is None else f"refs/remotes/{remote}/{branch}"
    tip = repository.git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    newer = mainline(repository, tip).keys() - mainline(repository, chronicle.head).keys() if tip else frozenset()
    return frozenset(newer | mainline(repository, chronicle.baseline).keys()).__contains__


def _portions(filed: Sequence[Filed]) -> Iterator[Sequence[Filed]]:
    return (filed[start : start + AT_ONCE] for start in range(0, len(filed), AT_ONCE))
