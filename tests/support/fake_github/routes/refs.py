"""Git refs through the API. Each change is a compare-and-swap on the bare repository, as a push would be."""

from __future__ import annotations

from .. import shapes
from ..errors import not_found, unprocessable
from ..git import ZERO
from ..paging import paginate
from ..routing import REPO, Request, Response, route
from ..state import Repository

ONE = REPO + "/git/refs/{ref:path}"


def _shape(request: Request, repository: Repository, name: str, sha: str) -> shapes.Json:
    url = shapes.repo_url(request, repository)
    kind = repository.git.object_type(sha)
    return {
        "ref": name, "node_id": f"REF_{name}", "url": f"{url}/git/{name}",
        "object": {"type": kind, "sha": sha, "url": f"{url}/git/{kind}s/{sha}"},
    }  # fmt: skip


@route("GET", REPO + "/git/ref/{ref:path}")
def get_ref(request: Request) -> Response:
    """The ref of exactly this name."""
    repository, name = request.repo, f"refs/{request.params['ref']}"
    sha = repository.git.ref(name)
    if sha is None:
        raise not_found()
    return Response(200, _shape(request, repository, name, sha))


@route("GET", REPO + "/git/matching-refs/{ref:path}")
def matching_refs(request: Request) -> Response:
    """Every ref whose name starts with this text; an empty list when none does."""
    repository = request.repo
    rows = sorted(repository.git.refs(f"refs/{request.params['ref']}").items())
    return paginate(request, rows, lambda row: _shape(request, repository, *row))


@route("POST", REPO + "/git/refs")
def create_ref(request: Request) -> Response:
    repository, git = request.repo, request.repo.git
    name, sha = request.text("Reference", "ref"), request.text("Reference", "sha")
    if not name.startswith("refs/") or name.count("/") < 2:
        raise unprocessable("Reference name must start with 'refs/' and contain at least two slashes")
    _check_object(repository, name, sha)
    if not git.update_ref(name, sha, ZERO):
        # It exists; or else the name is malformed, or would have to be file and directory at once.
        raise unprocessable("Reference update failed" if git.ref(name) is None else "Reference already exists")
    return Response(201, _shape(request, repository, name, sha))


@route("PATCH", ONE)
def update_ref(request: Request) -> Response:
    repository, git, name = request.repo, request.repo.git, f"refs/{request.params['ref']}"
    sha, old = request.text("Reference", "sha"), git.ref(name)
    if old is None:
        raise unprocessable("Reference does not exist")
    _check_object(repository, name, sha)
    if request.fields().get("force") is not True and not git.is_ancestor(old, sha):
        raise unprocessable("Update is not a fast forward")
    if not git.update_ref(name, sha, old):
        raise unprocessable("Reference cannot be updated")
    return Response(200, _shape(request, repository, name, sha))


@route("DELETE", ONE)
def delete_ref(request: Request) -> Response:
    repository, git, name = request.repo, request.repo.git, f"refs/{request.params['ref']}"
    old = git.ref(name)
    if old is None:
        raise unprocessable("Reference does not exist")
    if name == f"refs/heads/{repository.default_branch}":
        raise unprocessable("Cannot delete this branch")
    if not git.update_ref(name, ZERO, old):
        raise unprocessable("Reference cannot be updated")
    return Response(204)


def _check_object(repository: Repository, name: str, sha: str) -> None:
    kind = repository.git.object_type(sha)
    if kind is None:
        raise unprocessable("Object does not exist")
    if name.startswith("refs/heads/") and kind != "commit":
        raise unprocessable("Reference update failed")
