"""The facts of a decision as `proposal_meta.json` records them, so that it can be computed again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from promobot.core.facts import Facts
from promobot.core.health import health_json
from promobot.core.models import PromotionDecision
from promobot.core.rules.refusals import key_today


def facts_json(decisions: Sequence[PromotionDecision], facts: Facts | None, at: datetime) -> dict[str, Any]:
    """Everything besides the patches and the policy that a rule used; `facts` is None for work as a plain library."""
    live = {decision.target: decision.live_value for decision in decisions}
    told: dict[str, Any] = {
        "evaluated_at": instant_text(at),
        "live_values": {target: live[target] for target in sorted(live)},
    }
    if facts is None:
        return told
    back = facts.lately.taken_back
    return told | {
        "landed_today": facts.landed_today,
        "unknown_targets": sorted(target for target in live if not facts.live.knows(target)),
        "parameters_moving": len(facts.asked),
        "changes_lately": _changes(sorted(live), facts, at),
        "taken_back": {target: instant_text(back[target]) for target in sorted(live) if target in back},
        # A report that no rule asked for is no fact of a decision, and must not look like a Go.
        "test_health": health_json(facts.health) if facts.policy.test_health else None,
        "refused": _refused(decisions, facts),
    }


def _refused(decisions: Iterable[PromotionDecision], facts: Facts) -> list[str]:
    """The keys of refusals that spoke against one of these decisions; the others changed nothing."""
    if not facts.refused:
        return []
    return sorted({key_today(decision.target, decision.new_value, facts) for decision in decisions} & facts.refused)


def _changes(targets: list[str], facts: Facts, at: datetime) -> dict[str, int]:
    """How often each target changed in the window of [risk]; those that did not are left out."""
    if facts.policy.risk is None:
        return {}
    since = at - timedelta(days=facts.policy.risk.window_days)
    counts = {target: facts.lately.changes(target, since) for target in targets}
    return {target: count for target, count in counts.items() if count}


def instant_text(moment: datetime) -> str:
    """A time as artifacts write it: UTC, whole seconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
