"""Explaining the policy, and looking at everything that a cycle would read, without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from promobot.adapters.repository import Repository, landed
from promobot.core.base_state import BaseState
from promobot.core.explain import Explanation, Finding, Severity, explain
from promobot.core.health import Health, HealthReport
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.types import POLICY_PATH
from promobot.core.prepared import prepare
from promobot.errors import ExportRefused, RepositoryRefused, UsageError
from promobot.usecases.base import prove_read, read_base, read_policy
from promobot.usecases.loading import loading_findings
from promobot.usecases.propose import Question
from promobot.usecases.readiness import Look, forge_findings

NOWHERE = "promobot/no/such/overrides.toml"
"""Stands in for overrides that cannot be read, so that the rest can be looked at."""

NAMED = 5
"""How many of an export's problems are quoted; propose lists them all."""


def doctor(
    repository: Repository, commit: str, question: Question, *, policy_only: bool, look: Look | None = None
) -> Explanation:
    """Explain the policy over the base branch at a commit. Raises PolicyError for a broken one, and ForgeFailed.

    What else of the base branch cannot be read becomes a finding of severity error. Without `policy_only` the newest
    export and the report of the tests are looked at too, and the forge with `look`. Nothing is written.
    """
    told = _explained(repository, commit, question, policy_only)
    if policy_only:
        return told
    on_forge = forge_findings(repository, commit, question.base_branch, told.policy, look)
    return replace(told, findings=(*told.findings, *on_forge))


def _explained(repository: Repository, commit: str, question: Question, policy_only: bool) -> Explanation:
    branch, elsewhere, at = question.base_branch, question.elsewhere, question.at
    policy, _ = read_policy(repository, branch, commit, elsewhere)
    source = POLICY_PATH if elsewhere.policy_file is None else str(elsewhere.policy_file)
    try:
        state = read_base(repository, branch, commit, elsewhere, at)
    except RepositoryRefused as refused:
        return Explanation(policy, source, branch, findings=tuple(_broken(repository, question, commit, refused)))
    if policy_only:
        return explain(state, source, at)
    health = None if policy.test_health is None else question.health(policy.test_health.report)
    told = explain(state, source, at, health)
    return replace(
        told,
        findings=(*told.findings, *loading_findings(state), *_well(state, health), *_export(state, question, health)),
    )


def _error(code: str, message: str, mend: str) -> Finding:
    return Finding(Severity.ERROR, code, message, mend)


def _ok(code: str, message: str) -> Finding:
    return Finding(Severity.OK, code, message)


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def _broken(repository: Repository, question: Question, commit: str, refused: RepositoryRefused) -> Iterator[Finding]:
    """What stopped the reading, and what else would have: the overrides are read first, the history last."""
    policy, _ = read_policy(repository, question.base_branch, commit, question.elsewhere)
    messages = [refused.message]
    try:
        beside = replace(question.elsewhere, live_overrides_path=NOWHERE)
        read_base(repository, question.base_branch, commit, beside, question.at)
    except RepositoryRefused as other:
        messages += [other.message, *_history(repository, commit, policy, question.at)]
    for message in dict.fromkeys(messages):
        yield _error("base_unreadable", message, "mend it; until then propose refuses too (exit 4)")


def _history(repository: Repository, commit: str, policy: PromotionPolicy, at: datetime) -> list[str]:
    paths, days = policy.paths, policy.lately_days
    try:
        landed(repository, commit, reports=paths.reports, overrides=paths.live_overrides, today=at, lately_days=days)
    except RepositoryRefused as refused:
        return [refused.message]
    return []


def _well(state: BaseState, health: Health | None) -> Iterator[Finding]:
    """What a cycle would read and can."""
    paths, landed_today = state.policy.paths, state.landed.values_today
    if state.base_config is not None:
        yield _ok("base_config", f"{paths.base_config}: {_count(len(state.live.base or {}), 'parameter')}")
    if state.overrides is None:
        yield _ok("overrides", f"{paths.live_overrides} is not there yet; the first value applied makes it")
    elif not state.ignored:
        yield _ok("overrides", f"{paths.live_overrides}: {_count(len(state.live.overrides), 'readable value')}")
    have = _count(len(state.landed.digests), "proposal has", "proposals have")
    yield _ok("history", f"{have} landed, {_count(landed_today, 'value')} of them today")
    if isinstance(health, HealthReport) and state.policy.test_health is not None:
        report = state.policy.test_health.report
        yield _ok("test_report", f"{report} is readable: {_count(health.failed, 'check')} failed")


def _export(state: BaseState, question: Question, health: Health | None) -> Iterator[Finding]:
    """The newest export, and what would become of it."""
    folder = state.policy.paths.exports
    try:
        intake = question.exports(folder)
    except (ExportRefused, UsageError) as refused:
        said = [f"{detail.file} {detail.pointer or ''}: {detail.message}" for detail in refused.details[:NAMED]]
        mend = "let the loop write it anew; promobot propose lists every problem"
        yield _error("export_unreadable", "; ".join([refused.message, *said]), mend)
        return
    if intake is None:
        yield Finding(Severity.NOTE, "no_export", f"{folder} holds no export", "nothing, until the loop writes one")
        return
    try:
        prepared = prepare(state, replace(intake, health=health), None, question.at)
        if prepared.proposed:
            prove_read(state, prepared.proposed, prepared.changes)
    except RepositoryRefused as refused:
        yield _error("cannot_propose", refused.message, "mend it; until then propose refuses too (exit 4)")
        return
    accepted = sum(decision.accepted for decision in prepared.decisions)
    applied = sum(decision.auto_apply for decision in prepared.decisions)
    passing = f"{accepted} would be proposed today, {applied} of them applied automatically"
    yield _ok("export", f"the newest export holds {_count(len(intake.patches), 'patch', 'patches')}; {passing}")
