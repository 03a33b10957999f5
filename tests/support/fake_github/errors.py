"""GitHub's error answers as exceptions. Texts are GitHub's own, since clients match on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOCS = "https://docs.github.com/rest"


class ApiError(Exception):
    """An error answer: status, message, and GitHub's list of `errors` where it sends one."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Sequence[Mapping[str, Any] | str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message)
        self.status, self.message, self.errors, self.headers = status, message, errors, dict(headers or {})

    def body(self) -> dict[str, Any]:
        listed = {} if self.errors is None else {"errors": list(self.errors)}
        return {"message": self.message, **listed, "documentation_url": DOCS, "status": str(self.status)}


def not_found(message: str = "Not Found") -> ApiError:
    return ApiError(404, message)


def unprocessable(message: str) -> ApiError:
    """A 422 that carries only a sentence."""
    return ApiError(422, message)


def invalid(resource: str, field: str, code: str = "invalid", **more: str) -> ApiError:
    """GitHub's "Validation Failed" about one field; code is missing_field, invalid, already_exists, ..."""
    return ApiError(422, "Validation Failed", errors=[{"resource": resource, "code": code, "field": field, **more}])


def custom(resource: str, message: str, field: str | None = None) -> ApiError:
    """GitHub's "Validation Failed" with a sentence of its own."""
    named = {} if field is None else {"field": field}
    return ApiError(
        422, "Validation Failed", errors=[{"resource": resource, "code": "custom", **named, "message": message}]
    )
