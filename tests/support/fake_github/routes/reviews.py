"""Reviews and requests for review."""

from __future__ import annotations

from .. import pull_shape, shapes
from ..errors import ApiError, invalid, not_found, unprocessable
from ..paging import paginate
from ..routing import REPO, Request, Response, limited, route
from ..state import Review, User

STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED", None: "PENDING"}


@route("GET", REPO + "/pulls/{number:int}/reviews")
def list_reviews(request: Request) -> Response:
    repository, (issue, pull) = request.repo, request.pull
    visible = [item for item in pull.reviews if item.state != "PENDING" or item.user == request.user]
    return paginate(request, visible, lambda item: shapes.review(request, repository, issue.number, item))


@route("POST", REPO + "/pulls/{number:int}/reviews")
def add_review(request: Request) -> Response:
    (issue, pull), fields, world = request.pull, request.fields(), request.world
    event = fields.get("event")
    if event not in STATES:
        raise invalid("PullRequestReview", "event")
    body = limited("PullRequestReview", "body", fields.get("body")) or ""
    if event in {"REQUEST_CHANGES", "COMMENT"} and not body:
        raise ApiError(422, "Unprocessable Entity", errors=["Body can not be blank"])
    if event in {"APPROVE", "REQUEST_CHANGES"} and issue.user == request.user:
        deed = "approve" if event == "APPROVE" else "request changes on"
        raise ApiError(422, "Unprocessable Entity", errors=[f"Can not {deed} your own pull request"])
    commit = fields.get("commit_id") or pull.head_sha
    now = None if event is None else world.now()
    review = Review(world.next_id(), request.user, STATES[event], body, commit, now)
    pull.reviews.append(review)
    if now is not None:
        pull.requested = [user for user in pull.requested if user != request.user]
        issue.updated_at = now
    return Response(200, shapes.review(request, request.repo, issue.number, review))


@route("PUT", REPO + "/pulls/{number:int}/reviews/{review:int}/dismissals")
def dismiss_review(request: Request) -> Response:
    """The review stays where it was in the list, and is of the state DISMISSED."""
    repository, (issue, pull) = request.repo, request.pull
    request.text("PullRequestReview", "message")
    found = next((item for item in pull.reviews if item.id == int(request.params["review"])), None)
    if found is None:
        raise not_found()
    if found.state not in {"APPROVED", "CHANGES_REQUESTED"}:
        raise ApiError(422, "Unprocessable Entity", errors=["Can not dismiss a commented pull request review"])
    found.state, issue.updated_at = "DISMISSED", request.world.now()
    return Response(200, shapes.review(request, repository, issue.number, found))


@route("POST", REPO + "/pulls/{number:int}/requested_reviewers")
def ask_for_review(request: Request) -> Response:
    (issue, pull), (users, teams) = request.pull, _named(request)
    if issue.user in users:
        raise unprocessable("Review cannot be requested from pull request author.")
    pull.requested += [user for user in users if user not in pull.requested]
    pull.requested_teams += [team for team in teams if team not in pull.requested_teams]
    return Response(201, pull_shape.listed(request, request.repo, issue, pull))


@route("DELETE", REPO + "/pulls/{number:int}/requested_reviewers")
def withdraw_request(request: Request) -> Response:
    (issue, pull), (users, teams) = request.pull, _named(request)
    pull.requested = [user for user in pull.requested if user not in users]
    pull.requested_teams = [team for team in pull.requested_teams if team not in teams]
    return Response(200, pull_shape.listed(request, request.repo, issue, pull))


def _named(request: Request) -> tuple[list[User], list[str]]:
    """The users and teams of the body; all are refused when one of them is no collaborator."""
    repository, fields = request.repo, request.fields()
    logins, teams = fields.get("reviewers") or [], fields.get("team_reviewers") or []
    known = {login.casefold() for login in repository.collaborators}
    if any(login.casefold() not in known for login in logins) or not repository.teams.issuperset(teams):
        raise unprocessable(
            "Reviews may only be requested from collaborators. One or more of the users or teams you specified "
            f"is not a collaborator of the {repository.full_name} repository."
        )
    return [request.world.user(login) for login in logins], list(dict.fromkeys(teams))
