"""A clone's history -> the judged chronicle: what lies behind the baseline is recalled, everything after it judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TypeVar

from promobot.adapters.repository import Repository
from promobot.adapters.repository.chronicle import PLAIN, History
from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.history import HistoryStep, history_steps, landed_metas
from promobot.core.audit.events import NO_BLOB, Chronicle, Landing, Moment, Switch
from promobot.core.audit.line import Line
from promobot.core.audit.steps import Standing, Step, entry_of
from promobot.core.gate.protected import POLICY
from promobot.core.gate.shape import NAMES, REGULAR
from promobot.core.gate.verdict import Violation
from promobot.core.landed import landed_proposal
from promobot.core.lately import moved_values
from promobot.core.rendering.artifacts import META
from promobot.errors import PolicyError, RepositoryRefused
from promobot.usecases.audit.ahead import ENOUGH, Ahead, Order, claimed, claimed_path
from promobot.usecases.audit.shelves import Shelves

WINDOW = 128
"""How many commits are judged at once: their files are read in one call of git, and together they fit into memory."""

Kind = TypeVar("Kind", Step, HistoryStep)

Progress = Callable[[int, int], None]
"""(commits judged, commits in all)"""


def judged(repository: Repository, branch: str, head: str, baseline: str, progress: Progress) -> Chronicle:
    """Judge every commit of `head` that `baseline` does not have; both are full ids. Raises RepositoryRefused."""
    history = History(repository, head, baseline)
    topology = history.topology()
    with Ahead() if topology.commits > ENOUGH else nullcontext() as ahead:
        shelves = Shelves(repository, topology.start, ahead)
        line = Line(branch, shelves)
        _recall(line, shelves, repository, topology.start)
        if not topology.passes:
            told = "the first-parent line does not pass the baseline"
            line.findings.append(Violation("baseline_off_line", told, None, baseline))
        done = 0
        for steps in _read_ahead(_windows(history.steps(topology)), shelves, line, ahead):
            for step in steps:
                line.take(step)
            done += len(steps)
            progress(done, topology.commits)
    if done != topology.commits:
        raise RepositoryRefused(f"git told of {done} of {topology.commits} commits and then of no more; run git fsck")
    line.end()
    given = shelves.values(shelves.standing(topology.start).overrides[1]) or {}
    return Chronicle(
        head=head,
        baseline=baseline,
        commits=topology.commits,
        events=tuple(line.events),
        findings=tuple(line.findings),
        warnings=tuple(line.warnings),
        values=len(given),
        unproved=dict(line.judge.unproved),
    )


def first_policy(repository: Repository, head: str) -> str:
    """The oldest commit of the first-parent line that brought the policy. Raises PolicyError where none did."""
    words = ("log", "--first-parent", "--diff-merges=first-parent", "--root", "--diff-filter=A", "--no-patch",
             "--format=%H", "--no-renames", "--no-follow", "--end-of-options", head, "--",
             f":(top,literal){POLICY}")  # fmt: skip
    try:
        found = repository.git.text(*PLAIN, *words).split()
    except GitFailed as error:
        raise RepositoryRefused(f"the history cannot be read: {error}; run git fsck") from error
    if not found:
        raise PolicyError(f"no {POLICY} was ever on this branch, so there is nothing to audit; promobot init makes one")
    return found[-1]


def ill_founded(repository: Repository, first: str) -> Iterator[Violation]:
    """A first policy that comes with landed proposals is no beginning: their history is not on this line."""
    shelves = Shelves(repository, first)
    reports = shelves.protected(shelves.entry(first, POLICY)[1]).reports
    parents = repository.branch_state(first).parents
    here = set(repository.files_named(first, reports, META))
    there = set(repository.files_named(parents[0], reports, META)) if parents else set()
    if here - there:
        told = f"the policy first came with {len(here - there)} landed proposals, whose history is not on this line"
        yield Violation("baseline_off_line", f"{told}; name the true beginning in [audit] baseline", reports, first)


def _windows(steps: Iterable[Kind]) -> Iterator[list[Kind]]:
    window: list[Kind] = []
    for step in steps:
        window.append(step)
        if len(window) == WINDOW:
            yield window
            window = []
    if window:
        yield window


def _read_ahead(
    windows: Iterable[list[Step]], shelves: Shelves, line: Line, ahead: Ahead | None
) -> Iterator[list[Step]]:
    """The windows with their files on the shelves: while one is judged, the proposals of the next are made again, and
    git reads the files of the one after that."""
    read: list[tuple[list[Step], Future[dict[str, bytes]]]] = []
    ready: list[list[Step]] = []

    def prepared() -> list[Step]:
        steps, files = read.pop(0)
        shelves.keep(files.result())
        if ahead is not None:
            line.foresee(steps)
            ahead.order(_orders(steps, shelves, line))
        return steps

    with ThreadPoolExecutor(1) as reader:
        for steps in windows:
            read.append((steps, reader.submit(shelves.read, list(_wanted(steps, line)))))
            if len(read) > 1:
                ready.append(prepared())
            if len(ready) > 1:
                yield ready.pop(0)
        while read:
            ready.append(prepared())
        yield from ready


def _orders(steps: Iterable[Step], shelves: Shelves, line: Line) -> Iterator[tuple[Standing, Order]]:
    """The proposals in these commits, as they will be asked for; those that stand in several only once."""
    ordered: set[str] = set()
    for step in steps:
        folders = {one.path.rpartition("/")[0] for one in step.touched if one.added and one.path.endswith(f"/{META}")}
        for folder in folders - ordered:
            inside = {one.path.rpartition("/")[2]: one for one in step.touched if one.path.startswith(f"{folder}/")}
            blobs = {name: one.new for name, one in inside.items() if name in NAMES and one.new_mode == REGULAR}
            found = {name: shelves.data(blob) for name, blob in blobs.items()}
            told = claimed(found.get(META, b""))
            standing = None if told is None else line.holds.get(told[0])
            if told is None or standing is None or standing.policy[1] == NO_BLOB:
                continue
            policy, overrides, config = (
                shelves.file(entry) for entry in (standing.policy, standing.overrides, standing.config)
            )
            if policy is not None:
                ordered.add(folder)
                yield standing, Order(line.branch, told[0], folder, found, policy, overrides, config, told[1])


def _wanted(steps: Iterable[Step], line: Line) -> Iterator[str]:
    """The files that judging these commits will ask for; what is forgotten here is read one by one."""
    places = {POLICY, *(event.overrides.path for event in line.events[-1:] if isinstance(event, Landing))}
    protected = line.library.protected(NO_BLOB)
    places |= set(protected.files())
    for step in steps:
        for one in step.touched:
            if one.path in places or one.path.rpartition("/")[2] in NAMES:
                yield entry_of(one.new_mode, one.new)[1]


def _recall(line: Line, shelves: Shelves, repository: Repository, start: str) -> None:
    """What landed up to the baseline is believed: it is the ground on which the rest is judged."""
    standing = line.holds[start] = shelves.standing(start)
    protected = shelves.protected(standing.policy[1])
    steps = list(history_steps(repository, start, protected.overrides, protected.reports, by_graph=False))
    metas = landed_metas(repository, (blob for step in steps for _, blob in step.added))
    for window in _windows(reversed(steps)):
        shelves.keep(shelves.read(blob for step in window for blob in step.overrides or ()))
        for step in window:
            _recall_step(line, shelves, step, metas, protected.overrides, whole=step is steps[0])
    memory = line.memory
    memory.begin(start)
    memory.standing = {path.split("/")[-2] for path in repository.files_named(start, protected.reports, META)}
    memory.parent_date = _date(repository, start)
    if isinstance(memory.latest, Landing) and (not steps or memory.latest.at.commit != steps[0].commit):
        memory.latest = None


def _recall_step(
    line: Line, shelves: Shelves, step: HistoryStep, metas: dict[str, bytes], overrides: str, *, whole: bool
) -> None:
    before, after = step.overrides or (NO_BLOB, NO_BLOB)
    for path, blob in step.added:
        folder = path.rpartition("/")[0]
        try:
            told = landed_proposal(metas.get(blob, b""), path, folder.rpartition("/")[0], line.branch)
        except ValueError:
            continue
        then, old, new = _switch(shelves, step, metas.get(blob, b""), overrides)
        # Only the latest landing can be taken back whole, which asks for all of its files.
        entries = ((name, shelves.entry(step.commit, f"{folder}/{name}")[1]) for name in NAMES if whole)
        line.memory.landed(
            Landing(
                at=Moment(step.commit, step.committed),
                parent="",
                folder=folder,
                proposal_id=told.proposal_id,
                digest=told.digest,
                evidence_digest=told.evidence_digest,
                kind=told.kind,
                mode=told.mode,
                changes=told.changes,
                overrides=Switch(then, *(None if one == NO_BLOB else one for one in (old, new))),
                policy=None,
                artifacts={name: blob for name, blob in entries if blob != NO_BLOB},
                reverts=told.reverts,
            )
        )
    if before != after:
        line.memory.counted(step.committed, moved_values(shelves.values(before), shelves.values(after)))


def _switch(shelves: Shelves, step: HistoryStep, meta: bytes, overrides: str) -> tuple[str, str, str]:
    """The overrides that a landing changed, by the path that they had then: path, blob before, blob after."""
    told = claimed_path(meta)
    if step.overrides is not None or told is None or told == overrides:
        return overrides, *(step.overrides or (NO_BLOB, NO_BLOB))
    return told, shelves.entry(f"{step.commit}^1", told)[1], shelves.entry(step.commit, told)[1]


def _date(repository: Repository, commit: str) -> int | None:
    told = repository.git.text(*PLAIN, "log", "-1", "--format=%ct", "--end-of-options", commit, "--")
    return int(told) if told.isdigit() else None


def instant(seconds: int | None) -> datetime | None:
    """A committer date as a time in UTC; None where there is none that can be told."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
