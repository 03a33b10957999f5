"""GitHub's two ways to say what it asks of a branch -> Rules. What is missing in an answer is not asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from promobot.core.readiness import Check, Rules, Unknown

BYPASSERS = ("users", "teams", "apps")


def classic_rules(told: Mapping[str, Any]) -> Rules:
    """Of `GET /repos/{}/branches/{}/protection`. Without enforce_admins the rules do not bind administrators."""
    reviews = told.get("required_pull_request_reviews")
    asked, checks = reviews or {}, told.get("required_status_checks") or {}
    allowed = asked.get("bypass_pull_request_allowances") or {}
    names = [str(who.get("login") or who.get("slug")) for kind in BYPASSERS for who in allowed.get(kind) or ()]
    return Rules(
        pull_request=reviews is not None,
        approvals=int(asked.get("required_approving_review_count") or 0),
        last_push=asked.get("require_last_push_approval") is True,
        dismiss_stale=asked.get("dismiss_stale_reviews") is True,
        code_owners=asked.get("require_code_owner_reviews") is True,
        checks=tuple(_check(check, "app_id") for check in checks.get("checks") or ()),
        strict=checks.get("strict") is True,
        no_force_push=not _enabled(told, "allow_force_pushes"),
        no_deletion=not _enabled(told, "allow_deletions"),
        bypass=(*(() if _enabled(told, "enforce_admins") else ("administrators",)), *names),
    )


def ruleset_rules(rules: Iterable[Mapping[str, Any]], bypass: tuple[str, ...] | Unknown) -> Rules:
    """Of the items of `GET /repos/{}/rules/branches/{}` that belong to one ruleset."""
    by_type = {str(rule["type"]): rule.get("parameters") or {} for rule in rules}
    asked, checks = by_type.get("pull_request", {}), by_type.get("required_status_checks", {})
    return Rules(
        pull_request="pull_request" in by_type,
        approvals=int(asked.get("required_approving_review_count") or 0),
        last_push=asked.get("require_last_push_approval") is True,
        dismiss_stale=asked.get("dismiss_stale_reviews_on_push") is True,
        code_owners=asked.get("require_code_owner_review") is True,
        checks=tuple(_check(check, "integration_id") for check in checks.get("required_status_checks") or ()),
        strict=checks.get("strict_required_status_checks_policy") is True,
        merge_queue="merge_queue" in by_type,
        no_force_push="non_fast_forward" in by_type,
        no_deletion="deletion" in by_type,
        bypass=bypass,
    )


def _check(told: Mapping[str, Any], key: str) -> Check:
    app = told.get(key)
    # -1 is how the API says "any source".
    return Check(str(told["context"]), app if isinstance(app, int) and app > 0 else None)


def _enabled(told: Mapping[str, Any], name: str) -> bool:
    return (told.get(name) or {}).get("enabled") is True
