"""The policy's text -> PromotionPolicy, or every error at once with its key path and the mend."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from promobot.core.policy import PromotionPolicy
from promobot.core.problems import plain_message
from promobot.errors import Detail, PolicyError


def parse_policy(data: bytes, name: str) -> PromotionPolicy:
    """Read a policy file's bytes; `name` is what messages call it. Raises PolicyError listing every error."""
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise PolicyError(f"{name} is not UTF-8 text; save it as UTF-8") from error
    except ValueError as error:
        raise PolicyError(f"{name} is not valid TOML: {error}", [Detail(str(error), name)]) from error
    except RecursionError as error:
        raise PolicyError(f"{name} nests too deeply to be a policy") from error
    try:
        return PromotionPolicy.model_validate(document)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        details = list(dict.fromkeys(_detail(problem, name) for problem in problems if not _follows(problem, problems)))
        raise PolicyError(f"{name} has {_count(details)}; nothing was done", details) from error


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
    message = plain_message(problem)
    if problem["type"] == "extra_forbidden":
        known = list(_keys_at(location[:-1]))
        near = get_close_matches(str(location[-1]), known, 1)
        message = "unknown key; " + (f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}")
    if location[:1] in (["bounds"], ["hard_limits"]) and problem["type"] == "literal_error":
        message += "; for targets of your own use [[bounds_for]] targets = [...]"
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    return Detail(message, name, path or "(the whole file)")


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
