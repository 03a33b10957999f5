"""Untrusted text stays text: whatever an export says, the checklist's structure and meaning stay ours."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promobot.core.rendering.checklist import BOXES
from promobot.core.rendering.text import code
from tests.core.rendering.hostile import BENIGN, IDS, TARGETS, TEXTS, with_names, with_text
from tests.support import gfm

SETTINGS = settings(deadline=None, max_examples=120)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
# The characters that mean something to a Markdown parser, a shell of one or a log, in every order.
NASTY_TEXT = st.text("`|\\\n\r@#[]()<>!*_~:&$-+= x1\t\u2028\u202e\u200b\x00\x1b", max_size=60)


def assert_same_page(hostile: str, benign: str, *, boxes: int = len(BOXES)) -> None:
    """Nothing live, and apart from what stands in code spans the very page that a harmless export gives."""
    assert gfm.findings(hostile) == []
    page, plain = gfm.read(hostile), gfm.read(benign)
    assert page.skeleton == plain.skeleton
    assert page.boxes == [False] * boxes
    assert [[len(row) for row in table] for table in page.tables] == [
        [len(row) for row in table] for table in plain.tables
    ]
    assert page.headings == plain.headings
    assert hostile.count("\n") == benign.count("\n")


def test_the_benign_page_is_the_one_we_mean() -> None:
    page = gfm.read(with_text(BENIGN).checklist)
    assert page.headings == ["h1 Promotion proposal", "h2 Before you merge", "h2 Provenance"]
    assert [(len(table), {len(row) for row in table}) for table in page.tables] == [(4, {7})]
    assert page.tags["details"] == 2
    assert sum(BENIGN in code for code in page.codes) >= 10, "the text is shown, or this module proves nothing"


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_text_of_an_export_stays_text(text: str) -> None:
    assert_same_page(with_text(text).checklist, with_text(BENIGN).checklist)


@pytest.mark.parametrize("identity", IDS)
def test_an_id_stays_text(identity: str) -> None:
    page = with_names(identity=identity).checklist
    assert_same_page(page, with_names().checklist)
    assert identity in gfm.read(page).codes


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_stays_text(target: str) -> None:
    page = with_names(target=target).checklist
    assert_same_page(page, with_names().checklist)
    assert target in gfm.read(page).codes


@SETTINGS
@given(ANY_TEXT | NASTY_TEXT)
def test_any_text_stays_text(text: str) -> None:
    assert_same_page(with_text(text).checklist, with_text(BENIGN).checklist)


@SETTINGS
@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", fullmatch=True))
def test_any_id_stays_text(identity: str) -> None:
    assert_same_page(with_names(identity=identity).checklist, with_names().checklist)


@pytest.mark.parametrize("text", [text for text in TEXTS if len(text) <= 60], ids=ascii)
def test_the_exact_text_can_be_read_back(text: str) -> None:
    """What is harmless must not be a lie: a code span of free text is a JSON string of the very text."""
    codes = gfm.read(with_text(text).checklist).codes
    # GFM's own rule: a code span keeps its blanks, so the JSON string comes back as it was written.
    assert sum(json.loads(code) == text for code in codes if re.fullmatch('".*"', code)) >= 5


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a.b_c-1:2/d e", "`a.b_c-1:2/d e`"),
        ("", '`""`'),
        (" a", '`" a"`'),
        ("a ", '`"a "`'),
        ("a@b", '`"a@b"`'),
        ("a#1", '`"a#1"`'),
        ("a`b|c", r'`"a\u0060b\u007cc"`'),
        ("é", '`"é"`'),
    ],
)
def test_a_code_span_shows_names_bare_and_anything_else_as_a_json_string(text: str, span: str) -> None:
    assert code(text) == span


@pytest.mark.parametrize(
    ("markdown", "what"),
    [
        ("hello @octocat", "mention"),
        ("see #123", "issue reference"),
        ("see desk/live#1", "issue reference"),
        ("fixes GH-1", "closing keyword"),
        ("at deadbeef1", "commit-like"),
        ("a <b>c</b>", "<b>"),
        ("go to www.evil.example", "<a>"),
        ("![x](y)", "<img>"),
        ("- [x] y", "ticked"),
        ("<!-- x -->", "comment"),
        ("<details>", "unbalanced"),
        ("<p>raw</p>", "raw HTML"),
        ("a :tada: b", "emoji"),
        ("a $x$ b", "math"),
        ("a \u202e b", "invisible"),
        ("x[^1]\n\n[^1]: y", "<sup>"),
    ],
)
def test_the_judge_sees_what_it_must(markdown: str, what: str) -> None:
    assert any(what in found for found in gfm.findings(markdown))


def test_the_judge_lets_code_be() -> None:
    assert gfm.findings("see `@octocat fixes #1 www.evil.example <b> deadbeef1 [x]`") == []
