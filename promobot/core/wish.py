"""What a person (or a date) asks of the live file, as data: kept whole in proposal_meta.json, read back strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import ValidationError

from promobot.core.models import ConfigPatch
from promobot.core.values import Scalar, same

WishKind = Literal["operator", "revert", "expiry"]
Values = Mapping[str, Scalar | None]
"""Target -> value; None: no override."""

COMMANDS: Mapping[str, frozenset[str]] = {
    "operator": frozenset({"set", "unset", "apply"}),
    "revert": frozenset({"revert"}),
    "expiry": frozenset({"expiry"}),
}
SOURCE_MEMBERS: Mapping[str, frozenset[str]] = {
    "apply": frozenset({"command", "proposal"}),
    "revert": frozenset({"command", "proposal", "digest"}),
}
LONGEST_REASON = 1000


@dataclass(frozen=True)
class Wish:
    """The values that the live file shall have.

    `values` maps a target to its new value, or to None where its override is taken away. `reason` is the person's own
    text, up to 1,000 characters: shown quoted in the checklist, never in a commit message. `source` names the command
    and, for apply and revert, the landed proposal (for revert also its full digest). `replaces` are the overrides
    that must stand now (None: none); where one does not, the wish is refused. Raises ValueError for anything else.
    """

    kind: WishKind
    values: Values
    reason: str
    source: Mapping[str, str]
    replaces: Values = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in get_args(WishKind):
            raise ValueError("kind is none of operator, revert, expiry")
        if not self.values:
            raise ValueError("a wish without values asks for nothing")
        if not set(self.replaces) <= set(self.values):
            raise ValueError("replaces names a target that values does not")
        for values in (self.values, self.replaces):
            for target, value in values.items():
                patch_of(target, value)
        _check_reason(self.reason)
        _check_source(self.kind, self.source)


def patch_of(target: str, value: Scalar | None) -> ConfigPatch:
    """The wish for one target as the patch that the rules judge; None, which they cannot judge, counts as a text.

    Raises ValueError where no patch could have this target or value (DESIGN 3.1).
    """
    given = {"id": "wish", "target": target, "new_value": "" if value is None else value, "status": "PROMOTED"}
    try:
        patch = ConfigPatch.model_validate(given)
    except ValidationError as error:
        raise ValueError(f"{target!a}: no proposal can hold this target or value") from error
    _encodable(value)
    # pydantic makes a float of an integer that is too large for an integer.
    if not same(patch.new_value, given["new_value"]):
        raise ValueError(f"{target!a}: an integer has 64 bits")
    return patch


def wish_json(wish: Wish) -> dict[str, Any]:
    """The wish as `proposal_meta.json` holds it."""
    return {
        "kind": wish.kind,
        "values": dict(sorted(wish.values.items())),
        "reason": wish.reason,
        "source": dict(sorted(wish.source.items())),
        "replaces": dict(sorted(wish.replaces.items())),
    }


def wish_of_json(told: object) -> Wish:
    """Read it back. Raises ValueError for anything but what `wish_json` writes."""
    if not isinstance(told, dict) or told.keys() != {"kind", "values", "reason", "source", "replaces"}:
        raise ValueError("a wish has the members kind, values, reason, source and replaces")
    for name in ("values", "source", "replaces"):
        if not isinstance(told[name], dict):
            raise ValueError(f"a wish's {name} is an object")
    return Wish(**told)


def _check_reason(reason: object) -> None:
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
        raise ValueError(f"a reason is a text of up to {LONGEST_REASON} characters")
    _encodable(reason)


def _check_source(kind: str, source: Mapping[str, str]) -> None:
    if not all(isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,255}", text) for text in source.values()):
        raise ValueError("a source's members are names of ASCII letters, digits and _ . -")
    command = source.get("command", "")
    if command not in COMMANDS[kind]:
        raise ValueError(f"a wish of kind {kind} comes from one of {', '.join(sorted(COMMANDS[kind]))}")
    if set(source) != SOURCE_MEMBERS.get(command, {"command"}):
        raise ValueError(f"the source of {command} has other members than it should")


def _encodable(value: object) -> None:
    # A lone surrogate is no character: no file and no pull request can hold it.
    if isinstance(value, str):
        value.encode("utf-8")
