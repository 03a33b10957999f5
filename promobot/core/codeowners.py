"""Who must review a path, by a CODEOWNERS file.

The rules are GitHub's ("About code owners"): the last matching line counts, a line without owners takes them away, and
patterns are those of gitignore without `!`, `[ ]` and `\\#`. Other than in gitignore `docs/*` holds no deeper file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from promobot.core.policy.sections import Paths
from promobot.core.policy.types import POLICY_PATH

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks; the first one found is the only one that counts."""

PLACEHOLDER = "@OWNER/operators"
"""What stands for the owners until somebody names them."""


@dataclass(frozen=True)
class Owned:
    """A protected place: the `pattern` that a CODEOWNERS line names it by, and paths in it that must have owners."""

    pattern: str
    probes: tuple[str, ...]


def protected(paths: Paths) -> tuple[Owned, ...]:
    """The protected paths of DESIGN 3.5; those of git are protected in every folder."""
    proposal = f"{paths.reports}/live_promotion_20260101T000000Z_0123456789abcdef"
    beside = paths.live_overrides.rpartition("/")[0] or "config"
    return (
        Owned(f"/{POLICY_PATH}", (POLICY_PATH,)),
        Owned(f"/{paths.live_overrides}", (paths.live_overrides,)),
        Owned(f"/{paths.base_config}", (paths.base_config,)),
        Owned(f"/{paths.reports}/", tuple(f"{proposal}/{name}" for name in ("proposal_meta.json", "x.md"))),
        Owned(".gitattributes", (".gitattributes", f"{beside}/.gitattributes")),
        Owned("/.gitmodules", (".gitmodules",)),
        Owned("/.mailmap", (".mailmap",)),
        Owned("CODEOWNERS", PLACES),
        Owned("/.github/", (".github/workflows/gate.yml", ".github/actions/x/action.yml", ".github/CODEOWNERS")),
    )


def owners(text: str, path: str) -> tuple[str, ...]:
    """The owners of a path; none where no line matches, or the last one that does names none."""
    found: tuple[str, ...] = ()
    for pattern, named in _lines(text):
        if _matches(pattern, path):
            found = named
    return found


def unowned(text: str, paths: Paths) -> tuple[Owned, ...]:
    """The protected places whose changes nobody in particular must review."""
    return tuple(place for place in protected(paths) if not all(owners(text, probe) for probe in place.probes))


def _lines(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in text.split("\n"):
        # A space that belongs to a name is written `\ `.
        words = re.findall(r"(?:\\.|[^\s\\])+", line)
        cut = next((place for place, word in enumerate(words) if word.startswith("#")), len(words))
        if cut:
            yield words[0].replace("\\ ", " "), tuple(words[1:cut])


def _matches(pattern: str, path: str) -> bool:
    anchored = "/" in pattern.rstrip("/")
    start = "" if anchored else r"(?:.*/)?"
    body = pattern.removeprefix("/")
    if body.endswith("/*"):
        end = ""
    elif body.endswith("/"):
        end = "/.*"
    else:
        end = "(?:/.*)?"
    return re.fullmatch(start + _regex(body.rstrip("/")) + end, path, re.DOTALL) is not None


def _regex(body: str) -> str:
    """`**` between slashes is any number of folders, `*` and `?` stay inside one."""
    parts = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", body)
    words = {"**/": r"(?:.*/)?", "/**": "/.+", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(words.get(part) or re.escape(part) for part in parts)
