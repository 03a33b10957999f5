"""Reading several exports as one: all problems are told together, up to a number that a person could still read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from promobot.adapters.exports.pointers import MOST_OF_A_NAME, stands
from promobot.adapters.exports.shapes import Finding, patch_objects, read_patch
from promobot.adapters.exports.strict_json import StrictReader, after_space
from promobot.core.intake import ExportFile
from promobot.core.models import ConfigPatch
from promobot.errors import Detail

MAX_PROBLEMS = 1000
"""Reading stops here: what follows a thousand problems helps nobody, and its memory is not the export's to spend."""


class Reading:
    """The patches, files and problems of the exports read so far. Patch ids are unique over all of them."""

    def __init__(self) -> None:
        self.patches: list[ConfigPatch] = []
        self.files: list[ExportFile] = []
        self.problems: list[Detail] = []
        self._ids: set[str] = set()

    @property
    def room(self) -> int:
        """How many more problems are told."""
        return MAX_PROBLEMS - len(self.problems)

    def refuse(self, name: str, message: str, line: int | None = None) -> None:
        """A problem of a file as a whole."""
        self.problems.append(Detail(message, name, "", line))

    def add(self, data: bytes, name: str) -> None:
        """Read one export's bytes; `name` is what messages call it."""
        count = len(self.patches)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            self.refuse(name, "not UTF-8; save the file as UTF-8", data.count(b"\n", 0, error.start) + 1)
            return
        if text.startswith("\ufeff"):
            self.refuse(name, "starts with a byte order mark; save the file as UTF-8 without one", 1)
            return
        if name.endswith(".jsonl"):
            self._lines(text, name)
        else:
            self._document(text, name, 1, one_patch=False)
        self.files.append(ExportFile(hashlib.sha256(data).hexdigest(), len(self.patches) - count))

    def _lines(self, text: str, name: str) -> None:
        number, start = 1, 0
        while self.room > 0:
            # Blank lines, however many, go in one leap.
            first = after_space(text, start)
            number += text.count("\n", start, first)
            if first == len(text):
                return
            end = text.find("\n", first)
            start = len(text) if end < 0 else end
            self._document(text[first:start], name, number, one_patch=True)

    def _document(self, text: str, name: str, first_line: int, *, one_patch: bool) -> None:
        reader = StrictReader(text, name, first_line, most_problems=self.room)
        document = reader.read()
        if reader.problems:
            # What the text says is in doubt, so nothing can be said of its content yet.
            self.problems.extend(reader.problems)
            return
        findings: list[Finding] = []
        for pointer, value in iter([("", document)]) if one_patch else patch_objects(document, findings):
            if len(findings) >= self.room:
                break
            findings.extend(self._taken(pointer, value))
            patch = read_patch(pointer, value, findings)
            if patch is not None:
                self.patches.append(patch)
        self.problems.extend(_placed(findings[: self.room], document, text, name, first_line))

    def _taken(self, pointer: str, value: Any) -> Iterator[Finding]:
        """A finding where another patch has the id already, whatever its case and whatever else is wrong."""
        patch_id = value.get("id") if isinstance(value, dict) else None
        if isinstance(patch_id, str):
            if patch_id.lower() in self._ids:
                yield f"{pointer}/id", "another patch has this id already; ids are unique, whatever their case"
            self._ids.add(patch_id.lower())


def _placed(findings: list[Finding], document: Any, text: str, name: str, first_line: int) -> Iterator[Detail]:
    """The findings with their lines, found by reading once more; a missing member takes the line of its object."""
    places = {pointer: pointer if stands(document, pointer) else pointer.rpartition("/")[0] for pointer, _ in findings}
    reader = StrictReader(text, name, first_line, wanted=frozenset(places.values()))
    if places:
        reader.read()
    for pointer, message in findings:
        yield Detail(message, name, _cut(pointer), reader.lines.get(places[pointer]))


def _cut(pointer: str) -> str:
    """Only the last step can be long: an unknown member's name, which the export chose."""
    return pointer if len(pointer) <= MOST_OF_A_NAME else f"{pointer[:MOST_OF_A_NAME]}…"
