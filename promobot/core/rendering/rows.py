"""One accepted decision as one row of the checklist's table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from promobot.core.models import PromotionDecision
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.bounds import Limits, strictest
from promobot.core.rendering.text import code, prose, value_cell
from promobot.core.values import as_decimal, shown, shown_decimal


def header(policy: PromotionPolicy) -> tuple[str, str]:
    """The table's two head lines; the risk has a column where the policy asks for a score."""
    columns = {
        "Parameter": ":--",
        "Live": "--:",
        "Proposed": "--:",
        "Change": ":--",
        "Bounds": ":--",
        "Confidence": "--:",
        **({"Risk": "--:"} if policy.risk else {}),
        "On merge": ":--",
    }
    return _row(columns), _row(columns.values())


def accepted_row(equal: Sequence[PromotionDecision], policy: PromotionPolicy) -> str:
    """One row below `header`.

    `equal` are the patches that ask for the same change; the first speaks for all, the others are counted.
    """
    decision = equal[0]
    bounds = strictest(policy.bounds_of(decision.target, decision.candidate.tags))
    score = decision.candidate.patch.confidence_score
    return _row(
        (
            code(decision.target) + (f" ({len(equal)} equal patches)" if len(equal) > 1 else ""),
            value_cell(decision.live_value),
            value_cell(decision.new_value),
            _change(decision, bounds),
            _bounds(decision, bounds),
            "missing" if score is None else code(shown(score)),
            *([_risk(decision, policy)] if policy.risk else []),
            _on_merge(decision),
        )
    )


def accepted_line(equal: Sequence[PromotionDecision], policy: PromotionPolicy) -> str:
    """The same for a narrow screen, where a table's right half is out of sight: the step, and how near the bounds."""
    decision = equal[0]
    bounds = strictest(policy.bounds_of(decision.target, decision.candidate.tags))
    step = f"{code(decision.target)} {value_cell(decision.live_value)} → {value_cell(decision.new_value)}"
    if not decision.auto_apply:
        return f"- {step}, {_on_merge(decision)}"
    score = decision.candidate.patch.confidence_score
    sure = "" if score is None else f"; confidence {code(shown(score))}"
    risk = f"; risk {_risk(decision, policy)}" if policy.risk else ""
    return f"- {step}, **applied**: change {_change(decision, bounds)}; bounds {_bounds(decision, bounds)}{sure}{risk}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _risk(decision: PromotionDecision, policy: PromotionPolicy) -> str:
    """The score and the highest that the policy proposes."""
    if decision.risk is None or policy.risk is None:
        return "none"
    return f"{code(shown_decimal(decision.risk.score))} of {shown_decimal(Decimal(repr(policy.risk.max_score)))}"


def _change(decision: PromotionDecision, bounds: Limits | None) -> str:
    live, new = as_decimal(decision.live_value), as_decimal(decision.new_value)
    if live is None or new is None:
        return "new" if decision.live_value is None else "changed"
    step = code(f"{'+' if new > live else '-'}{shown_decimal(abs(new - live))}")
    return step if bounds is None else f"{step} of ±{shown_decimal(bounds[2])}"


def _bounds(decision: PromotionDecision, bounds: Limits | None) -> str:
    """The bounds, and how far the proposed value is inside (or outside) the nearer of them."""
    if bounds is None:
        return "none"
    low, high, _ = bounds
    text = f"{shown_decimal(low)} to {shown_decimal(high)}"
    new = as_decimal(decision.new_value)
    if new is None:
        return text
    room = min(new - low, high - new)
    return f"{text}, {code(shown_decimal(abs(room)))} {'inside' if room >= 0 else 'outside'}"


def _on_merge(decision: PromotionDecision) -> str:
    if decision.auto_apply:
        return "**applied**"
    return f"by hand: {'; '.join(prose(reason.message) for reason in decision.auto_apply_reasons)}"
