"""JSON as the contract reads it (DESIGN 3.1): every doubt is a problem with a pointer and a line.

The standard parser takes the last of duplicate keys, NaN, 1e999 and lone surrogates in silence, and gives up on
deep nesting with an exception that names no place. This reader walks the text once, without recursion, and goes on
after a problem wherever the text still has one meaning, so that all problems of a file are told at once.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any

from promobot.core.rendering.text import visible
from promobot.core.values import INT64_MAX, INT64_MIN
from promobot.errors import Detail

MAX_DEPTH = 64

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))((?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")
_WORD = re.compile(r"-?[A-Za-z]+")
_WORDS = {"true": True, "false": False, "null": None}


class SyntaxProblem(Exception):
    """The text has no one meaning from here on."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message, self.position = message, position


@dataclass
class _Frame:
    """An open object or list, and the member that is being read."""

    container: dict[str, Any] | list[Any]
    key: str | None = None
    duplicate: bool = False

    @property
    def step(self) -> str:
        """The pointer's step to the member; none while an object's member has no name yet."""
        if isinstance(self.container, list):
            return f"/{len(self.container)}"
        return "" if self.key is None else "/" + self.key.replace("~", "~0").replace("/", "~1")


class StrictReader:
    """Reads one JSON document. `problems` fills up while reading; `lines` holds the lines of the wanted pointers."""

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
        self._deepest_wanted = max((pointer.count("/") for pointer in wanted), default=-1)
        self._newlines: list[int] | None = None
        self._stack: list[_Frame] = []

    def read(self) -> Any:
        """The document's value, or None where it has no meaning; look at `problems` before using it."""
        try:
            value, position = self._document(self._space(0))
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
                position = self._space(position)
                more, position = self._next_member(frame, position)
                if more:
                    break
                value = self._stack.pop().container
            else:
                return value, self._space(position)

    def _value(self, position: int) -> tuple[bool, Any, int]:
        """Read a scalar or an empty container, or open a container: (opened, value, position behind)."""
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
        after = self._space(position + 1)
        closer = "}" if char == "{" else "]"
        if self._text[after : after + 1] == closer:
            return False, {} if char == "{" else [], after + 1
        frame = _Frame({} if char == "{" else [])
        self._stack.append(frame)
        if char == "{":
            after = self._key(frame, after)
        return True, None, after

    def _next_member(self, frame: _Frame, position: int) -> tuple[bool, int]:
        char = self._text[position : position + 1]
        closer = "}" if isinstance(frame.container, dict) else "]"
        if char == closer:
            return False, position + 1
        if char != ",":
            raise SyntaxProblem(f"expected `,` or `{closer}`", position)
        position = self._space(position + 1)
        return True, self._key(frame, position) if closer == "}" else position

    def _key(self, frame: _Frame, position: int) -> int:
        frame.key = None
        if self._text[position : position + 1] != '"':
            raise SyntaxProblem("expected a member's name in double quotes", position)
        key, after = self._string(position)
        frame.key, frame.duplicate = key, key in frame.container
        if frame.duplicate:
            self._problem(f"the name {visible(key, 60)} stands twice in one object", position)
        after = self._space(after)
        if self._text[after : after + 1] != ":":
            raise SyntaxProblem("expected `:` behind a member's name", after)
        return self._space(after + 1)

    def _put(self, frame: _Frame, value: Any) -> None:
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

    def _space(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        return match.end() if match else position

    def _pointer(self) -> str:
        return "".join(frame.step for frame in self._stack)

    def _note_line(self, position: int) -> None:
        if len(self._stack) <= self._deepest_wanted:
            pointer = self._pointer()
            if pointer in self._wanted:
                self.lines.setdefault(pointer, self._line(position))

    def _line(self, position: int) -> int:
        if self._newlines is None:
            self._newlines = [match.start() for match in re.finditer("\n", self._text)]
        return self._first_line + bisect_right(self._newlines, position - 1)

    def _problem(self, message: str, position: int) -> None:
        if len(self.problems) < self._most_problems:
            self.problems.append(Detail(message, self._file, self._pointer(), self._line(position)))
