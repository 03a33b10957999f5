"""The issue half of a pull request: read, edit, comment."""

from __future__ import annotations

from .. import pull_shape, shapes
from ..errors import invalid
from ..paging import paginate
from ..routing import REPO, Request, Response, limited, route
from ..state import Comment
from .pulls import set_state

ONE = REPO + "/issues/{number:int}"


@route("GET", ONE)
def get_issue(request: Request) -> Response:
    return Response(200, pull_shape.issue(request, request.repo, request.issue))


@route("PATCH", ONE)
def edit_issue(request: Request) -> Response:
    """title, body, state and labels; closing the issue of a pull request closes the pull request."""
    issue, repository, fields = request.issue, request.repo, request.fields()
    title = limited("Issue", "title", fields.get("title"), 256)
    body = limited("Issue", "body", fields.get("body"))
    names = fields.get("labels", [label.name for label in issue.labels])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise invalid("Issue", "labels")
    set_state(request, issue, fields.get("state"))
    issue.labels = [repository.label(name, request.world.next_id) for name in dict.fromkeys(names)]
    issue.title = title or issue.title
    issue.body = body if "body" in fields else issue.body
    issue.updated_at = request.world.now()
    return Response(200, pull_shape.issue(request, repository, issue))


@route("GET", ONE + "/comments")
def list_comments(request: Request) -> Response:
    repository, issue = request.repo, request.issue
    return paginate(request, issue.comments, lambda item: shapes.comment(request, repository, issue, item))


@route("POST", ONE + "/comments")
def add_comment(request: Request) -> Response:
    issue, now = request.issue, request.world.now()
    body = limited("IssueComment", "body", request.text("IssueComment", "body")) or ""
    comment = Comment(request.world.next_id(), request.user, body, now, now)
    issue.comments.append(comment)
    issue.updated_at = now
    return Response(201, shapes.comment(request, request.repo, issue, comment))
