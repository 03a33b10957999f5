"""A history as an auditor finds it: proposals of every kind, who approved them, a policy change, a button, an edit."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from promobot.adapters.repository import Base, Branches, GitLedger, Repository
from promobot.adapters.repository.landings import find_landing
from promobot.adapters.repository.notes import Notes
from promobot.core.landing import restoring
from promobot.core.landing_facts import Account, Check, MergedPull, Review, Search
from promobot.core.record import record_entry
from promobot.core.rendering.artifacts import CHECKLIST
from promobot.core.wish import Wish
from promobot.usecases.landings import Landings
from tests.support.builders import NOW
from tests.support.builders import patch as built
from tests.support.gate import AUTO, LEVERAGE, POLICY, REPORTS, TILT, TRIGGER, WEIGHT, Gate, lever
from tests.support.hosted import run_here
from tests.support.workspace import POLICY as PLAIN
from tests.support.workspace import Ran

HOUR = timedelta(hours=1)
BOT, ANN, BEN = Account("promobot[bot]", 1, "Bot"), Account("ann", 4, "User"), Account("ben", 5, "User")
LOOSER = PLAIN + "[auto_apply]\nmax_per_day = 9\n"
"""The policy that is merged on the way."""


@dataclass(frozen=True)
class Lived:
    """The clone, and by a word of its own each landing's proposal id and each commit of the line."""

    gate: Gate
    ids: Mapping[str, str]
    commits: Mapping[str, str]
    edited: bool = False

    def audit(self, *words: str) -> Ran:
        """`promobot audit WORDS` in this process; as nothing changes here, the same question is asked once."""
        return _answer(self.edited, words)


@cache
def lived(*, edited: bool = False) -> Lived:
    """The history, made once; with `edited` its newest commit changes a value without a proposal. Only to be read."""
    folder = Path(tempfile.mkdtemp(prefix="promobot-lived-tests-"))
    gate = Gate.at(folder)
    ids: dict[str, str] = {}
    commits: dict[str, str] = {"start": gate.git("rev-parse", "main")}

    def landed(name: str, branch: str, how: str, hours: int, proposal_id: str | None = None) -> None:
        gate.land(branch, how, when=NOW + hours * HOUR)
        commits[name] = gate.git("rev-parse", "main")
        if proposal_id:
            ids[name] = proposal_id

    first = gate.propose(
        lever(reason="best of the sweep", source_experiment_id="wf-12"),
        built(TILT, 0.7, id="p-tilt", reason="\x1b[31mred"),
        built("strategy.name", "=1+1", id="p-name"),
        built("x.y", 3, id="p-unknown"),
    )
    landed("lever", first.branch, "merge", 0, first.proposal.proposal_id)
    commits["policy"] = gate.on_main({POLICY: LOOSER}, when=(NOW + HOUR).isoformat())
    weight = gate.propose(built(WEIGHT, 0.3, id="p-weight"), at=NOW + 2 * HOUR)
    landed("weight", weight.branch, "squash", 2, weight.proposal.proposal_id)
    delay = gate.wish(Wish("operator", {TRIGGER: 4.0}, "slow \x07 down", {"command": "set"}), NOW + 3 * HOUR)
    landed("delay", delay.branch, "rebase", 3, delay.proposal.proposal_id)
    here = Repository(gate.space.clone)
    which = find_landing(here, commits["delay"], reports=REPORTS, overrides=AUTO, asked=weight.proposal.proposal_id)
    back = gate.wish(restoring(which, "too early"), NOW + 4 * HOUR)
    landed("back", back.branch, "merge", 4, back.proposal.proposal_id)
    tilt = gate.propose(built(TILT, 0.35, id="p-tilt"), at=NOW + 5 * HOUR)
    landed("tilt", tilt.branch, "squash", 5, tilt.proposal.proposal_id)
    landed("button", gate.press_revert("main"), "squash", 6)
    record(gate, {"lever": BEN, "delay": BEN}, ids)
    if edited:
        text = gate.git("show", f"main:{AUTO}").replace("1.75", "1.25") + "\n"
        commits["edit"] = gate.on_main({AUTO: text}, when=(NOW + 7 * HOUR).isoformat())
    return Lived(gate, ids, commits, edited)


@cache
def _answer(edited: bool, words: tuple[str, ...]) -> Ran:
    return run_here(lived(edited=edited).gate.space.clone, {}, "audit", *words)


def record(gate: Gate, approvers: Mapping[str, Account], ids: Mapping[str, str]) -> None:
    """The records of all landings, as `promobot record` writes them: ann merges, some are approved by another."""
    repository = Repository(gate.space.clone)
    ledger = GitLedger(repository, Branches(repository, Base("main", None)))
    landings = Landings(repository, "main", gate.git("rev-parse", "main"))
    notes: dict[str, bytes] = {}
    names = {proposal_id: name for name, proposal_id in ids.items()}
    for number, landing in enumerate(landings.all(), start=1):
        facts = landings.facts(landing)
        assert facts.committed_at
        pull = pull_request(number, landing.commit, facts.committed_at)
        by = approvers.get(names[landing.proposal.proposal_id])
        if by is not None:
            review = Review(by, "APPROVED", pull.head, facts.committed_at, "MEMBER")
            ticked = facts.artifacts[CHECKLIST].data.decode().replace("- [ ]", "- [x]")
            pull = replace(pull, reviews=(review,), body=ticked)
        path, content = record_entry(landing.proposal, facts, Search(True, pull), NOW + 8 * HOUR)
        ledger.append(path, content, "record", NOW + 8 * HOUR)
        notes[landing.commit] = content
    Notes(repository, Base("main", None)).add(notes, NOW + 8 * HOUR)


def pull_request(number: int, commit: str, at: datetime) -> MergedPull:
    """A merged pull request of the bot's that nobody has looked at."""
    return MergedPull(
        number=number,
        url=f"https://forge.example/acme/live/pull/{number}",
        head=commit,
        merge_commit=commit,
        merged_at=at,
        commits=1,
        author=BOT,
        merger=ANN,
        body="",
        checks=(Check("promobot / gate", "check_run", "github-actions", "success"),),
    )


__all__ = ["LEVERAGE", "Lived", "lived"]
