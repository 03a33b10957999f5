"""The gate from the command line's words to printed words, without typer: the quick answer must not pay for it.

A pull request that touches nothing protected is answered by git and the standard library alone; only where something
protected is touched are the policy, the rules and GitPython loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from promobot.adapters.actions import Surroundings, placed_annotation
from promobot.adapters.event import Event, read_event
from promobot.adapters.merged_tree import MergedTree, Unmergeable
from promobot.core.gate.protected import POLICY, Protected
from promobot.core.gate.shape import bent, shape_of
from promobot.core.gate.verdict import Verdict, Violation
from promobot.core.rendering.text import log_line
from promobot.core.rendering.verdict import verdict_json, verdict_lines, verdict_summary
from promobot.errors import PromobotError, UsageError

VIOLATIONS, READER_GONE = 1, 141
_OPTIONS = {"--base": "base", "--head": "head", "--branch": "branch", "--body": "body", "--repo": "repo",
            "--now": "now", "--format": "form"}  # fmt: skip


class Request(NamedTuple):
    """The command line. None: not given. `body` is a file, `form` is `text` or `json`."""

    base: str | None = None
    head: str | None = None
    branch: str | None = None
    body: str | None = None
    repo: str = "."
    now: str | None = None
    form: str = "text"


def quick(words: Sequence[str]) -> int | None:
    """Answer `check` and give the exit code; None where the full command line has to look at the words."""
    request = _plain_words(words)
    if request is None:
        return None
    try:
        verdict = answer(request)
    except (PromobotError, OSError):
        # How a refusal is told stands in one place only, and that is not here.
        return None
    try:
        code = show(verdict, request)
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    return code


def answer(request: Request) -> Verdict:
    """The verdict. Raises UsageError; whatever cannot be read in the repository is a violation."""
    event = _event()
    base, head = request.base or event.base, request.head or event.head or "HEAD"
    place = Path(request.repo)
    if base is None:
        base = _default_base(place)
    try:
        with MergedTree(place, base, head) as merged:
            return _free(merged, event) or _judged(merged, place, request, event, base)
    except Unmergeable as error:
        if error.code == "unknown_revision":
            raise UsageError(error.message) from error
        return Verdict((Violation(error.code, log_line(error.message)),), (), base, head, None, None)


def show(verdict: Verdict, request: Request) -> int:
    """Print the verdict; in Actions also annotate the lines and write the job's summary. Gives the exit code."""
    if request.form == "json":
        import json  # noqa: PLC0415

        text = json.dumps(verdict_json(verdict), indent=2, ensure_ascii=True)
        # The runner reads `##[command]` anywhere in a line; to JSON the escape is the same character.
        sys.stdout.write(text.replace("##[", "#\\u0023[") + "\n")
    else:
        sys.stdout.write("\n".join(verdict_lines(verdict)) + "\n")
    surroundings = Surroundings.of(os.environ)
    if surroundings.in_actions:
        _tell_actions(verdict, surroundings)
    return 0 if verdict.ok else VIOLATIONS


def _tell_actions(verdict: Verdict, surroundings: Surroundings) -> None:
    for level, found in (("error", verdict.violations), ("warning", verdict.warnings)):
        for one in found:
            title = f"promobot {one.code}"
            # The message names a path that the runner could misread, and does it in escapes.
            plain = one.path is not None and one.path.isprintable() and one.path.isascii() and "##[" not in one.path
            file = one.path if plain else None
            told = placed_annotation(level, log_line(one.message), title=title, file=file, line=one.line)
            sys.stderr.write(f"{told}\n")
    try:
        surroundings.write_summary(verdict_summary(verdict))
    except (OSError, ValueError):
        sys.stderr.write("promobot: the job's summary could not be written\n")


def _free(merged: MergedTree, event: Event) -> Verdict | None:
    """The answer where nothing protected is touched; None where somebody has to look."""
    side = merged.side
    if merged.conflicts or event.group:
        return None
    try:
        protected = _protected(merged)
    except ValueError:
        return None
    shape = shape_of(merged.touched(side.base), protected)
    if not shape.only_free or any(bent(shape, protected)):
        return None
    only = side.merge_bases[0] if len(side.merge_bases) == 1 else None
    return Verdict((), (), side.base, side.head, only, merged.tree)


def _protected(merged: MergedTree) -> Protected:
    """Where the base's policy has its paths. Raises ValueError where it cannot be read."""
    data = merged.file(merged.side.base, POLICY)
    # A backslash may spell the word in other letters.
    if data is None or not (b"paths" in data or b"\\" in data):
        return Protected()
    import tomllib  # noqa: PLC0415

    try:
        return Protected.of(tomllib.loads(data.decode("utf-8")))
    except RecursionError as error:
        raise ValueError("too deep") from error


def _judged(merged: MergedTree, place: Path, request: Request, event: Event, base: str) -> Verdict:
    """With everything loaded."""
    from promobot.cli.gate_words import body_of, branch_of  # noqa: PLC0415
    from promobot.cli.moments import moment  # noqa: PLC0415
    from promobot.usecases.check import verdict_on  # noqa: PLC0415
    from promobot.usecases.check_case import Asked  # noqa: PLC0415
    from promobot.usecases.check_reading import GateRepository  # noqa: PLC0415

    repository = GateRepository(merged)
    branch = request.branch or event.branch or branch_of(repository, base, place)
    body = body_of(request.body) if request.body else event.body
    asked = Asked(branch, moment(request.now), body, event.labels, steps=event.group)
    return verdict_on(merged, repository, asked)


def _event() -> Event:
    inside = os.environ.get("GITHUB_ACTIONS") == "true"
    return read_event(os.environ.get("GITHUB_EVENT_PATH") or None) if inside else Event()


def _default_base(place: Path) -> str:
    from promobot.cli.gate_words import default_base  # noqa: PLC0415

    return default_base(place)


def _plain_words(words: Sequence[str]) -> Request | None:
    """The request where every word is an option that is known, in one of its two spellings; else None."""
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        name, joined, value = rest.pop(0).partition("=")
        if name not in _OPTIONS or _OPTIONS[name] in found or (not joined and not rest):
            return None
        found[_OPTIONS[name]] = value if joined else rest.pop(0)
    if any(not value or value.startswith("-") for value in found.values()):
        return None
    return Request(**found) if found.get("form", "text") in ("text", "json") else None
