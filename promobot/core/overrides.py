"""auto.toml: its text -> values, and its text + planned values (None: taken away) -> new text.

A new text is proved before it is used: parsed again, it must differ from the old one in the planned leaves only,
types included. Comments, order and line ends stay, so that a reviewer sees one changed line for one changed value.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from math import isnan
from typing import Any

from promobot.core.facts import leaves, paths
from promobot.core.values import Scalar, same
from promobot.errors import RepositoryRefused

TABLE = "auto_applied"
NEW_FILE = f"# Values applied by merged promotion proposals. Change this file by a proposal only.\n\n[{TABLE}]\n"

_TABLE_HEADER = re.compile(rf"""^[ \t]*\[[ \t]*(?:{TABLE}|"{TABLE}"|'{TABLE}')[ \t]*\]""")
_ANY_HEADER = re.compile(r"^[ \t]*\[")
_BLANK_OR_COMMENT = re.compile(r"^[ \t]*(?:#|$)")
_PLAIN_VALUE = re.compile(r"""(?:[-+.0-9a-z_]+|"[^"\\\x00-\x1f]*")(?P<rest>[ \t]*(?:\#[^\r\n]*)?\r?\n?)""")


@lru_cache(maxsize=8)
def overrides_document(text: str) -> dict[str, Any]:
    """The parsed text, to be read only: an edit and its proof, and the next edit, look at the same texts again."""
    return tomllib.loads(text)


def read_overrides(text: str, name: str) -> dict[str, Any]:
    """The values by dotted target. Raises RepositoryRefused, naming the file, when it cannot be understood."""
    try:
        values, twice = _values(text)
    except (ValueError, RecursionError) as error:
        raise RepositoryRefused(f"{name} is not valid TOML ({error}); mend it on the base branch first") from error
    if values is None:
        raise RepositoryRefused(f"{name}: [{TABLE}] must be a table; mend it on the base branch first")
    if twice:
        raise RepositoryRefused(f"{name}: {twice[0]} stands there quoted and nested at once; keep one of them")
    return dict(values)


@lru_cache(maxsize=8)
def _values(text: str) -> tuple[dict[str, Any] | None, list[str]]:
    """The values by dotted target, None where the table is none; and which targets stand there once more."""
    table = overrides_document(text).get(TABLE, {})
    if not isinstance(table, dict):
        return None, []
    everything = list(paths(table))
    twice = [target for target, times in Counter(target for target, _ in everything).items() if times > 1]
    return {target: value for target, value in everything if not isinstance(value, Mapping)}, twice


def apply_overrides(text: str, plan: Mapping[str, Scalar | None], name: str) -> str:
    """The text with every planned value set, or taken away (None); proved to differ in nothing else.

    A value that is taken away goes with its line and the comment behind it; the table above it stays, even empty.
    Raises RepositoryRefused where that cannot be done without touching anything else.
    """
    before = read_overrides(text, name)
    replaced = {target: value for target, value in plan.items() if value is not None and target in before}
    added = {target: value for target, value in plan.items() if value is not None and target not in before}
    plainly = _with_plain_lines(text, replaced)
    if plainly is not None and len(replaced) == len(plan):
        return plainly
    edited = _with_replaced(text, replaced, name) if plainly is None else plainly
    if not _same_lines_but(text, edited, len(replaced)):
        raise RepositoryRefused(f"{name} cannot be edited without moving other lines; write [{TABLE}] as a plain table")
    edited = _with_removed(edited, sorted(t for t, value in plan.items() if value is None and t in before), name)
    return _proved_one(text, _with_added(edited, added), plan, name)


def _proved_one(old: str, candidates: Iterable[str], plan: Mapping[str, Scalar | None], name: str) -> str:
    for candidate in candidates:
        if _proved(old, candidate, plan):
            return candidate
    raise RepositoryRefused(
        f"{name} is written in a way that cannot be edited safely; write [{TABLE}] as a plain table"
    )


def _with_replaced(text: str, plan: Mapping[str, Scalar], name: str) -> str:
    """Set values where they stand, quoted or nested; tomlkit keeps the comment behind them."""
    import tomlkit  # noqa: PLC0415 rarely needed, and slow to load
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        document = tomlkit.parse(text)
        for target, value in plan.items():
            _set_where_it_stands(document[TABLE], target, value)
        return tomlkit.dumps(document)
    except (TOMLKitError, RecursionError) as error:
        raise RepositoryRefused(f"{name} cannot be edited ({error}); write [{TABLE}] as a plain table") from error


def _with_plain_lines(text: str, plan: Mapping[str, Scalar]) -> str | None:
    """Set values that stand on lines as promobot writes them; None where that is not proved.

    The bytes are tomlkit's, which takes milliseconds for twenty values; an audit makes thousands of edits again.
    """
    lines = _lines(text)
    for target, value in plan.items():
        start = f'"{target}" = '
        places = [number for number, line in enumerate(lines) if line.startswith(start)]
        found = _PLAIN_VALUE.fullmatch(lines[places[0]], len(start)) if len(places) == 1 else None
        if found is None:
            return None
        lines[places[0]] = f"{start}{_written(value)}{found['rest']}"
    edited = "".join(lines)
    return edited if not plan or _proved(text, edited, plan) else None


