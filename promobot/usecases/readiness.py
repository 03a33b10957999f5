"""Looking at forge and base branch for what the promise rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from promobot.adapters.repository import Repository
from promobot.adapters.repository.listing import attributes, paths_in
from promobot.core.codeowners import PLACES
from promobot.core.explain import Finding, Severity
from promobot.core.ledger import LEDGER
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.types import POLICY_PATH
from promobot.core.readiness import ForgeSeen, TreeSeen, readiness
from promobot.errors import RepositoryRefused

WORKFLOWS = ".github/workflows"

Look = Callable[[str, str], ForgeSeen]
"""(base branch, ledger branch) -> the forge's settings. Raises ForgeFailed."""


def forge_findings(
    repository: Repository, commit: str, branch: str, policy: PromotionPolicy, look: Look | None
) -> Iterator[Finding]:
    """Whether the promise holds on the forge; without one, that nobody looked. Raises ForgeFailed."""
    if look is None:
        mend = "set GITHUB_REPOSITORY=owner/name and GITHUB_TOKEN; nothing, if people merge by plain git"
        yield Finding(Severity.NOTE, "forge_not_asked", "the settings of the forge were not looked at", mend)
        return
    yield from readiness(policy, look(branch, LEDGER), tree_seen(repository, commit, policy))


def tree_seen(repository: Repository, commit: str, policy: PromotionPolicy) -> TreeSeen:
    """What a commit holds that the forge or git obeys. Raises RepositoryRefused."""
    paths = policy.paths
    owned = ((place, _text(repository, commit, place)) for place in PLACES)
    workflows = {path: _text(repository, commit, path) or "" for path in paths_in(repository, commit, WORKFLOWS)}
    protected = (paths.live_overrides, POLICY_PATH, paths.base_config, f"{paths.reports}/x/proposal_meta.json")
    return TreeSeen(
        codeowners=next(((place, text) for place, text in owned if text is not None), None),
        attributes=attributes(repository, commit, protected),
        workflows={path: text for path, text in workflows.items() if path.endswith((".yml", ".yaml"))},
        exports=tuple(
            path for path in paths_in(repository, commit, paths.exports) if path.endswith((".json", ".jsonl"))
        ),
    )


def _text(repository: Repository, commit: str, path: str) -> str | None:
    """A file's text; None where there is no plain file, which the forge would not follow either."""
    try:
        entry = repository.entry(commit, path)
    except RepositoryRefused:
        return None
    return None if entry is None else entry.data.decode("utf-8", "replace")
