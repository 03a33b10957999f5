"""What a repository's settings on GitHub are, as far as the token may see them. Nothing is written.

Which permission an endpoint asks for is told by GitHub's reference of its REST API. 403 and 404 mean that the token
may not look, except where the answer says that there is nothing to see.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from github.GithubException import GithubException

from promobot.adapters.github.client import Forge, connect, told_plainly
from promobot.adapters.github.patience import is_limit
from promobot.adapters.github.rules import classic_rules, ruleset_rules
from promobot.core.readiness import Branch, ForgeSeen, Rules, Unknown

ADMINISTRATION = Unknown("Administration: read")
BYPASS = Unknown("Administration: write")
SECRETS = Unknown("Secrets: read")
CONTENTS = Unknown("Contents: read")
METADATA = Unknown("Metadata: read")
PAGE = 100

NOT_PROTECTED = ("branch not protected", "branch not found")
NO_SUCH_PLAN = "upgrade to github"
"""GitHub's words for a private repository whose plan has no branch rules: there are none to see."""


class RepositorySettings:
    """One repository's settings. Raises ForgeFailed where the forge does not answer, or does not know the token."""

    def __init__(self, forge: Forge) -> None:
        self._forge, self._requester = forge, connect(forge).requester
        self._place = f"/repos/{forge.repository}"
        self._bypasses: dict[int, tuple[str, ...] | Unknown] = {}

    def look(self, base: str, ledger: str) -> ForgeSeen:
        """Everything that readiness asks for, of two branches by name; about ten requests, all of them reading."""
        with told_plainly("reading the repository's settings"):
            about = self._get("")
            permission = self._seen("/actions/permissions/workflow", ADMINISTRATION)
            errors = self._seen(f"/codeowners/errors?ref={quote(base, safe='')}", CONTENTS)
            return ForgeSeen(
                repository=self._forge.repository,
                default_branch=str(about["default_branch"]),
                base=self._branch(base),
                ledger=self._branch(ledger),
                actions_open_pulls=(
                    permission
                    if isinstance(permission, Unknown)
                    else bool(permission["can_approve_pull_request_reviews"])
                ),
                secrets=self._secrets(),
                owner_errors=errors if isinstance(errors, Unknown) else tuple(map(_owner_error, errors["errors"])),
            )

    def _branch(self, name: str) -> Branch:
        place = f"/branches/{quote(name, safe='')}"
        found = self._seen(place, CONTENTS, nothing=("branch not found",))
        return Branch(name, found is not None, (*self._classic(place, found), *self._rulesets(name)))

    def _classic(self, place: str, branch: Any) -> Iterator[Rules | Unknown]:
        """The classic protection. A branch that calls itself unprotected has none, and everybody may read that."""
        if branch is None or (isinstance(branch, dict) and branch.get("protected") is False):
            return
        told = self._seen(f"{place}/protection", ADMINISTRATION, nothing=(*NOT_PROTECTED, NO_SUCH_PLAN))
        if told is not None:
            yield told if isinstance(told, Unknown) else classic_rules(told)

    def _rulesets(self, name: str) -> Iterator[Rules | Unknown]:
        """The active rules for a branch of this name, whether it is there or not; one Rules for each ruleset."""
        told = self._pages(f"/rules/branches/{quote(name, safe='')}", METADATA, nothing=(NO_SUCH_PLAN,))
        if isinstance(told, Unknown):
            yield told
            return
        for number in dict.fromkeys(rule["ruleset_id"] for rule in told):
            yield ruleset_rules([rule for rule in told if rule["ruleset_id"] == number], self._bypass(number))

    def _bypass(self, number: int) -> tuple[str, ...] | Unknown:
        """Who may bypass a ruleset; the list is shown only to those who may change it."""
        if number not in self._bypasses:
            told = self._seen(f"/rulesets/{number}", BYPASS)
            actors = None if isinstance(told, Unknown) else told.get("bypass_actors")
            self._bypasses[number] = BYPASS if actors is None else tuple(map(_actor, actors))
        return self._bypasses[number]

    def _secrets(self) -> frozenset[str] | Unknown:
        """The names of the repository's own secrets and of those that its organisation shares with it."""
        own = self._seen(f"/actions/secrets?per_page={PAGE}", SECRETS)
        if isinstance(own, Unknown):
            return own
        shared = self._seen(f"/actions/organization-secrets?per_page={PAGE}", SECRETS)
        lists = [own["secrets"], [] if isinstance(shared, Unknown) else shared["secrets"]]
        return frozenset(str(secret["name"]) for listed in lists for secret in listed)

    def _pages(self, place: str, unknown: Unknown, nothing: tuple[str, ...]) -> list[Any] | Unknown:
        found: list[Any] = []
        for page in range(1, 101):
            told = self._seen(f"{place}?per_page={PAGE}&page={page}", unknown, nothing)
            if isinstance(told, Unknown):
                return told
            found += told or []
            if len(told or []) < PAGE:
                break
        return found

    def _seen(self, place: str, unknown: Unknown, nothing: tuple[str, ...] = ()) -> Any:
        """The answer; None where the server says in one of these words that there is nothing; else what is missing."""
        try:
            return self._get(place)
        except GithubException as error:
            if error.status not in (403, 404) or is_limit(error):
                raise
            data = error.data if isinstance(error.data, dict) else {}
            words = str(data.get("message") or "").lower()
            return None if any(start in words for start in nothing) else unknown

    def _get(self, place: str) -> Any:
        return self._requester.requestJsonAndCheck("GET", self._place + place)[1]


def _actor(told: dict[str, Any]) -> str:
    kind = str(told["actor_type"])
    number = told.get("actor_id")
    return kind if number is None or kind in ("OrganizationAdmin", "DeployKey") else f"{kind} {int(number)}"


def _owner_error(told: dict[str, Any]) -> str:
    return f"{told['path']} line {int(told['line'])}: {told['kind']}"
