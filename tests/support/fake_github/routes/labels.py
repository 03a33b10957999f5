"""Labels of a repository and of issues; names are compared without case."""

from __future__ import annotations

from .. import shapes
from ..errors import invalid, not_found
from ..paging import paginate
from ..routing import REPO, Request, Response, route
from ..state import Label

OF_ISSUE = REPO + "/issues/{number:int}/labels"


@route("GET", REPO + "/labels")
def list_labels(request: Request) -> Response:
    repository = request.repo
    ordered = sorted(repository.labels.values(), key=lambda item: item.name.casefold())
    return paginate(request, ordered, lambda item: shapes.label(request, repository, item))


@route("POST", REPO + "/labels")
def create_label(request: Request) -> Response:
    repository, fields, name = request.repo, request.fields(), request.text("Label", "name")
    if name.casefold() in repository.labels:
        raise invalid("Label", "name", "already_exists")
    color = fields.get("color") or "ededed"
    if len(color) != 6 or color.lower().strip("0123456789abcdef"):
        raise invalid("Label", "color")
    label = repository.label(name, request.world.next_id)
    label.color, label.description = color, fields.get("description")
    return Response(201, shapes.label(request, repository, label))


@route("GET", REPO + "/labels/{name}")
def get_label(request: Request) -> Response:
    label = request.repo.labels.get(request.params["name"].casefold())
    if label is None:
        raise not_found()
    return Response(200, shapes.label(request, request.repo, label))


@route("GET", OF_ISSUE)
def list_issue_labels(request: Request) -> Response:
    repository = request.repo
    return paginate(request, request.issue.labels, lambda item: shapes.label(request, repository, item))


@route("POST", OF_ISSUE)
def add_issue_labels(request: Request) -> Response:
    """Labels that the repository has not got yet are created by the way."""
    issue = request.issue
    return _set(request, issue.labels + _named(request))


@route("PUT", OF_ISSUE)
def set_issue_labels(request: Request) -> Response:
    return _set(request, _named(request))


@route("DELETE", OF_ISSUE)
def clear_issue_labels(request: Request) -> Response:
    _set(request, [])
    return Response(204)


@route("DELETE", OF_ISSUE + "/{name}")
def remove_issue_label(request: Request) -> Response:
    issue, name = request.issue, request.params["name"].casefold()
    left = [item for item in issue.labels if item.name.casefold() != name]
    if len(left) == len(issue.labels):
        raise not_found("Label does not exist")
    return _set(request, left)


def _named(request: Request) -> list[Label]:
    """Labels of the body: {"labels": [names or {"name": ...}]} or the bare list, both of which GitHub takes."""
    body = request.json()
    given = body.get("labels", []) if isinstance(body, dict) else body
    if not isinstance(given, list):
        raise invalid("Label", "labels")
    names = [item.get("name") if isinstance(item, dict) else item for item in given]
    if not all(isinstance(name, str) for name in names):
        raise invalid("Label", "name")
    return [request.repo.label(str(name), request.world.next_id) for name in names]


def _set(request: Request, labels: list[Label]) -> Response:
    issue, repository = request.issue, request.repo
    issue.labels = list({item.id: item for item in labels}.values())
    issue.updated_at = request.world.now()
    return Response(200, [shapes.label(request, repository, item) for item in issue.labels])
