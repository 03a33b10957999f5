"""Git trees: made from a base tree and a list of changes, and listed."""

from __future__ import annotations

from typing import Any

from .. import shapes
from ..errors import not_found, unprocessable
from ..git import ZERO, Git
from ..routing import REPO, Request, Response, route
from ..state import Repository

KINDS = {"100644": "blob", "100755": "blob", "120000": "blob", "040000": "tree", "160000": "commit"}
Step = tuple[tuple[str, ...], bytes]


@route("GET", REPO + "/git/trees/{sha:path}")
def get_tree(request: Request) -> Response:
    """A tree by its name, a commit's or a branch's; `recursive` with any value lists all levels, as on GitHub."""
    repository = request.repo
    tree = repository.git.resolve(request.params["sha"], "tree")
    if tree is None:
        raise not_found()
    return Response(200, _shape(request, repository, tree, recursive="recursive" in request.query))


@route("POST", REPO + "/git/trees")
def create_tree(request: Request) -> Response:
    repository, git, fields = request.repo, request.repo.git, request.fields()
    base, entries = fields.get("base_tree"), fields.get("tree")
    if not isinstance(entries, list) or not entries:
        raise unprocessable("Invalid tree info")
    base_tree = git.resolve(base, "tree") if isinstance(base, str) else None
    if base is not None and base_tree is None:
        raise unprocessable("base_tree is not a valid tree oid")
    steps = [step for entry in entries for step in _steps(git, base_tree, entry)]
    return Response(201, _shape(request, repository, git.with_index(base_tree, steps), recursive=False))


def _steps(git: Git, base_tree: str | None, entry: dict[str, Any]) -> list[Step]:
    """Index commands for one entry: {path, mode, type, and sha (null deletes) or content}."""
    path, mode = entry.get("path"), entry.get("mode")
    if not isinstance(path, str) or {"", ".", "..", ".git"} & set(path.lower().split("/")) or "\0" in path:
        raise unprocessable("tree.path contains a malformed path component")
    if ("sha" in entry) == ("content" in entry):
        raise unprocessable("Must supply either tree.sha or tree.content")
    forget: Step = (("rm", "-r", "--quiet", "--cached", "--ignore-unmatch", "--", f":(literal){path}"), b"")
    if entry.get("sha", "") is None:
        if base_tree is None or not git.text("ls-tree", "--full-tree", base_tree, "--", path):
            raise unprocessable("GitRPC::BadObjectState")
        return [forget]
    kind = KINDS.get(str(mode))
    if kind is None or entry.get("type", kind) != kind:
        raise unprocessable("Must supply a valid tree.mode")
    sha = _object(git, kind, entry)
    if kind == "tree":
        return [forget, (("read-tree", f"--prefix={path}/", sha), b"")]
    # A file may take the place of a directory, and the other way round: --replace clears the way.
    return [(("update-index", "--add", "--replace", "--cacheinfo", f"{mode},{sha},{path}"), b"")]


def _object(git: Git, kind: str, entry: dict[str, Any]) -> str:
    if "content" in entry:
        if kind != "blob" or not isinstance(entry["content"], str):
            raise unprocessable("tree.content is only for blobs")
        return git.write("blob", entry["content"].encode())
    sha = str(entry["sha"])
    if kind == "commit":
        return sha
    if sha == ZERO or git.object_type(sha) != kind:
        raise unprocessable(f"tree.sha {sha} is not a valid {kind}")
    return sha


def _shape(request: Request, repository: Repository, tree: str, *, recursive: bool) -> shapes.Json:
    url = f"{shapes.repo_url(request, repository)}/git"
    depth = ("-r", "-t") if recursive else ()
    listing = repository.git.text("ls-tree", "-z", "-l", "--full-tree", *depth, tree)
    rows = []
    for row in listing.split("\0")[:-1]:
        head, path = row.split("\t", 1)
        mode, kind, sha, size = head.split()
        sized = {"size": int(size)} if kind == "blob" else {}
        rows.append({"path": path, "mode": mode, "type": kind, "sha": sha, **sized, "url": f"{url}/{kind}s/{sha}"})
    return {"sha": tree, "url": f"{url}/trees/{tree}", "tree": rows, "truncated": False}
