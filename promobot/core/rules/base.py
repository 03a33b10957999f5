"""What a rule is: one function that answers None, or the sentence that says why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from promobot.core.facts import Facts
from promobot.core.models import DecisionStatus, PromotionCandidate, Reason

Check = Callable[[PromotionCandidate, Facts], str | None]


@dataclass(frozen=True)
class Rule:
    """A governance rule: a stable code, a title for people, what its failure means, and its check.

    The check's docstring says why the rule exists; `source` names the policy key or the design rule it enforces.
    """

    code: str
    title: str
    source: str
    status: DecisionStatus
    check: Check

    def reason(self, candidate: PromotionCandidate, facts: Facts) -> Reason | None:
        """The reason against the candidate, or None."""
        message = self.check(candidate, facts)
        return None if message is None else Reason(self.code, message)


def _rule(status: DecisionStatus) -> Callable[[str, str], Callable[[Check], Rule]]:
    def described(title: str, source: str) -> Callable[[Check], Rule]:
        def made(check: Check) -> Rule:
            return Rule(check.__name__, title, source, status, check)

        return made

    return described


# The rule's code is the name of its function.
policy_rule = _rule(DecisionStatus.REJECTED_BY_POLICY)
sanity_rule = _rule(DecisionStatus.REJECTED_BY_SANITY_CHECK)
by_hand_rule = _rule(DecisionStatus.ACCEPTED_FOR_PROPOSAL)
