"""Values that say nothing clear, and keys that contradict each other."""

from __future__ import annotations

from tests.support.broken_policies.words import DATE, GLOB, INSIDE, METRIC, NO_ROOM

# A story -> the policy's text and every line that must answer it: key path -> what is wrong and how to mend it.
VALUES: dict[str, tuple[str, dict[str, str]]] = {
    "minimum above maximum": (
        """
        [bounds.leverage]
        min_value = 3.0
        [bounds.trigger]
        max_value = 2.0
        max_step = 0
        [[bounds_for]]
        targets = ["a b"]
        min_value = 2
        max_value = 1
        max_step = 1
        [performance.metrics.sharpe]
        min = 2
        max = 1
        [performance.metrics.drawdown]
        required = false
        """,
        {
            "bounds.leverage": NO_ROOM,
            "bounds.trigger.max_step": "must be above 0",
            "bounds.trigger": NO_ROOM,
            "bounds_for[0].targets[0]": GLOB,
            "bounds_for[0]": NO_ROOM,
            "performance.metrics.sharpe": "min is above max, so no value would ever pass",
            "performance.metrics.drawdown": "needs min, max or both",
        },
    ),
    "paths outside": (
        """
        [paths]
        exports = "../out"
        reports = "/abs"
        live_overrides = ".github/workflows/auto.toml"
        base_config = 'C:\\config.toml'
        [test_health]
        report = ".git/health.json"
        """,
        {
            "paths.exports": INSIDE,
            "paths.reports": INSIDE,
            "paths.live_overrides": "must not be a file that git or the forge itself obeys, nor lie in .github",
            "paths.base_config": 'must not hold control characters or any of \\ : * ? " < > |',
            "test_health.report": INSIDE,
        },
    ),
    "paths in each other, beside others": (
        """
        lock = "no"
        [paths]
        exports = "a//b"
        reports = "config"
        """,
        {
            "lock": "must be true or false",
            "paths.exports": INSIDE,
            "paths": "policy (config/promobot.toml) lies at or inside reports (config); keep them apart",
        },
    ),
    "dates": (
        """
        [[eligibility]]
        targets = ["a"]
        expires = "2027-01-31"
        min_confidence = 80
        [[eligibility]]
        targets = ["b"]
        expires = 2027
        [[eligibility]]
        expires = 07:32:00
        """,
        {
            "eligibility[0].expires": DATE,
            "eligibility[0].min_confidence": "must be at most 1",
            "eligibility[1].expires": DATE,
            "eligibility[2].targets": "is required and missing",
            "eligibility[2].expires": DATE,
        },
    ),
    "risk without weight": (
        """
        max_per_proposal = 101
        [risk]
        max_score = 101
        window_days = 0
        weights = { step = 0, bound = 0, confidence = 0, churn = 0, breadth = 0 }
        """,
        {
            "max_per_proposal": "must be at most 100",
            "risk.max_score": "must be at most 100",
            "risk.window_days": "must be at least 1",
            "risk.weights": "all weights are 0, so there is no score; give one dimension a weight",
        },
    ),
    "a report of an unknown form": (
        """
        [test_health]
        report = "out.html"
        min_score = 120
        max_age_hours = 0
        [performance.metrics."sharpe ratio"]
        min = 1
        """,
        {
            "performance.metrics.sharpe ratio": METRIC,
            "test_health.min_score": "must be at most 100",
            "test_health.max_age_hours": "must be at least 1",
            "test_health": "report must end in .json (TestHealth summary) or .xml (JUnit)",
        },
    ),
    "negative numbers": (
        """
        max_per_proposal = -1
        [auto_apply]
        min_confidence = -0.1
        max_per_day = -3
        [patches]
        max_age_days = -7
        [performance]
        cool_down_days = -1
        [bounds.macro]
        max_step = -0.1
        [risk]
        max_score = -1
        weights = { step = -1 }
        """,
        {
            "max_per_proposal": "must be at least 0",
            "auto_apply.min_confidence": "must be at least 0",
            "auto_apply.max_per_day": "must be at least 0",
            "patches.max_age_days": "must be at least 1",
            "performance.cool_down_days": "must be at least 0",
            "bounds.macro.max_step": "must be above 0",
            "risk.max_score": "must be at least 0",
            "risk.weights.step": "must be at least 0",
        },
    ),
    "no finite numbers": (
        """
        [bounds.leverage]
        min_value = nan
        max_value = inf
        [hard_limits]
        leverage = -inf
        macro = 1e999
        [auto_apply]
        min_confidence = nan
        [performance.metrics.sharpe]
        min = inf
        """,
        {
            "bounds.leverage.min_value": "must be a finite number",
            "bounds.leverage.max_value": "must be a finite number",
            "hard_limits.leverage": "must be a finite number",
            "hard_limits.macro": "must be a finite number",
            "auto_apply.min_confidence": "must be a finite number",
            "performance.metrics.sharpe.min": "must be a finite number",
        },
    ),
}
