"""Exports that are large rather than clever. Each is made when it is needed and none is kept."""

from __future__ import annotations

import json

from tests.support.hostile_exports.case import Case, as_bytes, p, refused, taken

LIMIT = 64 * 1024 * 1024
TARGET = "portfolio.leverage"
ONE = as_bytes([p()])
MOST_PROBLEMS = 1000


def large(members: int) -> bytes:
    """A patch whose meta holds so many elements."""
    return as_bytes([p(meta={"curve": [0.5] * members, "names": {f"k{n}": n for n in range(members)}})])


def many(count: int) -> bytes:
    """So many patches that want as many values for one target."""
    return as_bytes([p(new_value=1.0 + n / 1e6, identity=f"p{n}") for n in range(1, count + 1)])


CASES = [
    Case("10,000 patches for one target", lambda: many(10_000),
         decided={f"p{n}": "conflict" for n in range(1, 10_001)}),
    Case("2,000 patches for as many targets",
         lambda: as_bytes([p(f"portfolio.x{n}", identity=f"p{n}") for n in range(2000)]),
         decided={f"p{n}": "unknown_target" for n in range(2000)}),
    Case("500 twins", lambda: as_bytes([p(identity=f"p{n}") for n in range(500)]),
         decided={f"p{n}": "" for n in range(500)}, applied={TARGET: 1.25}),
    taken("100,000 elements in meta", lambda: large(100_000)),
    taken("a reason of a million characters", lambda: as_bytes([p(reason="\u00e9" * 1_000_000)])),
    taken("exactly 64 MiB", lambda: ONE + b" " * (LIMIT - len(ONE))),
    refused("64 MiB and a byte", lambda: ONE + b" " * (LIMIT - len(ONE) + 1), ("", None, "larger than 64 MiB")),
    refused("64 MiB of opening brackets", lambda: b"[" * LIMIT, ("/0" * 64, 1, "deeper than 64 levels")),
    refused("64 MiB of opening braces", lambda: b'{"":' * (LIMIT // 4), ("/" * 64, 1, "deeper than 64 levels")),
    refused("64 MiB of one text", lambda: b'"' + b"a" * (LIMIT - 2) + b'"', ("", 1, "an export is a list")),
    refused("64 MiB of one number", lambda: b"[" + b"1" * (LIMIT - 2) + b"]", ("/0", 1, "64-bit range")),
    refused("64 MiB of one fraction", lambda: b"[0." + b"1" * (LIMIT - 4) + b"]", ("/0", 1, "a patch is")),
    refused("64 MiB of line ends and no document", lambda: b"\n" * LIMIT, ("", LIMIT + 1, "the text ends")),
    refused("64 MiB of one id", lambda: raw_id(LIMIT - 200), ("/0/id", 1, "must match")),
    refused("64 MiB of one unknown field", lambda: b'[{"' + b"x" * (LIMIT - 20) + b'":0}]',
            ("/0/" + "x" * 197 + "\u2026", 1, "unknown field"),
            *((f"/0/{name}", 1, "missing") for name in ("id", "target", "new_value", "status"))),
    refused("one name a million times", lambda: b"{" + b'"a":1,' * 1_000_000 + b'"a":1}',
            *[("/a", 1, "stands twice")] * MOST_PROBLEMS),
    refused("more problems than anybody reads", lambda: b"[" + b"NaN," * 1_000_000 + b"0]",
            *((f"/{n}", 1, "NaN") for n in range(MOST_PROBLEMS))),
    refused("a million empty objects", lambda: b"[" + b"{}," * 1_000_000 + b"{}]",
            *((f"/{n}/{name}", 1, "missing") for n in range(MOST_PROBLEMS // 4)
              for name in ("id", "target", "new_value", "status"))),
    refused("problems below 60 names of 100,000 letters", lambda: below_long_names(60, 100_000),
            *((("/" + "k" * 200 + "\u2026") * 60 + f"/{n}", 1, "NaN") for n in range(MOST_PROBLEMS))),
    refused("a long name beside what is wrong", lambda: beside_a_long_name(1_000_000),
            ("/" + "k" * 199 + "\u2026", 1, "unknown member"),
            *((f"/patches/0/{name}", 1, "missing") for name in ("id", "target", "new_value", "status"))),
]  # fmt: skip


def raw_id(length: int) -> bytes:
    """A patch with an id so long."""
    return json.dumps([p()]).replace('"p"', '"' + "p" * length + '"').encode()


def below_long_names(depth: int, length: int) -> bytes:
    """A thousand problems that lie below so many names, each so long: a pointer would be megabytes long."""
    names = b"".join(b'{"' + b"k" * length + b'":' for _ in range(depth))
    return names + b"[" + b"NaN," * MOST_PROBLEMS + b"0]" + b"}" * depth


def beside_a_long_name(length: int) -> bytes:
    """Many values below one long name, in front of what is wrong: to build a pointer for each would take minutes."""
    return b'{"' + b"k" * length + b'":[' + b"0," * 20_000 + b'0],"patches":[{}]}'
