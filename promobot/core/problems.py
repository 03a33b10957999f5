"""pydantic's findings in plain words: one sentence that says what stands there and what should."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from promobot.core.models import PatchStatus
from promobot.core.policy.types import AutoApplyMode
from promobot.core.values import TARGET_PATTERN

# pydantic names an enum by its class alone.
ENUMS: dict[str, type[StrEnum]] = {enum.__name__: enum for enum in (AutoApplyMode, PatchStatus)}
# What a pattern means, for those that a policy's keys have (policy/types.py, policy/evidence.py, policy/audit.py).
MEANINGS = {
    TARGET_PATTERN: "a dotted name such as risk.stop_loss, without blanks and wildcards",
    r"^[A-Za-z0-9_.*?-]+$": "a target or a glob such as portfolio.*, without blanks; * and ? are the wildcards",
    r"^[A-Za-z0-9 ._-]+$": "letters, digits, blanks and . _ -",
    r"^[A-Za-z0-9_.-]{1,64}$": "up to 64 letters, digits and . _ -",
    r"^[0-9a-f]{40}$": "a whole commit id: 40 digits and lower-case letters a to f, as git rev-parse prints it",
    r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$": "the code of a finding, as the audit prints it",
}


def plain_message(problem: Any) -> str:
    """One finding of `ValidationError.errors()` as a sentence. It never repeats the value, which is untrusted."""
    kind, context = problem["type"], problem.get("ctx", {})
    plain = {
        "date_type": "must be a date or a time without quotes, such as 2027-01-31",
        "datetime_type": "must be a date or a time without quotes, such as 2027-01-31",
        "missing": "is required and missing",
        "bool_type": "must be true or false",
        "int_type": "must be an integer",
        "float_type": "must be a number",
        "finite_number": "must be a finite number",
        "string_type": "must be a string",
        "dict_type": "must be an object (a table)",
        "tuple_type": "must be a list",
        "model_type": "must be a table",
        "too_short": "must not be empty",
    }
    if kind in plain:
        return plain[kind]
    if kind == "value_error":
        return str(context["error"])
    if kind in ("enum", "literal_error"):
        return f"must be one of {context['expected']}"
    if kind == "string_pattern_mismatch":
        meaning = MEANINGS.get(context["pattern"])
        return f"must match {context['pattern']}" + (f" ({meaning})" if meaning else "")
    if kind == "is_instance_of" and context.get("class") in ENUMS:
        return f"must be one of {', '.join(ENUMS[context['class']])}"
    message = str(problem["msg"])
    return message[:1].lower() + message[1:]
