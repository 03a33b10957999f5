"""The whole explanation of a policy over one state of the base branch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from promobot.core.base_state import BaseState
from promobot.core.explain.findings import Finding, Severity, for_now, policy_findings
from promobot.core.explain.ideal import ideal_facts
from promobot.core.explain.parameters import Parameter, parameter
from promobot.core.facts import leaves
from promobot.core.health import Health
from promobot.core.policy import PromotionPolicy


@dataclass(frozen=True)
class Explanation:
    """What a policy lets happen to every parameter, by target, and what a person should look at.

    `source` is what messages call the policy; `branch` is the base branch whose live values it is held against.
    """

    policy: PromotionPolicy
    source: str
    branch: str
    parameters: tuple[Parameter, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing found is an error."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


def explain(state: BaseState, source: str, at: datetime, health: Health | None = None) -> Explanation:
    """Explain the policy of `state` at a time (UTC). `health` is the report of the tests; None takes it for green.

    The parameters are the leaves of the base config, or, where there is none, what the overrides name. Verdicts are
    those of a day on which nothing has landed yet; what only today stands in the way is a finding.
    """
    facts = ideal_facts(state, at)
    named = state.live.overrides if state.base_config is None else dict(leaves(state.base_config))
    told = tuple(parameter(target, facts) for target in sorted(named))
    today = replace(
        facts,
        landed_today=state.landed.values_today,
        lately=state.landed.lately,
        health=facts.health if health is None else health,
    )
    findings = (*policy_findings(state, facts, told), *for_now(told, today))
    return Explanation(state.policy, source, state.branch, told, findings)
