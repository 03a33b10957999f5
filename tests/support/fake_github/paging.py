"""Lists come in pages with a Link header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from .routing import Request, Response

T = TypeVar("T")


def paginate(request: Request, items: Sequence[T], shape: Callable[[T], object]) -> Response:
    """One page of `items`, each given its shape only when it is on the page. per_page: 30, at most 100."""
    size = min(_number(request, "per_page", 30), 100)
    page = _number(request, "page", 1)
    last = max(1, -(-len(items) // size))
    body = [shape(item) for item in items[(page - 1) * size : page * size]]
    wanted = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    shown = (["prev"] if page > 1 else []) + (["next", "last"] if page < last else []) + (["first"] if page > 1 else [])
    links = ", ".join(f'<{_url(request, wanted[name])}>; rel="{name}"' for name in shown)
    return Response(200, body, {"Link": links} if links else {})


def _number(request: Request, name: str, default: int) -> int:
    value = request.query.get(name, "")
    return max(1, int(value)) if value.isdecimal() else default


def _url(request: Request, page: int) -> str:
    return f"{request.api}{request.path}?{urlencode({**request.query, 'page': str(page)})}"
