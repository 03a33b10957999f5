"""A checkpoint: how far a history was found in order, so that the next run can go on from there. Pure.

It is kept where whoever can rewrite the repository cannot: then a rewritten base branch, and a record that was altered,
dropped or put elsewhere in the ledger's order, show against it even after a force push.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from promobot.core.audit.statement import Filed
from promobot.core.canonical import sha256_of
from promobot.core.gate.verdict import Violation
from promobot.core.rendering.text import visible
from promobot.core.version import __version__
from promobot.errors import UsageError

VERSION = 1
REWRITTEN, RECORDS_REWRITTEN, BASELINE_MOVED = "rewritten", "records_rewritten", "baseline_moved"

MOST_BYTES = 64 * 1024
"""More than a checkpoint can have; what is longer is none."""

_ID, _SHA256 = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{64}")
_ENGINE = re.compile(r"[0-9A-Za-z.+-]{1,64}")


@dataclass(frozen=True)
class Checkpoint:
    """A commit of the base branch's first-parent line up to which nothing was found, and its tree.

    `baseline` is where that run began; `records` counts the ledger's records then, `records_sha256` is their digest;
    `made_by` is the engine's version.
    """

    commit: str
    tree: str
    baseline: str
    records: int
    records_sha256: str
    made_by: str = __version__


def records_sha256(filed: Sequence[Filed]) -> str:
    """The digest of records in the ledger's own order: sha256 of the canonical JSON of [digest, blob] each."""
    return sha256_of([[one.digest, one.blob] for one in filed])


def checkpoint_of(commit: str, tree: str, baseline: str, filed: Sequence[Filed]) -> Checkpoint:
    """The checkpoint of a run without findings that ended at this commit, with all records of the ledger."""
    return Checkpoint(commit, tree, baseline, len(filed), records_sha256(filed))


def checkpoint_text(checkpoint: Checkpoint) -> bytes:
    """The file: JSON, sorted, with a newline at the end."""
    members = {
        "schema_version": VERSION,
        "commit": checkpoint.commit,
        "tree": checkpoint.tree,
        "baseline": checkpoint.baseline,
        "records": {"count": checkpoint.records, "sha256": checkpoint.records_sha256},
        "made_by": checkpoint.made_by,
    }
    return (json.dumps(members, indent=2, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


def read_checkpoint(data: bytes, name: str) -> Checkpoint:
    """Read a checkpoint file. Raises UsageError, which names the file, what is wrong in it and the mend."""
    try:
        return _read(data)
    except ValueError as error:
        mend = "give the file that promobot audit verify wrote, or take this one away: the next run begins anew"
        raise UsageError(f"{name} is no checkpoint: {error}; {mend}") from error


def against(
    checkpoint: Checkpoint, tree: str | None, filed: Sequence[Filed], ledger_head: str | None
) -> Iterator[Violation]:
    """The findings: where history is no longer what it was at the checkpoint.

    `tree` is that of the checkpoint's commit where it stands on the revision's first-parent line, else None; `filed`
    are all records now, in the ledger's order, and `ledger_head` is its newest commit (None: no ledger is here).
    """
    commit = checkpoint.commit
    if tree is None:
        told = "the checkpoint's commit is not on the first-parent line any more: the history was rewritten since"
        yield Violation(REWRITTEN, f"{told}, or this is another branch", commit=commit)
    elif tree != checkpoint.tree:
        yield Violation(REWRITTEN, f"the checkpoint's commit had the tree {checkpoint.tree}, not {tree}", commit=commit)
    count = checkpoint.records
    if records_sha256(filed[:count]) != checkpoint.records_sha256:
        where = "" if ledger_head else "; this clone has no ledger: fetch the branch promobot-ledger"
        told = f"the first {count} records are not those of the checkpoint: some were altered, dropped or put elsewhere"
        yield Violation(RECORDS_REWRITTEN, f"{told}; the ledger holds {len(filed)} now{where}", commit=ledger_head)


def other_baseline(checkpoint: Checkpoint, baseline: str) -> Violation | None:
    """The warning that this run's baseline is not the checkpoint's, or None."""
    if checkpoint.baseline == baseline:
        return None
    told = f"the checkpoint was made from the baseline {checkpoint.baseline}, and it is {baseline} now"
    return Violation(BASELINE_MOVED, f"{told}: see who changed [audit] baseline in the policy, and why", None, baseline)


def _read(data: bytes) -> Checkpoint:
    if len(data) > MOST_BYTES:
        raise ValueError("it is too long")
    try:
        told = json.loads(data.decode("utf-8"), object_pairs_hook=_members)
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON (line {error.lineno}: {error.msg})") from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(told, dict):
        raise ValueError("it is not a JSON object")
    version = told.get("schema_version")
    if type(version) is not int or version != VERSION:
        raise ValueError(f"its schema_version is not {VERSION}, the only one that this version of promobot knows")
    _only(told, "", {"schema_version", "commit", "tree", "baseline", "records", "made_by"})
    records = told["records"]
    if not isinstance(records, dict):
        raise ValueError("records must be an object")
    _only(records, "records.", {"count", "sha256"})
    count = records["count"]
    if type(count) is not int or count < 0:
        raise ValueError("records.count must be a whole number from 0")
    commit, tree, baseline = (
        _text(told, name, _ID, "40 lower-case hex digits") for name in ("commit", "tree", "baseline")
    )
    sha256 = _text(records, "sha256", _SHA256, "64 lower-case hex digits", "records.")
    return Checkpoint(commit, tree, baseline, count, sha256, _text(told, "made_by", _ENGINE, "a version such as 0.1.0"))


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands there twice")
    return found


def _only(told: dict[str, Any], place: str, names: set[str]) -> None:
    for name in sorted(told.keys() - names):
        raise ValueError(f"it has an unknown member {place}{visible(name, 60)}")
    for name in sorted(names - told.keys()):
        raise ValueError(f"its member {place}{name} is missing")


def _text(told: dict[str, Any], name: str, form: re.Pattern[str], meant: str, place: str = "") -> str:
    value = told[name]
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError(f"{place}{name} must be {meant}")
    return value