def _written(value: Scalar) -> str:
    """A value as tomlkit writes it. Numbers it writes as Python does, and loading it takes longer than an edit."""
    if isinstance(value, str):
        import tomlkit  # noqa: PLC0415

        return str(tomlkit.item(value).as_string())
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same_lines_but(old: str, new: str, most: int) -> bool:
    """Whether at most so many lines differ and none moved; tomlkit may set tables in another order (measured)."""
    before, after = old.split("\n"), new.split("\n")
    return len(before) == len(after) and sum(map(str.__ne__, before, after)) <= most


def _set_where_it_stands(table: Any, target: str, value: Scalar) -> bool:
    if target in table and not isinstance(table[target], dict):
        table[target] = value
        return True
    return any(
        target.startswith(f"{key}.")
        and isinstance(inner, dict)
        and _set_where_it_stands(inner, target[len(key) + 1 :], value)
        for key, inner in list(table.items())
    )


def _with_added(text: str, plan: Mapping[str, Scalar]) -> Iterator[str]:
    """Texts that might hold the added lines in the right place, the best first; the caller proves which does.

    tomlkit would put new lines behind the next table's comment and with the wrong line ends (measured), so the
    lines are written here: behind the table's last own line, right below its header, or in a new table at the end.
    """
    if not plan:
        yield text
        return
    lines = _lines(text)
    end = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    new = [f'"{target}" = {_written(value)}{end}' for target, value in sorted(plan.items())]
    for start in (number for number, line in enumerate(lines) if _TABLE_HEADER.match(line)):
        yield "".join(_inserted(lines, _last_own_line(lines, start) + 1, new, end))
        yield "".join(_inserted(lines, start + 1, new, end))
    gap = [end] if lines and lines[-1].strip() else []
    yield "".join(_inserted(lines, len(lines), [*gap, f"[{TABLE}]{end}", *new], end))


def _with_removed(text: str, targets: list[str], name: str) -> str:
    """All at once where each target has one line that may be its own; each proof parses the whole file twice."""
    if not targets:
        return text
    lines = _lines(text)
    ends = [_set_by(line) for line in lines]
    places = [n for target in targets for n, end in enumerate(ends) if _may_set(end, target)]
    gone = set(places)
    without = "".join(line for n, line in enumerate(lines) if n not in gone)
    if len(places) == len(targets) and _proved(text, without, dict.fromkeys(targets)):
        return without
    for target in targets:
        text = _proved_one(text, _without_line(text, target), {target: None}, name)
    return text


def _may_set(end: str | None, target: str) -> bool:
    return end is not None and (end == target or target.endswith(f".{end}"))


def _without_line(text: str, target: str) -> Iterator[str]:
    """Texts without one line that may be the target's own: read by itself, it sets the target or the end of it.

    tomlkit also takes blank lines and line ends away, so whole lines are left out here; the caller proves which was
    the right one (a line in a text of many lines may look the same).
    """
    lines = _lines(text)
    for number, line in enumerate(lines):
        if _may_set(_set_by(line), target):
            yield "".join(lines[:number] + lines[number + 1 :])


def _set_by(line: str) -> str | None:
    """The dotted key that a line sets all by itself; None for a header, a comment, a part of something longer."""
    try:
        found = list(leaves(tomllib.loads(line)))
    except (ValueError, RecursionError):
        return None
    return found[0][0] if len(found) == 1 else None


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _inserted(lines: list[str], at: int, new: list[str], end: str) -> list[str]:
    head = lines[:at]
    if head and not head[-1].endswith("\n"):
        head[-1] += end
    return [*head, *new, *lines[at:]]


def _last_own_line(lines: list[str], header: int) -> int:
    last = header
    for number in range(header + 1, len(lines)):
        if _ANY_HEADER.match(lines[number]):
            break
        if not _BLANK_OR_COMMENT.match(lines[number].rstrip("\r\n")):
            last = number
    return last


def _proved(old: str, new: str, plan: Mapping[str, Scalar | None]) -> bool:
    """Whether the new text parses to the old document with exactly the planned leaves set or taken away."""
    try:
        before, after = overrides_document(old), overrides_document(new)
    except (ValueError, RecursionError):
        return False
    planned = dict(leaves(before.get(TABLE, {}))) | dict(plan)
    # TOML has no null, so None stands for nothing but a value taken away.
    expected = {target: value for target, value in planned.items() if value is not None}
    everything = list(paths(after.get(TABLE, {})))
    found = [(path, value) for path, value in everything if not isinstance(value, Mapping)]
    if len({path for path, _ in everything}) < len(everything):
        return False
    rest = ({key: value for key, value in side.items() if key != TABLE} for side in (before, after))
    return _identical(*rest) and len(found) == len(expected) and _identical(expected, dict(found))


def _identical(left: Any, right: Any) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_identical(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_identical, left, right))
    return same(left, right) or (isinstance(left, float) and isinstance(right, float) and isnan(left) and isnan(right))
