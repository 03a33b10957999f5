"""The user, the repository and its branches."""

from __future__ import annotations

from .. import shapes
from ..errors import ApiError, not_found
from ..routing import REPO, Request, Response, route


@route("GET", "/user")
def get_user(request: Request) -> Response:
    """GitHub refuses this to Apps and to GITHUB_TOKEN: an installation is not a user."""
    if request.user.is_bot:
        raise ApiError(403, "Resource not accessible by integration")
    return Response(200, shapes.user(request, request.user))


@route("GET", REPO)
def get_repo(request: Request) -> Response:
    return Response(200, shapes.repo(request, request.repo))


# Of this name only: `{branch:path}` would take /protection with it.
@route("GET", REPO + "/branches/{branch:branch}")
def get_branch(request: Request) -> Response:
    repository, name = request.repo, request.params["branch"]
    sha = repository.git.ref(f"refs/heads/{name}")
    if sha is None:
        raise not_found("Branch not found")
    ruled = any(name in rules.branches and rules.enforcement == "active" for rules in repository.settings.rulesets)
    protected = ruled or name in repository.settings.protection
    return Response(200, {"name": name, "commit": shapes.commit(request, repository, sha), "protected": protected})
