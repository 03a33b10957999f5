"""The event that started a workflow, as far as the gate believes it: which commits, and what the forge says of them.

The body and the labels are the pull request's; a merge group has neither, and may hold several pull requests.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from promobot.errors import UsageError


class Event(NamedTuple):
    """`branch` is the base branch's name, `body` None where the event has none; `group`: a merge queue's."""

    base: str | None = None
    head: str | None = None
    branch: str | None = None
    body: str | None = None
    labels: frozenset[str] = frozenset()
    group: bool = False


def read_event(path: str | None) -> Event:
    """Read GITHUB_EVENT_PATH's file. An event of another kind is empty. Raises UsageError where it cannot be read."""
    if path is None:
        return Event()
    try:
        payload = json.loads(Path(path).read_bytes())
        pull, group = payload.get("pull_request"), payload.get("merge_group")
        if group is not None:
            branch = str(group["base_ref"]).removeprefix("refs/heads/")
            return Event(str(group["base_sha"]), str(group["head_sha"]), branch, group=True)
        return Event() if pull is None else _of_pull(pull)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"GITHUB_EVENT_PATH's file cannot be read ({type(error).__name__})") from error


def _of_pull(pull: dict[str, Any]) -> Event:
    labels = frozenset(str(label["name"]) for label in pull.get("labels") or ())
    return Event(
        base=str(pull["base"]["sha"]),
        head=str(pull["head"]["sha"]),
        branch=str(pull["base"]["ref"]),
        # An empty body is null there, and lacks every box.
        body=str(pull.get("body") or ""),
        labels=labels,
    )
