"""How a person names a proposal: by its id, by its digest (16 or 64 hex), or by the start of just one id. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ID = re.compile(r"live_promotion_\d{8}T\d{6}Z_[0-9a-f]{16}")
_DIGEST = re.compile(r"[0-9a-f]{16}|[0-9a-f]{64}")


def meant(asked: str, ids: Iterable[str]) -> list[str]:
    """The proposal ids that `asked` may mean, in their order. An id holds 16 digits of the digest: who was asked for
    all 64 has to compare the rest."""
    if _DIGEST.fullmatch(asked):
        return [name for name in ids if name.endswith(f"_{asked[:16]}")]
    started = [name for name in ids if asked and name.startswith(asked)]
    return [asked] if asked in started else started


def is_whole(asked: str) -> bool:
    """Whether it is a whole id or digest, so that no typing error is likely where nothing has that name."""
    return (_DIGEST.fullmatch(asked) or _ID.fullmatch(asked)) is not None
