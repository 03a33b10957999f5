"""Put override values into the base config: only where a leaf of the same type stands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .config import Override
from .tables import KeyPath, Table, spellings


def merge(table: Table, values: Mapping[str, Sequence[Any]]) -> tuple[dict[str, Override], dict[str, str]]:
    """Change `table` in place.

    Args:
        table: The base config.
        values: For each dotted name of auto.toml the value of each of its spellings; an empty table stands for itself.

    Returns:
        What was overridden by name, and why each other name was not, both in the order of `values`.
    """
    base = spellings(table)
    overridden: dict[str, Override] = {}
    ignored: dict[str, str] = {}
    for name, candidates in values.items():
        places = base.get(name, [])
        if candidates == [{}] and (not places or isinstance(places[0][1], dict)):
            continue  # A header whose last key was removed says nothing.
        why = _objection(candidates, places)
        if why is not None:
            ignored[name] = why
            continue
        path, before = places[0]
        after = float(candidates[0]) if type(before) is float else candidates[0]
        _put(table, path, after)
        overridden[name] = Override(base=before, live=after)
    return overridden, ignored


def _objection(candidates: Sequence[Any], places: Sequence[tuple[KeyPath, Any]]) -> str | None:
    if len(candidates) > 1:
        return "it stands there more than once, quoted and nested"
    if not places:
        return "the base config has no such key"
    if len(places) > 1:
        return "the base config spells this key more than once"
    return _misfit(candidates[0], places[0][1])


def _misfit(value: Any, base: Any) -> str | None:
    """Why `value` cannot stand in for `base`; types are compared exactly, because a Python bool is an int too."""
    kinds = type(value), type(base)
    if isinstance(base, dict):
        return "it is a table in the base config, not a value"
    if kinds[0] not in (bool, int, float, str):
        return "it is not a boolean, integer, float or string"
    if kinds[0] is float and not math.isfinite(value):
        return "it is not a finite number"
    # TOML integers are 64 bits wide; Python's are not, and cannot always be printed or made floats.
    if kinds[0] is int and not -(2**63) <= value < 2**63:
        return "it is not a 64-bit integer"
    if kinds[0] is kinds[1] or kinds == (int, float):
        return None
    return f"it is of type {kinds[0].__name__}, the base config's value of type {kinds[1].__name__}"


def _put(table: Table, path: KeyPath, value: Any) -> None:
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = value
