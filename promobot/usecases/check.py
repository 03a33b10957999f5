"""`promobot check`: may this head be merged into this base? Judged on the result of the merge, under the base's policy.

Everything is read from git objects; nothing of the head is run, checked out or believed. Time: a proposal's files are
computed again with the time that they record, and so are the rules about the age of its evidence; quota, grants, lock,
cool-down and every other rule are judged at the time of the check, on the base as it is now.
"""

from __future__ import annotations

from collections.abc import Iterator

from promobot.adapters.merged_tree import MergedTree, Unmergeable
from promobot.adapters.repository import Repository
from promobot.adapters.repository.command import GitFailed
from promobot.core.gate.edits import toml_of
from promobot.core.gate.history import labelled
from promobot.core.gate.protected import POLICY, Protected, Role
from promobot.core.gate.shape import bent, shape_of, to_be_seen, together
from promobot.core.gate.verdict import Touched, Verdict, Violation
from promobot.core.rendering.text import log_line, visible
from promobot.core.told import UNREADABLE
from promobot.errors import PolicyError, PromobotError
from promobot.usecases.check_case import Asked, Case
from promobot.usecases.check_edits import attributes, judge_config, judge_policy, moved_beneath, takes_back, unfounded
from promobot.usecases.check_proposal import judge_proposal


def verdict_on(merged: MergedTree, repository: Repository, asked: Asked) -> Verdict:
    """The verdict on a merge; `repository` is the clone that it was made in. Whatever cannot be read is a violation."""
    side = merged.side
    violations = [
        Violation("conflict", f"{visible(path)} conflicts with the base; bring the branch up to date", path)
        for path in merged.conflicts
    ]
    warnings: list[Violation] = []
    for before, after, head in _steps(merged, asked):
        document = toml_of(merged.file(before, POLICY))
        protected = Protected.of(document)
        touched = merged.touched(before, after)
        case = Case(repository, asked, merged, before, after, head, protected, shape_of(touched, protected))
        _judge_safely(case, touched)
        commit = None if head else after
        for found, kept in ((case.violations, violations), (case.warnings, warnings)):
            kept += [one._replace(commit=one.commit or commit) for one in found]
    only = side.merge_bases[0] if len(side.merge_bases) == 1 else None
    unique = tuple(dict.fromkeys(violations)), tuple(dict.fromkeys(warnings))
    return Verdict(*unique, side.base, side.head, only, merged.tree)


def _steps(merged: MergedTree, asked: Asked) -> Iterator[tuple[str, str, str | None]]:
    """(base commit, result, head): one for a pull request, one for each first-parent commit of a merge queue's."""
    if not asked.steps:
        yield merged.side.base, merged.tree, merged.side.head
        return
    before = merged.side.base
    for commit in merged.first_parents():
        yield before, commit, None
        before = commit


def _judge_safely(case: Case, touched: tuple[Touched, ...]) -> None:
    """Whatever cannot be read is a violation."""
    case.violations += bent(case.shape, case.protected)
    if case.shape.only_free:
        return
    try:
        _judge(case, touched)
    except Unmergeable as error:
        case.violations.append(Violation(error.code, log_line(error.message)))
    except PolicyError as error:
        case.violations += [Violation("base_policy", log_line(text), POLICY) for text in _told(error)]
    except PromobotError as error:
        case.violations += [Violation("base_unreadable", log_line(text)) for text in _told(error)]
    except (GitFailed, *UNREADABLE) as error:
        case.violations.append(Violation("unreadable", f"something in it cannot be read ({type(error).__name__})"))


def _told(error: PromobotError) -> list[str]:
    return [error.message, *(f"{detail.pointer or detail.file}: {detail.message}" for detail in error.details)]


def _judge(case: Case, touched: tuple[Touched, ...]) -> None:
    """Something protected is touched."""
    if case.shape.has(Role.PROPOSALS):
        standing = case.merged.names(case.base, case.protected.reports)
        case.shape = shape_of(touched, case.protected, standing)
        case.violations += labelled(case.asked.labels, case.protected.reports)
    case.warnings += to_be_seen(case.shape)
    case.violations += moved_beneath(case)
    case.violations += attributes(case)
    if case.shape.stray and takes_back(case, touched):
        return
    if not unfounded(case):
        case.violations += together(case.shape, case.protected)
    if case.shape.has(Role.POLICY):
        judge_policy(case)
    if case.shape.has(Role.BASE_CONFIG):
        judge_config(case)
    for folder in case.shape.folders:
        judge_proposal(case, folder)
