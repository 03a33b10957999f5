"""Slips of the pen: names, types, brackets."""

from __future__ import annotations

from tests.support.broken_policies.words import GLOB, SEGMENTS, TAGS, UNKNOWN_TAG

# A story -> the policy's text and every line that must answer it: key path -> what is wrong and how to mend it.
SLIPS: dict[str, tuple[str, dict[str, str]]] = {
    "misspelt keys": (
        """
        max_per_propsal = 1
        [auto_apply]
        min_confidense = 0.9
        max_perday = 1
        [[eligibility]]
        targets = ["a"]
        expire = 2027-01-31
        [performance]
        cooldown_days = 7
        [performance.metrics.sharpe]
        minimum = 1
        max = 2
        [risk.weights]
        confidance = 1
        """,
        {
            "max_per_propsal": "unknown key; did you mean max_per_proposal?",
            "auto_apply.min_confidense": "unknown key; did you mean min_confidence?",
            "auto_apply.max_perday": "unknown key; did you mean max_per_day?",
            "eligibility[0].expire": "unknown key; did you mean expires?",
            "performance.cooldown_days": "unknown key; did you mean cool_down_days?",
            "performance.metrics.sharpe.minimum": "unknown key; did you mean min?",
            "risk.max_score": "is required and missing",
            "risk.weights.confidance": "unknown key; did you mean confidence?",
        },
    ),
    "misspelt sections": (
        "mode = 'auto'\n[test_heath]\n[blaklist]\n[elligibility]\n[autoapply]\n[github]\nlabel = []",
        {
            "mode": "must be one of disabled, manual_only, bounded_auto",
            "test_heath": "unknown key; did you mean test_health?",
            "blaklist": "unknown key; did you mean blacklist?",
            "elligibility": "unknown key; did you mean eligibility?",
            "autoapply": "unknown key; did you mean auto_apply?",
            "github.label": "unknown key; did you mean labels?",
        },
    ),
    "wrong types": (
        """
        version = "1"
        mode = 3
        lock = 1
        max_per_proposal = 2.5
        [auto_apply]
        min_confidence = "0.8"
        allow = "portfolio.*"
        [blacklist]
        targets = [5]
        [research]
        tiers = "r_and_d"
        """,
        {
            "version": "must be one of 1",
            "mode": "must be one of disabled, manual_only, bounded_auto",
            "lock": "must be true or false",
            "max_per_proposal": "must be an integer",
            "auto_apply.min_confidence": "must be a number",
            "auto_apply.allow": 'must be a list: ["...", ...]',
            "blacklist.targets[0]": "must be a string",
            "research.tiers": 'must be a list: ["...", ...]',
        },
    ),
    "true for a number": (
        """
        version = true
        max_per_proposal = true
        [bounds.leverage]
        min_value = false
        max_step = true
        [hard_limits]
        leverage = true
        [risk]
        max_score = true
        window_days = true
        """,
        {
            "version": "must be one of 1",
            "max_per_proposal": "must be an integer",
            "bounds.leverage.min_value": "must be a number",
            "bounds.leverage.max_step": "must be a number",
            "hard_limits.leverage": "must be a number",
            "risk.max_score": "must be a number",
            "risk.window_days": "must be an integer",
        },
    ),
    "unknown tags": (
        """
        mode = "BOUNDED_AUTO"
        [bounds.levrage]
        max_step = 1
        [bounds.risk]
        max_step = 1
        [hard_limits]
        Leverage = 2
        trend = "x"
        """,
        {
            "mode": "must be one of disabled, manual_only, bounded_auto",
            "bounds.levrage": UNKNOWN_TAG,
            "bounds.risk.min_value": "is required and missing",
            "bounds.risk.max_value": "is required and missing",
            "hard_limits.Leverage": UNKNOWN_TAG,
            "hard_limits.trend": f"{UNKNOWN_TAG} / must be a number",
        },
    ),
    "an array for a table, a table for an array": (
        """
        github = "api"
        [[bounds]]
        leverage = 1
        [[auto_apply]]
        max_per_day = 1
        [[performance.metrics]]
        [eligibility]
        targets = ["a"]
        [bounds_for]
        targets = ["a"]
        """,
        {
            "github": "must be a table",
            "bounds": "must be a table: write [bounds]",
            "auto_apply": "must be a table: write [auto_apply]",
            "performance.metrics": "must be a table: write [performance.metrics]",
            "eligibility": "must be a list: write [[eligibility]]",
            "bounds_for": "must be a list: write [[bounds_for]]",
        },
    ),
    "nothing to match": (
        """
        [[bounds_for]]
        min_value = 0
        max_value = 1
        max_step = 1
        [[bounds_for]]
        targets = []
        [[eligibility]]
        targets = ["", "a b", 5]
        [blacklist]
        targets = ["risk.*"]
        tags = [""]
        [research]
        experiments = [""]
        """,
        {
            "bounds_for[0].targets": "is required and missing",
            "bounds_for[1].targets": "must not be empty",
            "bounds_for[1].min_value": "is required and missing",
            "bounds_for[1].max_value": "is required and missing",
            "bounds_for[1].max_step": "is required and missing",
            "eligibility[0].targets[0]": GLOB,
            "eligibility[0].targets[1]": GLOB,
            "eligibility[0].targets[2]": "must be a string",
            "blacklist.targets[0]": SEGMENTS,
            "blacklist.tags[0]": TAGS,
            "research.experiments[0]": "must not be empty",
        },
    ),
}
