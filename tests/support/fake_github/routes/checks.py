"""Check runs and commit statuses: made by Apps and by anybody who may write, listed for a commit."""

from __future__ import annotations

from .. import shapes
from ..errors import ApiError, invalid, not_found
from ..paging import paginate
from ..routing import REPO, Request, Response, route
from ..shapes import Json
from ..state import CheckRun, Status

STATES = {"error", "failure", "pending", "success"}
CONCLUSIONS = {"success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required", "stale"}


def _run(request: Request, run: CheckRun) -> Json:
    app = {"id": run.app.id, "slug": run.app.login.removesuffix("[bot]"), "name": run.app.login}
    url = f"{shapes.repo_url(request, request.repo)}/check-runs/{run.id}"
    return {
        "id": run.id, "node_id": f"CR_{run.id}", "url": url, "head_sha": run.head_sha, "name": run.name,
        "status": run.status, "conclusion": run.conclusion, "app": app,
    }  # fmt: skip


@route("POST", REPO + "/check-runs")
def create_run(request: Request) -> Response:
    """Only Apps may; a run with a conclusion is a completed one."""
    if not request.user.is_bot:
        raise ApiError(403, "You must authenticate via a GitHub App.")
    fields, conclusion = request.fields(), request.fields().get("conclusion")
    name, head = request.text("CheckRun", "name"), request.text("CheckRun", "head_sha")
    if conclusion is not None and conclusion not in CONCLUSIONS:
        raise invalid("CheckRun", "conclusion")
    status = "completed" if conclusion else fields.get("status") or "queued"
    made = CheckRun(request.world.next_id(), head, name, request.user, status, conclusion)
    request.repo.check_runs.append(made)
    return Response(201, _run(request, made))


@route("GET", REPO + "/commits/{ref}/check-runs")
def list_runs(request: Request) -> Response:
    """`filter` is latest (the default: the newest of each App and name) or all. The list stands inside an object."""
    sha = _commit(request, request.params["ref"])
    runs = [run for run in reversed(request.repo.check_runs) if run.head_sha == sha]
    if request.query.get("filter", "latest") == "latest":
        newest: dict[tuple[int, str], CheckRun] = {}
        for run in runs:
            newest.setdefault((run.app.id, run.name), run)
        runs = list(newest.values())
    page = paginate(request, runs, lambda run: _run(request, run))
    return Response(page.status, {"total_count": len(runs), "check_runs": page.body}, page.headers)


def _status(request: Request, status: Status) -> Json:
    return {
        "id": status.id, "node_id": f"SC_{status.id}", "context": status.context, "state": status.state,
        "creator": shapes.user(request, status.creator), "description": None, "target_url": None,
        "url": f"{shapes.repo_url(request, request.repo)}/statuses/{status.sha}",
    }  # fmt: skip


@route("POST", REPO + "/statuses/{sha}")
def create_status(request: Request) -> Response:
    fields, sha = request.fields(), _commit(request, request.params["sha"])
    if fields.get("state") not in STATES:
        raise invalid("Status", "state")
    made = Status(request.world.next_id(), sha, fields.get("context") or "default", fields["state"], request.user)
    request.repo.statuses.append(made)
    return Response(201, _status(request, made))


@route("GET", REPO + "/statuses/{sha}")
def list_statuses(request: Request) -> Response:
    """Every status of a commit, the newest first."""
    sha = _commit(request, request.params["sha"])
    found = [status for status in reversed(request.repo.statuses) if status.sha == sha]
    return paginate(request, found, lambda status: _status(request, status))


def _commit(request: Request, ref: str) -> str:
    if request.repo.git.object_type(ref) != "commit":
        raise not_found("No commit found for SHA: " + ref)
    return ref
