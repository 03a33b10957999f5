"""What the learning loop says (exports) and what the team lets it (policy, base config), in few values that recur."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.support.workspace import patch

# Few values, so that questions come again; some within the bounds, some by hand, some beyond the hard limit.
VALUES: Mapping[str, tuple[Any, ...]] = {
    "portfolio.leverage": (1.5, 1.6, 1.75, 2.0, 2.5, 3.5),
    "strategy.trigger_delay": (9.0, 10.0, 11.0, 12.5, 20.0),
    "strategy.trigger_count": (5, 6, 7),
    "strategy.name": ("trend", "mean"),
    "macro.regime_weight": (0.25, 0.3, 0.35, 0.5),
    "macro.tilt": (0.2, 0.3, 0.35, 0.4, 0.45),
}
TARGETS = tuple(VALUES)


@dataclass
class Export:
    """The patches of the next cycle: target -> value, and their confidence; `number` is part of their ids."""

    values: dict[str, Any] = field(default_factory=lambda: {"portfolio.leverage": 1.75})
    confidence: float = 0.9
    status: str = "PROMOTED"
    number: int = 0

    def patches(self) -> list[dict[str, object]]:
        return [
            patch(target, value, id=f"p{self.number}-{target}", confidence_score=self.confidence, status=self.status)
            for target, value in self.values.items()
        ]


@dataclass
class Rules:
    """The policy's knobs, and its text. `leverage` are min_value, max_value and max_step."""

    mode: str = "bounded_auto"
    lock: bool = False
    leverage: tuple[float, float, float] = (1.0, 2.0, 0.25)
    targets: tuple[str, ...] = ("*",)
    min_confidence: float = 0.5
    max_per_day: int = 5
    max_per_proposal: int = 50
    hold_days: int = 0
    keep_up: bool = False
    ends: datetime | None = None
    commits: str = "git"

    def text(self) -> str:
        low, high, step = self.leverage
        ends = "" if self.ends is None else f"override_expires = {self.ends:%Y-%m-%dT%H:%M:%SZ}\n"
        names = ", ".join(f'"{target}"' for target in self.targets)
        return (
            f'version = 1\nmode = "{self.mode}"\nlock = {str(self.lock).lower()}\n'
            f"max_per_proposal = {self.max_per_proposal}\n"
            f"[bounds.leverage]\nmin_value = {low}\nmax_value = {high}\nmax_step = {step}\n"
            f"[auto_apply]\nmax_per_day = {self.max_per_day}\n"
            f"[patches]\nhold_days = {self.hold_days}\n"
            f'[github]\ncommits = "{self.commits}"\nkeep_up_to_date = {str(self.keep_up).lower()}\n'
            f"[[eligibility]]\ntargets = [{names}]\nmin_confidence = {self.min_confidence}\n{ends}"
        )


KNOBS: Mapping[str, tuple[Any, ...]] = {
    "mode": ("bounded_auto", "bounded_auto", "manual_only", "disabled"),
    "lock": (False, True),
    "leverage": ((1.0, 2.0, 0.25), (1.0, 1.6, 0.1), (0.5, 3.0, 2.0)),
    "targets": (("*",), ("portfolio.*", "macro.*"), ("strategy.*",)),
    "min_confidence": (0.5, 0.95),
    "max_per_day": (5, 1, 0),
    "max_per_proposal": (50, 1),
    "hold_days": (0, 1),
    "keep_up": (False, True),
    "ends": (None, 0, 5),
}


@dataclass
class BaseConfig:
    """The live system's own config: values that no override hides, and a remark that nothing depends on."""

    leverage: float = 1.5
    tilt: float = 0.3
    remark: int = 0

    def text(self) -> str:
        return (
            f"# {self.remark}\n[portfolio]\nleverage = {self.leverage}\n"
            '[strategy]\ntrigger_delay = 10.0\ntrigger_count = 5\nname = "trend"\n'
            f"[macro]\nregime_weight = 0.25\ntilt = {self.tilt}\n"
        )
