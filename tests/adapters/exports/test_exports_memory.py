"""What reading costs: a small multiple of the export's size, whatever stands in it, and an end to it.

The peak is the operating system's figure for a process of its own. `ru_maxrss` would be that of the process that
started it where this one is larger, and tracemalloc does not see what C extensions take; so `VmHWM` it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, repeat
from pathlib import Path

import pytest

from tests.adapters.exports.files import patch, text_of
from tests.support.fake_github.git import clean_env
from tests.support.workspace import ROOT

MIB = 1024 * 1024
ROUGHLY = 64 * 1024
SLOWEST = 120
"""Seconds; the slowest takes 10 on one core, a quadratic one would take hours."""

CHILD = """
import json, sys
from promobot.adapters.exports import load_patches_for_promotion
from promobot.errors import ExportRefused

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))

before = peak()
try:
    told = [len(load_patches_for_promotion(sys.argv[1])), ""]
except ExportRefused as error:
    told = [0, error.details[0].message]
print(json.dumps([peak() - before, *told]))
"""


@dataclass(frozen=True)
class Flood:
    """An export of about so many MiB: what it begins with, what it repeats, what it ends with.

    `most` is the multiple of its size that reading may take, `words` what the refusal must say; none: it is read.
    """

    mib: int
    most: float
    words: str
    middle: Callable[[], Iterator[bytes]]
    start: bytes = b""
    end: bytes = b""
    name: str = "export.json"

    def write(self, folder: Path) -> Path:
        """Piece by piece, up to the size."""
        path, left = folder / self.name, self.mib * MIB - len(self.start) - len(self.end)
        with path.open("wb") as file:
            file.write(self.start)
            for piece in self.middle():
                left -= len(piece)
                if left < 0:
                    break
                file.write(piece)
            file.write(self.end)
        return path


def again(piece: bytes) -> Callable[[], Iterator[bytes]]:
    """A piece without end, many at a time."""
    return lambda: repeat(piece * (ROUGHLY // len(piece)))


def patches(separator: bytes) -> Callable[[], Iterator[bytes]]:
    """Different small patches without end."""
    return lambda: (json.dumps(patch(f"p{number}")).encode() + separator for number in count())


def meta(opening: str, inner: str, closing: str) -> tuple[bytes, bytes, Callable[[], Iterator[bytes]]]:
    """A patch that is read and whose meta holds a list of nests, each as deep as the contract allows."""
    start, end = text_of(meta='{"x": [SPLIT0]}').split("SPLIT")
    nest = opening * 58 + inner + closing * 58 + ","
    return start.encode(), end.encode(), lambda: repeat(nest.encode())


def nests(opening: str, inner: str, closing: str, most: float, *, behind: bytes = b"", words: str = "") -> Flood:
    start, end, middle = meta(opening, inner, closing)
    return Flood(4, most, words, middle, b"[" + start, end + behind + b"]")


# A text is held as bytes, as characters (four bytes each, once one of them needs it) and as the value read from it.
FLOODS = {
    "brackets": Flood(64, 4, "nesting is deeper", again(b"[")),
    "braces": Flood(64, 4, "nesting is deeper", again(b'{"a":')),
    "one text": Flood(64, 6, "a patch is a JSON object", again(b"a"), b'["', b'"]'),
    "one text and an emoji": Flood(64, 12, "a patch is a JSON object", again(b"a"), b'["', "🎉\"]".encode()),
    "one name twice": Flood(64, 4, "stands twice", again(b'"a":1,'), b"{", b'"a":1}'),
    "line ends": Flood(64, 4, "expected a JSON value", again(b"\n"), b"", b"x"),
    "empty JSON lines": Flood(64, 4, "expected a JSON value", again(b"\n"), b"", b"x", "export.jsonl"),
    "JSON lines of nothing": Flood(64, 4, "is required", again(b"{}\n"), name="export.jsonl"),
    "lists of nothing": Flood(4, 60, "a patch is", again(b"[" * 60 + b"]" * 60 + b","), b"[", b"0]"),
    "integers": Flood(4, 12, "a patch is", again(b"1,"), b"[", b"1]"),
    "fractions": Flood(4, 16, "a patch is", again(b"1.5,"), b"[", b"1]"),
    "patches": Flood(16, 24, "", patches(b","), b"[", json.dumps(patch("last")).encode() + b"]"),
    "JSON lines": Flood(16, 24, "", patches(b"\n"), name="export.jsonl"),
    # Python's own price of a list in a list, about 90 bytes for two characters, is the worst that a text can ask for.
    "lists in meta": nests("[", "", "]", 60),
    "objects in meta": nests('{"":', "0", "}", 60),
    # The line of a problem is looked for in the whole text again, but the document is not built again.
    "a problem behind lists": nests("[", "", "]", 60, behind=b",0", words="a patch is"),
}  # fmt: skip


@pytest.mark.parametrize("story", FLOODS)
def test_reading_takes_a_small_multiple_of_the_size(tmp_path: Path, story: str) -> None:
    flood = FLOODS[story]
    path = flood.write(tmp_path)
    size = path.stat().st_size
    assert flood.mib * MIB - ROUGHLY < size <= flood.mib * MIB
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)],
        env=clean_env({"PYTHONPATH": str(ROOT)}), capture_output=True, text=True, check=True, timeout=SLOWEST,
    )  # fmt: skip
    path.unlink()
    peak, taken, words = json.loads(done.stdout)
    assert flood.words in words
    assert bool(taken) is not bool(flood.words)
    assert peak < flood.most * size, f"{peak / size:.1f} times its size"


def test_the_measure_sees_what_is_taken(tmp_path: Path) -> None:
    """At least the bytes and the characters of a text are held, so a figure below that would be no measure."""
    path = Flood(8, 0, "", again(b"a"), b'["', b'"]').write(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)],
        env=clean_env({"PYTHONPATH": str(ROOT)}), capture_output=True, text=True, check=True, timeout=SLOWEST,
    )  # fmt: skip
    assert json.loads(done.stdout)[0] > 2 * 8 * MIB
