"""What a pull request holds: commits and changed files, read from git."""

from __future__ import annotations

from .. import shapes
from ..commits import commits_between
from ..git import Git
from ..paging import paginate
from ..routing import REPO, Request, Response, route

STATUS = {"A": "added", "M": "modified", "T": "changed", "D": "removed", "R": "renamed", "C": "copied"}


@route("GET", REPO + "/pulls/{number:int}/commits")
def list_commits(request: Request) -> Response:
    repository, pull = request.repo, request.pull[1]
    names = commits_between(repository.git, pull.base_tip, pull.head_sha)
    return paginate(request, names, lambda sha: shapes.commit(request, repository, sha))


@route("GET", REPO + "/pulls/{number:int}/files")
def list_files(request: Request) -> Response:
    repository, pull = request.repo, request.pull[1]
    start = repository.git.merge_base(pull.base_tip, pull.head_sha) or pull.base_tip
    url = shapes.repo_url(request, repository)

    def shape(row: tuple[str, str, str, str]) -> shapes.Json:
        return {**_file(repository.git, start, pull.head_sha, row), "contents_url": f"{url}/contents/{row[2]}"}

    return paginate(request, changed(repository.git, start, pull.head_sha), shape)


def changed(git: Git, start: str, end: str) -> list[tuple[str, str, str, str]]:
    """(status letter, blob, path, previous path or "") of every changed file, in git's order."""
    fields = iter(git.text("diff", "--raw", "-z", "--no-abbrev", "-M", start, end).split("\0")[:-1])
    rows = []
    for head in fields:
        _, _, old, new, letter = head.split(" ")
        first = next(fields)
        moved = letter[0] in "RC"
        path, previous = (next(fields), first) if moved else (first, "")
        rows.append((letter[0], new if new.strip("0") else old, path, previous))
    return rows


def _file(git: Git, start: str, end: str, row: tuple[str, str, str, str]) -> shapes.Json:
    letter, blob, path, previous = row
    text = git.text("diff", "-M", start, end, "--", *filter(None, (previous, path)))
    _, hunks, patch = text.partition("\n@@")
    lines = patch.split("\n")[1:]
    added = sum(line.startswith("+") for line in lines)
    deleted = sum(line.startswith("-") for line in lines)
    return {
        "sha": blob, "filename": path, "status": STATUS[letter], "additions": added, "deletions": deleted,
        "changes": added + deleted, **({"patch": f"@@{patch}"} if hunks else {}),
        **({"previous_filename": previous} if previous else {}),
    }  # fmt: skip
