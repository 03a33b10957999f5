"""JSON as the contract reads it (DESIGN 3.1): every doubt is a problem with a pointer and a line.

The standard parser takes the last of duplicate keys, NaN, 1e999 and lone surrogates in silence, and gives up on
deep nesting with an exception that names no place. This reader walks the text once, without recursion, and goes on
after a problem wherever the text still has one meaning, so that all problems of a file are told at once.
"""

from __future__ import annotations

import math
import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any

from promobot.adapters.exports.pointers import MOST_OF_A_NAME, Frame
from promobot.core.rendering.text import visible
from promobot.core.values import INT64_MAX, INT64_MIN
from promobot.errors import Detail

MAX_DEPTH = 64

_BLANKS = " \t\n\r"
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))((?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")
_WORD = re.compile(r"-?[A-Za-z]+")
_WORDS = {"true": True, "false": False, "null": None}


# A name that an export uses again and again is held once; only so many, because a hostile one repeats none.
_MOST_NAMES = 1000


def after_space(text: str, position: int) -> int:
    """The position of what follows JSON's own white space."""
    if text[position : position + 1] not in _BLANKS:
        return position
    match = _SPACE.match(text, position)
    return match.end() if match else position


class SyntaxProblem(Exception):
    """The text has no one meaning from here on."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message, self.position = message, position


class _Enough(Exception):
    """There are as many problems, or all the lines, that were asked for."""


class StrictReader:
    """Reads one JSON document. `problems` fills up while reading, and ends it when there are `most_problems`.

    With `wanted` pointers it only looks for their lines, puts them into `lines`, and builds no value: the same
    document a second time would double the memory that an export can take.
    """

    def __init__(
        self,
        text: str,
        file: str,
        first_line: int = 1,
        *,
        wanted: frozenset[str] = frozenset(),
        most_problems: int = 1,
    ) -> None:
        self.problems: list[Detail] = []
        self.lines: dict[str, int] = {}
        self._text, self._file, self._first_line = text, file, first_line
        self._wanted, self._most_problems = wanted, most_problems
        self._above = frozenset(pointer[: end.start()] for pointer in wanted for end in re.finditer("/", pointer))
        self._here: str | None = None
        self._seen = (0, first_line)
        self._names: dict[str, str] = {}
        self._stack: list[Frame] = []

    def read(self) -> Any:
        """The document's value, or None where it has no meaning; look at `problems` before using it."""
        try:
            return self._whole()
        except _Enough:
            return None

    def _whole(self) -> Any:
        try:
            value, position = self._document(after_space(self._text, 0))
            if position < len(self._text):
                raise SyntaxProblem(
                    "text goes on after the document's end; name a file of JSON lines .jsonl",
                    position,
                )
            return value
        except SyntaxProblem as problem:
            self._problem(problem.message, problem.position)
            return None

    def _document(self, position: int) -> tuple[Any, int]:
        while True:
            opened, value, position = self._value(position)
            if opened:
                continue
            # A value is complete: put it where it belongs, and close what ends behind it.
            while self._stack:
                frame = self._stack[-1]
                self._put(frame, value)
                position = after_space(self._text, position)
                more, position = self._next_member(frame, position)
                if more:
                    break
                value = self._stack.pop().container
            else:
                return value, after_space(self._text, position)

    def _value(self, position: int) -> tuple[bool, Any, int]:
        """Read a scalar or an empty container, or open a container: (opened, value, position behind)."""
        if self._wanted:
            self._note_line(position)
        char = self._text[position : position + 1]
        if char in ("{", "["):
            return self._open(char, position)
        if char == '"':
            return (False, *self._string(position))
        if char == "-" or char.isdigit():
            return (False, *self._number(position))
        return (False, *self._word(position))

    def _open(self, char: str, position: int) -> tuple[bool, Any, int]:
        if len(self._stack) >= MAX_DEPTH:
            raise SyntaxProblem(f"nesting is deeper than {MAX_DEPTH} levels", position)
        after = after_space(self._text, position + 1)
        closer = "}" if char == "{" else "]"
        if self._text[after : after + 1] == closer:
            return False, {} if char == "{" else [], after + 1
        frame = Frame({} if char == "{" else [], pointer=self._here)
        self._stack.append(frame)
        if char == "{":
            after = self._key(frame, after)
        return True, None, after

    def _next_member(self, frame: Frame, position: int) -> tuple[bool, int]:
        char = self._text[position : position + 1]
        closer = "}" if isinstance(frame.container, dict) else "]"
        if char == closer:
            return False, position + 1
        if char != ",":
            raise SyntaxProblem(f"expected `,` or `{closer}`", position)
        position = after_space(self._text, position + 1)
        return True, self._key(frame, position) if closer == "}" else position

    def _key(self, frame: Frame, position: int) -> int:
        frame.key = None
        if self._text[position : position + 1] != '"':
            raise SyntaxProblem("expected a member's name in double quotes", position)
        key, after = self._string(position)
        full = len(self._names) >= _MOST_NAMES
        key = self._names.get(key, key) if full else self._names.setdefault(key, key)
        frame.key, frame.duplicate = key, key in frame.container
        if frame.duplicate:
            self._problem(f"the name {visible(key, 60)} stands twice in one object", position)
        after = after_space(self._text, after)
        if self._text[after : after + 1] != ":":
            raise SyntaxProblem("expected `:` behind a member's name", after)
        return after_space(self._text, after + 1)

    def _put(self, frame: Frame, value: Any) -> None:
        frame.count += 1
        if self._wanted:
            return
        if isinstance(frame.container, list):
            frame.container.append(value)
        elif frame.key is not None and not frame.duplicate:
            frame.container[frame.key] = value

    def _string(self, position: int) -> tuple[str, int]:
        try:
            value, after = scanstring(self._text, position + 1, True)
        except JSONDecodeError as error:
            raise SyntaxProblem(f"not a JSON string: {error.msg}", error.pos) from error
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            self._problem("a string holds half of a surrogate pair, which is no character", position)
        return value, after

    def _number(self, position: int) -> tuple[Any, int]:
        match = _NUMBER.match(self._text, position)
        if match is None:
            return self._word(position)
        whole, rest = match.groups()
        if not rest:
            # Judged by its length first: converting thousands of digits costs quadratic time.
            fits = len(whole) <= 20 and INT64_MIN <= int(whole) <= INT64_MAX
            if not fits:
                self._problem("an integer outside the signed 64-bit range", position)
            return (int(whole) if fits else 0), match.end()
        number = float(match.group())
        if math.isinf(number):
            self._problem("a number too large for a 64-bit float", position)
            number = 0.0
        return number, match.end()

    def _word(self, position: int) -> tuple[Any, int]:
        match = _WORD.match(self._text, position)
        word = match.group() if match else ""
        if word in _WORDS:
            return _WORDS[word], position + len(word)
        if word in ("NaN", "Infinity", "-Infinity"):
            self._problem(f"{word} is not a JSON number", position)
            return 0.0, position + len(word)
        what = "the text ends where a value should stand" if position >= len(self._text) else "expected a JSON value"
        raise SyntaxProblem(what, position)

    def _note_line(self, position: int) -> None:
        """Look no deeper than something wanted lies: a pointer built for every value could cost any time."""
        frame = self._stack[-1] if self._stack else None
        above = "" if frame is None else frame.pointer
        pointer = None if above is None else above + (frame.step() if frame else "")
        self._here = pointer if pointer in self._above else None
        if pointer in self._wanted:
            self.lines.setdefault(pointer, self._line(position))
            if len(self.lines) == len(self._wanted):
                raise _Enough

    def _line(self, position: int) -> int:
        """Counted on from the last place asked for, which never lies ahead; a list of all line ends would be huge."""
        near, line = self._seen
        self._seen = (position, line + self._text.count("\n", near, position))
        return self._seen[1]

    def _problem(self, message: str, position: int) -> None:
        pointer = "".join(frame.step(MOST_OF_A_NAME) for frame in self._stack)
        self.problems.append(Detail(message, self._file, pointer, self._line(position)))
        if len(self.problems) >= self._most_problems:
            raise _Enough
