"""The config as a live system sees it: read-only, dotted, and able to say where a value came from."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from .tables import Table, by_name

Scalar = bool | int | float | str


class Override(NamedTuple):
    """One value that auto.toml replaced."""

    base: Scalar
    live: Scalar


@dataclass(frozen=True)
class OverrideStatus:
    """What became of auto.toml in one load.

    Attributes:
        applied: Whether at least one value comes from auto.toml.
        reason: `applied`, `nothing_to_apply`, `not_live`, `disabled_by_environment`, `missing`, `unreadable`
            or `invalid`. These words stay.
        detail: A sentence for people; it may change.
        path: The file, as it was named or derived, also where it was not read.
        blob: The SHA-1 id that git gives to exactly the bytes that were parsed; None where none were read. In a
            repository of object format sha256, or where the checkout converts line ends, git knows the file by another.
        applied_keys: The overridden names, in the order of the file.
        ignored_keys: name -> why the key was ignored.
    """

    applied: bool
    reason: str
    detail: str
    path: str
    blob: str | None = None
    applied_keys: tuple[str, ...] = ()
    ignored_keys: Mapping[str, str] = field(default_factory=dict, hash=False)

    def as_dict(self) -> dict[str, Any]:
        """All attributes by name, ready for `json.dumps`."""
        return {**vars(self), "applied_keys": list(self.applied_keys), "ignored_keys": dict(self.ignored_keys)}


class LiveConfig:
    """Values by dotted name: `cfg["portfolio.leverage"]`, `cfg.get("a.b", default)`, `"a.b" in cfg`.

    A name is the key path joined by dots, however the file spells it; where the base config holds both `[a] b` and
    `"a.b"`, the nested one answers. A table's name gives a dict. What is handed out is a copy: the config cannot be
    changed through it. Iterating gives the names of the leaves, in file order.
    """

    __slots__ = ("_base_path", "_overridden", "_status", "_table", "_values")

    def __init__(
        self, table: Table, *, base_path: str, overridden: Mapping[str, Override], status: OverrideStatus
    ) -> None:
        self._table = table
        self._values = by_name(table)
        self._base_path = base_path
        self._overridden = dict(overridden)
        self._status = status

    @property
    def status(self) -> OverrideStatus:
        """What became of auto.toml."""
        return self._status

    @property
    def overridden(self) -> Mapping[str, Override]:
        """name -> the base value and the live one, for each value that comes from auto.toml."""
        return MappingProxyType(self._overridden)

    def __getitem__(self, name: str) -> Any:
        return copy.deepcopy(self._values[name])

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return (name for name, value in self._values.items() if not isinstance(value, dict))

    def __repr__(self) -> str:
        # Without values: configs hold secrets, and objects end up in logs.
        overrides = f"{self._status.reason}, {len(self._overridden)} overridden"
        return f"LiveConfig({self._base_path!r}, {overrides})"

    def get(self, name: str, default: Any = None) -> Any:
        """The value at `name`, or `default` where there is none."""
        return self[name] if name in self._values else default

    def source(self, name: str) -> str:
        """The path of the file that the value at `name` comes from. KeyError where `name` is not a leaf."""
        if name not in self._values or isinstance(self._values[name], dict):
            raise KeyError(name)
        return self._status.path if name in self._overridden else self._base_path

    def as_dict(self) -> Table:
        """The whole config as nested tables, a copy."""
        return copy.deepcopy(self._table)
