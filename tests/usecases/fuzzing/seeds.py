"""Good files: from them nearly every value is applied, so that what a mutation breaks is seen."""

from __future__ import annotations

import json
from typing import Any

NOW_TEXT = "2026-11-22T11:00:00Z"

POLICY = b"""\
version = 1
mode = "bounded_auto"
max_per_proposal = 50
[bounds.leverage]
min_value = 1.0
max_value = 2.0
max_step = 0.25
[[bounds_for]]
targets = ["desk.*"]
min_value = 0.0
max_value = 10.0
max_step = 1.5
[hard_limits]
leverage = 3.0
[[eligibility]]
targets = ["portfolio.*", "strategy.*", "desk.*"]
min_confidence = 0.75
[[eligibility]]
targets = ["macro.*"]
require_live_ready = true
expires = 2027-01-01
[auto_apply]
allow = ["portfolio.*", "strategy.*", "macro.*", "desk.*"]
min_confidence = 0.8
max_per_day = 10
[blacklist]
targets = ["risk.stop_loss"]
tags = ["frozen"]
[research]
experiments = ["rnd-*"]
"""
EVIDENCE = b"""\
[risk]
max_score = 60.0
window_days = 30
full_breadth = 20
[performance]
cool_down_days = 7
[performance.metrics.sharpe]
min = 1.2
[performance.metrics.drawdown]
max = 0.2
required = false
[test_health]
report = "reports/health.json"
min_score = 95.0
max_failures = 1
[patches]
max_age_days = 14
"""

BASE = b"""\
[environment]
mode = "live"
[portfolio]
leverage = 1.5
name = "core"
[strategy]
trigger_delay = 10.0
trigger_count = 5
trigger_on = false
[macro]
regime_weight = 0.25
tilt = 0.3
[desk]
size = 4.0
[risk]
stop_loss = 0.02
"""
AUTO = b"""\
# ours
[auto_applied]
"portfolio.leverage" = 1.25  # since May
"macro.tilt" = 0.35
[auto_applied.desk]
size = 5.0
"""
OLDER = [
    b'[auto_applied]\n"portfolio.leverage" = 1.25\n"macro.tilt" = 0.3\n',
    b'[auto_applied]\n"portfolio.leverage" = 1.5\n',
]
"""Earlier versions of the overrides, newest first."""


def patch(number: int, target: str, new: Any, old: Any = None) -> dict[str, Any]:
    """A patch with all that any policy asks for."""
    return {
        "id": f"p-{number}",
        "target": target,
        "new_value": new,
        "old_value": old,
        "status": "APPLIED_OFFLINE",
        "confidence_score": 0.95,
        "generated_at": NOW_TEXT,
        "source_experiment_id": "sweep-7",
        "reason": "better",
        "meta": {"is_live_ready": True, "tier": "core", "tags": [], "metrics": {"sharpe": 1.5, "drawdown": 0.1}},
    }


PATCHES = [
    patch(1, "portfolio.leverage", 1.35, 1.25),
    patch(2, "strategy.trigger_delay", 9, 10.0),
    patch(3, "strategy.trigger_count", 6),
    patch(4, "macro.regime_weight", 0.3),
    patch(5, "macro.tilt", 0.4, 0.35),
    patch(6, "desk.size", 5.5),
    patch(7, "portfolio.name", "other"),
    patch(8, "strategy.trigger_on", True),
]

HEALTH = json.dumps(
    {
        "health_score": 98.5,
        "passed_checks": 40,
        "failed_checks": 1,
        "skipped_checks": 0,
        "profile_name": "nightly",
        "finished_at": NOW_TEXT,
        "trigger_violations": [],
    }
).encode()
JUNIT = b"""\
<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="s" tests="2" failures="0" errors="0" timestamp="2026-11-22T10:59:00" time="1.5">
<testcase classname="a" name="one" time="0.1"/><testcase classname="a" name="two"/>
</testsuite></testsuites>
"""
