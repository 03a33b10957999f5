"""Markdown as GitHub shows it: cmark-gfm's HTML, walked, and the questions that GitHub's later filters ask of it.

cmark-gfm (the `cmarkgfm` package) is GitHub's own parser. After it GitHub runs filters over the text outside of
`<code>`, `<pre>` and `<a>`: mentions, issue and commit references, closing keywords, emoji, math. Those filters are
not public, so `findings` asks for less than they need: the bare pattern anywhere is one finding too many.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

from cmarkgfm.cmark import Options, markdown_to_html_with_extensions  # type: ignore[import-untyped]

EXTENSIONS = ["table", "autolink", "strikethrough", "tasklist", "tagfilter"]
# A comment on GitHub keeps raw HTML (its sanitizer looks at it later), breaks lines hard and knows footnotes.
AS_A_COMMENT = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS | Options.CMARK_OPT_FOOTNOTES
OMITTED = "<!-- raw HTML omitted -->"

OPAQUE = frozenset({"code", "pre", "a"})
VOID = frozenset({"br", "hr", "img", "input"})
# Everything that the checklist is made of; anything else came from somewhere else.
OURS = frozenset(
    ("h1", "h2", "p", "br", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "ul", "li", "input")
) | {"details", "summary"}

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

LIVE_TEXT = {
    "a mention": re.compile(r"@[\w-]"),
    "an issue reference": re.compile(r"#\d|\bGH-\d", re.IGNORECASE),
    "a closing keyword with a reference": re.compile(
        r"\b(close[sd]?|fix(e[sd])?|resolve[sd]?)\b:?\s+(\S*#\d|GH-\d|https?:)", re.IGNORECASE
    ),
    "a commit-like word": re.compile(r"\b[0-9a-f]{7,40}\b", re.IGNORECASE),
    "a bare link": re.compile(r"\b(https?|ftp)://|\bwww\.|mailto:|xmpp:", re.IGNORECASE),
    "an emoji shortcode": re.compile(r":[a-z0-9_+-]+:", re.IGNORECASE),
    "math": re.compile(r"\$"),
    "an alert or a footnote": re.compile(r"\[[!^]"),
    "a box as text": re.compile(r"\[[ xX]\]"),
}


@dataclass
class Page:
    """What a reader sees. `text` leaves out code, pre and links; `codes` are the code spans' contents in order."""

    tags: Counter[str] = field(default_factory=Counter)
    skeleton: list[str] = field(default_factory=list)
    text: str = ""
    codes: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    boxes: list[bool] = field(default_factory=list)
    """One entry a task box: whether it is ticked."""
    tables: list[list[list[str]]] = field(default_factory=list)
    """Tables, rows, cells: each cell's whole text, code included."""
    comments: list[str] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)
    raw_blocks: int = 0
    """How many pieces of raw HTML the parser let through."""


class _Walker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        page = self.page
        page.tags[tag] += 1
        page.skeleton.append(f"<{tag} {sorted(attrs)}>" if attrs else f"<{tag}>")
        if tag not in VOID:
            self._open.append(tag)
        if tag == "input":
            page.boxes.append("checked" in dict(attrs))
        elif tag == "table":
            page.tables.append([])
        elif tag == "tr":
            page.tables[-1].append([])
        elif tag in ("th", "td"):
            page.tables[-1][-1].append("")
        elif tag == "code":
            page.codes.append("")
        elif re.fullmatch("h[1-6]", tag):
            page.headings.append(f"{tag} ")
        page.text += "\n"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.page.skeleton.append(f"</{tag}>")
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self.page.unbalanced.append(tag)
        self.page.text += "\n"

    def handle_data(self, data: str) -> None:
        page = self.page
        if "td" in self._open or "th" in self._open:
            page.tables[-1][-1][-1] += data
        if page.headings and any(re.fullmatch("h[1-6]", tag) for tag in self._open):
            page.headings[-1] += data
        if "code" in self._open:
            page.codes[-1] += data
        if not OPAQUE & set(self._open):
            page.text += data
            page.skeleton.append(data)

    def handle_comment(self, data: str) -> None:
        self.page.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        self.page.comments.append(decl)

    def handle_pi(self, data: str) -> None:
        self.page.comments.append(data)

    def unknown_decl(self, data: str) -> None:
        self.page.comments.append(data)

    def finish(self) -> Page:
        self.close()
        self.page.unbalanced += self._open
        return self.page


def read(markdown: str) -> Page:
    """Render and walk a document."""
    walker = _Walker()
    walker.feed(markdown_to_html_with_extensions(markdown, options=AS_A_COMMENT, extensions=EXTENSIONS))
    page = walker.finish()
    safe = markdown_to_html_with_extensions(markdown, options=Options.CMARK_OPT_HARDBREAKS, extensions=EXTENSIONS)
    page.raw_blocks = safe.count(OMITTED)
    return page


def findings(markdown: str) -> list[str]:
    """Everything in a checklist that is more than text: what GitHub or a browser would act on. Empty is good."""
    page = read(markdown)
    found = [f"{what}: {match.group()!r}" for what, at in LIVE_TEXT.items() if (match := at.search(page.text))]
    found += [f"a <{tag}>" for tag in page.tags if tag not in OURS]
    found += [f"a comment: {comment!r}" for comment in page.comments]
    found += [f"an unbalanced <{tag}>" for tag in page.unbalanced]
    found += ["a ticked box"] * any(page.boxes)
    # Our own raw HTML: `<details><summary>..</summary>` is one piece, `</details>` another.
    if page.raw_blocks != 2 * page.tags["details"] or page.tags["details"] != page.tags["summary"]:
        found.append(f"raw HTML: {page.raw_blocks} pieces for {page.tags['details']} folded parts")
    return found + [f"an invisible character U+{ord(char):04X}" for char in sorted(set(hidden(markdown)))]


def hidden(text: str) -> list[str]:
    """Characters that a reader cannot see or that move what he sees, apart from line feeds."""
    return [char for char in text if char != "\n" and unicodedata.category(char) in HIDDEN]
