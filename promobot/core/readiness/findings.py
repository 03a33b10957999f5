"""What was seen -> findings: what the promise rests on, and whether it stands."""

from __future__ import annotations

from collections.abc import Iterator

from promobot.core.explain.findings import Finding, Severity
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.types import AutoApplyMode
from promobot.core.readiness.limits import limits
from promobot.core.readiness.seen import ForgeSeen, TreeSeen
from promobot.core.readiness.settings import branch_answers, bypass_answers, forge_answers
from promobot.core.readiness.tree import tree_answers
from promobot.core.readiness.verdicts import Answer


def readiness(policy: PromotionPolicy, forge: ForgeSeen, tree: TreeSeen) -> Iterator[Finding]:
    """Every point that the promise rests on, one finding each, and what they come to.

    What is missing is an error where the policy lets values be applied automatically (mode bounded_auto), else a
    warning. What could not be seen is `unknown`, with the permission that is needed; what no setting helps against is
    a note.
    """
    counts = policy.mode is AutoApplyMode.BOUNDED_AUTO
    answers = (
        *branch_answers(forge),
        *bypass_answers(forge),
        *forge_answers(forge),
        *tree_answers(policy, forge, tree),
    )
    yield from (answer.finding(counts) for answer in answers)
    yield from limits(forge)
    yield _summary(answers, counts)


def _summary(answers: tuple[Answer, ...], counts: bool) -> Finding:
    missing = [answer.code for answer in answers if answer.missing]
    unseen = [answer.code for answer in answers if answer.unseen]
    ready = "ready for bounded_auto"
    if missing:
        message = f"not {ready}: {', '.join(missing)}" + (f"; not seen: {', '.join(unseen)}" if unseen else "")
        mend = (
            'mend each of them, or set mode = "manual_only" until then' if counts else "mend each before raising mode"
        )
        return Finding(Severity.ERROR if counts else Severity.NOTE, "bounded_auto", message, mend)
    if unseen:
        mend = "run doctor with a token that may see them, or look for yourself"
        message = f"nothing is known to be missing, but whether it is {ready} was not seen: {', '.join(unseen)}"
        return Finding(Severity.UNKNOWN, "bounded_auto", message, mend)
    return Finding(Severity.OK, "bounded_auto", f"all that it rests on stands: {ready}")
