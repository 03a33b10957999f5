"""How good files go bad: JSON by its structure, TOML by its lines, everything by its bytes."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from tests.usecases.fuzzing.seeds import AUTO, BASE, EVIDENCE, HEALTH, JUNIT, OLDER, PATCHES, POLICY
from tests.usecases.fuzzing.world import World

TARGETS = [one["target"] for one in PATCHES]
TEXTS = [
    "", " ", "x", "nan", "1.5", "true", "null", "NaN", "@everyone", "#1", "`x`", "<!--", "| a |", "::error::x", "\n",
    "\r\n[auto_applied]\r\n", '"', "'", "\\", "\0", "\x1b[31m", "\u202e", "\ufeff", "\u0430", "\U0010ffff", "R&D",
    "rnd-1", "frozen", "research", "portfolio.Leverage", "portfolio.leverage ", "portfolio..leverage", "risk.stop_loss",
    "desk", "portfolio.leverage.x", "2026-11-22", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "x" * 1001,
]  # fmt: skip
NUMBERS: list[Any] = [
    0, -0.0, 1, -1, 1.25, 1.3500000000000001, 1.5, 2, 2.0, 2.0000000000000004, 3.0, 3.5, 10, 1e308, -1e308, 5e-324,
    2**53 + 1, 2**63 - 1, -(2**63), 2**63, 10**30, 0.1 + 0.2, float("nan"), float("inf"),
]  # fmt: skip
SCALARS = st.sampled_from([*TEXTS, *NUMBERS, None, True, False, *TARGETS])
# Copied, because a later mutation may change what an earlier one put there.
VALUES = SCALARS | st.sampled_from([[], {}, [[]], {"x": {}}, ["R&D"], {"sharpe": 9}, [1, "x", None]]).map(deepcopy)
NEAR = st.floats(-0.3, 0.3).map(lambda step: round(1.25 + step, 3))
FRAGMENTS = st.sampled_from(
    [
        b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\n", b"\r\n", b",", b"{", b"}", b"[", b"]", b'"', b"'",
        b"\\", b"\\ud800", b"\\u0000", b":", b"=", b"#", b"'''", b'"""', b"nan", b"inf", b"-", b"1e999", b"9" * 400,
        b"0x1F", b"1_000", b"true", b"null", b"NaN", b"Infinity", b"1979-05-27", b"[" * 200, b'{"a":' * 200,
        b"[auto_applied]", b'[auto_applied."desk"]', b"[[auto_applied]]", b'"desk.size" = 9.0\n', b"desk.size = 9.0\n",
        b"[portfolio]", b"[[eligibility]]\n", b"lock = true\n", b'mode = "live"\n', b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
        b"&a;", b"<failure/>", b"</testsuite>", b"<!--", b"]]>", b'failures="1"', b'"id":"p-1"', b'"meta":{}',
    ]
)  # fmt: skip


@st.composite
def spliced(draw: st.DrawFn, data: bytes) -> bytes:
    """Up to three places overwritten, filled, cut or doubled; now and then the whole in another encoding."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 2, 8, 40, 10**6])))
        data = data[:start] + draw(FRAGMENTS | st.just(data[start:end] * 2)) + data[end:]
    if draw(st.integers(0, 30)) == 0:
        data = data.decode("utf-8", "replace").encode(draw(st.sampled_from(["utf-16", "utf-8-sig", "utf-32"])))
    return data


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a JSON value."""
    inner = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    return [(node, key) for key, _ in inner] + [place for _, value in inner for place in places(value)]


@st.composite
def restructured(draw: st.DrawFn, value: Any) -> Any:
    """A few members replaced, moved slightly, taken away, renamed or doubled."""
    value = [deepcopy(value)]
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 4]))):
        node, key = draw(st.sampled_from(places(value)))
        kind = draw(st.sampled_from(["replace", "replace", "near", "drop", "rename", "double"]))
        if kind == "drop" and node is not value:
            del node[key]
        elif kind == "rename" and isinstance(node, dict):
            node[draw(st.sampled_from([*TEXTS, "id", "target", "meta", key.upper()]))] = node.pop(key)
        elif kind == "double" and isinstance(node, list) and node is not value:
            node.append(deepcopy(node[key]))
        else:
            node[key] = draw(NEAR if kind == "near" else VALUES)
    return value[0]


