"""The policy's text -> PromotionPolicy, or every error at once with its key path and the mend."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from promobot.core.policy import PromotionPolicy
from promobot.core.problems import plain_message
from promobot.errors import Detail, PolicyError

BOM = b"\xef\xbb\xbf"
PLACEHOLDER = "x"
# The reader of the standard library says what stopped it; an operator asks what to do.
TOML_MENDS = (
    ("Cannot overwrite a value", "a key stands there twice, keep one of them"),
    ("Cannot declare", "a table stands there twice, put its keys under one header"),
    ("Duplicate inline table key", "a key stands there twice, keep one of them"),
    ("Exceeds the limit", "no key takes a number that long"),
    ("Expected newline or end of document", "one `key = value` a line; a decimal is written 1.5"),
    ("Invalid value", "text stands in quotes, true and false without"),
    ("Invalid statement", "a line is `key = value`, `[table]` or `# comment`"),
)
LIMIT_WORDS = {
    "greater_than_equal": ("ge", "must be at least {}"),
    "greater_than": ("gt", "must be above {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "string_too_short": ("min_length", "must not be empty"),
    "string_too_long": ("max_length", "must have at most {} characters"),
}


def parse_policy(data: bytes, name: str) -> PromotionPolicy:
    """Read a policy file's bytes; `name` is what messages call it. Raises PolicyError listing every error.

    TOML stops at its first error of form, and so does the list; of a document that TOML can read, every error is told.
    """
    document = _document(data, name)
    try:
        return PromotionPolicy.model_validate(document)
    except ValidationError as error:
        problems = _own(error.errors(include_url=False))
        details = list(dict.fromkeys(_detail(problem, name) for problem in (*problems, *_hidden(document, problems))))
        raise PolicyError(f"{name} has {_count(details)}; nothing was done", details) from error


def _document(data: bytes, name: str) -> dict[str, Any]:
    if data.startswith(BOM):
        raise PolicyError(f"{name} starts with a byte order mark; save it as UTF-8 without one")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        detail = Detail("not UTF-8 text; save the file as UTF-8", name, line=data.count(b"\n", 0, error.start) + 1)
        raise PolicyError(f"{name} is not UTF-8 text; nothing was done", [detail]) from error
    except ValueError as error:
        raise PolicyError(f"{name} is not valid TOML; nothing was done", [_syntax(str(error), name)]) from error
    except RecursionError as error:
        raise PolicyError(f"{name} nests too deeply to be a policy") from error


def _syntax(told: str, name: str) -> Detail:
    what, _, place = told.rpartition(" (at ")
    mend = next((mend for start, mend in TOML_MENDS if told.startswith(start)), "")
    line = re.match(r"line (\d+), ", place)
    end = " at the end of the file" if place.startswith("end") else ""
    return Detail(f"{what or told}{end}{'; ' * bool(mend)}{mend}", name, line=int(line[1]) if line else None)


def _own(problems: list[Any]) -> list[Any]:
    return [problem for problem in problems if not _follows(problem, problems)]


def _hidden(document: dict[str, Any], problems: list[Any]) -> list[Any]:
    """What pydantic has not looked at yet: how the keys of a table stand to each other, where one of them is wrong.

    So what is wrong is taken out, and only what the tables then say of themselves is kept. A table that lacks a
    required key is still not looked at: nobody can say how that key would stand to the others.
    """
    places = [problem["loc"] for problem in problems]
    rest = copy.deepcopy(document)
    for place in places:
        _take_out(rest, [part for part in place if part not in ("[key]", "date", "datetime")])
    try:
        PromotionPolicy.model_validate(rest)
    except ValidationError as again:
        return [p for p in again.errors(include_url=False) if p["type"] == "value_error" and not _about(p, places)]
    return []


def _about(problem: Any, places: Iterable[tuple[Any, ...]]) -> bool:
    """Whether a problem is known already, or speaks of a key that was taken out and now has its default."""
    inside = [place for place in places if place[:-1] == problem["loc"]]
    return problem["loc"] in places or any(
        re.search(rf"\b{re.escape(str(place[-1]))}\b", str(problem["msg"])) for place in inside
    )


def _take_out(table: Any, place: list[Any]) -> None:
    """An item of a list gives way to a harmless text, so that the items behind it keep their numbers."""
    for part in place[:-1]:
        if not (isinstance(table, dict) and part in table) and not (isinstance(table, list) and isinstance(part, int)):
            return
        table = table[part]
    if isinstance(table, dict) and place:
        table.pop(place[-1], None)
    elif isinstance(table, list) and isinstance(place[-1], int):
        table[place[-1]] = PLACEHOLDER


def _count(details: list[Detail]) -> str:
    return "1 error" if len(details) == 1 else f"{len(details)} errors"


def _follows(problem: Any, problems: list[Any]) -> bool:
    """Whether a problem only follows from another: what an unknown tag lacks, a list short of its bad items."""
    place = problem["loc"]
    if problem["type"] == "missing":
        return any(other["loc"] == (*place[:-1], "[key]") for other in problems)
    inside = (other["loc"] for other in problems if other["loc"] != place)
    return problem["type"] == "too_short" and any(other[: len(place)] == place for other in inside)


def _detail(problem: Any, name: str) -> Detail:
    # pydantic names the tried types of a union too; here that is only `expires`, a date or a time.
    location = [part for part in problem["loc"] if part not in ("[key]", "date", "datetime")]
    message = _in_words(problem, location)
    if problem["type"] == "extra_forbidden":
        known = list(_keys_at(location[:-1]))
        from difflib import get_close_matches  # noqa: PLC0415 only where something is wrong

        near = get_close_matches(str(location[-1]), known, 1)
        message = "unknown key; " + (f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}")
    if location[:1] in (["bounds"], ["hard_limits"]) and problem["type"] == "literal_error":
        message += "; for targets of your own use [[bounds_for]] targets = [...]"
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    return Detail(message, name, path or "(the whole file)")


def _in_words(problem: Any, location: list[Any]) -> str:
    kind, given = problem["type"], problem.get("input")
    if kind in LIMIT_WORDS:
        key, words = LIMIT_WORDS[kind]
        return words.format(f"{problem['ctx'][key]:g}")
    # `[a]` where `[[a]]` belongs is the commonest slip of all, and the other way round.
    if kind == "tuple_type":
        return (
            f"must be a list: write [[{'.'.join(map(str, location))}]]"
            if isinstance(given, dict)
            else 'must be a list: ["...", ...]'
        )
    if kind in ("model_type", "dict_type") and isinstance(given, list) and not isinstance(location[-1], int):
        return f"must be a table: write [{'.'.join(map(str, location))}]"
    return "must be a table" if kind == "dict_type" else plain_message(problem)


def _keys_at(location: list[Any]) -> Iterator[str]:
    """The keys that the model knows at a place, found by walking its own fields."""
    model: type[BaseModel] = PromotionPolicy
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            inner = next(_models_in(model.model_fields[part].annotation), None)
            model = inner or model
    yield from model.model_fields


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
