"""Names and values that others chose, for a terminal: plainly where they are plain, else quoted and escaped. Pure."""

from __future__ import annotations

import re

from promobot.core.rendering.text import visible
from promobot.core.values import Scalar, as_scalar, shown

LONGEST_VALUE = 60
_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,100}(\[bot\])?")
_PATH = re.compile(r"[A-Za-z0-9._/-]+")
_NAME = re.compile(r"[^\W_][\w .,'@+-]{0,80}")
_URL = re.compile(r"https?://[A-Za-z0-9./:_~%-]{1,300}")


def value_text(value: Scalar | None, limit: int = LONGEST_VALUE) -> str:
    """A value for people: a text in quotes, cut; `none` where there is none."""
    if value is None:
        return "none"
    return visible(value, limit) if isinstance(value, str) else shown(value)


def plain(value: object) -> Scalar | None:
    """A value as a proposal may hold it; of a tampered one anything else, which JSON may not even have, as a text."""
    return None if value is None else as_scalar(value) if as_scalar(value) is not None else visible(repr(value))


def login_text(login: str) -> str:
    """A login plainly where it is one, else quoted."""
    return login if _LOGIN.fullmatch(login) else visible(login, 60)


def url_text(url: str) -> str:
    """An address plainly where it is one, else quoted."""
    return url if _URL.fullmatch(url) else visible(url)


def path_text(path: str) -> str:
    """A path plainly where it is plain, else quoted; bytes that are no UTF-8 are escapes."""
    return path if _PATH.fullmatch(path) else visible(path)


def author_text(author: tuple[str, str]) -> str:
    """Name and address of a commit, plainly where they are plain."""
    name, address = (word if _NAME.fullmatch(word) else visible(word, 60) for word in author)
    return f"{name} <{address}>"
