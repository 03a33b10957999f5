"""One landed proposal, found by the name that a person gives it: what it changed, and what it replaced.

What it asked for stands in its own files at the base commit; what it did is read from the step of the first-parent
history that brought them, so that a merge, a squash and a rebase read alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from promobot.adapters.repository.entries import NO_BLOB
from promobot.adapters.repository.history import HistoryStep, history_steps, landed_metas
from promobot.adapters.repository.objects import Repository
from promobot.adapters.repository.versions import Versions
from promobot.core.changes import Change
from promobot.core.landing import Landing
from promobot.core.naming import is_whole, meant
from promobot.core.rendering.artifacts import META
from promobot.core.values import Scalar, as_scalar
from promobot.errors import Detail, RepositoryRefused, UsageError

SHOWN = 5
"""How many proposals a refusal names."""


def find_landing(repository: Repository, commit: str, *, reports: str, overrides: str, asked: str) -> Landing:
    """The landing that `asked` names: a proposal's id, its digest (16 or 64 hex), or the start of just one id.

    Raises UsageError where that names none or several; RepositoryRefused where it has not landed on this base, was
    taken back already, or its files cannot be read.
    """
    standing = {path.split("/")[-2]: path for path in repository.files_named(commit, reports, META)}
    steps = list(history_steps(repository, commit, overrides, reports))
    prefix = f"{reports}/"
    gone = {
        path.split("/")[-2] for step in steps for path, _ in step.added if path.startswith(prefix)
    } - standing.keys()
    proposal_id = _named(asked.strip(), sorted(standing, reverse=True), gone)
    place = next((n for n, step in enumerate(steps) for path, _ in step.added if path == standing[proposal_id]), None)
    if place is None:
        raise RepositoryRefused(
            f"{proposal_id} stands on the base branch, and its history does not tell when it landed"
        )
    metas = _metas(repository, steps[: place + 1])
    digest, changes = _said(proposal_id, metas.get(standing[proposal_id]), standing[proposal_id])
    if len(asked.strip()) == 64 and asked.strip() != digest:
        raise UsageError(f"{proposal_id} has another digest than the one asked for: {digest}")
    _refuse_taken_back(proposal_id, digest, metas)
    step = _where_it_was(repository, steps[place], metas[standing[proposal_id]], overrides)
    before, after = _versions(repository, overrides, step)
    return Landing(proposal_id, digest, changes, before, after, step.commit)


def _named(asked: str, standing: list[str], gone: set[str]) -> str:
    """The id of the one standing proposal that is meant; newest first in every message."""
    found, lost = meant(asked, standing), meant(asked, gone)
    if len(found) == 1:
        return found[0]
    if found:
        details = [Detail(name) for name in found[:SHOWN]]
        raise UsageError(f"{asked} names {len(found)} landed proposals, say which: {', '.join(found[:SHOWN])}", details)
    if lost:
        raise RepositoryRefused(
            f"{min(lost)} was taken back already: its files are gone from the base branch; "
            "to change its values use promobot set or promobot unset"
        )
    if is_whole(asked):
        raise RepositoryRefused(f"{asked} has not landed on this base branch; merge it first, then fetch")
    known = f"the latest are {', '.join(standing[:SHOWN])}" if standing else "none has landed yet"
    raise UsageError(f"no landed proposal is named {asked!a}; {known}")


def _metas(repository: Repository, steps: list[HistoryStep]) -> dict[str, Any]:
    """The metas that these steps brought, by path; what is no JSON object is left out, the newest of a path wins."""
    contents = landed_metas(repository, (blob for step in steps for _, blob in step.added))
    metas: dict[str, Any] = {}
    for step in steps:
        for path, blob in step.added:
            try:
                metas.setdefault(path, json.loads(contents.get(blob, b"")))
            except (ValueError, RecursionError):
                metas.setdefault(path, None)
    return metas


def _said(proposal_id: str, meta: Any, path: str) -> tuple[str, tuple[Change, ...]]:
    """The digest and the changes that a proposal's own meta tells of."""
    try:
        if meta["proposal_id"] != proposal_id or not re.fullmatch(r"[0-9a-f]{64}", meta["digest"]):
            raise ValueError("its id or digest is another's")
        return meta["digest"], tuple(_change(told) for told in meta["changes"])
    except (ValueError, LookupError, TypeError) as error:
        raise RepositoryRefused(
            f"{path} has landed and cannot be read ({error}); mend it by a reviewed merge"
        ) from error


def _change(told: Any) -> Change:
    target, automatic = told["target"], told["automatic"]
    if not isinstance(target, str) or not isinstance(automatic, bool):
        raise TypeError("a change has no target")
    return Change(target, _value(told["old"]), _value(told["new"]), automatic, told["predecessor"])


def _value(told: Any) -> Scalar | None:
    if told is not None and as_scalar(told) is None:
        raise TypeError("a change's value is none that a parameter can have")
    return as_scalar(told)


def _refuse_taken_back(proposal_id: str, digest: str, newer: Mapping[str, Any]) -> None:
    for path, meta in newer.items():
        if isinstance(meta, dict) and meta.get("reverts") == digest:
            raise RepositoryRefused(
                f"{proposal_id} was taken back already, by {path.split('/')[-2]}; "
                "to change its values use promobot set or promobot unset"
            )


def _where_it_was(repository: Repository, step: HistoryStep, meta: Any, overrides: str) -> HistoryStep:
    """The step with the overrides that it changed, which may have had another path before the policy moved them."""
    paths = meta.get("paths")
    then = paths.get("live_overrides") if isinstance(paths, dict) else None
    if step.overrides is not None or not isinstance(then, str) or then == overrides:
        return step
    parents = repository.branch_state(step.commit).parents
    entries = [repository.entry(commit, then) for commit in (*parents[:1], step.commit)]
    blobs = [NO_BLOB if entry is None else entry.blob for entry in ([None, *entries][-2:])]
    return step if blobs[0] == blobs[1] else replace(step, overrides=(blobs[0], blobs[1]))


def _versions(repository: Repository, overrides: str, step: HistoryStep) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The overrides before and after a step."""
    if step.overrides is None:
        return {}, {}
    versions = Versions(repository, overrides)
    before, after = (versions.values(blob) for blob in step.overrides)
    if before is None or after is None:
        raise RepositoryRefused(f"{overrides} cannot be understood before or after {step.commit}; use promobot set")
    return before, after
