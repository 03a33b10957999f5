"""Merge pull requests for real: merge commit, squash, rebase; on the bare repository, without a worktree."""

from __future__ import annotations

from .. import pull_shape
from ..commits import Commit, Person, commits_between, read_commit, replay, write_commit
from ..errors import ApiError, invalid, not_found
from ..git import ZERO
from ..routing import REPO, Request, Response, route
from ..state import Issue, Pull, Repository
from ..sync import mark_merged

NOT_ALLOWED = {
    "merge": "Merge commits are not allowed on this repository.",
    "squash": "Squash merges are not allowed on this repository.",
    "rebase": "Rebase merges are not allowed on this repository.",
}


@route("GET", REPO + "/pulls/{number:int}/merge")
def is_merged(request: Request) -> Response:
    if request.pull[1].merged_at is None:
        raise not_found()
    return Response(204)


@route("PUT", REPO + "/pulls/{number:int}/merge")
def merge(request: Request) -> Response:
    (issue, pull), repository, fields = request.pull, request.repo, request.fields()
    method = fields.get("merge_method") or "merge"
    if method not in NOT_ALLOWED:
        raise invalid("PullRequest", "merge_method")
    _check(repository, issue, pull, method, fields.get("sha"))
    made = {"merge": _merge_commit, "squash": _squash, "rebase": _rebase}[method](request, issue, pull)
    if made is None:
        raise ApiError(405, "Pull Request is not mergeable")
    base = f"refs/heads/{pull.base_ref}"
    if not repository.git.update_ref(base, made, pull.base_tip):
        raise ApiError(405, "Base branch was modified. Review and try the merge again.")
    pull.merged_by = request.user
    mark_merged(issue, pull, made, request.world.now())
    if repository.delete_branch_on_merge and pull.head_repo is repository:
        repository.git.update_ref(f"refs/heads/{pull.head_ref}", ZERO, pull.head_sha)
    return Response(200, {"sha": made, "merged": True, "message": "Pull Request successfully merged"})


def _check(repository: Repository, issue: Issue, pull: Pull, method: str, sha: object) -> None:
    if issue.state != "open":
        raise ApiError(405, "Pull Request is not mergeable")
    if pull.draft:
        raise ApiError(405, "Pull Request is still a draft")
    if method not in repository.merge_methods:
        raise ApiError(405, NOT_ALLOWED[method])
    if sha and sha != pull.head_sha:
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")


def _people(request: Request, issue: Issue) -> tuple[Person, Person, Person]:
    """Who merges, who opened the request, and GitHub, which commits merges and squashes made on its pages."""
    now = request.world.now()
    merger, opener = (Person(user.login, user.email, now) for user in (request.user, issue.user))
    return merger, opener, Person("GitHub", "noreply@github.com", now)


def _message(request: Request, title: str, body: str) -> str:
    """Title and body, each replaced by what the caller sent; an empty message sent is an empty body."""
    fields = request.fields()
    title, sent = fields.get("commit_title") or title, fields.get("commit_message")
    body = body if sent is None else sent
    return f"{title}\n\n{body}" if body else title


def _merge_commit(request: Request, issue: Issue, pull: Pull) -> str | None:
    git = request.repo.git
    tree = pull_shape.mergeable_tree(request.repo, pull)
    if tree is None:
        return None
    merger, _, forge = _people(request, issue)
    title = f"Merge pull request #{issue.number} from {pull.head_repo.owner}/{pull.head_ref}"
    message = _message(request, title, issue.title)
    made = write_commit(git, tree, [pull.base_tip, pull.head_sha], (merger, forge), message)
    request.repo.verified.add(made)
    return made


def _squash(request: Request, issue: Issue, pull: Pull) -> str | None:
    git = request.repo.git
    tree = pull_shape.mergeable_tree(request.repo, pull)
    if tree is None:
        return None
    _, opener, forge = _people(request, issue)
    commits = [read_commit(git, sha) for sha in commits_between(git, pull.base_tip, pull.head_sha)]
    title, body = squash_texts(issue, [commit for commit in commits if len(commit.parents) < 2], opener)
    made = write_commit(git, tree, [pull.base_tip], (opener, forge), _message(request, title, body))
    request.repo.verified.add(made)
    return made


def squash_texts(issue: Issue, commits: list[Commit], opener: Person) -> tuple[str, str]:
    """GitHub's default: of one commit its own subject and body, of several a list; other authors are credited below."""
    others = sorted({(c.author.name, c.author.email) for c in commits if c.author.email != opener.email})
    credit = "\n".join(f"Co-authored-by: {name} <{email}>" for name, email in others)
    if len(commits) == 1:
        parts = [part for part in (commits[0].body, credit) if part]
        return f"{commits[0].subject} (#{issue.number})", "\n\n".join(parts)
    listed = "\n\n".join(f"* {commit.message.strip()}" for commit in commits)
    return f"{issue.title} (#{issue.number})", f"{listed}\n\n---------\n\n{credit}" if credit else listed


def _rebase(request: Request, issue: Issue, pull: Pull) -> str | None:
    """Every commit but merges anew on the base, even where a fast-forward would do: GitHub always renews committers."""
    git, tip = request.repo.git, pull.base_tip
    merger, _, _ = _people(request, issue)
    for sha in commits_between(git, pull.base_tip, pull.head_sha):
        commit = read_commit(git, sha)
        if len(commit.parents) > 1:
            continue
        replayed = replay(git, commit, tip, merger)
        if replayed is None:
            return None
        tip = replayed
    return tip
