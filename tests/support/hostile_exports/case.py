"""One line of the table of hostile exports, and the small words in which the lines are written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Problem = tuple[str | None, int | None, str]
"""Pointer, line, and words that the message must hold."""

REFUSED, REPOSITORY_REFUSED = 3, 4
"""The exit codes of DESIGN 3.4 for an export, and for a repository, that is refused."""


@dataclass(frozen=True)
class Case:
    """An export and what must come of it: either an exit code with problems, or a decision for each candidate.

    `decided` maps a patch's id to the codes of all its reasons, in one text; the empty text means applied
    automatically. A patch that is no candidate is not named. `applied` are the overrides that merging sets.
    `policy` replaces whole sections of the scene's policy, `base` and `overrides` its two configuration files.
    """

    id: str
    data: bytes | Callable[[], bytes]
    exit_code: int = 0
    problems: tuple[Problem, ...] = ()
    decided: Mapping[str, str] = field(default_factory=dict)
    applied: Mapping[str, Any] = field(default_factory=dict)
    warns: tuple[str, ...] = ()
    name: str = "export.json"
    more: Mapping[str, bytes] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=dict)
    base: str | None = ""
    overrides: str | None = ""

    def under(self, **sections: Any) -> Case:
        """The same export under a policy in which these sections are replaced."""
        return replace(self, policy={**self.policy, **sections})


def p(target: str = "portfolio.leverage", new_value: Any = 1.25, identity: str = "p", **given: Any) -> dict[str, Any]:
    """A patch that the scene applies: leverage 1.0 -> 1.25, a step exactly on the limit."""
    plain = {"id": identity, "status": "APPLIED_OFFLINE", "confidence_score": 0.9}
    return plain | {"target": target, "new_value": new_value} | given


def raw(**members: str) -> bytes:
    """The patch of `p` in a list, with members given as raw JSON text, for what `json.dumps` would not write."""
    texts = {name: json.dumps(value) for name, value in p().items()} | members
    return ("[{" + ", ".join(f'"{name}": {text}' for name, text in texts.items()) + "}]").encode()


def as_bytes(document: Any) -> bytes:
    """The document as JSON on one line, so that everything in it stands on line 1."""
    return json.dumps(document).encode()


def refused(
    story: str, data: bytes | Callable[[], bytes], *problems: Problem, name: str = "export.json", **given: Any
) -> Case:
    """An export that is refused whole, with exactly these problems."""
    return Case(story, data, REFUSED, problems, name=name, **given)


def taken(story: str, data: bytes | Callable[[], bytes], **given: Any) -> Case:
    """An export whose one patch is that of `p`, which is applied."""
    return Case(story, data, decided={"p": ""}, applied={"portfolio.leverage": 1.25}, **given)


def member_refused(story: str, member: str, value: Any, words: str) -> Case:
    """An export of one patch, one member of which is refused."""
    return refused(story, as_bytes([p() | {member: value}]), (f"/0/{member}", 1, words))


def judged(story: str, *patches: Mapping[str, Any], applied: Mapping[str, Any] | None = None, **codes: str) -> Case:
    """An export that is read; each keyword names a patch's id and gives the codes of its reasons."""
    return Case(story, as_bytes(list(patches)), decided=codes, applied=applied or {})


def moves(story: str, target: str, new_value: Any, written: Any = None, **given: Any) -> Case:
    """One patch that is applied automatically; `written` is its value where that differs in type."""
    value = new_value if written is None else written
    return judged(story, p(target, new_value, **given), applied={target: value}, p="")


def held(story: str, target: str, new_value: Any, codes: str, **given: Any) -> Case:
    """One patch that is not applied, for exactly these reasons."""
    return judged(story, p(target, new_value, **given), p=codes)
