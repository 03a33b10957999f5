"""A policy that people tighten, loosen and turn about, as text."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from promobot.core.gate.protected import DEFAULTS

TURNS: tuple[dict[str, Any], ...] = (
    {"mode": "bounded_auto", "lock": False, "per_day": 100, "per_proposal": 50},
    {"mode": "bounded_auto", "lock": False, "sections": ()},
    {"mode": "manual_only"},
    {"mode": "disabled"},
    {"lock": True},
    {"per_day": 3},
    {"per_day": 0},
    {"per_proposal": 1},
    {"sections": ("[bounds.leverage]\nmin_value = 1.2\nmax_value = 1.8\nmax_step = 0.1\n",)},
    {"sections": ("[hard_limits]\nleverage = 1.6\nmacro = 0.7\n",)},
    {"sections": ('[[bounds_for]]\ntargets = ["desk.*"]\nmin_value = 0.0\nmax_value = 9.5\nmax_step = 3.0\n',)},
    {"sections": ('[blacklist]\ntargets = ["Strategy"]\ntags = ["experiment"]\n',)},
    {"sections": ("[risk]\nmax_score = 60.0\nwindow_days = 3\n", "[patches]\nhold_days = 0\n")},
    {"sections": ("[performance]\ncool_down_days = 2\n[performance.metrics.sharpe]\nmin = 1.0\nrequired = false\n",)},
    {"sections": ("[patches]\nmax_age_days = 30\nhold_days = 1\n",)},
    {"sections": ('[test_health]\nreport = "reports/health.json"\n',)},
    {"allow": ("macro.*", "portfolio.*")},
    {"allow": None},
)


@dataclass(frozen=True)
class Rules:
    """What the policy says. `ends` is when the overrides of macro.* are to be taken back."""

    mode: str = "bounded_auto"
    lock: bool = False
    per_day: int = 100
    per_proposal: int = 50
    allow: tuple[str, ...] | None = None
    ends: datetime | None = None
    sections: tuple[str, ...] = ()
    paths: tuple[tuple[str, str], ...] = ()
    baseline: str | None = None
    edits: int = 0

    def turned(self, dice: random.Random, at: datetime) -> Rules:
        """Somebody's next idea. Every second one is a return to what lets most through."""
        found = replace(self, edits=self.edits + 1, **dice.choice((TURNS[0], TURNS[1], *dice.sample(TURNS, 3))))
        if dice.random() < 0.5:
            hours = dice.choice((-1, 2, 20))
            found = replace(found, ends=None if self.ends else (at + timedelta(hours=hours)).replace(microsecond=0))
        return found

    def path(self, name: str) -> str:
        """Where one of the policy's paths leads."""
        return dict(self.paths).get(name, DEFAULTS[name])

    def moved(self, name: str, path: str) -> Rules:
        """The same policy, which reads another file."""
        return replace(self, paths=tuple((dict(self.paths) | {name: path}).items()), edits=self.edits + 1)

    def text(self) -> bytes:
        """As TOML."""
        ends = f"override_expires = {self.ends:%Y-%m-%dT%H:%M:%SZ}\n" if self.ends else ""
        lines = [
            f'# edit {self.edits}\nversion = 1\nmode = "{self.mode}"\nlock = {str(self.lock).lower()}\n',
            f"max_per_proposal = {self.per_proposal}\n",
            "[paths]\n" if self.paths else "",
            *(f'{name} = "{path}"\n' for name, path in self.paths),
            '[[eligibility]]\ntargets = ["portfolio.*", "strategy.*", "desk.*"]\n',
            f'[[eligibility]]\ntargets = ["macro.*"]\nmin_confidence = 0.3\n{ends}',
            f"[auto_apply]\nmax_per_day = {self.per_day}\n",
            "" if self.allow is None else f"allow = {list(self.allow)}\n",
            *self.sections,
            f'[audit]\nbaseline = "{self.baseline}"\n' if self.baseline else "",
        ]
        return "".join(lines).encode()
