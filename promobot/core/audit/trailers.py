"""The Promotion-* trailers of a commit: an index for people, believed by nobody here, and a finding where they lie."""

from __future__ import annotations

from collections.abc import Iterator

from promobot.core.audit.events import NO_BLOB
from promobot.core.audit.replay import Files
from promobot.core.audit.steps import Standing, Step
from promobot.core.gate.verdict import Violation
from promobot.core.rendering.message import commit_message, trailers_of
from promobot.core.told import UNREADABLE

OVERRIDES = "Promotion-Overrides"
FREE = "Promotion-Run"
"""The address of the run, which nothing in a repository can bear out."""


def false_trailers(
    step: Step, files: Files, before: Standing, after: Standing, committed: str | None
) -> Iterator[Violation]:
    """Trailers that tell another story than the proposal's files; a merge made by a forge has none.

    `committed` is the `old..new` of the overrides in promobot's own commit (None: not known): where git merged two
    proposals' lines, a squash or a rebase lands other blobs under the message that the commit was made with.
    """
    told = trailers_of(step.message)
    told.pop(FREE, None)
    if not told:
        return
    changed = before.overrides != after.overrides
    blobs = ("none" if entry[1] == NO_BLOB else entry[1] for entry in (before.overrides, after.overrides))
    try:
        true = trailers_of(commit_message("", files.meta, "..".join(blobs) if changed else "none", None))
    except UNREADABLE:
        return
    if committed is not None and told.get(OVERRIDES) == committed:
        true[OVERRIDES] = committed
    wrong = sorted(name for name in told if told[name] != true.get(name))
    if wrong:
        yield Violation("false_trailers", f"{', '.join(wrong)}: not what the proposal's files say", files.path)


def baseless_trailers(step: Step) -> Iterator[Violation]:
    """A commit that brings no proposal and says that it does."""
    if trailers_of(step.message).keys() - {FREE}:
        message = "its message has trailers of a promotion, and it brings no proposal"
        yield Violation("false_trailers", message, None)
