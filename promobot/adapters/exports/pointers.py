"""JSON pointers (RFC 6901): where in a document something stands, while it is read and afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST_OF_A_NAME = 200
"""So much of a member's name goes into a problem's pointer: a thousand problems may lie below one long name."""


def pointer_step(name: str, most: int | None = None) -> str:
    """A member's name as a step of a JSON pointer (RFC 6901), cut to so many characters."""
    shown = name if most is None or len(name) <= most else f"{name[:most]}…"
    return "/" + shown.replace("~", "~0").replace("/", "~1")


@dataclass(slots=True)
class Frame:
    """An open object or list, the member that is being read, and how many were read before it.

    `pointer` is the container's own, where somebody looks for a place inside it.
    """

    container: dict[str, Any] | list[Any]
    key: str | None = None
    duplicate: bool = False
    count: int = 0
    pointer: str | None = None

    def step(self, most: int | None = None) -> str:
        """The pointer's step to the member; none while an object's member has no name yet."""
        if isinstance(self.container, list):
            return f"/{self.count}"
        return "" if self.key is None else pointer_step(self.key, most)


def stands(document: Any, pointer: str) -> bool:
    """Whether the document has anything at a pointer, or only misses it there."""
    for step in pointer.split("/")[1:]:
        if isinstance(document, list):
            document = document[int(step)]
        elif (name := step.replace("~1", "/").replace("~0", "~")) in document:
            document = document[name]
        else:
            return False
    return True
