"""List, open, read and edit pull requests."""

from __future__ import annotations

from typing import Any

from .. import pull_shape
from ..errors import custom, invalid
from ..paging import paginate
from ..routing import REPO, Request, Response, limited, route
from ..shapes import Json
from ..state import Issue, Pull, Repository
from ..sync import fetch_head

HEADS = "refs/heads/"


@route("GET", REPO + "/pulls")
def list_pulls(request: Request) -> Response:
    repository, query = request.repo, request.query
    found = [item for item in repository.pulls if _wanted(item, query)]
    newest_first = query.get("direction", "desc" if query.get("sort", "created") == "created" else "asc") == "desc"
    found.sort(key=_sort_key(query.get("sort", "created")), reverse=newest_first)
    return paginate(request, found, lambda item: _listed(request, repository, item))


def _listed(request: Request, repository: Repository, item: Issue) -> Json:
    assert item.pull is not None
    return pull_shape.listed(request, repository, item, item.pull)


def _wanted(item: Issue, query: Any) -> bool:
    pull = item.pull
    assert pull is not None
    state, head, base = query.get("state") or "open", query.get("head", ""), query.get("base")
    # GitHub ignores a head filter that names no owner: it lists everything instead of saying so.
    heads = head if ":" in head else None
    return (
        state in {"all", item.state}
        and (not base or pull.base_ref == base)
        and (heads is None or pull.head_label == heads)
    )


def _sort_key(sort: str) -> Any:
    if sort == "updated":
        return lambda item: (item.updated_at, item.number)
    if sort == "popularity":
        return lambda item: (len(item.comments), item.number)
    return lambda item: (item.created_at, item.number)


@route("POST", REPO + "/pulls")
def open_pull(request: Request) -> Response:
    repository, world, fields = request.repo, request.world, request.fields()
    head, base = request.text("PullRequest", "head"), request.text("PullRequest", "base")
    title = limited("Issue", "title", request.text("Issue", "title"), 256) or ""
    body = limited("Issue", "body", fields.get("body"))
    pull = _new_pull(request, repository, head, base)
    pull.draft = fields.get("draft") is True
    now, number = world.now(), max(repository.issues, default=0) + 1
    fetch_head(repository, number, pull.head_repo, pull.head_sha)
    repository.issues[number] = Issue(number, world.next_id(), request.user, title, body, now, now, pull)
    return Response(201, pull_shape.single(request, repository, repository.issues[number]))


def _new_pull(request: Request, repository: Repository, head: str, base: str) -> Pull:
    """Check what GitHub checks, in its order: both branches, an open duplicate, something to merge."""
    owner, _, ref = head.rpartition(":")
    source = request.world.fork_of(repository, owner) if owner else repository
    named = request.fields().get("head_repo")
    if isinstance(named, str):
        # GitHub asks for it where an owner has the repository and a fork of it.
        source = request.world.repository(owner or repository.owner, named)
    head_sha = source.git.ref(HEADS + ref) if source else None
    if source is None or head_sha is None:
        raise invalid("PullRequest", "head")
    base_sha = repository.git.ref(HEADS + base)
    if base_sha is None:
        raise invalid("PullRequest", "base")
    pull = Pull(source, ref, head_sha, base, base_sha, base_sha)
    if _open_twin(repository, pull):
        raise custom("PullRequest", f"A pull request already exists for {pull.head_label}.")
    if source is not repository:
        repository.git.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(source.git.path), head_sha)
    if repository.git.merge_base(base_sha, head_sha) is None:
        raise custom("PullRequest", f"The {ref} branch has no history in common with {base}")
    if repository.git.is_ancestor(head_sha, base_sha):
        raise custom("PullRequest", f"No commits between {base} and {ref}")
    return pull


def _open_twin(repository: Repository, pull: Pull) -> bool:
    same = (pull.head_repo.id, pull.head_ref, pull.base_ref)
    others = (item.pull for item in repository.pulls if item.state == "open")
    return any(other and (other.head_repo.id, other.head_ref, other.base_ref) == same for other in others)


@route("GET", REPO + "/pulls/{number:int}")
def get_pull(request: Request) -> Response:
    issue, _ = request.pull
    return Response(200, pull_shape.single(request, request.repo, issue))


@route("PATCH", REPO + "/pulls/{number:int}")
def edit_pull(request: Request) -> Response:
    """title, body, state and base. Everything is checked before anything changes."""
    (issue, pull), fields = request.pull, request.fields()
    title = limited("Issue", "title", fields.get("title"), 256)
    body = limited("Issue", "body", fields.get("body"))
    base = fields.get("base", pull.base_ref)
    base_sha = request.repo.git.ref(f"{HEADS}{base}")
    if "base" in fields and base_sha is None:
        raise invalid("PullRequest", "base")
    set_state(request, issue, fields.get("state"))
    if base_sha is not None and base != pull.base_ref:
        pull.base_ref, pull.base_sha, pull.base_tip = base, base_sha, base_sha
    issue.title = title or issue.title
    issue.body = body if "body" in fields else issue.body
    issue.updated_at = request.world.now()
    return Response(200, pull_shape.single(request, request.repo, issue))


def set_state(request: Request, issue: Issue, state: object) -> None:
    """Close or reopen an issue or a pull request, or do nothing for None and for the state it has."""
    if state not in {None, "open", "closed"}:
        raise invalid("Issue", "state")
    if state in {None, issue.state}:
        return
    if state == "closed":
        issue.close(request.world.now())
        return
    if issue.pull:
        _check_reopening(request.repo, issue.pull)
    issue.reopen(request.world.now())


def _check_reopening(repository: Repository, pull: Pull) -> None:
    head = pull.head_repo.git.ref(HEADS + pull.head_ref)
    why = None
    if pull.merged_at:
        why = "The pull request was already merged."
    elif head is None:
        why = f"The {pull.head_ref} branch has been deleted."
    elif not pull.head_repo.git.is_ancestor(pull.head_sha, head):
        why = f"The {pull.head_ref} branch was force-pushed or recreated."
    elif _open_twin(repository, pull):
        why = f"There is already an open pull request from {pull.head_label} to {pull.base_ref}."
    if why:
        raise custom("PullRequest", f"state cannot be changed. {why}", "state")
