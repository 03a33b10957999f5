"""Comments on a pull request: each is said once, whatever was cut off before."""

from __future__ import annotations

from github.PullRequest import PullRequest as Pull

LONGEST = 60_000
"""Characters of a comment; the server refuses more than 65,536."""

CUT = "\n\n(cut: it is too long for a comment)"


def say_once(pull: Pull, text: str) -> None:
    """Comment, unless the same words stand there: an earlier run may have died, or lost the answer, just after.

    Costs one request to look and one to speak. Nothing is believed because of a comment; at worst, who writes our
    words before us has saved us from writing them.
    """
    words = text if len(text) <= LONGEST else text[: LONGEST - len(CUT)] + CUT
    if not any(_plain(comment.body) == _plain(words) for comment in pull.get_issue_comments()):
        pull.create_issue_comment(words)


def _plain(text: str | None) -> str:
    """Without what an edit in a browser changes."""
    return (text or "").replace("\r\n", "\n").strip()
