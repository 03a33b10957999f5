"""`promobot audit show`: one landed proposal whole."""

from __future__ import annotations

from promobot.adapters.repository import Repository
from promobot.adapters.repository.records import proved_blobs
from promobot.core.audit.dossier import Dossier, array, members_of, took_back
from promobot.core.audit.lookup import named_landing
from promobot.core.audit.statement import Filed, Statement, read_statement
from promobot.core.rendering.artifacts import META, PATCHES
from promobot.usecases.audit.history import Progress
from promobot.usecases.audit.listing import listing
from promobot.usecases.audit.verify import Asked, verify


def show(repository: Repository, asked: Asked, name: str, progress: Progress) -> Dossier:
    """Prove the history and tell of the proposal that `name` means.

    Raises what `verify` raises; UsageError and RepositoryRefused for a proposal that is not there.
    """
    proof = verify(repository, asked, progress)
    landing = named_landing(name, proof.chronicle.landings, proof.chronicle.baseline)
    listed, _ = listing(repository, proof)
    filed = next((one for one in proof.records if one.digest == landing.digest), None)
    contents = proved_blobs(repository, landing.artifacts.values())
    meta, patches = (members_of(contents.get(landing.artifacts.get(file, ""))) for file in (META, PATCHES))
    return Dossier(
        entry=next(one for one in listed if one.event is landing),
        landing=landing,
        meta=meta,
        patches=None if patches is None else array(patches.get("patches")),
        record=filed,
        statement=_statement(repository, filed),
        signatures=proof.signatures,
        later=took_back(landing, proof.chronicle.events),
    )


def _statement(repository: Repository, filed: Filed | None) -> Statement | None:
    """The record as it was first written; None where there is none, or it cannot be read, which is a finding."""
    if filed is None:
        return None
    try:
        return read_statement(proved_blobs(repository, [filed.blob]).get(filed.blob, b""))
    except ValueError:
        return None
