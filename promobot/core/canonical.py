"""Canonical JSON and its sha256, the one way in which promobot names contents (DESIGN 3.1, 3.5); JSON for readers."""

from __future__ import annotations

import hashlib
import json
from json.encoder import encode_basestring_ascii
from math import isfinite
from typing import Any

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_WORDS = {None: "null", True: "true", False: "false"}


def canonical_json(value: Any) -> bytes:
    """Sorted keys, separators `,` and `:`, UTF-8 without ASCII escaping. NaN and infinity are a ValueError."""
    return _CANONICAL.encode(value).encode("utf-8")


def sha256_of(value: Any) -> str:
    """The sha256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def indented_json(value: Any, margin: str = "\n") -> str:
    """What `json.dumps(value, indent=2, sort_keys=True, allow_nan=False)` gives; `margin` goes before each line.

    The standard library indents in Python, piece by piece, and an audit writes every proposal again. Keys are texts.
    Raises ValueError for NaN and infinity, TypeError for what JSON cannot hold.
    """
    inner = margin + "  "
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, dict):
        members = [f"{encode_basestring_ascii(key)}: {indented_json(value[key], inner)}" for key in sorted(value)]
        return f"{{{inner}{f',{inner}'.join(members)}{margin}}}" if members else "{}"
    if isinstance(value, list | tuple):
        members = [indented_json(one, inner) for one in value]
        return f"[{inner}{f',{inner}'.join(members)}{margin}]" if members else "[]"
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if type(value) is int or (type(value) is float and isfinite(value)):
        return repr(value)
    return json.dumps(value, allow_nan=False)
