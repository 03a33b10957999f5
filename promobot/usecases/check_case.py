"""What the gate judges at once: one step from a base commit to a merge result, and what it found there so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from promobot.adapters.merged_tree import MergedTree
from promobot.adapters.repository import Repository
from promobot.core.gate.protected import Protected
from promobot.core.gate.shape import Shape
from promobot.core.gate.verdict import Violation


@dataclass(frozen=True)
class Asked:
    """How to judge: the base branch's name, the time, and what the forge says of the pull request (None: no body).

    With `steps` the head is a merge queue's: each of its first-parent commits is judged by its content alone.
    """

    branch: str
    now: datetime
    body: str | None = None
    labels: frozenset[str] = frozenset()
    steps: bool = False


@dataclass
class Case:
    """One step. `base` is a commit, `result` a tree or commit; `head` is None where only the content is judged."""

    repository: Repository
    asked: Asked
    merged: MergedTree
    base: str
    result: str
    head: str | None
    protected: Protected
    shape: Shape
    violations: list[Violation] = field(default_factory=list)
    warnings: list[Violation] = field(default_factory=list)

    def file(self, path: str, *, base: bool = False) -> bytes | None:
        """A file of the merge result, or of the base."""
        return self.merged.file(self.base if base else self.result, path)
