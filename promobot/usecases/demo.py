"""The whole story in a throwaway repository: export -> branch -> checklist -> merge -> the live config changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from git import Actor, Repo

from promobot.adapters.exports import newest_export, read_exports
from promobot.adapters.live_config import load_config_with_live_overrides
from promobot.adapters.repository import Base, Branches, GitLedger, GitPublisher, Repository
from promobot.core.cycle import CycleResult
from promobot.core.facts import leaves
from promobot.core.models import ConfigPatch
from promobot.core.policy.types import AutoApplyMode
from promobot.core.rendering.message import trailers_of
from promobot.core.rendering.text import visible_json
from promobot.errors import UsageError
from promobot.usecases.desk import Desk
from promobot.usecases.example import EXPORTS, copy_example
from promobot.usecases.propose import Question, propose

BRANCH = "main"
OPERATOR = Actor("Demo Operator", "operator@demo.invalid")


@dataclass(frozen=True)
class Chapter:
    """One step of the story: what happened, and what there is to see."""

    title: str
    body: str


@dataclass(frozen=True)
class LiveChange:
    """A value as the live system read it before and after the merge."""

    target: str
    before: object
    after: object


@dataclass(frozen=True)
class DemoResult:
    """How the demo ended."""

    cycle: CycleResult
    changes: tuple[LiveChange, ...]


def demo(folder: Path, at: datetime, export: Path | None, tell: Callable[[Chapter], None]) -> DemoResult:
    """Play the story in an empty folder. Nothing outside of it is read but the export, nothing is written."""
    checkout, origin = folder / "trading-system", folder / "origin.git"
    repo = _found(checkout, origin)
    tell(Chapter("A repository with a policy, a base config and live overrides", _listing(repo)))
    before = _live(checkout)

    chosen = export or newest_export(checkout / EXPORTS, {})
    intake = read_exports([str(chosen)])
    tell(Chapter("The learning loop exports what it found", _patches(intake.patches)))

    repository = Repository(checkout)
    base = Base(BRANCH, "origin")
    branches = Branches(repository, base)
    desk = Desk(repository, GitPublisher(repository, branches), GitLedger(repository, branches), remote="origin")
    cycle = propose(desk, Question(BRANCH, lambda _: intake, at, AutoApplyMode.BOUNDED_AUTO))
    if cycle.branch is None or cycle.commit is None:
        return DemoResult(cycle, ())
    repo.remote("origin").fetch()
    tell(
        Chapter(
            f"promobot commits one proposal to {cycle.branch}", repo.git.show("--stat", "--format=%B", cycle.commit)
        )
    )
    tell(Chapter("The operator reads the checklist", (cycle.checklist or "").rstrip()))

    repo.git.merge("--no-ff", "-m", f"Merge {cycle.branch}", f"origin/{cycle.branch}")
    repo.remote("origin").push(BRANCH)
    tell(Chapter("Merging is the approval", repo.git.log("--graph", "--oneline", "-3")))
    landed = trailers_of(str(repo.commit(cycle.commit).message))
    trail = repo.git.log("--format=%h %an: %s", "-1", "--", "config/live_overrides/auto.toml")
    tell(Chapter("Git history is the audit trail", f"{trail}\n" + "\n".join(f"{k}: {v}" for k, v in landed.items())))

    after = _live(checkout)
    changes = tuple(LiveChange(t, before[t], after[t]) for t in sorted(after) if before.get(t) != after[t])
    tell(Chapter("The live system reads the result", "\n".join(_told(changes))))
    return DemoResult(cycle, changes)


def _found(checkout: Path, origin: Path) -> Repo:
    """A repository with the example in its first commit, and a bare origin to push to."""
    Repo.init(origin, bare=True, initial_branch=BRANCH)
    repo = Repo.init(checkout, initial_branch=BRANCH)
    with repo.config_writer() as config:
        config.set_value("user", "name", OPERATOR.name).set_value("user", "email", OPERATOR.email)
        config.set_value("commit", "gpgSign", "false")
        config.set_value("core", "hooksPath", "/dev/null")
    copy_example(checkout)
    repo.git.add("--all")
    repo.git.commit("-m", "Put the live parameters under promobot's care")
    repo.create_remote("origin", str(origin))
    repo.git.push("--quiet", "--set-upstream", "origin", BRANCH)
    return repo


def _listing(repo: Repo) -> str:
    return str(repo.git.ls_files())


def new_folder(path: Path) -> Path:
    """Make a folder that must not hold anything yet. Raises UsageError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise UsageError(f"{path} is not empty; name a new folder")
    except OSError as error:
        raise UsageError(f"{path} cannot be made: {error.strerror}") from error
    return path.resolve()


def _patches(patches: Iterable[ConfigPatch]) -> str:
    lines = []
    for patch in patches:
        step = f"{visible_json(patch.old_value)} -> {visible_json(patch.new_value)}"
        score = "none" if patch.confidence_score is None else f"{patch.confidence_score:g}"
        lines.append(f"{patch.target} {step}, confidence {score} [{patch.id}]")
    return "\n".join(lines)


def _live(checkout: Path) -> dict[str, object]:
    config = load_config_with_live_overrides(checkout / "config" / "config.toml")
    return dict(leaves(config.as_dict()))


def _told(changes: tuple[LiveChange, ...]) -> Iterator[str]:
    yield "load_config_with_live_overrides():"
    for change in changes:
        yield f"  {change.target} {change.before!r} -> {change.after!r}"
    if not changes:
        yield "  no value changed: everything in this proposal is by hand"
