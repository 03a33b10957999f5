"""An independent judge of what merging would write. It shares no code with the rules: texts, Fractions and globs only.

It knows the policy of the scene as a person reads it, and answers with every way in which a written value is unsafe.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

# DESIGN 3.2, "Default bounds" and "Hard limit": least, most, step.
BOUNDS = {"leverage": ("1.0", "2.0", "0.25"), "trigger": ("3.0", "15.0", "2.0"), "macro": ("0.0", "0.8", "0.1")}
HARD_LIMIT = {"leverage": "3.0"}
NUMBERS = (int, float)


def flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of a TOML table, as often as it is spelled."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}.")
        else:
            yield above + name, value


def overrides_in(text: str | None) -> dict[str, Any]:
    """The overrides in a text of auto.toml."""
    return dict(flat(tomllib.loads(text).get("auto_applied", {}))) if text is not None else {}


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What was set or changed, in value or in type; a key that was lost is there with None."""
    keys = [key for key in {**before, **after} if repr(before.get(key)) != repr(after.get(key))]
    return {key: after.get(key) for key in keys}


def unsafe(
    target: str, value: Any, live: Any, *, base: str | None, policy: Mapping[str, Any], patches: list[dict[str, Any]]
) -> Iterator[str]:
    """Every reason why this value must not have been written over the live one."""
    if type(value) not in NUMBERS or type(live) is not type(value):
        yield f"{value!r} in the place of {live!r}"
        return
    if base is not None and [path for path, _ in flat(tomllib.loads(base))].count(target) != 1:
        yield "no leaf of the base config, or two"
    new, old = Fraction(repr(value)), Fraction(repr(live))
    bounds = [limits for tag, limits in BOUNDS.items() if tag in target.lower()]
    if not bounds:
        yield "nobody bounded it"
    for least, most, step in bounds:
        if not Fraction(least) <= new <= Fraction(most):
            yield f"{new} is outside {least} to {most}"
        if abs(new - old) > Fraction(step):
            yield f"a step of {abs(new - old)}, more than {step}"
    if any(new > Fraction(most) for tag, most in HARD_LIMIT.items() if tag in target.lower()):
        yield "above the hard limit"
    yield from _unpermitted(target, policy)
    yield from _unasked(target, new, old, patches)


def _unpermitted(target: str, policy: Mapping[str, Any]) -> Iterator[str]:
    grants = [glob for grant in policy["eligibility"] for glob in grant["targets"]]
    if not any(target.startswith(glob.rstrip("*")) for glob in grants):
        yield "nobody granted it"
    if any(f"{target}.".startswith(f"{barred}.") for barred in policy["blacklist"]["targets"]):
        yield "blacklisted"
    if target.startswith("lab.") or "experimental" in target:
        yield "research work"
    if policy["mode"] != "bounded_auto" or policy.get("lock"):
        yield "nothing may be applied automatically"


def _unasked(target: str, new: Fraction, old: Fraction, patches: list[dict[str, Any]]) -> Iterator[str]:
    """Whether exactly this was asked for, by everybody who asked, with confidence and of the right live value."""
    asked = [one for one in patches if one["target"] == target and one["status"] in ("APPLIED_OFFLINE", "PROMOTED")]
    if not asked:
        yield "nobody asked for it"
    for one in asked:
        if type(one["new_value"]) not in NUMBERS or Fraction(repr(one["new_value"])) != new:
            yield "somebody asked for another value"
        if one.get("old_value") is not None and (
            type(one["old_value"]) not in NUMBERS or Fraction(repr(one["old_value"])) != old
        ):
            yield "found against another live value"
        if not (one.get("confidence_score") or 0) >= 0.8:
            yield "too little confidence"
        if target.startswith("ready.") and (one.get("meta") or {}).get("is_live_ready") is not True:
            yield "not called ready for live"
