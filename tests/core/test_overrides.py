"""auto.toml by example: where a value stands it is edited, where none stands a line is added, all else stays."""

from __future__ import annotations

import tomllib
from difflib import ndiff
from typing import Any

import pytest
import tomlkit

from promobot.core.overrides import NEW_FILE, apply_overrides, read_overrides
from promobot.errors import RepositoryRefused

NAME = "config/live_overrides/auto.toml"


def diff(old: str, new: str) -> list[str]:
    """The removed and added lines, line ends included."""
    return [line for line in ndiff(old.splitlines(True), new.splitlines(True)) if line[:2] in ("- ", "+ ")]


READ: dict[str, tuple[str, dict[str, Any]]] = {
    "quoted": ('[auto_applied]\n"a.b" = 1.5', {"a.b": 1.5}),
    "dotted": ("[auto_applied]\na.b = 1.5", {"a.b": 1.5}),
    "nested": ("[auto_applied.a]\nb = 1.5", {"a.b": 1.5}),
    "inline": ("auto_applied = { a = { b = 1.5 }, c = 'x' }", {"a.b": 1.5, "c": "x"}),
    "partly quoted": ('[auto_applied."a.b"]\nc = true', {"a.b.c": True}),
    "no table": ("[other]\na = 1", {}),
    "an empty file": ("", {}),
    "the file that promobot starts": (NEW_FILE, {}),
    "an array is a leaf": ("[auto_applied]\na = [1, { b = 2 }]", {"a": [1, {"b": 2}]}),
}


@pytest.mark.parametrize(("text", "values"), READ.values(), ids=READ)
def test_reading(text: str, values: dict[str, Any]) -> None:
    assert read_overrides(text, NAME) == values


