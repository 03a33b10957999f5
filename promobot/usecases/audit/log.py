"""`promobot audit log`: the events of the proved history that are asked for, newest first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from promobot.adapters.repository import Repository
from promobot.core.audit.entries import Entry, unlisted
from promobot.core.audit.filters import Filter
from promobot.core.audit.lookup import named_landing
from promobot.core.audit.proof import Proof
from promobot.usecases.audit.history import Progress
from promobot.usecases.audit.listing import listing
from promobot.usecases.audit.verify import Asked, verify


@dataclass(frozen=True)
class Told:
    """`entries` are those that are shown, of `events` in all; `unlisted` counts findings that belong to none."""

    proof: Proof
    entries: tuple[Entry, ...]
    events: int
    unlisted: int


def log(repository: Repository, asked: Asked, wanted: Filter, most: int | None, progress: Progress) -> Told:
    """Prove the history as `audit verify` does, and list it. `wanted.proposal` is any name of a landing here.

    Raises what `verify` raises; UsageError and RepositoryRefused for a proposal that is not there.
    """
    proof = verify(repository, asked, progress)
    if wanted.proposal is not None:
        landing = named_landing(wanted.proposal, proof.chronicle.landings, proof.chronicle.baseline)
        wanted = replace(wanted, proposal=landing.digest)
    listed, _ = listing(repository, proof)
    shown = [entry for entry in listed if wanted.keeps(entry)]
    return Told(proof, tuple(shown[:most]), len(listed), unlisted(proof, listed))
