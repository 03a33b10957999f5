"""Branch protection, rulesets, secrets and what Actions may do; who may see which of them."""

from __future__ import annotations

from ..errors import ApiError, not_found
from ..routing import REPO, Request, Response, route
from ..settings import Json, Ruleset

UPGRADE = "Upgrade to GitHub Pro or make this repository public to enable this feature."


def need(request: Request, permission: str) -> None:
    """Refuse as GitHub does: an App hears 403, a person who is no administrator 404."""
    settings, login = request.repo.settings, request.user.login
    if login in settings.administrators or login in settings.readers.get(permission, ()):
        return
    if request.user.is_bot:
        raise ApiError(403, "Resource not accessible by integration")
    raise not_found()


def _need_plan(request: Request) -> None:
    if not request.repo.settings.rules_in_plan:
        raise ApiError(403, UPGRADE)


@route("GET", REPO + "/branches/{branch:path}/protection")
def get_protection(request: Request) -> Response:
    need(request, "administration")
    _need_plan(request)
    repository, name = request.repo, request.params["branch"]
    if repository.git.ref(f"refs/heads/{name}") is None:
        raise not_found("Branch not found")
    if name not in repository.settings.protection:
        raise not_found("Branch not protected")
    return Response(200, repository.settings.protection[name])


@route("GET", REPO + "/rules/branches/{branch:path}")
def get_branch_rules(request: Request) -> Response:
    """Of active rulesets only, and for branches that are not there, too. Pages have no Link to tell their number."""
    _need_plan(request)
    name = request.params["branch"]
    found = [
        {**rule, "ruleset_id": ruleset.id, "ruleset_source_type": "Repository",
         "ruleset_source": request.repo.full_name}
        for ruleset in request.repo.settings.rulesets
        if ruleset.enforcement == "active" and name in ruleset.branches
        for rule in ruleset.rules
    ]  # fmt: skip
    size, page = int(request.query.get("per_page", 30)), int(request.query.get("page", 1))
    return Response(200, found[(page - 1) * size : page * size])


@route("GET", REPO + "/rulesets/{number:int}")
def get_ruleset(request: Request) -> Response:
    """Who may bypass it is shown to those who may change it."""
    settings = request.repo.settings
    found = next((each for each in settings.rulesets if each.id == int(request.params["number"])), None)
    if found is None:
        raise not_found()
    return Response(200, _ruleset(found, whole=request.user.login in settings.administrators))


def _ruleset(ruleset: Ruleset, *, whole: bool) -> Json:
    shown: Json = {
        "id": ruleset.id, "name": f"rules {ruleset.id}", "target": "branch", "enforcement": ruleset.enforcement,
        "rules": ruleset.rules, "conditions": {"ref_name": {"include": sorted(ruleset.branches), "exclude": []}},
    }  # fmt: skip
    return {**shown, "bypass_actors": ruleset.bypass} if whole else shown


@route("GET", REPO + "/actions/permissions/workflow")
def get_workflow_permissions(request: Request) -> Response:
    need(request, "administration")
    may = request.repo.settings.actions_open_pulls
    return Response(200, {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": may})


def _names(names: set[str]) -> Response:
    listed = [{"name": name, "created_at": "2026-01-01T00:00:00Z"} for name in sorted(names)]
    return Response(200, {"total_count": len(listed), "secrets": listed})


@route("GET", REPO + "/actions/secrets")
def list_secrets(request: Request) -> Response:
    need(request, "secrets")
    return _names(request.repo.settings.secrets)


@route("GET", REPO + "/actions/organization-secrets")
def list_organization_secrets(request: Request) -> Response:
    need(request, "secrets")
    return _names(request.repo.settings.organization_secrets)


@route("GET", REPO + "/codeowners/errors")
def list_codeowners_errors(request: Request) -> Response:
    """404 where there is no CODEOWNERS, which a test says with None."""
    errors = request.repo.settings.owner_errors
    if errors is None:
        raise not_found()
    return Response(200, {"errors": errors})
