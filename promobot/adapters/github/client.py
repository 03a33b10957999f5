"""One repository on a GitHub server, through PyGithub, and the plain words for what the server refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from github import Auth, Github, GithubRetry
from github.GithubException import BadCredentialsException, GithubException, UnknownObjectException
from github.Repository import Repository
from requests.exceptions import RequestException

from promobot.errors import ForgeFailed

TIMEOUT = 30
"""Seconds to wait for one answer."""

LONGEST_ANSWER = 500
"""Characters of the server's own words that are passed on."""

RETRIES = GithubRetry(total=3, backoff_factor=1, secondary_rate_wait=20, max_rate_limit_wait=60)


@dataclass(frozen=True)
class Forge:
    """Where the repository lives: `api_url` (GITHUB_API_URL), `owner/name`, and a token that never shows in a repr."""

    api_url: str
    repository: str
    token: str

    def __repr__(self) -> str:
        return f"Forge({self.api_url!r}, {self.repository!r}, ***)"

    @property
    def owner(self) -> str:
        """The part before the slash."""
        return self.repository.partition("/")[0]


def connect(forge: Forge) -> Repository:
    """The repository, without asking the server anything yet."""
    client = Github(
        auth=Auth.Token(forge.token),
        base_url=forge.api_url,
        timeout=TIMEOUT,
        per_page=100,
        retry=RETRIES,
        seconds_between_requests=None,
        seconds_between_writes=None,
        user_agent="promobot",
        lazy=True,
    )
    return client.get_repo(forge.repository)


@contextmanager
def told_plainly(doing: str) -> Iterator[None]:
    """Turn what PyGithub and the network raise into ForgeFailed: what was being done, what was answered, the mend."""
    try:
        yield
    except BadCredentialsException as error:
        raise ForgeFailed(f"{doing}: the token is not accepted; give a valid GITHUB_TOKEN") from error
    except UnknownObjectException as error:
        raise ForgeFailed(
            f"{doing}: not found; check GITHUB_REPOSITORY, and that the token may see the repository"
        ) from error
    except GithubException as error:
        raise ForgeFailed(f"{doing}: {answer_of(error)}{_mend(error)}") from error
    except RequestException as error:
        raise ForgeFailed(f"{doing}: no answer ({type(error).__name__}); check the network and run again") from error
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
    if "rate limit" in words or error.status == 429:
        return "; the rate limit is used up: run again later"
    if error.status == 403:
        return "; the token needs the permissions contents: write and pull-requests: write"
    return "; nothing else was changed, run again when it is mended"
