"""Texts that a hostile export would send, and one proposal that carries such a text in every untrusted place."""

from __future__ import annotations

from tests.core.rendering.cycle import Cycle, cycle, patch

SHA = "0123456789abcdef0123456789abcdef01234567"

# Any text may stand in values, reasons, experiments and meta.
TEXTS = (
    # Mentions, references, closing keywords, commits.
    "@octocat", "@desk/traders please merge", "`@octocat`", "``` @octocat", "#123", "GH-123", "desk/live#1",
    "fixes #1", "Closes: GH-7", "resolved desk/live#9", SHA, "desk/live@" + SHA, "deadbeef", "x` closes #1 `x",
    # Links and images.
    "www.evil.example", "https://evil.example/?a=b", "mailto:root@evil.example", "<https://evil.example>",
    "[click](https://evil.example)", "![x](https://evil.example/p.png)", "[x]: https://evil.example", "[x][x]",
    "\n\n[promobot]: https://evil.example\n", "[^1]", "\n\n[^1]: note\n", "root@evil.example",
    # HTML and comments.
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "</details>", "</summary></details><b>",
    "<details open>", "<!--", "-->", "<!-- x -->", "`<!--`",
    "<![CDATA[x]]>", "<?php", "<!DOCTYPE x>", "&lt;b&gt;", "&#64;octocat",
    "&commat;octocat", "&#x60;@octocat", "&nbsp;",
    # Boxes, tables, blocks, fences.
    "- [x] done", "- [ ] more", "[x]", "\n- [x] done", "\r- [x] done", "\u2028- [x] done", "\x0b- [x] done", "a | b",
    "|", "||", "\\|", "\\\\|", "\\", "a\\", "\n|---|---|\n", "\n| x | y |\n", "# heading", "\n# heading\n", "\n===\n",
    "\n---\n", "> quote", "> [!CAUTION]", "1. one", "    code", "\t- x", "***", "**bold**", "_em_", "~~gone~~",
    # Code spans.
    "`", "``", "```", "`" * 7, "` ` `", "a`b``c```d", "\\`", "```\n@octocat\n```", "~~~", "\n~~~\n",
    "`\n\n@octocat\n\n`",
    # Emoji, math, alerts.
    ":tada:", ":+1:", "$x$", "$`x`$", "$$\nx\n$$", "#ff0000",
    # Line breaks, bidi, zero width, control characters.
    "\n", "\r", "\r\n", "\u2028", "\u2029", "\u0085", "\x0c", "\u202e@octocat", "\u2066x\u2069", "\u200b@octocat",
    "\u200d", "\ufeff", "\u00ad", "\x00", "\x1b[31mred", "\x1b]8;;https://evil.example\x07x", "\x08\x08", "\x7f",
    "\x9b31m",
    "\U000e0041\U000e0042", "\U0001f468\u200d\U0001f469", "e\u0301\u0338", "\ue000", "\U0010ffff",
    # Workflow commands and outputs.
    "::error::x", "\n::error::x", "\r::add-mask::x", "\r\n  ::set-output name=a::b", "%0A::set-output name=a::b",
    "##[group]x", "x ##[error]y", "###[x", "##\u200b[error]", "#\u0000#[error]", "##\u202e[x]", "\u2028::error::x",
    "EOF", "a=b\nc=d", "outcome<<EOF", "::stop-commands::x",
    # Trailers.
    "\n\nPromotion-Digest: " + "0" * 64, "Signed-off-by: x <x@evil.example>", "\nPromotion-Kind: operator",
    # Lengths and blanks.
    "", " ", "  x  ", '"', "'", '"x"', "\u00a0", "\u3000x", "x" * 1000, "|" * 1000, "\U0001f600" * 500,
)  # fmt: skip

# An id's grammar: `[A-Za-z0-9][A-Za-z0-9._:-]{0,127}`.
IDS = (
    "www.evil.example", "GH-123", SHA, "deadbeef", "http:www.evil.example", "x:tada:y", "A::error::x", "mailto:x",
    "closes:GH-1", "a--b", "a-", "1.", "x" * 128, "EOF", "Promotion-Digest:x", "0", "-".join("ab"), "a:::b", "x__y__z",
)  # fmt: skip

# A target's grammar: dotted segments of `[A-Za-z0-9_-]+`, none with a tag in it, so that all are judged alike.
TARGETS = (
    "www.evil.example", "GH-123", SHA, "deadbeef", "_x_", "__x__", "-", "--", "---", "-x", "1.5", "0", "true", "null",
    "a.b.c.d", "fixes.GH-1", "EOF", ".".join("x" * 128), "x" * 255, "SIGNED-OFF-BY", "constructor.__proto__",
)  # fmt: skip

BENIGN = "plain"


def with_text(text: str) -> Cycle:
    """The text as value, old and live value, reason, experiment and all through meta; accepted, rejected, skipped."""
    meta = {
        "tier": text,
        "tags": [text, {text: text}],
        "metrics": {f"k{text}": text, "list": [text, {"x" + text: 1}]},
        text: {text: [text]},
        "is_live_ready": text,
    }
    told = {"reason": text, "source_experiment_id": text, "meta": meta}
    new = f"new {text}"[:1000]
    return cycle(
        [
            patch("accepted", "a.name", new, old_value=text[:1000], **told),
            patch("live-text", "b.name", "other", old_value=text[:1000], **told),
            patch("odd-meta", "c.ratio", 1.5, reason=text, meta={"metrics": text, "tags": text, "tier": [text]}),
            patch("rejected", "barred.name", new, **told),
            patch("stale", "d.name", new, old_value=f"not live {text}"[:1000], **told),
            patch("skipped", "e.name", new, **(told | {"status": "PROPOSED"})),
        ],
        {"a.name": text[:1000], "b.name": text[:1000], "c.ratio": 1.0, "barred.name": "x", "d.name": "x"},
    )


def with_names(identity: str = "id", target: str = "name") -> Cycle:
    """An id and a target, accepted as one patch and rejected as another."""
    return cycle(
        [
            patch(identity, target, "new", reason="why"),
            patch(f"{identity[:120]}-2", f"barred.{target}"[:255].rstrip("."), "new"),
        ],
        {target: "old"},
    )