UNREADABLE = {
    "no TOML": "[auto_applied",
    "a key twice": "[auto_applied]\na = 1\na = 2",
    "quoted and nested at once": '[auto_applied]\n"a.b" = 1\n[auto_applied.a]\nb = 2',
    "quoted and nested at once, further down": '[auto_applied.x]\n"a.b" = 1\na = { b = 2 }',
    "no table": "auto_applied = 1",
    "tables in an array": "[[auto_applied]]\na = 1",
    "a byte order mark": "\ufeff[auto_applied]\n",
    "a lone carriage return": "[auto_applied]\ra = 1",
    "too deep": "a = " + "[" * 3000,
    "a number longer than Python reads": "[auto_applied]\na = " + "9" * 5000,
    "a date that is none": "a = 2026-02-30",
    "a git conflict": "[auto_applied]\n<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> x\n",
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_understood_is_refused_by_name(text: str) -> None:
    for refuse in (lambda: read_overrides(text, NAME), lambda: apply_overrides(text, {"a.b": 3}, NAME)):
        with pytest.raises(RepositoryRefused, match=NAME) as caught:
            refuse()
        assert caught.value.exit_code == 4


EDITED: dict[str, tuple[str, Any, list[str]]] = {
    "a quoted key": ('[auto_applied]\n"a.b" = 1.5 # why\n', 1.75, ['- "a.b" = 1.5 # why\n', '+ "a.b" = 1.75 # why\n']),
    "a literal key": ("[auto_applied]\n'a.b' = 1.5\n", 1.75, ["- 'a.b' = 1.5\n", "+ 'a.b' = 1.75\n"]),
    "a dotted key": ("[auto_applied]\na.b = 1.5\n", 1.75, ["- a.b = 1.5\n", "+ a.b = 1.75\n"]),
    "a nested key": ("[auto_applied.a]\n# c\n  b = 1.5\t# d\n", 2.0, ["-   b = 1.5\t# d\n", "+   b = 2.0\t# d\n"]),
    "an inline table": ("auto_applied = { a = { b = 1, c = 2 } }\n", 3,
                        ["- auto_applied = { a = { b = 1, c = 2 } }\n", "+ auto_applied = { a = { b = 3, c = 2 } }\n"]),
    "CRLF": ('[auto_applied]\r\n"a.b" = 1 # x\r\n"c" = 2\r\n', 3, ['- "a.b" = 1 # x\r\n', '+ "a.b" = 3 # x\r\n']),
    "no last line end": ('[auto_applied]\n"a.b" = 1', 2, ['- "a.b" = 1', '+ "a.b" = 2']),
    "the target in another table too": ('[x]\n"a.b" = 1\n[auto_applied]\n"a.b" = 1\n', 2,
        ['- "a.b" = 1\n', '+ "a.b" = 2\n']),
    "a decoy in a text": ('x = """\n[auto_applied]\n"a.b" = 1\n"""\n[auto_applied]\n"a.b" = 1\n', 2,
                          ['- "a.b" = 1\n', '+ "a.b" = 2\n']),
    "a decoy in a comment": ('[auto_applied]\n# "a.b" = 1\n"a.b" = 1\n', 2, ['- "a.b" = 1\n', '+ "a.b" = 2\n']),
    "a boolean": ('[auto_applied]\n"a.b" = false\n', True, ['- "a.b" = false\n', '+ "a.b" = true\n']),
    "tables around it": ("[a]\nb = 1\n\n[auto_applied.a]\nb = 1\n\n# end\n[z]\n", 2, ["- b = 1\n", "+ b = 2\n"]),
    "the table in two places": ("[auto_applied.x]\ny = 1\n[z]\n[auto_applied.a]\nb = 1\n", 2,
        ["- b = 1\n", "+ b = 2\n"]),
    "added to an empty table": ("# head\n[auto_applied]\n", 1.5, ['+ "a.b" = 1.5\n']),
    "added behind the last own line": ('[auto_applied]\n"x" = 1\n\n# about z\n[z]\n', 1.5, ['+ "a.b" = 1.5\n']),
    "added with CRLF": ('# head\r\n[auto_applied]\r\n"x" = 1\r\n', 1.5, ['+ "a.b" = 1.5\r\n']),
    "added below a header with a comment": ("[ auto_applied ]  # live\n", 1.5, ['+ "a.b" = 1.5\n']),
    "added below a quoted header": ('["auto_applied"]\nx = 1\n', 1.5, ['+ "a.b" = 1.5\n']),
    "added behind an array of many lines": ("[auto_applied]\nx = [\n  1,\n]\n", 1.5, ['+ "a.b" = 1.5\n']),
    "added behind an array that looks like a header": ("[auto_applied]\nx = [\n[1],\n]\n", 1.5, ['+ "a.b" = 1.5\n']),
    "added before a table inside the table": ("[auto_applied]\nx = 1\n[auto_applied.y]\nz = 1\n", 1.5,
        ['+ "a.b" = 1.5\n']),
    "added past a header inside a text": ('x = """\n[auto_applied]\n"""\n[auto_applied]\n', 1.5, ['+ "a.b" = 1.5\n']),
    "added to a file without the table": ("x = 1\n", 1.5, ["+ \n", "+ [auto_applied]\n", '+ "a.b" = 1.5\n']),
    "added to an empty file": ("", 1.5, ["+ [auto_applied]\n", '+ "a.b" = 1.5\n']),
    "added after no last line end": ("[auto_applied]", 1.5,
        ["- [auto_applied]", "+ [auto_applied]\n", '+ "a.b" = 1.5\n']),
    "added as text": ("[auto_applied]\n", 'say "hi"\\', ['+ "a.b" = "say \\"hi\\"\\\\"\n']),
}  # fmt: skip


@pytest.mark.parametrize(("text", "value", "changed"), EDITED.values(), ids=EDITED)
def test_one_value_is_one_line(text: str, value: Any, changed: list[str]) -> None:
    new = apply_overrides(text, {"a.b": value}, NAME)
    assert sorted(diff(text, new)) == sorted(changed)
    assert read_overrides(new, NAME) == {**read_overrides(text, NAME), "a.b": value}


def test_the_added_line_stands_in_its_own_table_before_the_next_ones_comment() -> None:
    new = apply_overrides("[auto_applied]\nx = 1\n\n# about z\n[z]\n", {"a.b": 2, "a.c": True}, NAME)
    assert new == '[auto_applied]\nx = 1\n"a.b" = 2\n"a.c" = true\n\n# about z\n[z]\n'


def test_replacing_and_adding_at_once() -> None:
    text = NEW_FILE + '"b" = 1 # old\n'
    new = apply_overrides(text, {"c": 3.5, "b": 2, "a": "x"}, NAME)
    assert new == NEW_FILE + '"b" = 2 # old\n"a" = "x"\n"c" = 3.5\n'


def test_an_empty_plan_changes_nothing() -> None:
    assert apply_overrides("# only a comment", {}, NAME) == "# only a comment"


IMPOSSIBLE = {
    "an inline table has no room for a line": ("auto_applied = { x = 1 }\n", {"a.b": 1}),
    "a target that is a table": ("[auto_applied.a]\nb = 1\n", {"a": 1}),
    "a target below a value": ("[auto_applied.a]\nb = 1\n", {"a": 1, "a.b": 2}),
}


@pytest.mark.parametrize(("text", "plan"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_edited_safely_is_refused(text: str, plan: dict[str, Any]) -> None:
    with pytest.raises(RepositoryRefused, match=NAME):
        apply_overrides(text, plan, NAME)


def test_the_seeds_example() -> None:
    plan = {"portfolio.leverage": 1.75, "strategy.trigger_delay": 8.0, "macro.regime_weight": 0.35}
    new = apply_overrides(NEW_FILE, plan, NAME)
    assert tomllib.loads(new) == {"auto_applied": plan}
    assert all(f'"{target}" = {value}\n' in new for target, value in plan.items())


WRITTEN = [True, False, 0, -7, 2**63 - 1, 0.1, -0.0, 1e-7, 1e16, 1.7976931348623157e308, 'a"\\\n']


@pytest.mark.parametrize("value", WRITTEN)
@pytest.mark.parametrize("text", [NEW_FILE, f'{NEW_FILE}"a.b" = 1\n'], ids=["added", "replaced"])
def test_values_are_written_as_tomlkit_writes_them(value: Any, text: str) -> None:
    """Numbers are written without it."""
    line = f'"a.b" = {tomlkit.item(value).as_string()}\n'
    assert apply_overrides(text, {"a.b": value}, "auto.toml") == NEW_FILE + line
