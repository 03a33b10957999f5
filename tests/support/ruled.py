"""A repository on the fake forge whose settings are all that the promise asks for, and what each is taken from."""

from __future__ import annotations

from typing import Any

from promobot.core.ledger import LEDGER
from promobot.core.readiness import GATE_CHECK
from tests.support.fake_github import Ruleset, Settings

ACTIONS_APP = 15368
"""The id of the App github-actions on github.com."""

APP_SECRETS = frozenset({"PROMOBOT_APP_ID", "PROMOBOT_PRIVATE_KEY"})


def pull_request(**changed: Any) -> dict[str, Any]:
    """The rule of that type, as the reference of "Get rules for a branch" shows it."""
    asked = {
        "required_approving_review_count": 1,
        "require_last_push_approval": True,
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": True,
        "required_review_thread_resolution": False,
    }
    return {"type": "pull_request", "parameters": {**asked, **changed}}


def checks(*, strict: bool = True, app: int | None = ACTIONS_APP, name: str = GATE_CHECK) -> dict[str, Any]:
    """The rule of required checks."""
    check = {"context": name, **({} if app is None else {"integration_id": app})}
    return {
        "type": "required_status_checks",
        "parameters": {"strict_required_status_checks_policy": strict, "required_status_checks": [check]},
    }


def fixed() -> list[dict[str, Any]]:
    """The rules against force pushes and deletion."""
    return [{"type": "deletion"}, {"type": "non_fast_forward"}]


def classic(**changed: Any) -> dict[str, Any]:
    """A classic protection that asks for everything."""
    return {
        "url": "https://forge.example/protection",
        "required_status_checks": {
            "strict": True,
            "contexts": [GATE_CHECK],
            "checks": [{"context": GATE_CHECK, "app_id": ACTIONS_APP}],
        },
        "required_pull_request_reviews": {
            "required_approving_review_count": 1,
            "require_last_push_approval": True,
            "dismiss_stale_reviews": True,
            "require_code_owner_reviews": True,
        },
        "enforce_admins": {"enabled": True},
        "allow_force_pushes": {"enabled": False},
        "allow_deletions": {"enabled": False},
        **changed,
    }


def well_set(administrator: str = "ann") -> Settings:
    """Everything stands, by rulesets, and this login may see it all."""
    return Settings(
        rulesets=[Ruleset(1, {"main"}, [pull_request(), checks(), *fixed()]), Ruleset(2, {LEDGER}, fixed())],
        actions_open_pulls=True,
        secrets=set(APP_SECRETS),
        administrators={administrator},
    )
