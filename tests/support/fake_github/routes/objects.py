"""Git blobs and commits."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

from .. import shapes
from ..commits import Person, write_commit
from ..errors import invalid, not_found, unprocessable
from ..routing import REPO, Request, Response, route


@route("POST", REPO + "/git/blobs")
def create_blob(request: Request) -> Response:
    """`content` in the given `encoding`: utf-8 (the default) or base64."""
    fields, encoding = request.fields(), request.fields().get("encoding") or "utf-8"
    content = fields.get("content")
    if not isinstance(content, str):
        raise invalid("Blob", "content", "missing_field")
    if encoding not in {"utf-8", "base64"}:
        raise invalid("Blob", "encoding")
    try:
        data = content.encode() if encoding == "utf-8" else base64.b64decode(content)
    except (binascii.Error, UnicodeEncodeError):
        raise unprocessable("content is not valid Base64") from None
    sha = request.repo.git.write("blob", data)
    return Response(201, {"sha": sha, "url": f"{shapes.repo_url(request, request.repo)}/git/blobs/{sha}"})


@route("GET", REPO + "/git/blobs/{sha}")
def get_blob(request: Request) -> Response:
    git, sha = request.repo.git, request.params["sha"]
    if git.object_type(sha) != "blob":
        raise not_found()
    data = git.run("cat-file", "blob", sha).stdout
    url = f"{shapes.repo_url(request, request.repo)}/git/blobs/{sha}"
    return Response(
        200,
        {"sha": sha, "node_id": f"B_{sha}", "size": len(data), "url": url, "encoding": "base64",
         "content": base64.encodebytes(data).decode()},
    )  # fmt: skip


@route("GET", REPO + "/git/commits/{sha}")
def get_commit(request: Request) -> Response:
    if request.repo.git.object_type(request.params["sha"]) != "commit":
        raise not_found()
    return Response(200, shapes.git_commit(request, request.repo, request.params["sha"]))


@route("POST", REPO + "/git/commits")
def create_commit(request: Request) -> Response:
    """`author` defaults to the caller, `committer` to the author; an App that names neither gets a signed commit."""
    repository, fields = request.repo, request.fields()
    message, tree = request.text("Commit", "message"), request.text("Commit", "tree")
    parents = fields.get("parents") or []
    if repository.git.object_type(tree) != "tree":
        raise unprocessable("Tree SHA does not exist")
    if any(repository.git.object_type(str(parent)) != "commit" for parent in parents):
        raise unprocessable("Parent SHA does not exist or is not a commit object")
    caller = Person(request.user.login, request.user.email, request.world.now())
    author = _person(request, "author", caller)
    people = (author, _person(request, "committer", author))
    sha = write_commit(repository.git, tree, parents, people, message)
    if request.user.is_bot and not fields.get("author") and not fields.get("committer"):
        repository.verified.add(sha)
    return Response(201, shapes.git_commit(request, repository, sha))


def _person(request: Request, role: str, default: Person) -> Person:
    given: dict[str, Any] | None = request.fields().get(role)
    if not given:
        return default
    if not isinstance(given.get("name"), str) or not isinstance(given.get("email"), str):
        raise invalid("Commit", role, "missing_field")
    try:
        when = datetime.fromisoformat(given["date"]) if given.get("date") else default.when
    except (TypeError, ValueError):
        raise invalid("Commit", f"{role}.date") from None
    return Person(given["name"], given["email"], when)
