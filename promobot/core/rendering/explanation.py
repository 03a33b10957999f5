"""A policy's explanation as a JSON document and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from promobot.core.explain import Explanation, Finding, Parameter, Severity, Verdict
from promobot.core.models import Reason
from promobot.core.policy import EligibilityGrant, PromotionPolicy, effective_mode
from promobot.core.policy.audit import Audit
from promobot.core.policy.evidence import Patches, Performance, Risk, TestHealth
from promobot.core.policy.types import AutoApplyMode
from promobot.core.rendering.text import log_line
from promobot.core.rules import AUTO_APPLY_RULES, PROPOSAL_RULES
from promobot.core.values import Scalar, shown, shown_decimal

SCHEMA_VERSION = 1
WIDTH = 80
# The caps are no rules of their own (core/rules/caps.py).
SOURCES = {rule.code: rule.source for rule in (*PROPOSAL_RULES, *AUTO_APPLY_RULES)} | {
    "quota": "[auto_apply] max_per_day",
    "over_limit": "max_per_proposal",
    "disabled": "mode",
}
HEADINGS = {
    Verdict.AUTO: "Could be applied automatically, when a person merges the proposal",
    Verdict.BY_HAND: "Only proposed; a person sets it by hand",
    Verdict.NEVER: "Never proposed",
}
MODES = {
    AutoApplyMode.DISABLED: "nothing is judged and nothing is proposed",
    AutoApplyMode.MANUAL_ONLY: "proposals are advice; every value is set by a person",
    AutoApplyMode.BOUNDED_AUTO: "merging a proposal applies the values inside their bounds; the rest is by hand",
}
OFF = {
    "risk": "off: no risk score is asked for",
    "performance": "off: no metric is asked for",
    "test_health": "off: no test report is asked for",
    "patches": "off: a patch may be of any age, and no target is on hold after a revert",
}


def explanation_json(told: Explanation) -> dict[str, Any]:
    """The explanation as data. `live` is null for text, which may be secret, and for what no patch can hold."""
    policy = told.policy
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": told.ok,
        "findings": [
            {"severity": f.severity, "code": f.code, "message": f.message, "mend": f.mend} for f in told.findings
        ],
        "parameters": [_parameter_json(parameter) for parameter in told.parameters],
        "policy": {
            "source": told.source,
            "branch": told.branch,
            "mode": policy.mode,
            "lock": policy.lock,
            "effective_mode": effective_mode(policy, None)[0],
            "max_per_proposal": policy.max_per_proposal,
            "max_per_day": policy.auto_apply.max_per_day,
            "min_confidence": policy.auto_apply.min_confidence,
            "grants": len(policy.eligibility),
            "evidence": {name: sentence is not None for name, sentence in _evidence(policy).items()},
            "audit": {
                "baseline": policy.audit.baseline,
                "require_signed": policy.audit.require_signed,
                "require_record": policy.audit.require_record,
                "allowed_keys": _keys(policy.audit),
                "acknowledged": len(policy.audit.acknowledged),
            },
        },
    }


def _parameter_json(found: Parameter) -> dict[str, Any]:
    names = ("min_value", "max_value", "max_step")
    return {
        "target": found.target,
        "live": None if isinstance(found.live, str) else found.live,
        "verdict": found.verdict,
        "reasons": [{"code": reason.code, "message": reason.message} for reason in found.reasons],
        "bounds": dict(zip(names, map(float, found.limits), strict=True)) if found.limits else None,
        "reachable": list(found.reachable) if found.reachable else None,
    }


def explanation_lines(told: Explanation) -> list[str]:
    """The explanation for a terminal or a log; no line can be taken for a workflow command."""
    lines = [f"The policy {told.source}, held against the live values of branch {told.branch}", ""]
    lines += [line for name, sentence in _sentences(told.policy) for line in _wrapped(f"  {name:<13}", sentence)]
    for verdict, heading in HEADINGS.items():
        found = [parameter for parameter in told.parameters if parameter.verdict is verdict]
        if found:
            lines += [
                "",
                f"{heading} ({len(found)})",
                *(_reached(found) if verdict is Verdict.AUTO else _barred(found)),
            ]
    for severity in Severity:
        lines += _found(severity, [finding for finding in told.findings if finding.severity is severity])
    return [log_line(line) for line in lines]


def _wrapped(start: str, text: str) -> list[str]:
    """Never broken inside a word or a name, so a long name may stand out."""
    indent = " " * len(start)
    return wrap(
        text, WIDTH, initial_indent=start, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [start]


def _sentences(policy: PromotionPolicy) -> Iterator[tuple[str, str]]:
    yield "mode", f"{policy.mode}: {MODES[policy.mode]}"
    yield "lock", "on: nothing is applied automatically, whatever the mode" if policy.lock else "off"
    for number, grant in enumerate(policy.eligibility):
        yield ("eligible" if number == 0 else ""), _grant(grant)
    if not policy.eligibility:
        yield "eligible", "nothing: there is no grant"
    auto = policy.auto_apply
    automatic = (
        f"at confidence {shown(auto.min_confidence)} or more; at most {auto.max_per_day} "
        f"value{'s' * (auto.max_per_day != 1)} may land on a UTC day, "
        f"at most {policy.max_per_proposal} in one proposal"
    )
    yield "automatic", automatic if effective_mode(policy, None)[0] is AutoApplyMode.BOUNDED_AUTO else "nothing"
    yield from ((name, sentence or OFF[name]) for name, sentence in _evidence(policy).items())
    yield "audit", _audit(policy.audit)


def _grant(grant: EligibilityGrant) -> str:
    asks = [] if grant.min_confidence is None else [f"at confidence {shown(grant.min_confidence)} or more"]
    asks += ["with meta.is_live_ready = true"] if grant.require_live_ready else []
    until = "" if grant.expires is None else f", until {grant.expires}"
    return f"{', '.join(grant.targets)} {' and '.join(asks) or 'at any confidence'}{until}"


def _evidence(policy: PromotionPolicy) -> dict[str, str | None]:
    """What a patch must show for itself: a sentence for each section of the policy, None where it is off."""
    return {
        "risk": _risk(policy.risk) if policy.risk else None,
        "performance": _performance(policy.performance) if policy.performance else None,
        "test_health": _health(policy.test_health) if policy.test_health else None,
        "patches": _patches(policy.patches),
    }


def _patches(wanted: Patches) -> str | None:
    if not (wanted.max_age_days or wanted.hold_days):
        return None
    old = f"at most {_days(wanted.max_age_days)} old, by its generated_at" if wanted.max_age_days else "of any age"
    rest = f"; a target is on hold for {_days(wanted.hold_days)} after its change was reverted"
    return f"a patch is {old}{rest if wanted.hold_days else ''}"


def _days(days: int) -> str:
    return f"{days} day{'s' * (days != 1)}"


def _risk(risk: Risk) -> str:
    weights = ", ".join(f"{name} {shown(weight)}" for name, weight in risk.weights.model_dump().items() if weight)
    window = _days(risk.window_days)
    return f"a score above {shown(risk.max_score)} of 100 is not proposed (weights: {weights}; lately: {window})"


def _performance(wanted: Performance) -> str:
    asked = []
    for name, limits in sorted(wanted.metrics.items()):
        ends = [f"{sign} {shown(end)}" for sign, end in ((">=", limits.min), ("<=", limits.max)) if end is not None]
        asked.append(f"{name} {' and '.join(ends)}" + ("" if limits.required else " where it is given"))
    told = [f"meta.metrics must show {', '.join(asked)}"] if asked else []
    if wanted.cool_down_days:
        told.append(f"a target rests for {_days(wanted.cool_down_days)} after its change was taken back")
    return "; ".join(told) or "on, but it asks for nothing"


def _health(wanted: TestHealth) -> str:
    hours = f"{wanted.max_age_hours} hour{'s' * (wanted.max_age_hours != 1)}"
    return (
        f"{wanted.report} is at most {hours} old, with a score of at least {shown(wanted.min_score)} "
        f"and at most {wanted.max_failures} failed"
    )


def _keys(audit: Audit) -> int:
    return len(audit.allowed_ssh_keys) + len(audit.allowed_gpg_keys)


def _audit(audit: Audit) -> str:
    start = f"commit {audit.baseline[:12]}" if audit.baseline else "the commit that first brought the policy"
    count = _keys(audit)
    signer = "the allowed key" if count == 1 else f"one of the {count} allowed keys"
    asked = [f"be signed by {signer}"] if audit.require_signed else []
    asked += ["have a record of who approved it"] if audit.require_record else []
    count = len(audit.acknowledged)
    known = f"; {count} finding{'s' * (count != 1)} acknowledged" if count else ""
    must = f"must {' and '.join(asked)}" if asked else "needs neither a signature nor a record"
    return f"history is proved from {start} on; a landing {must}{known}"


def _value(live: Scalar | None) -> str:
    if live is None:
        return "(no value that a patch can hold)"
    return "(text)" if isinstance(live, str) else shown(live)


def _reached(found: list[Parameter]) -> Iterator[str]:
    wide = max(len(parameter.target) for parameter in found)
    for parameter in found:
        if parameter.reachable and parameter.limits:
            low, high = map(shown, parameter.reachable)
            least, most, step = map(shown_decimal, parameter.limits)
            now = f"{_value(parameter.live)}, next {low} .. {high}"
            yield from _wrapped(f"  {parameter.target:<{wide}}  ", f"{now} (bounds {least} .. {most}, step {step})")


def _barred(found: list[Parameter]) -> Iterator[str]:
    """Parameters barred for the same reasons stand together."""
    groups: dict[tuple[Reason, ...], list[str]] = {}
    for parameter in found:
        groups.setdefault(parameter.reasons, []).append(f"{parameter.target} {_value(parameter.live)}")
    for reasons, named in groups.items():
        yield from _wrapped("  ", ", ".join(named))
        for reason in reasons:
            yield from _wrapped("      ", f"{reason.code}: {reason.message}{_key(reason)}")


def _key(reason: Reason) -> str:
    """The keys of the policy that a reason comes from; some rules are the bot's own and have none."""
    source = SOURCES.get(reason.code, "")
    keys = ", ".join(part for part in source.split(", ") if not part.startswith(("DESIGN", "the seed")))
    return f" (by {keys})" if keys else ""


def _found(severity: Severity, findings: list[Finding]) -> Iterator[str]:
    if findings:
        yield ""
    for finding in findings:
        start = f"{severity}: " + (f"{finding.code}: " if finding.mend else "")
        yield from wrap(start + finding.message, WIDTH, subsequent_indent="    ", break_long_words=False)
        if finding.mend:
            yield from _wrapped("    mend: ", finding.mend)
