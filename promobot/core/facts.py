"""Everything a rule may look at besides the patch itself. All of it comes from the base branch or the clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from promobot.core.health import Health
from promobot.core.lately import Lately
from promobot.core.models import PromotionCandidate
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.types import AutoApplyMode
from promobot.core.values import Scalar, as_scalar, fitted

_PLAIN = frozenset({bool, int, float, str})


def paths(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in nested tables as (dotted path, value), tables too; a quoted key with dots names the same path."""
    for key, value in table.items():
        yield f"{prefix}{key}", value
        if _is_table(value):
            yield from paths(value, f"{prefix}{key}.")


def leaves(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The leaves of nested tables as (dotted path, value)."""
    return ((path, value) for path, value in paths(table) if not _is_table(value))


def _is_table(value: object) -> bool:
    # Most leaves are plain numbers; asking an abstract class of each takes longer than all the rest.
    return type(value) not in _PLAIN and isinstance(value, Mapping)


@dataclass(frozen=True)
class LiveValues:
    """What the live system reads today: the overrides, then the base config (None: there is no base config)."""

    overrides: Mapping[str, Any] = field(default_factory=dict)
    base: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, overrides: Mapping[str, Any], base_config: Mapping[str, Any] | None) -> LiveValues:
        """From the flat overrides and the nested base config; a path that it spells twice is as if unknown."""
        if base_config is None:
            return cls(dict(overrides))
        found = list(paths(base_config))
        times = Counter(path for path, _ in found)
        once = {path: value for path, value in found if times[path] == 1 and not isinstance(value, Mapping)}
        return cls(dict(overrides), once)

    def raw(self, target: str) -> Any:
        """The value as the file has it, which may be an array or a time; None where there is none."""
        return self.overrides[target] if target in self.overrides else (self.base or {}).get(target)

    def value(self, target: str) -> Scalar | None:
        """The value where a patch could have set it, else None."""
        return as_scalar(self.raw(target))

    def knows(self, target: str) -> bool:
        """Whether the live system has such a parameter; without a base config nobody can tell, so yes."""
        return self.base is None or target in self.base


@dataclass(frozen=True)
class Facts:
    """The ground that all rules stand on in one cycle.

    `landed_today` counts the values that landed on the base branch on the UTC day of `evaluated_at`;
    `lately` tells of changes of live values and of changes that were taken back; `health` is the report of the
    tests that guard promotions, None where none was read; `asked` holds, for each target, the distinct values that
    this cycle's candidates ask for; `refused` holds the keys (`changes.by_hand_key`) of the changes that a person
    said no to; `predecessors` maps a target to the digest of the landing that last changed it.
    """

    policy: PromotionPolicy
    mode: AutoApplyMode
    live: LiveValues
    evaluated_at: datetime | None = None
    landed_today: int = 0
    lately: Lately = field(default_factory=Lately)
    health: Health | None = None
    asked: Mapping[str, frozenset[tuple[str, Scalar]]] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    predecessors: Mapping[str, str] = field(default_factory=dict)

    def new_value(self, candidate: PromotionCandidate) -> Scalar:
        """The candidate's value in the type of the live one."""
        return fitted(candidate.patch.new_value, self.live.value(candidate.patch.target))


def asked_values(
    candidates: Iterable[PromotionCandidate], live: LiveValues
) -> dict[str, frozenset[tuple[str, Scalar]]]:
    """For each target the distinct values asked for; the type's name keeps 1, 1.0 and True apart."""
    asked: dict[str, set[tuple[str, Scalar]]] = {}
    for candidate in candidates:
        target = candidate.patch.target
        value = fitted(candidate.patch.new_value, live.value(target))
        asked.setdefault(target, set()).add((type(value).__name__, value))
    return {target: frozenset(values) for target, values in asked.items()}
