"""A record of the ledger, read as what it claims: what landed, and who let it. Pure; nothing in it is believed.

The form is the one that `core/record.py` writes. Members that this version does not know are passed over, because
within the predicate's major version members are only ever added.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from promobot.core.landing_facts import Account


class Filed(NamedTuple):
    """A record as the ledger first got it: the digest in its name, its blob, and the ledger's commit that added it."""

    digest: str
    blob: str
    commit: str


class Word(NamedTuple):
    """One reviewer's last word before the merge. `counted`: the record took it for an approval."""

    by: Account | None
    state: str
    commit: str | None
    at: str | None
    association: str
    counted: bool


@dataclass(frozen=True)
class RecordedPull:
    """The pull request that a record names; times are texts as `rendering.facts.instant_text` writes them."""

    number: int
    url: str
    author: Account | None
    merge_commit: str | None
    merged_at: str
    merger: Account | None
    head: str
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Approval:
    """Who let it land, in the record's own words. `asked` is False where no forge was asked; `pull` None: none known.

    Logins and the URL are texts that the forge gave: make them harmless where they are shown.
    """

    asked: bool
    pull: RecordedPull | None = None

    @property
    def approvers(self) -> tuple[str, ...]:
        """The logins of those whose word counted as an approval."""
        words = self.pull.words if self.pull else ()
        return tuple(word.by.login for word in words if word.counted and word.by is not None)

    @property
    def merger(self) -> str | None:
        """The login of who merged; None where nobody is known."""
        return self.pull.merger.login if self.pull and self.pull.merger else None


@dataclass(frozen=True)
class Statement:
    """A record's whole content, and the part of it that tells who let it land."""

    members: Mapping[str, Any]
    subject: Mapping[str, tuple[str, str]]
    """Path -> (gitBlob, sha256)."""
    approval: Approval

    def said(self, member: str) -> Any:
        """What stands at a dotted path of the predicate; None where nothing does."""
        here: Any = self.members["predicate"]
        for name in member.split("."):
            here = here.get(name) if isinstance(here, dict) else None
        return here


def read_statement(data: bytes) -> Statement:
    """Read a record. Raises ValueError, in plain words, for what is none."""
    try:
        told = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        members = _typed(told, dict)
        predicate = _typed(members["predicate"], dict)
        subject = [_artifact(part) for part in _typed(members["subject"], list)]
        if len(dict(subject)) != len(subject):
            raise ValueError("its subject names a file twice")
        return Statement(members, dict(subject), _approval(predicate))
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"it has not the form of a record ({type(error).__name__})") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two members of one name would be read differently by different readers."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("one of its members stands there twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON")


def _approval(predicate: Mapping[str, Any]) -> Approval:
    asked = _typed(predicate["forge"]["asked"], bool)
    told = predicate["pull_request"]
    words = tuple(_word(word) for word in _typed(predicate["approvers"], list))
    merger = _account(predicate["merger"])
    if told is None:
        if words or merger or predicate["reviewed_head"] is not None:
            raise ValueError("it names people and no pull request")
        return Approval(asked)
    number = _typed(told["number"], int)
    if number < 1:
        raise ValueError("its pull request has no number")
    pull = RecordedPull(
        number=number,
        url=_typed(told["url"], str),
        author=_account(told["author"]),
        merge_commit=_maybe(told["merge_commit"]),
        merged_at=_typed(told["merged_at"], str),
        merger=merger,
        head=_typed(predicate["reviewed_head"], str),
        words=words,
    )
    return Approval(asked, pull)


def _word(told: Any) -> Word:
    return Word(
        by=_account(told["by"]),
        state=_typed(told["state"], str),
        commit=_maybe(told["commit"]),
        at=_maybe(told["at"]),
        association=_typed(told["association"], str),
        counted=_typed(told["counted"], bool),
    )


def _account(told: Any) -> Account | None:
    if told is None:
        return None
    return Account(_typed(told["login"], str), _typed(told["id"], int), _typed(told["type"], str))


def _artifact(told: Any) -> tuple[str, tuple[str, str]]:
    digest = told["digest"]
    return _typed(told["name"], str), (_typed(digest["gitBlob"], str), _typed(digest["sha256"], str))


def _maybe(told: Any) -> str | None:
    return None if told is None else _typed(told, str)


def _typed(told: Any, kind: type) -> Any:
    """A value of just this type: JSON's true is no integer."""
    if type(told) is not kind:
        raise TypeError(f"no {kind.__name__}")
    return told
