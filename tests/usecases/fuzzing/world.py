"""One cycle in memory, through the real readers: only git is replaced, by a list of files and versions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, cast

from promobot.adapters.exports import read_exports
from promobot.adapters.health_report import read_health
from promobot.adapters.repository import Entry, Repository
from promobot.core.intake import Intake
from promobot.core.policy.types import POLICY_PATH
from promobot.core.prepared import Prepared, prepare
from promobot.errors import PromobotError
from promobot.usecases.base import Elsewhere, prove_read, read_base, read_policy

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AUTO_PATH, BASE_PATH = "config/live_overrides/auto.toml", "config/config.toml"
NOTHING = "0" * 40


class World(NamedTuple):
    """Every byte that a cycle reads: the export with its suffix, and the base branch's files.

    `older` are earlier versions of the overrides, newest first, each with the days since it was replaced.
    """

    export: tuple[str, bytes]
    policy: bytes
    base: bytes | None
    auto: bytes | None
    older: list[tuple[int, bytes]]
    health: bytes | None


class Refusal(NamedTuple):
    """What a user would see."""

    kind: str
    exit_code: int
    told: str


class _Git:
    """Answers the one `git log` that is asked."""

    def __init__(self, world: World) -> None:
        self._log = b"".join(
            b"\x01%d\0\n:100644 100644 %s %s M\0%s\0"
            % (int((NOW - timedelta(days=ago)).timestamp()), blob(old).encode(), blob(new).encode(), AUTO_PATH.encode())
            for (ago, old), new in zip(world.older, [world.auto, *(data for _, data in world.older)], strict=False)
        )

    def output(self, *_: str) -> bytes:
        return self._log


def blob(data: bytes | None) -> str:
    return NOTHING if data is None else f"{hash(data) % 16**40:040x}"


class _Memory:
    """As much of `Repository` as reading a base needs."""

    def __init__(self, world: World) -> None:
        self.git = _Git(world)
        self._files = {POLICY_PATH: world.policy, BASE_PATH: world.base, AUTO_PATH: world.auto}
        versions = [world.auto, *(data for _, data in world.older)]
        self._blobs = {blob(data): data for data in versions if data is not None}

    def entry(self, _: str, path: str) -> Entry | None:
        data = self._files.get(path)
        return None if data is None else Entry(0o100644, blob(data), data)

    def blobs(self, wanted: Iterable[str]) -> dict[str, bytes]:
        return {name: self._blobs[name] for name in wanted}

    def line_of(self, commit: str) -> tuple[str, tuple[str, ...]]:
        return commit, ()

    def files_named(self, *_: str) -> list[str]:
        return []


def run(world: World, folder: Path) -> Prepared | Refusal:
    """Read, judge and render. Whatever else comes out is a defect."""
    export = folder / f"export{world.export[0]}"
    export.write_bytes(world.export[1])
    repository = cast(Repository, _Memory(world))
    try:
        intake = read_exports([str(export)])
        policy, _ = read_policy(repository, "main", NOTHING, Elsewhere())
        if policy.test_health is not None:
            intake = _with_health(intake, world, folder, policy.test_health.report)
        state = read_base(repository, "main", NOTHING, Elsewhere(), NOW)
        prepared = prepare(state, intake, None, NOW)
        if prepared.proposed is not None:
            prove_read(state, prepared.proposed, prepared.changes)
            _ = prepared.proposed.message("none", None), prepared.proposed.checklist
    except PromobotError as error:
        details: Any = [(detail.file, detail.pointer, detail.line, detail.message) for detail in error.details]
        return Refusal(type(error).__name__, error.exit_code, f"{error.message} {details}")
    return prepared


def _with_health(intake: Intake, world: World, folder: Path, report: str) -> Intake:
    place = folder / f"health{PurePosixPath(report).suffix}"
    place.unlink(missing_ok=True)
    if world.health is not None:
        place.write_bytes(world.health)
    return Intake(intake.patches, intake.files, read_health(place, place.name))
