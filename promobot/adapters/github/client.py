"""One repository on a GitHub server, through PyGithub, and the plain words for what the server refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from github import Auth
from github.GithubException import GithubException, UnknownObjectException
from github.Repository import Repository
from requests.exceptions import RequestException

from promobot.adapters.github.patience import Patience, PatientRequester, free_again, is_limit
from promobot.errors import ForgeFailed

TIMEOUT = 30
"""Seconds to wait for one answer."""

LONGEST_ANSWER = 500
"""Characters of the server's own words that are passed on."""


@dataclass(frozen=True)
class Forge:
    """Where the repository lives: `api_url` (GITHUB_API_URL), `owner/name`, and a token that never shows in a repr.

    `server_url` (GITHUB_SERVER_URL) is where people look at it. `patience` is shared by all that use this forge.
    """

    api_url: str
    repository: str
    token: str
    server_url: str = "https://github.com"
    patience: Patience = field(default_factory=Patience, compare=False)

    def __repr__(self) -> str:
        return f"Forge({self.api_url!r}, {self.repository!r}, ***)"

    @property
    def owner(self) -> str:
        """The part before the slash."""
        return self.repository.partition("/")[0]


def connect(forge: Forge) -> Repository:
    """The repository, without asking the server anything yet."""
    requester = PatientRequester(
        forge.patience,
        auth=Auth.Token(forge.token),
        base_url=forge.api_url,
        timeout=TIMEOUT,
        user_agent="promobot",
        per_page=100,
        verify=True,
        retry=0,
        pool_size=None,
        lazy=True,
    )
    return Repository(requester, url=f"/repos/{forge.repository}")


@contextmanager
def told_plainly(doing: str) -> Iterator[None]:
    """Turn what PyGithub and the network raise into ForgeFailed: what was being done, what was answered, the mend."""
    try:
        yield
    except UnknownObjectException as error:
        raise ForgeFailed(
            f"{doing}: not found; check GITHUB_REPOSITORY, and that the token may see the repository"
        ) from error
    except GithubException as error:
        raise ForgeFailed(f"{doing}: {answer_of(error)}{_mend(error)}") from error
    except RequestException as error:
        why = f"no answer ({type(error).__name__})"
        raise ForgeFailed(f"{doing}: {why}; check the network and run again, which finds out what was done") from error
    except (RuntimeError, AssertionError, TypeError, AttributeError, ValueError, LookupError) as error:
        # PyGithub raises these on an answer that is no JSON object, or that redirects to another host.
        raise ForgeFailed(
            f"{doing}: the server's answer is not understood ({type(error).__name__}); check GITHUB_API_URL"
        ) from error


def answer_of(error: GithubException) -> str:
    """The server's own words: status, message, and the messages of its error list."""
    data = error.data if isinstance(error.data, dict) else {}
    told = [str(data.get("message") or error.message or "no message")]
    errors = data.get("errors")
    for item in errors if isinstance(errors, list) else ():
        told.append(str(item.get("message") or item.get("code") or "") if isinstance(item, dict) else str(item))
    return f"{error.status} {'; '.join(text for text in told if text)}"[:LONGEST_ANSWER]


def _mend(error: GithubException) -> str:
    words = answer_of(error).lower()
    if "not permitted to create" in words:
        return (
            "; tick Settings > Actions > General > Workflow permissions > "
            "Allow GitHub Actions to create and approve pull requests, or use a GitHub App's token"
        )
    if error.status == 401:
        return "; the token is not accepted: give a valid GITHUB_TOKEN"
    if is_limit(error):
        return f"; it was asked too often: run again after {free_again(error)}"
    if error.status == 403:
        return "; the token needs the permissions contents: write and pull-requests: write"
    if error.status >= 500:
        return "; the server is in trouble: run again later, which finds out what was done"
    return "; nothing else was changed, run again when it is mended"
