"""The commit's message: nothing of an export's text in it, and exactly our trailers, as git itself reads them."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promobot.core.changes import Change
from promobot.core.rendering.message import LONGEST_SUBJECT, commit_message, subject, trailers_of
from tests.core.rendering.cycle import BASE, BLOB, BLOBS, EXPORT, RUN, Cycle, cycle, patch
from tests.core.rendering.hostile import BENIGN, TEXTS, with_text
from tests.support import gfm


def git_trailers(message: str) -> list[tuple[str, str]]:
    """What `git interpret-trailers --parse` finds, with nobody's configuration."""
    environment = {
        "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    done = subprocess.run(
        ["git", "interpret-trailers", "--parse"],
        input=message.encode("utf-8"),
        capture_output=True,
        check=True,
        env=environment,
    )
    pairs = (line.partition(": ") for line in done.stdout.decode("utf-8").splitlines())
    return [(name, value) for name, _, value in pairs]


def expected_trailers(made: Cycle) -> list[tuple[str, str]]:
    return [
        ("Promotion-Proposal", made.proposal.proposal_id),
        ("Promotion-Kind", "promotion"),
        ("Promotion-Mode", "bounded_auto"),
        ("Promotion-Digest", made.proposal.meta["digest"]),
        ("Promotion-Export", EXPORT),
        ("Promotion-Policy", BLOB),
        ("Promotion-Overrides", BLOBS),
        ("Promotion-Base", BASE),
        ("Promotion-Run", RUN),
    ]


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_no_text_of_an_export_gets_into_the_message(text: str) -> None:
    hostile, benign = with_text(text), with_text(BENIGN)

    def unnamed(made: Cycle) -> str:
        # The digest is of the values and so differs; nothing else may.
        return made.message.replace(made.proposal.meta["digest"], "").replace(made.proposal.proposal_id, "")

    assert unnamed(hostile) == unnamed(benign)
    assert gfm.hidden(hostile.message) == []
    assert hostile.message.isascii()


@pytest.mark.parametrize("text", ["", "\n\nPromotion-Digest: " + "0" * 64, "x\nSigned-off-by: x <x@evil.example>"])
def test_git_reads_exactly_our_trailers_once_each(text: str) -> None:
    made = with_text(text)
    assert git_trailers(made.message) == expected_trailers(made)
    assert trailers_of(made.message) == dict(expected_trailers(made))


def test_a_target_that_looks_like_a_trailer_is_none() -> None:
    made = cycle([patch("p", "Promotion-Digest", 2.0)], {"Promotion-Digest": 1.0})
    assert made.message.startswith("promote: Promotion-Digest 1.0 -> 2.0 (by hand)\n\n")
    assert git_trailers(made.message) == expected_trailers(made)


def test_what_is_not_known_has_no_trailer() -> None:
    meta = with_text(BENIGN).proposal.meta
    bare = {**meta, "policy": {"blob": None}, "base": {"commit": None}, "export": {"sha256": None}}
    names = [name for name, _ in git_trailers(commit_message("promote: x", bare, "none", None))]
    assert names == [
        "Promotion-Proposal", "Promotion-Kind", "Promotion-Mode", "Promotion-Digest", "Promotion-Overrides",
    ]  # fmt: skip


def change(
    target: str, old: bool | float | str | None, new: bool | float | str | None, automatic: bool = True
) -> Change:
    return Change(target, old, new, automatic)


A, B, C = change("a.x", 1.5, 1.75), change("b.x", 1, 2), change("c.x", 0.1, 0.2, False)

SUBJECTS = {
    "one value": ([A], "promote: a.x 1.5 -> 1.75"),
    "two more": ([A, B, change("d", 1, 3)], "promote: a.x 1.5 -> 1.75 (+2 more)"),
    "one by hand": ([C], "promote: c.x 0.1 -> 0.2 (by hand)"),
    "two by hand": ([C, change("d", 1, 3, False)], "promote: c.x 0.1 -> 0.2 (+1 more, by hand)"),
    "the automatic one is named": ([change("a", 1, 2, False), A], "promote: a.x 1.5 -> 1.75 (1 by hand)"),
    "both": ([A, B, C], "promote: a.x 1.5 -> 1.75 (+1 more, 1 by hand)"),
    "no live value": ([change("a", None, 1.5, False)], "promote: a none -> 1.5 (by hand)"),
    "a boolean": ([change("a", False, True, False)], "promote: a false -> true (by hand)"),
    "a string": ([change("a", "old", "new", False)], "promote: a (text) (by hand)"),
    "a live string": ([change("a", "old", 5, False)], "promote: a (text) (by hand)"),
    "a long target": ([change("t" * 255, 1, 2)], "promote: 1 value"),
    "a long target by hand": ([change("t" * 255, 1, 2, False)], "promote: 1 value by hand"),
    "a long target beside one by hand": ([change("t" * 255, 1, 2), C], "promote: 1 value"),
    "long targets": ([change("t" * 255, 1, 2), change("u" * 255, 1, 2)], "promote: 2 values"),
}


@pytest.mark.parametrize("case", SUBJECTS)
def test_the_subject_says_what_changes(case: str) -> None:
    changes, line = SUBJECTS[case]
    assert subject(changes) == line


A_GONE, B_GONE = change("a.x", 1.75, None), change("b.x", "secret", None)

REMOVALS = {
    "one": ([A_GONE], {"a.x": 1.5}, "unset: a.x 1.75 -> 1.5 (override removed)"),
    "nothing below": ([A_GONE], {}, "unset: a.x 1.75 -> none (override removed)"),
    "a text goes": ([B_GONE], {"b.x": "other"}, "unset: b.x (text) (override removed)"),
    "a text comes": ([A_GONE], {"a.x": "other"}, "unset: a.x (text) (override removed)"),
    "one more": ([A_GONE, B_GONE], {"a.x": 1.5}, "unset: a.x 1.75 -> 1.5 (override removed, +1 more)"),
    "one goes beside one set": ([A, B_GONE], {}, "unset: a.x 1.5 -> 1.75 (+1 more)"),
    "a long target": ([change("t" * 255, 1, None)], {}, "unset: 1 value"),
}


@pytest.mark.parametrize(("changes", "below", "line"), REMOVALS.values(), ids=REMOVALS)
def test_the_subject_says_what_is_taken_away(changes: list[Change], below: dict[str, float | str], line: str) -> None:
    assert subject(changes, "unset", below) == line


VALUES = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
CHANGES = st.builds(
    change, st.from_regex(r"[A-Za-z0-9_-]{1,80}(\.[A-Za-z0-9_-]{1,80}){0,2}", fullmatch=True), st.none() | VALUES,
    st.none() | VALUES, st.booleans(),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(CHANGES, min_size=1, max_size=5))
def test_any_subject_is_one_short_line_of_plain_characters(changes: list[Change]) -> None:
    line = subject(changes)
    assert line.isascii()
    assert line.isprintable()
    assert len(line) <= LONGEST_SUBJECT
    assert line.startswith("promote: ")
