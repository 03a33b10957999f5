"""JSON shapes of issues and pull requests, and whether a pull request can be merged."""

from __future__ import annotations

from .commits import commits_between
from .routing import Request
from .shapes import Json, label, repo, repo_url, stamp, user
from .state import Issue, Pull, Repository


def issue(request: Request, repository: Repository, item: Issue) -> Json:
    url, page = repo_url(request, repository), f"{request.web}/{repository.full_name}"
    linked = {}
    if item.pull:
        linked = {"pull_request": {"url": f"{url}/pulls/{item.number}", "merged_at": stamp(item.pull.merged_at)}}
    kind = "pull" if item.pull else "issues"
    return {
        "id": item.id, "node_id": f"I_{item.id}", "number": item.number, "title": item.title, "body": item.body,
        "state": item.state, "user": user(request, item.user), "locked": False, "assignees": [],
        "labels": [label(request, repository, each) for each in item.labels], "comments": len(item.comments),
        "created_at": stamp(item.created_at), "updated_at": stamp(item.updated_at), "closed_at": stamp(item.closed_at),
        "url": f"{url}/issues/{item.number}", "html_url": f"{page}/{kind}/{item.number}",
        "labels_url": f"{url}/issues/{item.number}/labels{{/name}}",
        "comments_url": f"{url}/issues/{item.number}/comments", **linked,
    }  # fmt: skip


def listed(request: Request, repository: Repository, item: Issue, pull: Pull) -> Json:
    """A pull request as in a list: without mergeability and counts, which GitHub works out for single ones only."""
    shown = issue(request, repository, item)
    del shown["comments"], shown["pull_request"]
    url = f"{repo_url(request, repository)}/pulls/{item.number}"
    return {
        **shown, "node_id": f"PR_{item.id}", "url": url, "issue_url": shown["url"],
        "commits_url": f"{url}/commits", "review_comments_url": f"{url}/comments",
        "head": _side(request, pull.head_repo, pull.head_ref, pull.head_sha),
        "base": _side(request, repository, pull.base_ref, pull.base_sha),
        "draft": pull.draft, "merged_at": stamp(pull.merged_at), "merge_commit_sha": pull.merge_sha,
        "requested_reviewers": [user(request, each) for each in pull.requested],
        "requested_teams": [{"name": slug, "slug": slug} for slug in pull.requested_teams],
        "author_association": "NONE", "auto_merge": None,
    }  # fmt: skip


def single(request: Request, repository: Repository, item: Issue) -> Json:
    """A pull request on its own: with merged, mergeable, mergeable_state and counts."""
    pull = item.pull
    assert pull is not None
    mergeable = mergeable_tree(repository, pull) is not None if item.state == "open" else None
    state = {True: "draft" if pull.draft else "clean", False: "dirty", None: "unknown"}[mergeable]
    return {
        **listed(request, repository, item, pull), "merged": pull.merged_at is not None, "mergeable": mergeable,
        "mergeable_state": state, "merged_by": user(request, pull.merged_by), "comments": len(item.comments),
        "review_comments": 0, "commits": len(commits_between(repository.git, pull.base_tip, pull.head_sha)),
        "maintainer_can_modify": False, **_counts(repository, pull),
    }  # fmt: skip


def mergeable_tree(repository: Repository, pull: Pull) -> str | None:
    """The tree that merging would give, or None on conflict."""
    return repository.git.merge_trees(pull.base_tip, pull.head_sha)


def _counts(repository: Repository, pull: Pull) -> Json:
    start = repository.git.merge_base(pull.base_tip, pull.head_sha)
    rows = [] if start is None else repository.git.text("diff", "--numstat", start, pull.head_sha).splitlines()
    numbers = [row.split("\t")[:2] for row in rows]
    added, deleted = (sum(int(row[side]) for row in numbers if row[side] != "-") for side in (0, 1))
    return {"changed_files": len(numbers), "additions": added, "deletions": deleted}


def _side(request: Request, repository: Repository, ref: str, sha: str) -> Json:
    return {
        "label": f"{repository.owner}:{ref}", "ref": ref, "sha": sha,
        "user": user(request, request.world.user(repository.owner)), "repo": repo(request, repository),
    }  # fmt: skip
