"""The answer of `audit show ID`: one proposal whole, for people and as JSON. Pure.

All that proposals, records and commits say is untrusted text, and is made harmless.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from promobot.core.audit.dossier import Dossier, array, at
from promobot.core.audit.entries import commits_of, moment_text
from promobot.core.audit.events import Event, Landing
from promobot.core.audit.records import record_path
from promobot.core.audit.signatures import Signature, State
from promobot.core.rendering.dossier_decisions import decision_lines, wish_lines
from promobot.core.rendering.entries import change_text, entry_json, state_text
from promobot.core.rendering.names import login_text, path_text, url_text
from promobot.core.rendering.proof import SHORT, finding_json
from promobot.core.rendering.text import log_line, visible, visible_json

UNSIGNED = Signature(State.UNSIGNED)


def dossier_lines(told: Dossier) -> Iterator[str]:
    """Sections with indented lines."""
    for title, lines in _sections(told):
        yield log_line(title)
        yield from (f"  {log_line(line)}" for line in lines)


def dossier_json(told: Dossier) -> dict[str, Any]:
    """The document of `--format json`: the log's entry, the files and the record as they are, and what is proved."""
    signatures = {commit: told.signatures.get(commit, UNSIGNED) for commit in commits_of(told.landing)}
    return {
        "schema_version": 1,
        "proposal": entry_json(told.entry),
        "taken_back_by": [event.at.commit for event in told.later],
        "meta": told.meta,
        "patches": told.patches,
        "files": {name: {"path": f"{told.landing.folder}/{name}", "blob": blob} for name, blob in _files(told)},
        "overrides": told.landing.overrides._asdict(),
        "record": None if told.statement is None else dict(told.statement.members),
        "signatures": {
            commit: {"state": str(one.state), "key": one.key, "why": one.why} for commit, one in signatures.items()
        },
    }


def _sections(told: Dossier) -> Iterator[tuple[str, list[str]]]:
    landing = told.landing
    yield f"proposal {landing.proposal_id}", list(_head(told))
    yield "values", [change_text(change) for change in landing.changes] or ["none"]
    wish = at(told.meta, "wish")
    if wish is not None:
        yield "wish", list(wish_lines(wish))
    if told.patches is None:
        yield "decisions", ["its files cannot be read"]
    elif told.patches:
        yield f"decisions on {len(told.patches)} patches", list(decision_lines(told.patches))
    yield "facts that the rules used", list(_facts(told))
    yield "policy", list(_policy(told))
    yield "files", list(_shown(told))
    yield "record", list(_record(told))
    yield "signatures", list(_signatures(told))
    yield "findings", list(_findings(told)) or ["none"]


def _head(told: Dossier) -> Iterator[str]:
    landing = told.landing
    yield f"{landing.kind} in mode {landing.mode}: {state_text(told.entry)}"
    yield f"digest {landing.digest}"
    yield f"landed {moment_text(landing.at) or 'at no readable date'} with commit {landing.at.commit}"
    yield from (f"brought by commit {commit}" for commit in landing.brought)
    if landing.reverts:
        yield f"takes back the proposal of digest {landing.reverts}"
    yield from (f"taken back {moment_text(event.at) or ''} {_by(event)}" for event in told.later)
    if told.entry.unproved:
        yield f"note: {told.entry.unproved}"


def _by(event: Event) -> str:
    by = event.proposal_id if isinstance(event, Landing) else "the forge's button"
    return f"by {by}, commit {event.at.commit}"


def _facts(told: Dossier) -> Iterator[str]:
    facts = at(told.meta, "facts")
    if isinstance(facts, dict):
        # An empty list, or a report that no rule asked for, is no fact; the JSON has them all.
        used = {name: value for name, value in facts.items() if value not in (None, {}, [])}
        yield from (f"{path_text(name)} {visible_json(value)}" for name, value in used.items())
    yield f"base commit {visible_json(at(told.meta, 'base', 'commit'))}"
    yield f"export sha256 {visible_json(at(told.meta, 'export', 'sha256'))}"
    yield f"made by promobot {visible_json(at(told.meta, 'engine_version'))}"


def _policy(told: Dossier) -> Iterator[str]:
    decided, landed = at(told.meta, "policy", "blob"), told.landing.policy
    if isinstance(decided, str) and decided != landed:
        yield f"decided under {visible_json(decided)}"
    yield f"landed under {landed or 'none'}"
    if landed:
        yield f"git show {landed}"


def _shown(told: Dossier) -> Iterator[str]:
    landing = told.landing
    yield path_text(landing.folder)
    for name, blob in _files(told):
        yield f"{path_text(name)}: git show {blob}"
    path, before, after = landing.overrides
    if before != after:
        compared = f"git diff {before[:SHORT]} {after[:SHORT]}" if before and after else f"git show {after or before}"
        yield f"{path_text(path)}: {compared}"


def _files(told: Dossier) -> list[tuple[str, str]]:
    return sorted(told.landing.artifacts.items())


def _record(told: Dossier) -> Iterator[str]:
    if told.record is None:
        yield "none here: fetch the branch promobot-ledger, or run promobot record"
        return
    yield record_path(told.record.digest)
    yield f"git show {told.record.blob}"
    if told.statement is None:
        yield "it cannot be read"
        return
    approval = told.statement.approval
    pull = approval.pull
    if pull is None:
        yield "no pull request is known" if approval.asked else "no forge was asked, so nobody is known"
        return
    said = told.statement.said
    yield f"pull request #{pull.number} {url_text(pull.url)} by {_account(said('pull_request.author'))}"
    yield f"merged by {_account(said('merger'))} at {log_line(pull.merged_at)}"
    yield f"reviewed head {log_line(pull.head)}"
    for word, told_word in zip(pull.words, array(said("approvers")), strict=True):
        counted = "counts" if word.counted else "does not count"
        yield f"{word.state} by {_account(at(told_word, 'by'))}, {word.association}, at {word.at}: {counted}"
    ticks = said("ticks")
    for name in ("ticked", "unticked", "missing"):
        boxes = array(at(ticks, name))
        yield f"boxes {name}: {len(boxes)}"
        if name != "ticked":
            yield from (f"  {visible_json(box)}" for box in boxes)
    for check in array(said("checks")):
        names = (visible_json(at(check, name), 60) for name in ("name", "conclusion", "app"))
        yield "check {}: {} by {}".format(*names)


def _account(told: object) -> str:
    login, number, kind = (at(told, name) for name in ("login", "id", "type"))
    if not isinstance(login, str):
        return "an unknown account"
    return f"{login_text(login)} ({login_text(str(kind))} {visible_json(number, 20)})"


def _signatures(told: Dossier) -> Iterator[str]:
    for commit in commits_of(told.landing):
        one = told.signatures.get(commit, UNSIGNED)
        words = (str(one.state), f"by {one.key}" if one.key else "", f"({one.why})" if one.why else "")
        yield f"{commit} {' '.join(word for word in words if word)}"


def _findings(told: Dossier) -> Iterator[str]:
    for one in told.entry.findings:
        yield f"{one.commit or ''} {one.message} [{finding_json(one)['code']}]"
    for one, reason in told.entry.acknowledged:
        yield f"{one.commit or ''} {one.message} [{one.code}], known: {visible(reason)}"
