"""Files and directories of a revision."""

from __future__ import annotations

import base64

from .. import shapes
from ..errors import not_found
from ..routing import REPO, Request, Response, route
from ..state import Repository

INLINE_LIMIT = 1024 * 1024
KINDS = {"blob": "file", "tree": "dir", "commit": "submodule"}


@route("GET", REPO + "/contents/{path:path}")
def get_contents(request: Request) -> Response:
    """A file, or a list for a directory, at `ref` (default: the default branch). Symbolic links are shown as files."""
    repository, path = request.repo, request.params["path"].strip("/")
    ref = request.query.get("ref") or repository.default_branch
    commit = repository.git.resolve(ref, "commit")
    if commit is None:
        raise not_found(f"No commit found for the ref {ref}")
    rows = _rows(repository, commit, path)
    if not rows:
        raise not_found()
    if rows[0][1] != "tree":
        return Response(200, _file(request, repository, commit, rows[0]))
    return Response(200, [_entry(request, repository, row) for row in _rows(repository, commit, f"{path}/")])


def _rows(repository: Repository, commit: str, path: str) -> list[tuple[str, str, str, int]]:
    """(path, kind, object, size in bytes) as git lists them; a path that ends in "/" lists what is inside."""
    listing = repository.git.text("ls-tree", "-z", "-l", "--full-tree", commit, "--", path)
    rows = []
    for row in listing.split("\0")[:-1]:
        head, name = row.split("\t", 1)
        _, kind, sha, size = head.split()
        rows.append((name, kind, sha, int(size) if kind == "blob" else 0))
    return rows


def _entry(request: Request, repository: Repository, row: tuple[str, str, str, int]) -> shapes.Json:
    path, kind, sha, size = row
    return {
        "path": path, "name": path.rsplit("/", 1)[-1], "type": KINDS[kind], "sha": sha, "size": size,
        "url": f"{shapes.repo_url(request, repository)}/contents/{path}",
        "git_url": f"{shapes.repo_url(request, repository)}/git/{kind}s/{sha}",
    }  # fmt: skip


def _file(request: Request, repository: Repository, commit: str, row: tuple[str, str, str, int]) -> shapes.Json:
    """Above 1 MiB GitHub leaves the content out and says encoding "none"."""
    data = repository.git.read(commit, row[0]) or b""
    inline = len(data) <= INLINE_LIMIT
    content = {"encoding": "base64", "content": base64.encodebytes(data).decode()}
    return {**_entry(request, repository, row), **(content if inline else {"encoding": "none", "content": ""})}
