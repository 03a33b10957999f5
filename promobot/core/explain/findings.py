"""What in a policy, or in what it governs, a person should look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum

from promobot.core.base_state import BaseState
from promobot.core.explain.ideal import ask, ideal_candidate
from promobot.core.explain.parameters import Parameter, Verdict, parameter
from promobot.core.facts import Facts, leaves
from promobot.core.models import Reason
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.sections import Blacklist
from promobot.core.policy.types import AutoApplyMode, matches
from promobot.core.rules.blacklist import blacklisted_target
from promobot.core.rules.bounds import above_max, below_min
from promobot.core.rules.sanity import hard_limit
from promobot.core.values import shown, shown_decimal

SOON = timedelta(days=30)
"""How long before its end a grant is named, so that there is time for a reviewed merge."""


class Severity(StrEnum):
    """`error` makes doctor fail; `ok` says that something was looked at and is well; `unknown` that it could not be."""

    ERROR = "error"
    WARNING = "warning"
    UNKNOWN = "unknown"
    NOTE = "note"
    OK = "ok"


@dataclass(frozen=True)
class Finding:
    """One thing to look at: a stable code, what was found, and what to do about it (empty for `ok`)."""

    severity: Severity
    code: str
    message: str
    mend: str = ""


def _warning(code: str, message: str, mend: str) -> Finding:
    return Finding(Severity.WARNING, code, message, mend)


def policy_findings(state: BaseState, facts: Facts, told: tuple[Parameter, ...]) -> Iterator[Finding]:
    """Everything that the policy and the live values by themselves show."""
    yield from _grants(facts)
    if state.base_config is None:
        path = state.policy.paths.base_config
        yield _warning(
            "no_base_config",
            f"there is no {path} on the base branch, so a misspelt target cannot be told from a new one",
            "merge the live system's config there, or name it in [paths] base_config",
        )
    else:
        yield from _unmatched(facts, [parameter.target for parameter in told])
        yield from _twice(state)
    for found in told:
        yield from _outside(found, facts)
    yield from (
        _warning("ignored_override", f"{target}: the live system ignores the override: {why}", "mend or remove it")
        for target, why in state.ignored.items()
    )
    if facts.policy.performance and not (facts.policy.performance.metrics or facts.policy.performance.cool_down_days):
        yield _warning("asks_nothing", "[performance] stands there and asks for nothing", "add metrics or remove it")
    yield from _nothing_automatic(facts, told)


def for_now(ideal: Iterable[Parameter], today: Facts) -> Iterator[Finding]:
    """What stands in the way today although the policy allows it: the quota, a rest, the tests."""
    held: dict[Reason, list[str]] = {}
    for allowed in ideal:
        if allowed.verdict is not Verdict.NEVER:
            now = _today(allowed, today)
            for reason in (*now.reasons, *_narrower(allowed, now)):
                if reason not in allowed.reasons:
                    held.setdefault(reason, []).append(allowed.target)
    for reason, targets in held.items():
        named = ", ".join(targets[:5]) + (f" and {len(targets) - 5} more" if len(targets) > 5 else "")
        yield _warning(
            "not_today", f"{reason.code}: {reason.message} ({named})", "wait until it ends, or mend what it names"
        )


def _today(allowed: Parameter, today: Facts) -> Parameter:
    """For a target that nothing happened to lately one question is enough: its way is as long as ever."""
    ends = [end for end in allowed.reachable or () if end != allowed.live]
    if not ends or allowed.target in today.lately.changed or allowed.target in today.lately.taken_back:
        return parameter(allowed.target, today)
    decision = ask(allowed.target, ends[0], today)
    reasons = () if decision is None else decision.reasons or decision.auto_apply_reasons
    return replace(allowed, reasons=reasons, reachable=None if reasons else allowed.reachable)


def _narrower(allowed: Parameter, now: Parameter) -> Iterator[Reason]:
    """The risk of a target that changed lately leaves it less room."""
    if now.reachable is not None and now.reachable != allowed.reachable:
        low, high = now.reachable
        yield Reason("risk", f"changes of the last days count, so today it is {shown(low)} .. {shown(high)}")


def _grants(facts: Facts) -> Iterator[Finding]:
    at = facts.evaluated_at
    if not facts.policy.eligibility:
        mend = "add [[eligibility]] targets = [...] for what the loop may propose"
        yield _warning("no_grant", "no [[eligibility]] grants anything, so nothing is ever proposed", mend)
    for number, grant in enumerate(facts.policy.eligibility):
        name = f"eligibility[{number}] ({', '.join(grant.targets)})"
        if not grant.in_force(at):
            yield _warning("expired_grant", f"{name} ended on {grant.expires}", "renew or remove it")
        elif at is not None and not grant.in_force(at + SOON):
            mend = "renew it by a reviewed merge if it shall stay"
            yield _warning("expiring_grant", f"{name} ends on {grant.expires}, within {SOON.days} days", mend)


def _unmatched(facts: Facts, targets: list[str]) -> Iterator[Finding]:
    """Globs and segments that no parameter of the base config answers to: most often a slip of the pen."""
    for key, glob in _globs(facts.policy):
        if not any(matches(target, (glob,)) for target in targets):
            yield _no_match(key, glob, targets)
    for entry in facts.policy.blacklist.targets:
        alone = replace(facts, policy=PromotionPolicy(blacklist=Blacklist(targets=(entry,))))
        candidates = (ideal_candidate(target, 0, facts) for target in targets)
        if not any(candidate and blacklisted_target.reason(candidate, alone) for candidate in candidates):
            yield _no_match("blacklist.targets", entry, targets)


def _globs(policy: PromotionPolicy) -> Iterator[tuple[str, str]]:
    for number, grant in enumerate(policy.eligibility):
        yield from ((f"eligibility[{number}].targets", glob) for glob in grant.targets)
    for number, bounds in enumerate(policy.bounds_for):
        yield from ((f"bounds_for[{number}].targets", glob) for glob in bounds.targets)
    yield from (("auto_apply.allow", glob) for glob in policy.auto_apply.allow or ())


def _no_match(key: str, glob: str, targets: list[str]) -> Finding:
    # `portfolo.*` is nearest to a folder of parameters, `portfolio.levrage` to one of them.
    folders = {".".join(target.split(".")[:length]) for target in targets for length in range(1, target.count(".") + 1)}
    near = get_close_matches(glob.removesuffix(".*"), sorted({*targets, *folders}), 1)
    mend = "correct it, or remove it if it is kept for a parameter to come"
    suggested = f"did you mean {near[0]}{'.*' if glob.endswith('.*') else ''}? " if near else ""
    return _warning("matches_nothing", f"{key}: {glob} matches no parameter of the base config", suggested + mend)


def _twice(state: BaseState) -> Iterator[Finding]:
    known = state.live.base or {}
    for target in dict.fromkeys(path for path, _ in leaves(state.base_config or {}) if path not in known):
        mend = "keep one spelling; until then nobody can set it"
        yield _warning("spelled_twice", f"{target} stands in the base config quoted and nested at once", mend)


def _outside(found: Parameter, facts: Facts) -> Iterator[Finding]:
    """Ask the rules about the live value itself."""
    candidate = None if found.live is None else ideal_candidate(found.target, found.live, facts)
    if candidate is None:
        return
    if found.limits and found.limits[0] > found.limits[1]:
        low, high = (shown_decimal(limit) for limit in found.limits[:2])
        yield _warning(
            "bounds_exclude",
            f"{found.target} must satisfy bounds that exclude each other (at least {low}, at most {high})",
            "give it bounds of its own: [[bounds_for]] targets = [...]",
        )
        return
    for rule, code in ((hard_limit, "live_above_hard_limit"), (below_min, "live_outside"), (above_max, "live_outside")):
        reason = rule.reason(candidate, facts)
        if reason is not None and found.live is not None:
            said = reason.message.removeprefix("the value is ")
            mend = "bring the live value back by a reviewed change, or move the limit to where it is meant"
            yield _warning(code, f"{found.target}: the live value {shown(found.live)} is {said}", mend)


def _nothing_automatic(facts: Facts, told: tuple[Parameter, ...]) -> Iterator[Finding]:
    if any(parameter.verdict is Verdict.AUTO for parameter in told):
        return
    message = "nothing could ever be applied automatically under this policy"
    if facts.mode is not AutoApplyMode.BOUNDED_AUTO:
        key = "lock = true" if facts.policy.lock else f'mode = "{facts.policy.mode}"'
        yield Finding(Severity.NOTE, "nothing_automatic", f"{message}: {key}", "nothing, if this is meant")
    else:
        mend = 'see the reason of each parameter; if it is meant, say so with mode = "manual_only"'
        yield _warning("nothing_automatic", message, mend)
