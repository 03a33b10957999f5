"""JUnit XML text -> the elements that count, safely: no DOCTYPE, no entities, bounded depth, nothing out of place.

Parsed with the standard library's own parser whether or not lxml is installed, which would resolve entities.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from promobot.adapters.health_report.unreadable import Unreadable

MAX_DEPTH = 64
_RESULTS = ("failure", "error", "skipped", "rerunFailure", "rerunError", "flakyFailure", "flakyError")
# Element -> where it may stand. A result anywhere else would be seen by no reader, and so would pass.
_INSIDE: dict[str, tuple[str, ...]] = {
    "testsuites": (),
    "testsuite": ("testsuites", "testsuite"),
    "testcase": ("testsuite",),
    **dict.fromkeys(_RESULTS, ("testcase",)),
}
_ATTRIBUTES = frozenset({"failures", "errors", "timestamp", "time", "status"})


def junit_tree(text: str) -> ElementTree.Element:
    """The root, `testsuites` or `testsuite`, with suites, cases and results only; texts are left out.

    Raises Unreadable for whatever is not well-formed JUnit. The text must be decoded: a declared encoding is ignored.
    """
    parser = ElementTree.XMLParser(target=_Builder())  # noqa: S314 (the builder refuses the DOCTYPE that attacks need)
    try:
        parser.feed(text)
        root: ElementTree.Element = parser.close()
    except ElementTree.ParseError as error:
        # The parser's own message may quote the name of an entity.
        raise Unreadable(f"is not well-formed XML (line {error.position[0]}); let the tests write it anew") from error
    return root


class _Builder(ElementTree.TreeBuilder):
    """Keeps what counts, so that a report's memory is a small multiple of its size."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._open: list[str] = []

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        """Called at the DOCTYPE's name, before anything in it is read."""
        raise Unreadable("has a DOCTYPE, which can define entities; let the tests write JUnit without one")

    def start(self, tag: str, attributes: dict[Any, Any], /) -> Any:
        """Open an element that counts, in its place."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable(f"is nested deeper than {MAX_DEPTH} levels; let the tests write JUnit")
        if tag.startswith("{"):
            raise Unreadable("uses an XML namespace, and JUnit has none; let the tests write JUnit")
        if self._depth == 1 and tag not in ("testsuites", "testsuite"):
            raise Unreadable("is no JUnit: its root is neither testsuites nor testsuite; let the tests write JUnit")
        if tag not in _INSIDE:
            return None
        if self._open and self._open[-1] not in _INSIDE[tag]:
            raise Unreadable(
                f"has the element {tag} where JUnit has none and nobody counts it; let the tests write JUnit"
            )
        self._open.append(tag)
        return super().start(tag, {key: attributes[key] for key in attributes.keys() & _ATTRIBUTES})

    def end(self, tag: str, /) -> Any:
        """Close an element."""
        self._depth -= 1
        if tag not in _INSIDE:
            return None
        self._open.pop()
        return super().end(tag)

    def data(self, _text: str, /) -> None:
        """Texts (tracebacks, output) count for nothing."""
