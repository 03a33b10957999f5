"""Canonical JSON and its sha256: the one way in which promobot names contents (DESIGN 3.1 and 3.5)."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Sorted keys, separators `,` and `:`, UTF-8 without ASCII escaping. NaN and infinity are a ValueError."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def sha256_of(value: Any) -> str:
    """The sha256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
