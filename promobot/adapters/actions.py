"""GitHub Actions: what its environment says, and the places where a step leaves its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from promobot.errors import UsageError

PUBLIC_SERVER, PUBLIC_API = "https://github.com", "https://api.github.com"


@dataclass(frozen=True)
class Surroundings:
    """The part of the environment that promobot reads. Only `secret` is confidential; it never shows in a repr."""

    in_actions: bool
    api_url: str
    server_url: str
    repository: str | None
    run_url: str | None
    secret: str | None
    summary_file: str | None
    output_file: str | None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Surroundings:
        """Read the variables that Actions sets; outside of it most are missing, which is fine."""
        server = _url(environment, "GITHUB_SERVER_URL", PUBLIC_SERVER)
        repository, run = environment.get("GITHUB_REPOSITORY") or None, environment.get("GITHUB_RUN_ID")
        return cls(
            in_actions=environment.get("GITHUB_ACTIONS") == "true",
            api_url=_url(environment, "GITHUB_API_URL", PUBLIC_API),
            server_url=server,
            repository=repository,
            run_url=f"{server}/{repository}/actions/runs/{run}" if run and run.isdigit() and repository else None,
            secret=environment.get("GITHUB_TOKEN") or None,
            summary_file=environment.get("GITHUB_STEP_SUMMARY") or None,
            output_file=environment.get("GITHUB_OUTPUT") or None,
        )

    def __repr__(self) -> str:
        return f"Surroundings(in_actions={self.in_actions}, repository={self.repository!r}, api_url={self.api_url!r})"

    def named_repository(self) -> str:
        """`owner/name`, or UsageError."""
        if self.repository is None or self.repository.count("/") != 1:
            raise UsageError("the repository on the forge is not known; set GITHUB_REPOSITORY=owner/name")
        return self.repository

    def token(self) -> str:
        """The token, or UsageError."""
        if self.secret is None:
            raise UsageError("there is no token for the forge; set GITHUB_TOKEN (in a step: env, or the token input)")
        return self.secret

    def write_summary(self, markdown: str) -> None:
        """Append to the job's summary page."""
        _append(self.summary_file, markdown if markdown.endswith("\n") else f"{markdown}\n")

    def write_outputs(self, outputs: Mapping[str, str | int | None]) -> None:
        """Set the step's outputs; none of them may hold a line break, or it could set another."""
        told = {name: "" if value is None else str(value) for name, value in outputs.items()}
        if any(ord(char) < 32 for value in told.values() for char in value):
            raise UsageError("an output of the step holds a control character")
        _append(self.output_file, "".join(f"{name}={value}\n" for name, value in told.items()))


def _url(environment: Mapping[str, str], name: str, default: str) -> str:
    text = (environment.get(name) or default).rstrip("/")
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text:
        raise UsageError(f"{name} is no web address; write for example {default}")
    return text


def annotation_lines(level: str, messages: Iterable[str]) -> list[str]:
    """Workflow commands that show messages at the run (`warning`, `error`); the messages are escaped."""
    return [f"::{level} title=promobot::{_data(message)}" for message in messages]


def placed_annotation(level: str, message: str, *, title: str, file: str | None, line: int | None) -> str:
    """A workflow command that shows a message at a line of a file (from 1), or, without a file, at the run."""
    place = {"file": file, "line": None if line is None or file is None else str(line), "title": title}
    told = ",".join(f"{name}={_property(text)}" for name, text in place.items() if text)
    return f"::{level} {told}::{_data(message)}"


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _data(message: str) -> str:
    # The runner's own escapes for a command's data.
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _append(path: str | None, text: str) -> None:
    if path is not None:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
