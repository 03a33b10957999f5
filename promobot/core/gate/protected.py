"""Which paths only a reviewed way may change (DESIGN 3.5), and which names a file system may take for one of them."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

POLICY = "config/promobot.toml"
DEFAULTS = {
    "live_overrides": "config/live_overrides/auto.toml",
    "base_config": "config/config.toml",
    "reports": "reports/live_promotion",
}
"""The policy's own defaults, once more: its model costs more to import than the gate's quick answer may take."""

ATTRIBUTES = ".gitattributes"
# GitHub reads code owners from these three places.
OTHERS = frozenset({".gitmodules", ".mailmap", "CODEOWNERS", "docs/CODEOWNERS", ".github/CODEOWNERS"})
FOLDER = ".github"
_PLAIN = re.compile(r"[a-z0-9/_-]*(?:\.[a-z0-9_-][a-z0-9/_-]*)*")
"""Paths that no file system sees otherwise than they are written."""


class Role(Enum):
    """What a protected path is. The first four hold what the live system and the bot read."""

    OVERRIDES = "the live overrides"
    POLICY = "the policy"
    BASE_CONFIG = "the base config"
    PROPOSALS = "the proposals"
    ATTRIBUTES = "git attributes"
    OTHER = "reviewed by its code owners"


CORE = frozenset({Role.OVERRIDES, Role.POLICY, Role.BASE_CONFIG, Role.PROPOSALS})


class Protected(NamedTuple):
    """Where the first four lie; `reports` is a folder."""

    overrides: str = DEFAULTS["live_overrides"]
    base_config: str = DEFAULTS["base_config"]
    reports: str = DEFAULTS["reports"]
    policy: str = POLICY

    @classmethod
    def of(cls, document: object) -> Protected:
        """From a policy's parsed TOML; what is missing or of a wrong type takes its default."""
        told = document.get("paths") if isinstance(document, dict) else None
        given = {name: path for name, path in (told if isinstance(told, dict) else {}).items() if isinstance(path, str)}
        known = DEFAULTS | given
        return cls(known["live_overrides"], known["base_config"], known["reports"])

    def role(self, path: str) -> Role | None:
        """What is protected at exactly this path; None: nothing."""
        files = {self.overrides: Role.OVERRIDES, self.policy: Role.POLICY, self.base_config: Role.BASE_CONFIG}
        if path in files:
            return files[path]
        inside = next((file for file in files if path.startswith(f"{file}/")), None)
        if inside is not None:
            return files[inside]
        if path.startswith(f"{self.reports}/"):
            return Role.PROPOSALS
        if path.rpartition("/")[2] == ATTRIBUTES:
            return Role.ATTRIBUTES
        return Role.OTHER if path in OTHERS or path.startswith(f"{FOLDER}/") else None

    def above(self, path: str) -> bool:
        """Whether a protected place lies at or below this path, so that no file, link or submodule may stand there."""
        places = (*self.files(), self.reports, FOLDER)
        return any(place == path or place.startswith(f"{path}/") for place in places) and path not in self.files()

    def twin(self, path: str) -> str | None:
        """The protected place that some file system would take this other path for; None: none."""
        name = path if _PLAIN.fullmatch(path) else folded(path)
        files, folders = _spelt(self)
        for place, like in files:
            # A file that stands where the way to a protected one leads, under another spelling, hides it as well.
            if path != place and (name == like or (like.startswith(f"{name}/") and not place.startswith(f"{path}/"))):
                return place
        for folder, like in folders:
            if like.startswith(f"{name}/") and not folder.startswith(f"{path}/"):
                return folder
            if (name == like or name.startswith(f"{like}/")) and path != folder and not path.startswith(f"{folder}/"):
                return folder
        last = path.rpartition("/")[2]
        return ATTRIBUTES if name.rpartition("/")[2] == ATTRIBUTES and last != ATTRIBUTES else None

    def files(self) -> tuple[str, str, str]:
        """Those of the first four that are single files."""
        return self.overrides, self.policy, self.base_config


@lru_cache(maxsize=8)
def _spelt(protected: Protected) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Protected files and folders, each with what it folds to."""
    files, folders = (*protected.files(), *sorted(OTHERS)), (protected.reports, FOLDER)
    return tuple((place, folded(place)) for place in files), tuple((place, folded(place)) for place in folders)


def folded(path: str) -> str:
    """A path as the most careless file system would see it: case, Unicode form, invisible characters, backslashes,
    dots and spaces at the end of a name, and NTFS streams do not count."""
    return "/".join(_folded(name) for name in path.replace("\\", "/").split("/"))


def _folded(name: str) -> str:
    stream = name.partition(":")[0]
    if stream.isascii():
        return stream.lower().rstrip(" .")
    shown = "".join(char for char in stream if unicodedata.category(char) != "Cf")
    form = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).casefold())
    return form.rstrip(" .")
