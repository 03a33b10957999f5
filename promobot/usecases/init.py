"""Putting promobot into a repository: planned as steps, then carried out. Nothing that stands there is overwritten."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from promobot.adapters.repository.command import GitCommand
from promobot.adapters.repository.standpoint import known_head
from promobot.core.codeowners import PLACEHOLDER, PLACES
from promobot.core.policy import Paths
from promobot.core.policy.file import parse_policy
from promobot.core.policy.types import POLICY_PATH
from promobot.core.problems import plain_message
from promobot.core.readiness.tree import EXAMPLE_EXPORT, TASKS, uses_of
from promobot.core.starter import UNNAMED, Ground, Wishes, codeowners_lines, example_text, filled
from promobot.errors import RepositoryRefused, UsageError
from promobot.usecases.loading import not_live, overrides_beside

TEMPLATES = Path(__file__).resolve().parent.parent / "starter"
WORKFLOWS = ".github/workflows"
BASE_CONFIGS = ("config/config.toml", "config.toml", "config/default.toml", "config/settings.toml", "settings.toml")
"""Where a base config is looked for, in this order."""

PURPOSES = {
    "promote": "makes a pull request of an export",
    "gate": "judges what a pull request would change",
    "record": "writes down who let a proposal land",
}


class Action(StrEnum):
    """What becomes of a file."""

    CREATE = "create"
    APPEND = "append"
    KEEP = "keep"


@dataclass(frozen=True)
class Step:
    """One file, by its path in the repository: what becomes of it, why, and the text that is written."""

    action: Action
    path: str
    why: str
    text: str = ""


@dataclass(frozen=True)
class Plan:
    """The files, in the order in which they are written, and what a person has to do afterwards."""

    steps: tuple[Step, ...]
    next_steps: tuple[str, ...]

    @property
    def writes(self) -> tuple[Step, ...]:
        """The steps that change something."""
        return tuple(step for step in self.steps if step.action is not Action.KEEP)


def plan_init(root: Path, asked: Wishes) -> Plan:
    """What init does in a checkout. Only reads. What the base branch holds now becomes the audit's baseline.

    Raises PolicyError for a policy that stands there and is broken, UsageError for paths that cannot be used, and
    RepositoryRefused where something is in the way of a file.
    """
    ground, starts_config = _ground(root, asked)
    audited = f"; audited from {ground.head[:12]} on" if ground.head else ""
    why = f"what may be proposed: nothing until you grant it{audited}"
    steps = (
        _new(root, POLICY_PATH, why, _template(POLICY_PATH), asked, ground),
        *_config(root, starts_config, asked, ground),
        *(_workflow(root, task, asked, ground) for task in TASKS),
        _codeowners(root, asked, ground.paths),
        _example(root, ground),
    )
    plan = Plan(steps, tuple(_next(root, steps, ground)))
    for step in plan.writes:
        _prove_free(root, step)
    return plan


def carry_out(root: Path, plan: Plan) -> None:
    """Write the files. Who stops halfway runs it again: what was written stands, and the rest is written then."""
    for step in plan.writes:
        place = root / step.path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            # "x": a file that came since it was planned is not overwritten either.
            with place.open("x" if step.action is Action.CREATE else "a", encoding="utf-8", newline="") as file:
                file.write(step.text)
        except OSError as error:
            raise RepositoryRefused(
                f"{step.path} cannot be written ({error.strerror}); mend it and run again"
            ) from error


def _template(name: str) -> str:
    return (TEMPLATES / name.rpartition("/")[2]).read_text(encoding="utf-8")


def _ground(root: Path, asked: Wishes) -> tuple[Ground, bool]:
    """The policy's paths, those of one that stands there first; and whether the repository is so new that it gets a
    base config to begin with."""
    policy = root / POLICY_PATH
    granted, head = False, None
    if policy.is_file():
        if asked.base_config or asked.exports:
            raise UsageError(f"{POLICY_PATH} stands there already; name the paths in its [paths]")
        stands = parse_policy(policy.read_bytes(), POLICY_PATH)
        paths, found, granted = stands.paths, None, bool(stands.eligibility)
    else:
        head = known_head(GitCommand(root))
        found = asked.base_config or next((path for path in BASE_CONFIGS if _toml(root, path) is not None), None)
        # The policy names the overrides where the live system looks for them when it is told of nothing else.
        beside = None if found is None else overrides_beside(found)
        given = {"base_config": found, "live_overrides": beside, "exports": asked.exports}
        try:
            paths = Paths.model_validate({name: path for name, path in given.items() if path is not None})
        except ValidationError as error:
            told = "; ".join(plain_message(problem) for problem in error.errors())
            raise UsageError(f"--base-config or --exports cannot be used: {told}") from error
    config = _toml(root, paths.base_config)
    if asked.base_config and config is None:
        raise UsageError(f"--base-config {asked.base_config}: there is no TOML file of this path in {root}")
    starts = config is None and found is None and _is_new(root)
    return Ground(paths, tomllib.loads(_template("config.toml")) if starts else config, granted, head), starts


def _is_new(root: Path) -> bool:
    """Whether it holds nothing but what a forge puts into a new repository."""
    others = (path for path in root.iterdir() if not path.name.lower().startswith((".", "readme", "license")))
    return not any(path.is_file() or any(inner.is_file() for inner in path.rglob("*")) for path in others)


def _toml(root: Path, path: str) -> Mapping[str, Any] | None:
    try:
        return tomllib.loads((root / path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _read(place: Path) -> str:
    return place.read_text(encoding="utf-8", errors="replace") if place.is_file() else ""


def _new(root: Path, path: str, why: str, template: str, asked: Wishes, ground: Ground) -> Step:
    if _stands(root / path):
        return Step(Action.KEEP, path, "it stands there already")
    return Step(Action.CREATE, path, why, filled(template, asked, ground))


def _config(root: Path, starts: bool, asked: Wishes, ground: Ground) -> Iterator[Step]:
    path = ground.paths.base_config
    if starts:
        why = "a base config to begin with, because the repository is new"
        yield _new(root, path, why, _template("config.toml"), asked, ground)
    elif ground.base_config is not None:
        yield Step(Action.KEEP, path, "the base config, from which steps are measured")


def _workflow(root: Path, task: str, asked: Wishes, ground: Ground) -> Step:
    path = f"{WORKFLOWS}/{task}.yml"
    for other in sorted((root / WORKFLOWS).glob("*.y*ml")):
        if other.is_file() and uses_of(task, other.read_text(encoding="utf-8", errors="replace")):
            return Step(Action.KEEP, f"{WORKFLOWS}/{other.name}", f"it runs promobot's {task} already")
    return _new(root, path, PURPOSES[task], _template(f"{task}.yml"), asked, ground)


def _codeowners(root: Path, asked: Wishes, paths: Paths) -> Step:
    """Lines behind the file that the forge reads, or a new one."""
    path = next((place for place in PLACES if _stands(root / place)), PLACES[0])
    place = root / path
    if not _stands(place):
        return Step(Action.CREATE, path, "who must approve changes of it all", codeowners_lines("", asked, paths))
    if place.is_symlink() or not place.is_file():
        raise RepositoryRefused(f"{path} is no plain file, so the forge does not read it; put one there first")
    lines = codeowners_lines(place.read_bytes().decode("utf-8", "replace"), asked, paths)
    if not lines:
        return Step(Action.KEEP, path, "it names owners for every protected path already")
    return Step(Action.APPEND, path, "owners for the protected paths that have none", lines)


def _example(root: Path, ground: Ground) -> Step:
    folder = root / ground.paths.exports
    if folder.is_dir() and any(path.suffix in (".json", ".jsonl") for path in folder.iterdir()):
        return Step(Action.KEEP, ground.paths.exports, "exports are there already")
    path = f"{ground.paths.exports}/{EXAMPLE_EXPORT}"
    return Step(Action.CREATE, path, "an example of an export; nothing judges it", example_text(ground))


def _stands(place: Path) -> bool:
    """Whether anything is there, a link to nowhere included."""
    return place.is_symlink() or place.exists()


def _prove_free(root: Path, step: Step) -> None:
    """Refuse where a file or a link stands in the place of a folder, before anything is written."""
    for parent in Path(step.path).parents:
        place = root / parent
        if parent != Path() and (place.is_symlink() or (place.exists() and not place.is_dir())):
            raise RepositoryRefused(f"{parent} is no folder, and {step.path} belongs into it; make room for it first")


def _next(root: Path, steps: tuple[Step, ...], ground: Ground) -> Iterator[str]:
    """What is left to a person, in the order in which it is done."""
    written = [step for step in steps if step.action is not Action.KEEP]
    texts = {step.path: step.text if step in written else _read(root / step.path) for step in steps}
    if any(f"{UNNAMED[0]}/.github" in text for path, text in texts.items() if path.startswith(WORKFLOWS)):
        yield (
            f"In {WORKFLOWS} put the repository that holds promobot, and a commit of it, in place of "
            "OWNER/promobot and COMMIT (or remove these files and run init again with --action OWNER/NAME@COMMIT)."
        )
    if any(PLACEHOLDER in texts.get(place, "") for place in PLACES):
        yield (
            f"Put your team or yourself in place of {PLACEHOLDER} in CODEOWNERS (or remove these lines and run init "
            "again with --owner)."
        )
    if ground.base_config is None:
        yield (
            f"No base config was found: name it under [paths] in {POLICY_PATH}, or merge one as "
            f"{ground.paths.base_config}. Without it no step can be measured, and a misspelt target is not noticed."
        )
    elif (said := not_live(ground.paths.base_config, ground.base_config)) is not None:
        why, mend = said
        yield f"{why}: {mend}."
    if not ground.granted:
        yield f"Say in {POLICY_PATH} what may be proposed: take the # from [[eligibility]] and name your targets."
    if written:
        yield f"Commit and merge: git add {shlex.join(sorted(step.path for step in written))}"
    yield "Set the forge: promobot doctor, with GITHUB_REPOSITORY and GITHUB_TOKEN set, says what is missing and how."
