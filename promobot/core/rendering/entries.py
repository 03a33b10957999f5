"""The answer of `audit log` for people and as JSON. Pure; logins, addresses, paths and texts are made harmless."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from promobot.core.audit.entries import FINDING, Entry, commits_of, moment_text
from promobot.core.audit.events import PolicyChange, Undoing
from promobot.core.audit.statement import Approval
from promobot.core.changes import Change
from promobot.core.rendering.names import author_text, login_text, path_text, plain, value_text
from promobot.core.rendering.proof import SHORT, finding_json
from promobot.core.rendering.text import log_line, visible


def entry_lines(entry: Entry) -> Iterator[str]:
    """An entry: when, what and whether it is proved; then the proposal, its values, and who let it land."""
    at, event = entry.event.at, entry.event
    by_button = " by the forge's button" if isinstance(event, Undoing) else ""
    lines = [f"{moment_text(at) or 'no readable date'}  {entry.kind}{by_button}  {state_text(entry)}"]
    if entry.landing:
        lines.append(f"  {'took back ' if by_button else ''}{entry.landing.proposal_id}")
    lines += [f"  {change_text(change)}" for change in entry.changes]
    if isinstance(event, PolicyChange):
        lines.append(f"  {path_text(event.policy.path)} {_short(event.policy.before)} -> {_short(event.policy.after)}")
        lines.append(f"  by {author_text(event.author)}, as the commit says")
    if entry.kind == FINDING:
        lines += [f"  {one.message} [{one.code}]" for one in entry.findings]
        lines += [f"  {one.message} [{one.code}], known: {visible(reason)}" for one, reason in entry.acknowledged]
    lines += (f"  {line}" for line in _origin(entry))
    yield from map(log_line, lines)


def state_text(entry: Entry) -> str:
    """`verified`, or the codes of what was found; of a policy change nothing but findings can be said."""
    told = [", ".join(entry.codes)] if entry.codes else []
    told += [f"acknowledged: {', '.join(entry.known)}"] if entry.known else []
    return "; ".join(told) or ("no finding" if isinstance(entry.event, PolicyChange) else "verified")


def change_text(change: Change) -> str:
    """`portfolio.leverage 1.5 -> 1.75`."""
    new = "base config" if change.new is None else value_text(plain(change.new))
    return f"{change.target} {value_text(plain(change.old))} -> {new}{'' if change.automatic is True else ' (by hand)'}"


def approval_text(approval: Approval | None) -> str:
    """Who let it land, as the record tells."""
    if approval is None:
        return "no record"
    pull = approval.pull
    if pull is None:
        return "no pull request known" if approval.asked else "recorded without asking a forge"
    approvers = ", ".join(map(login_text, approval.approvers)) or "nobody else"
    merger = login_text(approval.merger) if approval.merger else "an unknown account"
    return f"#{pull.number} approved by {approvers}, merged by {merger}"


def _origin(entry: Entry) -> Iterator[str]:
    commit = f"commit {entry.event.at.commit[:SHORT]}"
    if entry.landing is entry.event:
        yield approval_text(entry.approval)
        yield f"{commit}; policy {_short(entry.landing.policy if entry.landing else None)}"
    else:
        yield commit


def _short(blob: str | None) -> str:
    return "none" if blob is None else blob[:SHORT]


def log_json(entries: Iterable[Entry], totals: dict[str, Any]) -> dict[str, Any]:
    """The document of `--format json`; `totals` are its members besides the entries."""
    return {"schema_version": 1, **totals, "entries": [entry_json(entry) for entry in entries]}


def entry_json(entry: Entry) -> dict[str, Any]:
    """One entry; what its sort does not have is null or empty."""
    event, landing, approval = entry.event, entry.landing, entry.approval
    policy = event.policy if isinstance(event, PolicyChange) else None
    pull = approval.pull if approval else None
    return {
        "kind": str(entry.kind),
        "by_button": isinstance(event, Undoing),
        "time": moment_text(event.at),
        "commit": event.at.commit,
        "brought_by": list(commits_of(event)[1:]),
        "proposal_id": landing.proposal_id if landing else None,
        "digest": landing.digest if landing else None,
        "mode": landing.mode if landing else None,
        "reverts": landing.reverts if landing and landing is event else None,
        "changes": [change_json(change) for change in entry.changes],
        "recorded": approval is not None,
        "pull_request": {"number": pull.number, "url": pull.url} if pull else None,
        "approvers": list(approval.approvers) if approval else [],
        "merger": approval.merger if approval else None,
        "policy": landing.policy if landing else policy.after if policy else None,
        "policy_before": policy.before if policy else None,
        "author": dict(zip(("name", "email"), event.author, strict=True)) if isinstance(event, PolicyChange) else None,
        "verified": not entry.findings,
        "findings": [finding_json(one) for one in entry.findings],
        "acknowledged": [finding_json(one) | {"reason": reason} for one, reason in entry.acknowledged],
        "unproved": entry.unproved,
    }


def change_json(change: Change) -> dict[str, Any]:
    """One change of a value, in the values' own types."""
    return {
        "target": str(change.target),
        "old": plain(change.old),
        "new": plain(change.new),
        "automatic": change.automatic is True,
    }