@st.composite
def moved(draw: st.DrawFn, whole: Any) -> Any:
    """Still an export that is read, with other values and claims in its patches."""
    whole = deepcopy(whole)
    patches = whole if isinstance(whole, list) else whole.get("patches", [whole])
    for _ in range(draw(st.integers(1, 3))):
        one = draw(st.sampled_from(patches))
        member, drawn = draw(st.sampled_from(MEMBERS))
        one[member] = draw(drawn)
    return whole


MEMBERS: list[tuple[str, st.SearchStrategy[Any]]] = [
    ("new_value", NEAR),
    ("new_value", st.sampled_from(NUMBERS[:-4])),
    ("old_value", NEAR | st.none()),
    ("target", st.sampled_from(TARGETS)),
    ("status", st.sampled_from(["PROMOTED", "PROPOSED", "REJECTED"])),
    ("confidence_score", st.sampled_from([None, 0, 0.5, 0.75, 0.8, 1])),
    ("generated_at", st.sampled_from([None, "2026-11-01", "2027-01-01T00:00:00Z"])),
    ("source_experiment_id", st.sampled_from(TEXTS[:30])),
    ("meta", VALUES.filter(lambda value: value is None or isinstance(value, dict))),
    ("meta", st.fixed_dictionaries({}, optional=dict.fromkeys(("is_live_ready", "tier", "tags", "metrics"), VALUES))),
]


@st.composite
def exports(draw: st.DrawFn) -> tuple[str, bytes]:
    """Suffix and content."""
    patches = draw(st.lists(st.sampled_from(PATCHES), min_size=1, max_size=8, unique_by=lambda one: one["id"]))
    form = draw(st.sampled_from(["list", "list", "object", "one", "lines"]))
    whole: Any = {"list": patches, "object": {"patches": patches}, "one": patches[0], "lines": patches}[form]
    whole = draw(st.one_of(st.just(whole), moved(whole), moved(whole), restructured(whole)))
    if form == "lines":
        rows = whole if isinstance(whole, list) else [whole]
        data = "\n".join(json.dumps(one, ensure_ascii=False) for one in rows).encode("utf-8", "surrogatepass")
        return ".jsonl", data
    indent, ascii_only = draw(st.sampled_from([None, 1])), draw(st.booleans())
    return ".json", json.dumps(whole, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


@st.composite
def lines(draw: st.DrawFn, data: bytes) -> bytes:
    """TOML with some lines given another value, taken away, doubled, moved, or with other line ends."""
    rows = data.decode().splitlines()
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(rows) - 1))
        kind = draw(st.sampled_from(["value", "value", "drop", "double", "move"]))
        if kind == "value" and "=" in rows[place]:
            new = draw(SCALARS | NEAR)
            rows[place] = (
                f"{rows[place].split('=')[0]}= {json.dumps(new).replace('NaN', 'nan').replace('Infinity', 'inf')}"
            )
        elif kind == "drop" and len(rows) > 1:
            del rows[place]
        elif kind == "double":
            rows.insert(draw(st.integers(0, len(rows))), rows[place])
        else:
            rows.insert(draw(st.integers(0, len(rows) - 1)), rows.pop(place))
    return (draw(st.sampled_from(["\n", "\n", "\r\n"])).join(rows) + "\n").encode()


def toml(*seeds: bytes) -> st.SearchStrategy[bytes]:
    """Mostly as it is, sometimes changed by lines, sometimes by bytes."""
    good = st.sampled_from(seeds)
    return st.one_of(*[good] * 6, good.flatmap(lines), good.flatmap(spliced))


def health() -> st.SearchStrategy[bytes | None]:
    good = st.sampled_from([HEALTH, HEALTH, HEALTH, JUNIT])
    told = restructured(json.loads(HEALTH)).map(lambda value: json.dumps(value).encode())
    return st.one_of(*[good] * 5, told, good.flatmap(spliced), st.none())


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """All that a cycle reads: mostly good, so that what is spoilt is met by a cycle that would go on."""
    suffix, data = draw(exports())
    if draw(st.integers(0, 5)) == 0:
        data = draw(spliced(data))
    return World(
        (suffix, data),
        draw(toml(POLICY, POLICY, POLICY + EVIDENCE, (POLICY + EVIDENCE).replace(b"health.json", b"health.xml"))),
        draw(st.one_of(*[toml(BASE)] * 5, st.none())),
        draw(st.one_of(*[toml(AUTO)] * 5, st.none())),
        draw(st.lists(st.tuples(st.integers(-2, 40), toml(*OLDER, AUTO)), max_size=3)),
        draw(health()),
    )
