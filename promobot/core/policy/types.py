"""The building blocks of a policy file: modes, paths inside the repository, globs of targets."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat

from promobot.core.values import TARGET_PATTERN

POLICY_PATH = "config/promobot.toml"


class Section(BaseModel):
    """A table of the policy file. An unknown key is an error, because a misspelt limit is no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Tag = Literal["leverage", "macro", "risk", "trigger"]
Fraction = Annotated[FiniteFloat, Field(ge=0, le=1)]
Glob = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.*?-]+$")]
Name = Annotated[str, Field(min_length=1, max_length=255)]
Globs = Annotated[tuple[Glob, ...], Field(strict=False)]
# A reason names the tag, so it keeps to an alphabet that no Markdown or forge gives a meaning to.
Tags = Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9 ._-]+$")], ...], Field(strict=False)]
Names = Annotated[tuple[Name, ...], Field(strict=False)]
# Not globs: a `*` here would be taken literally and bar nothing, so it is refused.
Segments = Annotated[tuple[Annotated[str, Field(pattern=TARGET_PATTERN)], ...], Field(strict=False)]


class AutoApplyMode(StrEnum):
    """How far a cycle may go; listed from the least to the most."""

    DISABLED = "disabled"
    MANUAL_ONLY = "manual_only"
    BOUNDED_AUTO = "bounded_auto"

    @property
    def rank(self) -> int:
        """0 for the mode that may do least."""
        return list(AutoApplyMode).index(self)


def _mode(value: object) -> object:
    """Take a mode by its exact name; strict mode alone would take the enum's members only."""
    try:
        return AutoApplyMode(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"must be one of {', '.join(AutoApplyMode)}") from error


Mode = Annotated[AutoApplyMode, BeforeValidator(_mode)]


PROTECTED_NAMES = frozenset({".gitattributes", ".gitmodules", ".mailmap", ".gitignore", "codeowners"})


def repository_path(value: str) -> str:
    """Check a path inside the repository: relative, `/` between plain names, nothing that leads out of it."""
    parts = value.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise ValueError("must be a relative path inside the repository, such as config/live_overrides/auto.toml")
    if parts[0].lower() == ".github" or parts[-1].lower() in PROTECTED_NAMES:
        raise ValueError("must not be a file that git or the forge itself obeys, nor lie in .github")
    if any(ord(char) < 32 or char in '\\:*?"<>|' for char in value):
        raise ValueError('must not hold control characters or any of \\ : * ? " < > |')
    return value


RepositoryPath = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(repository_path)]


@lru_cache(maxsize=4096)
def matches(target: str, globs: tuple[str, ...]) -> bool:
    """Whether any glob matches the whole target; `*` crosses dots and case counts."""
    return any(fnmatchcase(target, glob) for glob in globs)
