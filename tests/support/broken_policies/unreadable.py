"""What TOML itself refuses: its reader stops at the first such place, so one line is all there can be."""

from __future__ import annotations

from tests.support.broken_policies.words import NAME

NO_TOML = f"promobot: {NAME} is not valid TOML; nothing was done"
NO_UTF8 = f"promobot: {NAME} is not UTF-8 text; nothing was done"
BOM = f"promobot: {NAME} starts with a byte order mark; save it as UTF-8 without one"

# A story -> the file's bytes and the lines that must answer them.
UNREADABLE: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "a key twice": (
        b'mode = "disabled"\nlock = true\nlock = false\n',
        (NO_TOML, f"  {NAME}, line 3: Cannot overwrite a value; a key stands there twice, keep one of them"),
    ),
    "a table twice": (
        b"[research]\n\n[research]\n",
        (
            NO_TOML,
            (
                f"  {NAME}, line 3: Cannot declare ('research',) twice; "
                "a table stands there twice, put its keys under one header"
            ),
        ),
    ),
    "text without quotes": (
        b"version = 1\nmode = manual_only\n",
        (NO_TOML, f"  {NAME}, line 2: Invalid value; text stands in quotes, true and false without"),
    ),
    "a comma in a number": (
        b"max_per_proposal = 1,5\n",
        (
            NO_TOML,
            (
                f"  {NAME}, line 1: Expected newline or end of document after a statement; "
                "one `key = value` a line; a decimal is written 1.5"
            ),
        ),
    ),
    "an open end": (
        b"lock =",
        (NO_TOML, f"  {NAME}: Invalid value at the end of the file; text stands in quotes, true and false without"),
    ),
    "not UTF-8": (
        b"# a comment\n# caf\xe9\n",
        (NO_UTF8, f"  {NAME}, line 2: not UTF-8 text; save the file as UTF-8"),
    ),
    "UTF-16": (
        "lock = true\n".encode("utf-16"),
        (NO_UTF8, f"  {NAME}, line 1: not UTF-8 text; save the file as UTF-8"),
    ),
    "a byte order mark": (b"\xef\xbb\xbflock = true\n", (BOM,)),
}
