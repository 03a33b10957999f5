"""Where results and refusals go: standard output, the job's summary and outputs, annotations."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from typing import Any

import typer

from promobot.adapters.actions import Surroundings, annotation_lines
from promobot.core.cycle import CycleResult
from promobot.core.rendering.result import HEADLINES, error_json, error_lines, result_json, result_lines
from promobot.core.rendering.text import log_line
from promobot.errors import PromobotError, UsageError


class Format(StrEnum):
    """How standard output is written."""

    TEXT = "text"
    JSON = "json"


def print_json(document: dict[str, Any]) -> None:
    """One JSON document and nothing else; ASCII only, so that no log and no terminal is moved by what it quotes."""
    text = json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False)
    # The runner reads `##[command]` anywhere in a line; to JSON the escape is the same character.
    typer.echo(text.replace("##[", "#\\u0023["))


def print_result(result: CycleResult, form: Format, surroundings: Surroundings) -> None:
    """Print a cycle's result; in Actions also write the job summary, the step's outputs and annotations."""
    if form is Format.JSON:
        print_json(result_json(result))
    else:
        if result.approve and result.checklist:
            typer.echo(result.checklist)
        for line in result_lines(result):
            typer.echo(line)
    warnings = [log_line(warning) for warning in result.warnings]
    if not surroundings.in_actions:
        for warning in warnings:
            typer.echo(f"warning: {warning}", err=True)
        return
    try:
        _write_for_actions(result, surroundings)
    except (OSError, UsageError) as error:
        # The proposal stands; that nobody could be told here must not make the run look failed.
        warnings.append(log_line(f"the step's summary or outputs could not be written: {error}"))
    for line in annotation_lines("warning", warnings):
        typer.echo(line, err=True)


def _write_for_actions(result: CycleResult, surroundings: Surroundings) -> None:
    pull = result.pull_request
    told = [f"**{result.outcome}**: {HEADLINES[result.outcome]}", *(f"- {reason.message}" for reason in result.reasons)]
    if pull:
        told.append(f"- [Pull request {pull.number}]({pull.url})")
    if result.checklist:
        told += ["", result.checklist]
    surroundings.write_summary("\n".join(told))
    surroundings.write_outputs(
        {
            "outcome": str(result.outcome),
            "proposal-id": result.proposal_id,
            "branch": result.branch,
            "commit": result.commit,
            "pull-request-number": pull.number if pull else None,
            "pull-request-url": pull.url if pull else None,
        }
    )


def print_error(error: PromobotError, form: Format) -> None:
    """Print a refusal: as JSON on standard output, or as lines on standard error; in Actions also as an annotation."""
    lines = error_lines(error)
    if form is Format.JSON:
        print_json(error_json(error))
    else:
        for line in lines:
            typer.echo(line, err=True)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in annotation_lines("error", ["\n".join(lines)]):
            typer.echo(line, err=True)
