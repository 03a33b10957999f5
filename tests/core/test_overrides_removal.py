"""auto.toml: a value taken away goes with its own line and nothing else."""

from __future__ import annotations

import re
import tomllib
from difflib import ndiff
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core import overrides
from promobot.core.facts import leaves
from promobot.core.overrides import NEW_FILE, apply_overrides, read_overrides
from promobot.errors import RepositoryRefused
from tests.core.strategies import relaxed
from tests.core.test_overrides_properties import File, files, scalars, typed

NAME = "config/live_overrides/auto.toml"


def diff(old: str, new: str) -> list[str]:
    return [line for line in ndiff(old.splitlines(True), new.splitlines(True)) if line[:2] in ("- ", "+ ")]


REMOVED: dict[str, tuple[str, str]] = {
    "a quoted key": ('# head\n[auto_applied]\n"a.b" = 1.5\n"c" = 2\n', '- "a.b" = 1.5\n'),
    "its comment goes with it": ('[auto_applied]\n"a.b" = 1.5 # why\n# stays\n', '- "a.b" = 1.5 # why\n'),
    "the comment above it stays": ('[auto_applied]\n# about it\n"a.b" = 1.5\n', '- "a.b" = 1.5\n'),
    "a literal key": ("[auto_applied]\n'a.b' = 1\n", "- 'a.b' = 1\n"),
    "an escaped key": ('[auto_applied]\n"\\u0061.b" = 1\n', '- "\\u0061.b" = 1\n'),
    "a dotted key": ("[auto_applied]\n\ta.b = true\n", "- \ta.b = true\n"),
    "a nested key, whose empty table stays": ("[auto_applied.a]\n  b = 1 # x\n[z]\nb = 1\n", "-   b = 1 # x\n"),
    "the nested one of two with one name": (
        "[auto_applied.x]\nb = 1\n[auto_applied.a]\nc = 2\n  b = 1\n", "-   b = 1\n"),
    "CRLF": ('[auto_applied]\r\n"a.b" = 1 # x\r\n"c" = 2\r\n', '- "a.b" = 1 # x\r\n'),
    "no last line end": ('[auto_applied]\n"a.b" = 1', '- "a.b" = 1'),
    "the target in another table too": ('[x]\n"a.b" = 1\n[auto_applied]\n "a.b" = 1\n', '-  "a.b" = 1\n'),
    "a decoy in a text": ('x = """\n[auto_applied]\n"a.b" = 1\n"""\n[auto_applied]\n "a.b" = 1\n', '-  "a.b" = 1\n'),
    "a decoy in a comment": ('[auto_applied]\n# "a.b" = 1\n"a.b" = 1\n', '- "a.b" = 1\n'),
    "a text with a number sign": ('[auto_applied]\n"a.b" = "x # y = 1"\n', '- "a.b" = "x # y = 1"\n'),
    "a whole inline table of one": ("[auto_applied]\na = { b = 1 }\n", "- a = { b = 1 }\n"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line"), REMOVED.values(), ids=REMOVED)
def test_one_value_is_one_line(text: str, line: str) -> None:
    new = apply_overrides(text, {"a.b": None}, NAME)
    assert diff(text, new) == [line]
    assert read_overrides(new, NAME) == {k: v for k, v in read_overrides(text, NAME).items() if k != "a.b"}


def test_removing_replacing_and_adding_at_once() -> None:
    text = NEW_FILE + '"b" = 1 # old\n"gone" = 3\n'
    new = apply_overrides(text, {"c": 3.5, "b": 2, "gone": None, "never": None}, NAME)
    assert new == NEW_FILE + '"b" = 2 # old\n"c" = 3.5\n'


def test_what_does_not_stand_there_is_no_change() -> None:
    assert apply_overrides("# only a comment", {"a.b": None}, NAME) == "# only a comment"


IMPOSSIBLE = {
    "one of two in an inline table": "auto_applied = { a = { b = 1, c = 2 } }\n",
    "a text over many lines": '[auto_applied]\n"a.b" = """\nx"""\n',
}


@pytest.mark.parametrize("text", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_has_no_line_of_its_own_is_refused(text: str) -> None:
    with pytest.raises(RepositoryRefused, match=re.escape(NAME)) as caught:
        apply_overrides(text, {"a.b": None}, NAME)
    assert caught.value.exit_code == 4


def lines_of(text: str) -> list[str]:
    """The lines as TOML counts them: a text may hold U+0085, which Python also takes for a line's end."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


@st.composite
def plans(draw: st.DrawFn, file: File) -> dict[str, Any]:
    targets = [*file.lines, "new.one", "z"]
    return draw(st.dictionaries(st.sampled_from(targets), st.none() | scalars, max_size=4))


@relaxed
@given(st.data())
def test_exactly_the_planned_leaves_go(data: st.DataObject) -> None:
    file = data.draw(files())
    plan = data.draw(plans(file))
    new = apply_overrides(file.text, plan, NAME)
    wanted = {k: v for k, v in {**read_overrides(file.text, NAME), **plan}.items() if v is not None}
    assert typed(read_overrides(new, NAME)) == typed(wanted)
    before, after = tomllib.loads(file.text), tomllib.loads(new)
    before.pop("auto_applied"), after.pop("auto_applied")
    assert typed(dict(leaves(before))) == typed(dict(leaves(after)))
    assert apply_overrides(new, plan, NAME) == new


@relaxed
@given(st.data())
def test_every_other_line_stays_where_it_is(data: st.DataObject) -> None:
    file = data.draw(files())
    gone = data.draw(st.sets(st.sampled_from(sorted(file.lines)))) if file.lines else set()
    old = lines_of(file.text)
    new = lines_of(apply_overrides(file.text, dict.fromkeys(gone), NAME))
    rest = iter(old)
    assert all(line in rest for line in new), "what is left stands in the old order, byte by byte"
    assert len(old) - len(new) == len(gone)


@relaxed
@given(st.data())
def test_adding_and_taking_away_gives_the_same_bytes(data: st.DataObject) -> None:
    file = data.draw(files())
    plan = data.draw(st.dictionaries(st.sampled_from(["new.one", "new-2.x_y", "z"]), scalars, min_size=1))
    # Where the last line has no end, adding behind it gives it one, which stays.
    text = file.text if file.text.endswith(file.end) else file.text + file.end
    added = apply_overrides(text, plan, NAME)
    assert apply_overrides(added, dict.fromkeys(plan), NAME) == text


def test_many_values_go_from_a_long_file_in_one_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each proof parses the whole file twice: a hundred removals from 5,000 lines took a minute."""
    lines = [f'"a.x{number}" = {number}\n' for number in range(200)]
    proofs: list[str] = []
    real = overrides._proved

    def counted(old: str, new: str, plan: Any) -> bool:
        proofs.append(new)
        return real(old, new, plan)

    monkeypatch.setattr(overrides, "_proved", counted)
    after = apply_overrides("[auto_applied]\n" + "".join(lines), {f"a.x{n}": None for n in range(0, 200, 2)}, NAME)
    assert after == "[auto_applied]\n" + "".join(lines[1::2])
    assert len(proofs) <= 3
