"""Nested TOML tables seen through dotted names.

A name is the key path joined by dots, however the keys were written: `[a] b = 1`, `a.b = 1` and `"a.b" = 1` all spell
the name `a.b`. So a name can have several spellings in one file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

KeyPath = tuple[str, ...]
Table = dict[str, Any]
Spellings = dict[str, list[tuple[KeyPath, Any]]]


def walk(table: Table, above: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every key path with its value, in file order, a table before what it holds. Arrays are values."""
    for key, value in table.items():
        path = (*above, key)
        yield path, value
        if isinstance(value, dict):
            yield from walk(value, path)


def spellings(table: Table) -> Spellings:
    """name -> every key path that spells it, with the value there."""
    found: Spellings = {}
    for path, value in walk(table):
        found.setdefault(".".join(path), []).append((path, value))
    return found


def by_name(table: Table) -> Table:
    """name -> value; of several spellings the one with the most tables, so nested tables win over quoted keys."""
    return {name: max(found, key=lambda spelling: len(spelling[0]))[1] for name, found in spellings(table).items()}
