"""`promobot record`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from promobot.adapters.actions import Surroundings, annotation_lines
from promobot.adapters.github import Forge, Patience
from promobot.adapters.github.merged import MergedPulls
from promobot.adapters.repository import Base, Token
from promobot.adapters.repository.notes import Notes
from promobot.cli.options import BaseBranch, Now, OutputFormat, Repo, moment
from promobot.cli.output import Format, print_json
from promobot.cli.wiring import ForgeChoice, open_desk, uses_github
from promobot.core.landing_facts import MergedPull
from promobot.core.record import approves, latest_words
from promobot.core.rendering.text import log_line
from promobot.errors import UsageError
from promobot.usecases import record as story
from promobot.usecases.desk import Desk


def record(
    since: Annotated[
        str | None,
        typer.Option(metavar="REV", help="Only landings after this commit of the base branch. Default: all of them."),
    ] = None,
    forge: Annotated[
        ForgeChoice,
        typer.Option(
            help="github asks it who merged and approved; none asks nobody, and the records say so for ever; auto is "
            "github, or nothing is done."
        ),
    ] = ForgeChoice.AUTO,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask and report, and write nothing.")] = False,
    now: Now = None,
    repo: Repo = Path(),
    base: BaseBranch = None,
    format_: OutputFormat = Format.TEXT,
) -> None:
    """Write down who let each proposal land.

    Merger, approvers, reviewed head, checks and ticks: each landed proposal has one record, records/DIGEST.json on the
    branch promobot-ledger, an in-toto statement about the proposal's files. Every landing that has no record gets one,
    so a run after an outage catches up; a record that is there stays as it is. Copies go to refs/notes/promobot on the
    landing commits, for git log --notes=promobot.

    Exit codes: 0 done (also: nothing to record), 2 usage or policy error, 4 repository state refused, 5 the git remote
    or the forge failed; what it could not tell of is not recorded, and the next run asks again.

    Examples:

      promobot record

      promobot record --since v1.4 --dry-run

      promobot record --forge none
    """
    surroundings = Surroundings.of(os.environ)
    github = uses_github(forge, surroundings)
    if not github and forge is ForgeChoice.AUTO:
        raise UsageError(
            "who merged and approved stands on the forge only: set GITHUB_TOKEN and GITHUB_REPOSITORY, or say "
            "--forge none to record for ever that nobody was asked"
        )
    at = moment(now)
    desk, branch = open_desk(repo, base, forge, surroundings, at)
    request = story.Request(branch, at, since, dry_run)
    told = story.record(
        desk, _merges(surroundings, desk) if github else None, _notes(surroundings, desk, branch), request
    )
    if format_ is Format.JSON:
        print_json(_document(told, dry_run=dry_run))
    else:
        for line in _lines(told, dry_run=dry_run):
            typer.echo(line)
    _tell_actions(told, surroundings, dry_run=dry_run)


def _merges(surroundings: Surroundings, desk: Desk) -> MergedPulls:
    name, secret = surroundings.named_repository(), surroundings.token()
    forge = Forge(surroundings.api_url, name, secret, surroundings.server_url, Patience(say=desk.say))
    return MergedPulls(forge)


def _notes(surroundings: Surroundings, desk: Desk, branch: str) -> Notes:
    token = None if surroundings.secret is None else Token(surroundings.server_url, surroundings.secret)
    return Notes(desk.repository, Base(branch, desk.remote), token)


def _tell_actions(told: story.Told, surroundings: Surroundings, *, dry_run: bool) -> None:
    warnings = [log_line(warning) for warning in told.warnings]
    if not surroundings.in_actions:
        for warning in warnings:
            typer.echo(f"warning: {warning}", err=True)
        return
    surroundings.write_outputs({"recorded": len(told.recorded), "waiting": len(told.waiting)})
    surroundings.write_summary("\n".join(f"    {line}" for line in _lines(told, dry_run=dry_run)))
    for line in annotation_lines("warning", warnings):
        typer.echo(line, err=True)


def _lines(told: story.Told, *, dry_run: bool) -> list[str]:
    verb, count = "would be recorded" if dry_run else "recorded", len(told.recorded)
    lines = [f"{count} {'landing' if count == 1 else 'landings'} {verb}, {told.already} had a record already."]
    for one in told.recorded:
        lines.append(f"{one.landing.proposal.proposal_id} landed in {one.landing.commit}: {_by(one.pull)}")
    for landing in told.waiting:
        lines.append(f"{landing.proposal.proposal_id} waits: its pull request is still open on the forge; run again")
    if told.noted:
        lines.append(f"new notes in refs/notes/promobot: {told.noted}")
    return [log_line(line) for line in lines]


def _by(pull: MergedPull | None) -> str:
    if pull is None:
        return "no pull request brought it; who approved it is not known"
    merger = pull.merger.login if pull.merger else "an unknown account"
    approvers = _approvers(pull)
    return f"#{pull.number}, merged by {merger}, approved by {', '.join(approvers) or 'nobody else'}"


def _approvers(pull: MergedPull) -> list[str]:
    words = latest_words(pull.reviews, pull.merged_at)
    return [word.by.login for word in words if word.by and approves(word, pull)]


def _document(told: story.Told, *, dry_run: bool) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "dry_run": dry_run,
        "recorded": [_one(one) for one in told.recorded],
        "already": told.already,
        "waiting": [landing.proposal.proposal_id for landing in told.waiting],
        "noted": told.noted,
        "warnings": list(told.warnings),
    }


def _one(one: story.Recorded) -> dict[str, Any]:
    pull, landing = one.pull, one.landing
    return {
        "proposal_id": landing.proposal.proposal_id,
        "digest": landing.proposal.digest,
        "commit": landing.commit,
        "path": one.path,
        "pull_request": None if pull is None else {"number": pull.number, "url": pull.url},
        "merger": pull.merger.login if pull and pull.merger else None,
        "approvers": _approvers(pull) if pull else [],
    }
