"""What is remembered of a landed proposal: `records/<digest>.json`, an in-toto Statement v1. Pure.

The statement says what landed (the subject) and who let it (the predicate). Values are not repeated: they stand in the
subject's files. Form: https://in-toto.io/Statement/v1, with the digest names of in-toto's DigestSet (`gitBlob` is the
blob's id in git, `sha256` that of the bare content).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from promobot.core.landed import Proposal
from promobot.core.landing_facts import Account, Check, GitFacts, MergedPull, Review, Search
from promobot.core.ledger import Entry
from promobot.core.rendering.facts import instant_text
from promobot.core.version import __version__

RECORDS = "records"
STATEMENT = "https://in-toto.io/Statement/v1"

PREDICATE = "tag:promobot.invalid,2026:landing/v1"
"""The predicate's type: a tag URI (RFC 4151), which names and never resolves; the domain is RFC 2606's, nobody can own
it. The number is the major version: within it members are added, never removed or retyped."""

MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""GitHub's names for people who belong to the repository; it does not tell who of them may write."""

_BOX = re.compile(r"[-*+] \[([ xX])\] (.*)")


def record_entry(
    proposal: Proposal, facts: GitFacts, search: Search, at: datetime, run_url: str | None = None
) -> Entry:
    """The record's path on the ledger and its content: ASCII, sorted, with a newline at the end."""
    statement = {
        "_type": STATEMENT,
        "subject": _subject(facts),
        "predicateType": PREDICATE,
        "predicate": {
            "proposal": _proposal(proposal),
            "decision": _decision(proposal, facts),
            "policy": {
                "path": facts.policy_path,
                "decided_under": proposal.policy_blob,
                "landed_under": facts.policy_blob,
            },
            "landing": _landing(proposal, facts),
            **_approval(search, facts),
            "recorded_at": instant_text(at),
            "run_url": run_url,
            "engine_version": __version__,
        },
    }
    text = json.dumps(statement, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return f"{RECORDS}/{proposal.digest}.json", f"{text}\n".encode("ascii")


def ticks(checklist: str, body: str) -> dict[str, list[str]]:
    """Which boxes of the committed checklist the pull request's body shows as ticked, unticked, or not at all.

    A browser sends CRLF. A box whose text stands in the body several times is ticked when all of them are.
    """
    shown: dict[str, list[bool]] = {}
    for mark, text in _boxes(body):
        shown.setdefault(text, []).append(mark != " ")
    told: dict[str, list[str]] = {"ticked": [], "unticked": [], "missing": []}
    for _, text in _boxes(checklist):
        marks = shown.get(text)
        told["missing" if marks is None else "ticked" if all(marks) else "unticked"].append(text)
    return told


def _boxes(text: str) -> Iterable[tuple[str, str]]:
    lines = text.replace("\r", "\n").split("\n")
    found = (_BOX.fullmatch(line.strip()) for line in lines)
    return [(box[1], box[2].strip()) for box in found if box]


def latest_words(reviews: Sequence[Review], until: datetime) -> list[Review]:
    """The last word of each reviewer that was given before the merge; a comment leaves an earlier word as it was.

    `reviews` are in the order in which they were given. Of deleted accounts every review is kept: nobody can tell them
    apart.
    """
    words: dict[object, Review] = {}
    for place, review in enumerate(reviews):
        in_time = review.at is not None and review.at <= until
        if in_time and review.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            who: object = ("gone", place) if review.by is None else review.by.id
            words.pop(who, None)
            words[who] = review
    return list(words.values())


def approves(review: Review, pull: MergedPull) -> bool:
    """Whether it is what a reader calls an approval: by a person of the repository other than the author, of the head
    that was merged. What the forge itself asked for stands in its branch rules."""
    person = review.by is not None and review.by.type == "User" and review.by != pull.author
    return person and review.association in MEMBERS and review.state == "APPROVED" and review.commit == pull.head


def _subject(facts: GitFacts) -> list[dict[str, Any]]:
    files = [*facts.artifacts.values(), *([facts.overrides] if facts.overrides else [])]
    return [
        {"name": file.path, "digest": {"gitBlob": file.blob, "sha256": hashlib.sha256(file.data).hexdigest()}}
        for file in sorted(files, key=lambda file: file.path)
    ]


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "id": proposal.proposal_id,
        "digest": proposal.digest,
        "evidence_digest": proposal.evidence_digest,
        "kind": proposal.kind,
        "mode": proposal.mode,
        "branch": proposal.branch,
        "reverts": proposal.reverts,
    }


def _decision(proposal: Proposal, facts: GitFacts) -> dict[str, Any]:
    return {
        "applied": [change.target for change in proposal.changes if change.automatic],
        "by_hand": [change.target for change in proposal.changes if not change.automatic],
        "patches": proposal.statuses(facts.artifacts),
    }


def _landing(proposal: Proposal, facts: GitFacts) -> dict[str, Any]:
    name, email = facts.committer
    after = None if facts.overrides is None else facts.overrides.blob
    return {
        "base_branch": proposal.base_branch,
        "commit": facts.commit,
        "committed_at": None if facts.committed_at is None else instant_text(facts.committed_at),
        "committer": {"name": name, "email": email, "verified": False},
        "overrides": {"path": facts.overrides_path, "before": facts.before, "after": after},
    }


def _approval(search: Search, facts: GitFacts) -> dict[str, Any]:
    """Who let it land, as the forge tells; without a pull request nobody is known."""
    pull = search.pull
    told: dict[str, Any] = {"forge": {"asked": search.asked, "unmatched_pull_requests": sorted(search.unmatched)}}
    if pull is None:
        nothing = ("pull_request", "merger", "reviewed_head", "ticks", "checks")
        return told | dict.fromkeys(nothing) | {"approvers": []}
    checklist = facts.artifacts.get("OPERATOR_CHECKLIST.md")
    text = None if checklist is None else checklist.data.decode("utf-8", "replace")
    return told | {
        "pull_request": {
            "number": pull.number,
            "url": pull.url,
            "author": _account(pull.author),
            "merge_commit": pull.merge_commit,
            "merged_at": instant_text(pull.merged_at),
        },
        "merger": _account(pull.merger),
        "reviewed_head": pull.head,
        "approvers": [_word(review, pull) for review in latest_words(pull.reviews, pull.merged_at)],
        "checks": [asdict(check) for check in sorted(set(pull.checks), key=_check_order)],
        "ticks": None if text is None else ticks(text, pull.body),
    }


def _account(account: Account | None) -> dict[str, Any] | None:
    return None if account is None else asdict(account)


def _word(review: Review, pull: MergedPull) -> dict[str, Any]:
    return {
        "by": _account(review.by),
        "state": review.state,
        "commit": review.commit,
        "at": None if review.at is None else instant_text(review.at),
        "association": review.association,
        "counted": approves(review, pull),
    }


def _check_order(check: Check) -> tuple[str, ...]:
    return check.name, check.kind, check.app or "", check.conclusion or ""
