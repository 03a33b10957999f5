"""What the gate answers: violations with stable codes, warnings, and for which commits the answer holds."""

from __future__ import annotations

from typing import NamedTuple


class Violation(NamedTuple):
    """One thing that is wrong, or, as a warning, worth knowing.

    `code` is stable. Where a value is refused by a governance rule, it is the rule's own code (DESIGN 3.3: `quota`,
    `step_too_large`, ...); all other codes are the gate's. `message` is for people, with untrusted text escaped;
    `line` counts from 1 in the merge result's file.
    """

    code: str
    message: str
    path: str | None = None
    commit: str | None = None
    line: int | None = None


class Verdict(NamedTuple):
    """The gate's answer on merging `head` into `base`, two commits.

    `merge_base` is None where there is none or several, `result` (the tree of the merge) where git could not merge.
    It holds for this one base commit: when the base moves, it must be asked for again.
    """

    violations: tuple[Violation, ...]
    warnings: tuple[Violation, ...]
    base: str
    head: str
    merge_base: str | None
    result: str | None

    @property
    def ok(self) -> bool:
        """Whether the merge may be made."""
        return not self.violations


class Touched(NamedTuple):
    """A path that differs between the base and the merge result.

    Modes are git's (0: not there), blobs its ids (all zeros: not there).
    """

    path: str
    old_mode: int
    new_mode: int
    old: str
    new: str

    @property
    def gone(self) -> bool:
        """Whether the merge takes it away."""
        return self.new_mode == 0

    @property
    def added(self) -> bool:
        """Whether the merge brings it."""
        return self.old_mode == 0
