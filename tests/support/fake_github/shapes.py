"""JSON shapes of users, repositories, labels, comments, reviews and commits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .commits import Person, read_commit
from .routing import Request
from .state import Comment, Issue, Label, Repository, Review, User

Json = dict[str, Any]


def stamp(when: datetime | None) -> str | None:
    return None if when is None else when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user(request: Request, account: User | None) -> Json | None:
    if account is None:
        return None
    return {
        "login": account.login, "id": account.id, "node_id": f"U_{account.id}",
        "type": "Bot" if account.is_bot else "User", "site_admin": False,
        "url": f"{request.api}/users/{account.login}", "html_url": f"{request.web}/{account.login}",
    }  # fmt: skip


def repo_url(request: Request, repository: Repository) -> str:
    return f"{request.api}/repos/{repository.full_name}"


def repo(request: Request, repository: Repository) -> Json:
    web = f"{request.web}/{repository.full_name}"
    return {
        "id": repository.id, "node_id": f"R_{repository.id}", "name": repository.name,
        "full_name": repository.full_name, "owner": user(request, request.world.user(repository.owner)),
        "private": False, "fork": repository.parent is not None, "url": repo_url(request, repository),
        "html_url": web, "clone_url": f"{web}.git", "default_branch": repository.default_branch,
        "allow_merge_commit": "merge" in repository.merge_methods,
        "allow_squash_merge": "squash" in repository.merge_methods,
        "allow_rebase_merge": "rebase" in repository.merge_methods,
        "delete_branch_on_merge": repository.delete_branch_on_merge,
        "open_issues_count": sum(issue.state == "open" for issue in repository.issues.values()),
    }  # fmt: skip


def label(request: Request, repository: Repository, item: Label) -> Json:
    return {
        "id": item.id, "node_id": f"LA_{item.id}", "name": item.name, "color": item.color, "default": False,
        "description": item.description, "url": f"{repo_url(request, repository)}/labels/{item.name}",
    }  # fmt: skip


def comment(request: Request, repository: Repository, issue: Issue, item: Comment) -> Json:
    return {
        "id": item.id, "node_id": f"IC_{item.id}", "user": user(request, item.user), "body": item.body,
        "created_at": stamp(item.created_at), "updated_at": stamp(item.updated_at),
        "url": f"{repo_url(request, repository)}/issues/comments/{item.id}",
        "html_url": f"{request.web}/{repository.full_name}/issues/{issue.number}#issuecomment-{item.id}",
        "issue_url": f"{repo_url(request, repository)}/issues/{issue.number}",
    }  # fmt: skip


def review(request: Request, repository: Repository, number: int, item: Review) -> Json:
    pull_url = f"{repo_url(request, repository)}/pulls/{number}"
    submitted = {} if item.submitted_at is None else {"submitted_at": stamp(item.submitted_at)}
    return {
        "id": item.id, "node_id": f"PRR_{item.id}", "user": user(request, item.user), "body": item.body,
        "state": item.state, "commit_id": item.commit_id, "pull_request_url": pull_url,
        "author_association": repository.association(item.user),
        "html_url": f"{request.web}/{repository.full_name}/pull/{number}#pullrequestreview-{item.id}", **submitted,
    }  # fmt: skip


def person(item: Person) -> Json:
    return {"name": item.name, "email": item.email, "date": stamp(item.when)}


def git_commit(request: Request, repository: Repository, sha: str) -> Json:
    """A commit as the git data API shows it. GitHub signs what Apps commit without naming an author, and merges."""
    item, url = read_commit(repository.git, sha), repo_url(request, repository)
    verified = sha in repository.verified
    return {
        "sha": sha, "node_id": f"C_{sha}", "url": f"{url}/git/commits/{sha}",
        "html_url": f"{request.web}/{repository.full_name}/commit/{sha}",
        "author": person(item.author), "committer": person(item.committer), "message": item.message.rstrip("\n"),
        "tree": {"sha": item.tree, "url": f"{url}/git/trees/{item.tree}"},
        "parents": [{"sha": parent, "url": f"{url}/git/commits/{parent}"} for parent in item.parents],
        "verification": {"verified": verified, "reason": "valid" if verified else "unsigned",
                         "signature": "signed by the fake" if verified else None, "payload": None},
    }  # fmt: skip


def commit(request: Request, repository: Repository, sha: str) -> Json:
    """A commit as the repository and pull request endpoints show it: the git data nested one level down."""
    inner, url = git_commit(request, repository, sha), repo_url(request, repository)
    outer = {key: inner.pop(key) for key in ("sha", "node_id", "html_url", "parents")}
    return {**outer, "url": f"{url}/commits/{sha}", "commit": inner, "author": None, "committer": None}
