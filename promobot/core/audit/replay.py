"""A proposal's own files, made again from what they record, on the base commit that they name.

The facts of a decision are read back from the meta; live values, policy and predecessors come from the history itself.
What another version of promobot wrote is held against today's engine by its decisions, where the major version is the
same; the bytes of another version's checklist cannot be made again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from promobot.core.base_state import BaseState, Landed
from promobot.core.changes import Change
from promobot.core.gate import artifacts
from promobot.core.gate.verdict import Violation
from promobot.core.intake import Intake
from promobot.core.lately import Lately
from promobot.core.prepared import Proposed
from promobot.core.rendering.artifacts import META, PATCHES
from promobot.core.told import UNREADABLE, Told, told_of
from promobot.core.version import __version__
from promobot.errors import PromobotError


@dataclass(frozen=True)
class Files:
    """A proposal's files as they stand in a commit. `told` is None where they cannot be understood."""

    folder: str
    found: Mapping[str, bytes]
    meta: Mapping[str, Any]
    told: Told | None
    changes: tuple[Change, ...]
    wrong: tuple[Violation, ...]

    @property
    def path(self) -> str:
        """Where the meta stands."""
        return f"{self.folder}/{META}"

    @property
    def targets(self) -> frozenset[str]:
        """Every target that the proposal speaks of, the rejected patches' too."""
        if self.told is None:
            return frozenset()
        asked = self.told.asked
        more = (patch.target for patch in asked.patches) if isinstance(asked, Intake) else asked.values
        return self.told.targets | frozenset(more)


class Made(NamedTuple):
    """What came of making a proposal again: the question's digest, and auto.toml where it is changed."""

    digest: str
    overrides: bytes | None


Remade = tuple[Made | None, tuple[Violation, ...]]
"""What was made (None: nothing), and where the files are not that."""


def read_files(folder: str, found: Mapping[str, bytes], branch: str) -> Files:
    """`found` are a proposal's files by name. What is wrong with them by themselves stands in `wrong`."""
    wrong = list(artifacts.missing(folder, found))
    meta: Mapping[str, Any] = {}
    told: Told | None = None
    changes: tuple[Change, ...] = ()
    try:
        meta = json.loads(found[META]) if META in found else {}
    except UNREADABLE:
        # Whose identity cannot be read is told below.
        meta = {}
    if META in found:
        wrong += artifacts.identity(folder, meta or found[META], branch)
    if META in found and PATCHES in found:
        try:
            changes = artifacts.changes_told(meta)
            told = told_of(meta, found[PATCHES])
        except UNREADABLE as error:
            message = f"the proposal's files cannot be understood ({type(error).__name__})"
            wrong.append(Violation("artifact_unreadable", message, f"{folder}/{PATCHES}"))
    return Files(folder, found, meta, told, changes if told else (), tuple(wrong))


def history_of(files: Files, predecessors: Mapping[str, str]) -> Landed:
    """The history that the decision rested on: predecessors as they are, the rest as the meta records it.

    Raises one of UNREADABLE.
    """
    facts = files.meta["facts"]
    at = datetime.fromisoformat(facts["evaluated_at"])
    # Only the number of changes within a window was recorded, and only it was used.
    changed = {str(target): (at,) * int(count) for target, count in facts.get("changes_lately", {}).items()}
    taken = {str(target): datetime.fromisoformat(back) for target, back in facts.get("taken_back", {}).items()}
    return Landed(predecessors=predecessors, values_today=int(facts["landed_today"]), lately=Lately(changed, taken))


def made_again(files: Files, state: BaseState, predecessors: Mapping[str, str]) -> Proposed | None:
    """What promobot makes of the same patches or wish on the state of the base commit; None: nothing."""
    if files.told is None:
        return None
    try:
        return files.told.again(replace(state, landed=history_of(files, predecessors))).proposed
    except (PromobotError, *UNREADABLE):
        return None


def remade(files: Files, state: BaseState, predecessors: Mapping[str, str]) -> Remade:
    """Make the same again on the base commit's state, and compare."""
    made = made_again(files, state, predecessors)
    told = None if made is None else Made(made.digest, made.files.get(state.policy.paths.live_overrides))
    return told, tuple(differing(files, made))


def differing(files: Files, made: Proposed | None) -> Iterator[Violation]:
    """Where the files are not what promobot makes."""
    told = files.told
    if told is None:
        return
    if major(told.engine) != major(__version__):
        return
    if made is None or made.digest != told.digest:
        yield artifacts.not_reproduced(files.folder)
    elif told.engine == __version__:
        yield from artifacts.altered(files.folder, files.found, made.files)
    elif _decisions(files.found[PATCHES]) != _decisions(made.files[f"{files.folder}/{PATCHES}"]):
        message = f"decided otherwise than promobot {__version__} decides on the same facts"
        yield Violation("other_decisions", message, f"{files.folder}/{PATCHES}")


def unproved(files: Files) -> str | None:
    """Why the files could not be made again byte by byte; None where they could."""
    told = files.told
    if told is None or told.engine == __version__:
        return None
    if major(told.engine) != major(__version__):
        return f"decided by promobot {told.engine}; {__version__} cannot compute its decisions again"
    return f"written by promobot {told.engine}; {__version__} compared the decisions, not the checklist's text"


def major(version: str) -> str:
    """The part of a version within which decisions stay the same. Before 1.0 that is the minor one, as in SemVer 4."""
    first, _, rest = version.partition(".")
    return f"0.{rest.partition('.')[0]}" if first == "0" else first


def _decisions(patches: bytes) -> list[tuple[Any, ...]] | None:
    """Who was decided how, without the words."""
    try:
        decided = [entry["decision"] for entry in json.loads(patches)["patches"]]
        return [
            (one["patch_id"], one["status"], [reason["code"] for reason in one["reasons"]], one["auto_apply"])
            for one in decided
            if one is not None
        ]
    except UNREADABLE:
        return None
