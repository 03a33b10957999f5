"""The gate on everything but a proposal: policy and base config by hand, attributes, a revert by the forge's button."""

from __future__ import annotations

from collections.abc import Iterator

from promobot.adapters.repository.merges import latest_landing
from promobot.core.facts import LiveValues, leaves
from promobot.core.gate.attributes import bending
from promobot.core.gate.edits import config_edit, moved, policy_edit, toml_of
from promobot.core.gate.history import is_inverse
from promobot.core.gate.protected import CORE, Protected, Role
from promobot.core.gate.verdict import Touched, Violation
from promobot.core.rendering.text import visible
from promobot.usecases.check_case import Case


def moved_beneath(case: Case) -> Iterator[Violation]:
    """A protected path that the head touches must be, at the base, what it was where the head branched off."""
    side = case.merged.side
    if case.head is None or side.merge_bases == (side.base,):
        return
    if len(side.merge_bases) > 1:
        yield Violation(
            "criss_cross", "base and head have several merge bases; bring the branch up to date by a rebase"
        )
        return
    since = {one.path for one in case.merged.touched(side.merge_bases[0], side.base)}
    for path in case.shape.roles:
        if path in since:
            message = (
                f"{visible(path)} has changed on the base since the head branched off; bring the branch up to date"
            )
            yield Violation("stale_path", message, path)


def attributes(case: Case) -> Iterator[Violation]:
    """Attributes of the merge result that hold for the first four protected places, which nothing may bend or hide."""
    if not any(role in CORE or role is Role.ATTRIBUTES for role in case.shape.roles.values()):
        return
    known = {case.protected.reports: f"{case.protected.reports}/x/x", **{file: file for file in case.protected.files()}}
    wanted = {*known.values(), *(path for path, role in case.shape.roles.items() if role in CORE)}
    yield from bending(case.merged.attributes(case.result, sorted(wanted)))


def takes_back(case: Case, touched: tuple[Touched, ...]) -> bool:
    """Whether this is exactly what undoes the latest landing, as the forge's Revert button makes it."""
    landing = latest_landing(case.repository, case.base, case.protected.overrides, case.protected.reports)
    return landing is not None and is_inverse(touched, case.merged.touched(f"{landing}^1", landing))


def unfounded(case: Case) -> bool:
    """Whether the base has no policy yet and the head founds one without setting a live value."""
    if case.merged.entry(case.base, case.protected.policy)[0] or not case.shape.has(Role.POLICY):
        return False
    overrides = case.shape.touched.get(case.protected.overrides)
    if overrides is None:
        return not case.shape.folders
    values = toml_of(case.file(case.protected.overrides))
    return overrides.added and values is not None and not values.get("auto_applied") and not case.shape.folders


def judge_policy(case: Case) -> None:
    """The head's policy must be valid by itself, even where the base's is broken; what it would exclude is told."""
    data = case.file(case.protected.policy)
    policy, wrong, excluded = policy_edit(data, case.protected, _live(case))
    case.violations += wrong
    case.warnings += excluded
    if policy is None or not case.merged.entry(case.base, case.protected.policy)[0]:
        return
    paths = policy.paths
    after = Protected(paths.live_overrides, paths.base_config, paths.reports)
    entries = {path: case.merged.entry(case.base, path) for path in case.protected.files()}
    entries |= {path: case.merged.entry(case.result, path) for path in set(after.files()) - entries.keys()}
    blobs = {path: blob for path, (mode, blob) in entries.items() if mode}
    case.violations += moved(case.protected, after, blobs)
    for path in case.shape.free:
        if after.role(path) in CORE:
            message = (
                f"{visible(path)} would be protected by the new policy and changes with it; make two pull requests"
            )
            case.violations.append(Violation("policy_with_values", message, path))


def judge_config(case: Case) -> None:
    """An edit of the base config by hand."""
    path = case.protected.base_config
    files = case.file(path, base=True), case.file(path), case.file(case.protected.overrides)
    case.violations += config_edit(*files, path)


def _live(case: Case) -> LiveValues:
    """The values that live on the base, as far as they can be read."""
    overrides = toml_of(case.file(case.protected.overrides, base=True)) or {}
    table = overrides.get("auto_applied")
    config = case.file(case.protected.base_config, base=True)
    flat = dict(leaves(table)) if isinstance(table, dict) else {}
    return LiveValues.of(flat, None if config is None else toml_of(config))
