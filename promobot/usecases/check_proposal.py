"""The gate on one proposal: its files, its commits, its history, and its values by the rules of today."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from promobot.adapters.repository.landings import find_landing
from promobot.adapters.repository.merges import refusals
from promobot.core.base_state import BaseState
from promobot.core.changes import Change, overrides_of
from promobot.core.facts import Facts
from promobot.core.gate import artifacts
from promobot.core.gate.history import landed_before, refused_before
from promobot.core.gate.shape import NAMES
from promobot.core.gate.ticks import unticked
from promobot.core.gate.values import overrides, question
from promobot.core.gate.verdict import Violation
from promobot.core.health import Health
from promobot.core.intake import Intake
from promobot.core.ledger import refused_keys
from promobot.core.models import PromotionDecision
from promobot.core.overrides import NEW_FILE, apply_overrides
from promobot.core.policy import effective_mode
from promobot.core.prepared import Prepared, Proposed
from promobot.core.rendering.artifacts import CHECKLIST, META, PATCHES
from promobot.core.rendering.text import log_line
from promobot.core.told import UNREADABLE, Told, told_of
from promobot.core.values import Scalar
from promobot.errors import PromobotError, RepositoryRefused, WishRefused
from promobot.usecases.base import Elsewhere, prove_read, read_base
from promobot.usecases.check_case import Case
from promobot.usecases.check_commits import Commits
from promobot.usecases.check_wish import untrue, wish_against
from promobot.usecases.standing import SKEW


def judge_proposal(case: Case, folder: str) -> None:
    """Everything about the proposal in a new folder. Raises PolicyError or RepositoryRefused for the base's own."""
    found = _files(case, folder)
    case.violations += artifacts.missing(folder, found)
    if META in found:
        case.violations += artifacts.identity(folder, found[META], case.asked.branch)
    refused = refusals(case.repository)
    state = read_base(case.repository, case.asked.branch, case.base, Elsewhere(), case.asked.now)
    state = replace(state, refused=refused_keys(refused))
    told = _told(case, folder, found)
    _judge_files(case, folder, state, told, found)
    if told is None:
        return
    changes = artifacts.changes_told(found[META])
    if told.at > case.asked.now + SKEW:
        case.violations.append(Violation("from_the_future", "it was decided in the future", f"{folder}/{META}"))
    _judge_history(case, folder, state, told, changes, refused)
    _judge_values(case, folder, state, told, changes)
    if case.asked.body is not None:
        checklist = found.get(CHECKLIST, b"").decode("utf-8", "replace")
        case.violations += unticked(checklist, case.asked.body, f"{folder}/{CHECKLIST}")


def _told(case: Case, folder: str, found: dict[str, bytes]) -> Told | None:
    """What the artifacts tell; None, with its violation, where they cannot be understood."""
    if META not in found or PATCHES not in found:
        return None
    try:
        artifacts.changes_told(found[META])
        return told_of(found[META], found[PATCHES])
    except UNREADABLE as error:
        message = f"the proposal's files cannot be understood ({type(error).__name__})"
        case.violations.append(Violation("artifact_unreadable", message, f"{folder}/{PATCHES}"))
        return None


def _files(case: Case, folder: str) -> dict[str, bytes]:
    entries = {name: case.shape.touched.get(f"{folder}/{name}") for name in NAMES}
    return {name: case.merged.blob(one.new) for name, one in entries.items() if one and one.new_mode & 0o100000}


def _judge_files(case: Case, folder: str, state: BaseState, told: Told | None, found: dict[str, bytes]) -> None:
    """Whether commits and files are what promobot makes of these patches on the base that they name."""
    commits = Commits(case, state)
    made = commits.made()
    if made is None:
        made = None if told is None else _made_again(case, folder, told, found[META])
        if case.head is not None:
            case.violations += commits.foreign(made)
    if told is not None and (made is None or made.digest != told.digest):
        case.violations.append(artifacts.not_reproduced(folder))
    elif made is not None:
        case.violations += artifacts.altered(folder, found, made.files)


