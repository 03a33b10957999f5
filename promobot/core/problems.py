"""pydantic's findings in plain words: one sentence that says what stands there and what should."""

from __future__ import annotations

from typing import Any


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
    }
    if kind == "too_short":
        return "must not be empty"
    if kind in plain:
        return plain[kind]
    if kind == "value_error":
        return str(context["error"])
    if kind in ("enum", "literal_error"):
        return f"must be one of {context['expected']}"
    if kind == "string_pattern_mismatch":
        return f"must match {context['pattern']}"
    message = str(problem["msg"])
    return message[:1].lower() + message[1:]
