"""auto.toml by property: whatever the file looks like, a plan changes its own leaves and nothing else."""

from __future__ import annotations

import tomllib
from itertools import chain
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from promobot.core import overrides
from promobot.core.facts import leaves
from promobot.core.overrides import NEW_FILE, apply_overrides, read_overrides
from tests.core.strategies import relaxed

NAME = "auto.toml"

texts = st.text(st.characters(codec="utf-8"), max_size=12)
scalars: st.SearchStrategy[Any] = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**63 - 1), st.booleans(), texts
)
comments = st.sampled_from(["", "", " # why", "\t#why = 1", "  # [auto_applied]"])
fillers = st.lists(st.sampled_from(["", "# note", "  # [x]", '# "q.a" = 1', "#"]), max_size=2)
# Tables of others; the texts in them look like ours on purpose.
others = st.sampled_from(
    [
        ["[other]", "x = 1"],
        ["[a.b]", '"q.a" = 1', "[a.c]"],
        ["[[list]]", "x = 1", "[[list]]", "x = 2"],
        ["[text]", "t = '''", "[auto_applied]", '"q.a" = 1', "'''"],
        ["[text2]", 't = """', "[auto_applied.n]", 'd = 1"""', "# [auto_applied]"],
        ["[times]", "at = 2026-11-22T12:00:00Z", "many = [", "  [1],", "  # x", "]"],
    ]
)


class Line(NamedTuple):
    """How a target stands in the file: its key as written there, and the comment behind its value."""

    key: str
    comment: str


class File(NamedTuple):
    """A generated auto.toml, its line end, and where its targets stand."""

    text: str
    end: str
    lines: dict[str, Line]


def written(value: Any) -> str:
    return str(tomlkit.item(value).as_string())


@st.composite
def files(draw: st.DrawFn) -> File:
    """Comments, other tables, and targets that are quoted, dotted or nested, with LF or CRLF."""
    before, after = draw(st.lists(others, max_size=1)), draw(st.lists(others, max_size=1))
    after = [table for table in after if table not in before]
    standing: dict[str, Line] = {}

    def line(target: str, key: str) -> list[str]:
        gap = draw(st.sampled_from([" = ", "=", "  =\t"]))
        standing[target] = Line(key, draw(comments))
        return [*draw(fillers), f"{key}{gap}{written(draw(scalars))}{standing[target].comment}"]

    header = draw(
        st.sampled_from(["[auto_applied]", "[ auto_applied ]  # live", '["auto_applied"]', "\t['auto_applied']"])
    )
    body = [header]
    for letter in draw(st.sets(st.sampled_from("abc"), max_size=3)):
        target = f"{draw(st.sampled_from('qld'))}.{letter}"
        style = {"q": f'"{target}"', "l": f"'{target}'", "d": target}[target[0]]
        body += line(target, style)
    for letter in draw(st.sets(st.sampled_from("xy"), max_size=2)):
        body += [*draw(fillers), f"[auto_applied.n.{letter}]", *line(f"n.{letter}.e", "e")]
    everything = [*draw(fillers), *chain(*before), *body, *draw(fillers), *chain(*after)]
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = end.join(everything) + draw(st.sampled_from([end, ""]))
    # A text of one line has no line end to keep, and gets the usual one.
    return File(text, end if end in text else "\n", standing)


@st.composite
def plans(draw: st.DrawFn, file: File, *, least: int = 0, most: int = 4) -> dict[str, Any]:
    """New values for targets that stand there and for some that do not."""
    targets = [*file.lines, "new.one", "new-2.x_y", "z"]
    return draw(st.dictionaries(st.sampled_from(targets), scalars, min_size=least, max_size=most))


def typed(values: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Values with their types: 1, 1.0 and True are three values, 0.0 and -0.0 two."""
    return {key: (type(value).__name__, repr(value)) for key, value in values.items()}


def key_of(line: str) -> str:
    return line.partition("=")[0].strip()


@relaxed
@given(st.data())
def test_exactly_the_planned_leaves_change_with_their_types(data: st.DataObject) -> None:
    file = data.draw(files())
    plan = data.draw(plans(file))
    new = apply_overrides(file.text, plan, NAME)
    assert typed(read_overrides(new, NAME)) == typed({**read_overrides(file.text, NAME), **plan})
    before, after = tomllib.loads(file.text), tomllib.loads(new)
    before.pop("auto_applied"), after.pop("auto_applied")
    assert typed(dict(leaves(before))) == typed(dict(leaves(after)))


@relaxed
@given(st.data())
def test_every_line_that_is_not_planned_stays_as_it_is(data: st.DataObject) -> None:
    """Comments, blank lines, order and line ends; a planned line keeps its key and its comment."""
    file = data.draw(files())
    plan = data.draw(plans(file))
    old, new = file.text.split(file.end), apply_overrides(file.text, plan, NAME).split(file.end)
    planned = {file.lines[target].key if target in file.lines else f'"{target}"' for target in plan}
    kept, found = ([line for line in lines if key_of(line) not in planned] for lines in (old, new))
    assert found in (kept, [*kept, ""]), "a line end may be added to the last line"
    for target in plan.keys() & file.lines.keys():
        assert any(key_of(one) == file.lines[target].key and one.endswith(file.lines[target].comment) for one in new)
    assert not any("\n" in line or "\r" in line for line in new)


@relaxed
@given(st.data())
def test_one_value_is_one_line_of_the_diff(data: st.DataObject) -> None:
    file = data.draw(files())
    plan = data.draw(plans(file, least=1, most=1))
    (target,) = plan
    old, new = file.text.split(file.end), apply_overrides(file.text, plan, NAME).split(file.end)
    if target in file.lines:
        assert len(old) == len(new)
        assert sum(one != other for one, other in zip(old, new, strict=True)) <= 1
    else:
        place = new.index(f'"{target}" = {written(plan[target])}')
        rest = new[:place] + new[place + 1 :]
        assert rest == old or rest[:-1] == old, "an added last line may have to end the line before it"


@relaxed
@given(st.data())
def test_applying_a_plan_twice_is_applying_it_once(data: st.DataObject) -> None:
    file = data.draw(files())
    plan = data.draw(plans(file))
    once = apply_overrides(file.text, plan, NAME)
    assert apply_overrides(once, plan, NAME) == once


@relaxed
@given(st.data())
def test_the_quick_way_writes_what_tomlkit_writes(data: st.DataObject) -> None:
    file = data.draw(files())
    plan = data.draw(plans(file, least=1))
    quick = apply_overrides(file.text, plan, NAME)
    with patch.object(overrides, "_with_plain_lines", return_value=None):
        assert apply_overrides(file.text, plan, NAME) == quick


@relaxed
@given(st.dictionaries(st.sampled_from(["q.a", "q.b", "q.c"]), scalars, min_size=1), st.data())
def test_what_promobot_wrote_is_edited_the_quick_way(values: dict[str, Any], data: st.DataObject) -> None:
    standing = apply_overrides(NEW_FILE, values, NAME)
    plan = {target: data.draw(scalars) for target in values}
    texts_with_escapes = any(isinstance(value, str) and not value.isalnum() for value in values.values())
    with pytest.MonkeyPatch.context() as context:
        if not texts_with_escapes:
            context.delattr(tomlkit, "parse")
        assert typed(read_overrides(apply_overrides(standing, plan, NAME), NAME)) == typed(plan)
