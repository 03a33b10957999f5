"""The seed's "Go/No-Go by TestHealth": without a readable, fresh and green report nothing is proposed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from promobot.core.facts import Facts
from promobot.core.health import HealthReport
from promobot.core.models import PromotionCandidate
from promobot.core.policy.evidence import TestHealth
from promobot.core.rules.base import policy_rule
from promobot.core.values import shown

SKEW = timedelta(hours=1)
"""How far the clock of the machine that ran the tests may be ahead of ours."""


@policy_rule("Tests are not green", "[test_health]")
def test_health(candidate: PromotionCandidate, facts: Facts) -> str | None:
    """A change to a system whose own tests fail, or were not run, cannot be judged."""
    policy, health = facts.policy.test_health, facts.health
    if policy is None:
        return None
    if not isinstance(health, HealthReport):
        return f"No-Go: {f'{policy.report}: no report was read' if health is None else health.problem}"
    results, age = [*_results(health, policy)], [*_age(health.finished_at, facts.evaluated_at, policy)]
    if not results and not age:
        return None
    mend = "mend what fails and run the tests again" if results else "run the tests again"
    return f"No-Go by {policy.report}: {'; '.join([*results, *age])}; {mend}"


def _results(health: HealthReport, policy: TestHealth) -> Iterator[str]:
    if health.score is None:
        yield "no test ran"
    elif Decimal(repr(health.score)) < Decimal(repr(policy.min_score)):
        yield f"the health score {shown(health.score)} is below {shown(policy.min_score)}"
    if health.failed > policy.max_failures:
        yield f"{health.failed} checks failed, {policy.max_failures} may"
    if health.violations:
        yield f"the run reports {health.violations} trigger violations"


def _age(finished: datetime | None, at: datetime | None, policy: TestHealth) -> Iterator[str]:
    if finished is None or at is None:
        yield "nobody can tell how old the report is"
    elif finished > at + SKEW:
        yield "the report says that its run finished in the future"
    elif at - finished > timedelta(hours=policy.max_age_hours):
        yield f"the report is older than {policy.max_age_hours} hours"
