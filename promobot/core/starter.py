"""The texts that `promobot init` puts into a repository, filled in for it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from promobot.core.codeowners import PLACEHOLDER, unowned
from promobot.core.facts import leaves
from promobot.core.found import HOLD, REJECTED, REMARKED, SUPERSEDED, WITHDRAWN
from promobot.core.policy import Paths
from promobot.core.values import TARGET_PATTERN
from promobot.errors import UsageError

ACTION = re.compile(r"([A-Za-z0-9-]+/[A-Za-z0-9._-]+)@([0-9a-f]{40})")
OWNER = re.compile(r"@[A-Za-z0-9-]+(?:/[A-Za-z0-9._-]+)?|[^\s@#]+@[A-Za-z0-9.-]+")
UNNAMED = ("OWNER/promobot", "COMMIT")
"""What stands in a workflow until somebody says where promobot is taken from."""

NO_BASELINE = "# No baseline: no commit of the base branch was known here."

STEP = Decimal("0.1")
"""How far the example moves its parameter: inside every default step."""

LABELS = {
    "promobot": "A proposal of promobot",
    HOLD: "promobot leaves this pull request alone",
    REJECTED: "Closed by a person, who said no",
    SUPERSEDED: "Closed by promobot: a newer proposal replaces it",
    WITHDRAWN: "Closed by promobot: nothing of it would be accepted today",
    REMARKED: "promobot has said once why it leaves this alone",
}
"""Label -> description, at most 100 characters of it."""


@dataclass(frozen=True)
class Wishes:
    """What the person asks for. `action` is (owner/name, commit) of the repository that promobot's workflows are
    called from; None leaves a placeholder, as do no `owners`. Paths are inside the repository; None: as found."""

    action: tuple[str, str] | None = None
    owners: tuple[str, ...] = ()
    base_config: str | None = None
    exports: str | None = None


@dataclass(frozen=True)
class Ground:
    """What the texts depend on: the policy's paths, the base config as read (None: there is none), whether a policy
    stands there that grants something, and the base branch's commit (None: it has none, or nobody asked)."""

    paths: Paths = field(default_factory=Paths)
    base_config: Mapping[str, Any] | None = None
    granted: bool = False
    head: str | None = None


def wishes(action: str | None, owners: list[str], base_config: str | None, exports: str | None) -> Wishes:
    """From what was typed. Raises UsageError."""
    found = None if action is None else ACTION.fullmatch(action)
    if action is not None and found is None:
        raise UsageError(f"--action {action!r} is no OWNER/NAME@ with a commit of 40 hexadecimal digits behind it")
    for owner in owners:
        if not OWNER.fullmatch(owner):
            raise UsageError(f"--owner {owner!r} is none of @person, @organisation/team, or an e-mail address")
    return Wishes((found[1], found[2]) if found else None, tuple(owners), base_config, exports)


def filled(template: str, asked: Wishes, ground: Ground) -> str:
    """A template with its `@@NAME@@` replaced. Paths and targets are quoted as TOML and YAML both understand it."""
    target, _ = example_target(ground)
    exports, (action, commit) = ground.paths.exports, asked.action or UNNAMED
    words = {
        "ACTION": action,
        "COMMIT": commit,
        "EXPORTS": _quoted(exports),
        "INSIDE": _quoted(f"{exports}/**"),
        "LIVE_OVERRIDES": _quoted(ground.paths.live_overrides),
        "BASE_CONFIG": _quoted(ground.paths.base_config),
        "BASELINE": f'baseline = "{ground.head}"' if ground.head else NO_BASELINE,
        "TARGET": _quoted(target),
        "GRANT": _quoted(f"{target.partition('.')[0]}.*" if "." in target else target),
    }
    return re.sub("@@([A-Z_]+)@@", lambda hit: words[hit[1]], template)


def codeowners_lines(text: str, asked: Wishes, paths: Paths) -> str:
    """What to add behind a CODEOWNERS text so that every protected path has owners; empty where each has."""
    missing = [place.pattern.replace(" ", "\\ ") for place in unowned(text, paths)]
    if not missing:
        return ""
    named = " ".join(asked.owners or (PLACEHOLDER,))
    wide = max(map(len, missing))
    head = "# Who must approve a change of what decides over live values (promobot)."
    lines = "\n".join([head, *(f"{pattern:<{wide}} {named}" for pattern in missing), ""])
    if not text:
        return lines
    added = ("\n" if text.endswith("\n") else "\n\n") + lines
    return added.replace("\n", "\r\n") if "\r\n" in text else added


def example_target(ground: Ground) -> tuple[str, float | None]:
    """The parameter that examples are made with, and its value: the first fractional number of the base config."""
    for target, value in leaves(ground.base_config or {}):
        if isinstance(value, float) and math.isfinite(value) and re.fullmatch(TARGET_PATTERN, target):
            return target, value
    return "portfolio.leverage", None


def example_text(ground: Ground) -> str:
    """An export of one patch that nothing judges: its status is PROPOSED, which no rule takes for tried."""
    target, live = example_target(ground)
    patch = {
        "id": "example-001",
        "target": target,
        "old_value": live,
        "new_value": 1.5 if live is None else float(Decimal(repr(live)) + STEP),
        "status": "PROPOSED",
        "confidence_score": 0.9,
        "reason": "An example of promobot init. It is judged once its status is APPLIED_OFFLINE. Delete it when the "
        "loop writes its own.",
    }
    return json.dumps({"patches": [patch]}, indent=2) + "\n"


def _quoted(text: str) -> str:
    """A string of TOML and of YAML; a repository path holds no control characters."""
    return json.dumps(text, ensure_ascii=False)