def _made_again(case: Case, folder: str, told: Told, meta: bytes) -> Proposed | None:
    """By content alone: on the base commit that the meta names, which must lie behind the base."""
    commit = json.loads(meta)["base"]["commit"]
    known = isinstance(commit, str) and len(commit) == 40 and commit.isalnum()
    if not known or not case.repository.is_ancestor(commit, case.base):
        message = "the base commit that the proposal names does not lie behind this base"
        case.violations.append(Violation("unknown_base", message, f"{folder}/{META}"))
        return None
    try:
        before = read_base(case.repository, case.asked.branch, commit, Elsewhere(), told.at)
        return told.again(before).proposed
    except (PromobotError, *UNREADABLE):
        return None


def _judge_history(
    case: Case,
    folder: str,
    state: BaseState,
    told: Told,
    changes: tuple[Change, ...],
    refused: Mapping[str, bytes],
) -> None:
    path = f"{folder}/{META}"
    before = list(landed_before(state, told.digest, changes, path))
    if before:
        paths = state.policy.paths
        try:
            find_landing(
                case.repository, case.base, reports=paths.reports, overrides=paths.live_overrides, asked=told.digest
            )
        except PromobotError:
            message = "the same question has landed before and was taken back; it has to be asked anew"
            before = [Violation("reverted_digest", message, path)]
    case.violations += before
    wrong, odd = refused_before(refused, told.digest, told.at, path)
    case.violations += wrong
    case.warnings += odd


def _judge_values(case: Case, folder: str, state: BaseState, told: Told, changes: tuple[Change, ...]) -> None:
    path = f"{folder}/{META}"
    now = case.asked.now
    facts = Facts(
        policy=state.policy,
        mode=effective_mode(state.policy, told.mode)[0],
        live=state.live,
        evaluated_at=now,
        landed_today=state.landed.values_today,
        lately=state.landed.lately,
    )
    try:
        today = _today(state, told, case)
        case.violations += question(changes, told.digest, today, _aged(state, told), folder)
        case.violations += untrue(case, state, told, path)
        if today.proposed is not None and today.proposed.digest == told.digest:
            prove_read(state, today.proposed, today.changes)
    except WishRefused as error:
        case.violations += wish_against(error, told, facts, path)
    except RepositoryRefused as error:
        case.violations.append(Violation("changed_since", log_line(error.message), path))
    plan = overrides_of(changes)
    if not case.merged.conflicts:
        after = case.file(case.protected.overrides)
        case.violations += overrides(state, _expected(state, plan), after, plan, facts)


def _today(state: BaseState, told: Told, case: Case) -> Prepared:
    """Judged now, but for the age of its evidence."""
    fresh = state.policy.patches.model_copy(update={"max_age_days": None})
    policy = state.policy.model_copy(update={"patches": fresh, "test_health": None})
    return told.today(replace(state, policy=policy), case.asked.now, _health(told))


def _aged(state: BaseState, told: Told) -> tuple[PromotionDecision, ...]:
    """Judged at the time of the proposal, where the policy asks for the age of its evidence."""
    asks = state.policy.test_health is not None or state.policy.patches.max_age_days is not None
    if not asks or not isinstance(told.asked, Intake):
        return ()
    return told.today(state, told.at, _health(told)).decisions


def _health(told: Told) -> Health | None:
    return told.asked.health if isinstance(told.asked, Intake) else None


def _expected(state: BaseState, plan: Mapping[str, Scalar | None]) -> str | None:
    """auto.toml of the base with the plan applied; where that cannot be done, as it is."""
    if not plan:
        return state.overrides
    try:
        text = NEW_FILE if state.overrides is None else state.overrides
        return apply_overrides(text, plan, state.policy.paths.live_overrides)
    except RepositoryRefused:
        return state.overrides
