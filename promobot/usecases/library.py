"""promobot as a plain library, as the seed used it: proposals written to a folder, overrides to a file, no git."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from promobot.core import filters, proposals
from promobot.core.changes import changes_of, overrides_of
from promobot.core.facts import LiveValues
from promobot.core.health import Health
from promobot.core.lately import Lately
from promobot.core.models import PromotionCandidate, PromotionDecision, PromotionProposal
from promobot.core.overrides import NEW_FILE, apply_overrides, read_overrides
from promobot.core.policy import AutoApplyPolicy, PromotionPolicy
from promobot.core.policy.types import AutoApplyMode
from promobot.core.proposals import Ground
from promobot.core.rendering.artifacts import render_artifacts
from promobot.core.values import Scalar
from promobot.errors import RepositoryRefused


def filter_candidates_for_live(
    candidates: Iterable[PromotionCandidate],
    *,
    policy: PromotionPolicy | AutoApplyPolicy | None = None,
    mode: AutoApplyMode | str | None = None,
    live: LiveValues | Mapping[str, object] | None = None,
    evaluated_at: datetime | None = None,
    landed_today: int = 0,
    lately: Lately | None = None,
    health: Health | None = None,
) -> list[PromotionDecision]:
    """Decide on every candidate, now unless `evaluated_at` says otherwise. See `promobot.core.filters`.

    An AutoApplyPolicy grants nothing by itself: set `eligible_for_live` on the candidates that you let pass.
    """
    if isinstance(policy, AutoApplyPolicy):
        policy = policy.as_promotion_policy()
    return filters.filter_candidates_for_live(
        candidates,
        policy=policy,
        mode=None if mode is None else AutoApplyMode(mode),
        live=live,
        evaluated_at=evaluated_at or datetime.now(UTC),
        landed_today=landed_today,
        lately=lately,
        health=health,
    )


def build_promotion_proposals(
    decisions: Iterable[PromotionDecision], *, ground: Ground | None = None
) -> list[PromotionProposal]:
    """None or one proposal of everything accepted, dated now unless `ground` says otherwise."""
    return proposals.build_promotion_proposals(decisions, ground=ground or Ground(datetime.now(UTC)))


def materialize_promotion_proposals(
    proposals: Iterable[PromotionProposal],
    base_dir: str | os.PathLike[str] = "reports/live_promotion",
    *,
    policy: PromotionPolicy | None = None,
) -> list[Path]:
    """Write each proposal's three files to `base_dir/<proposal id>/` and give the folders back.

    `policy` is the one that decided; its bounds are shown in the checklist. A folder that exists is overwritten
    only by the same proposal.
    """
    folders = []
    for proposal in proposals:
        folder = Path(base_dir) / proposal.proposal_id
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in render_artifacts(proposal, policy or PromotionPolicy()).items():
            _write(folder / name, data)
        folders.append(folder)
    return folders


def apply_proposals_to_live_overrides(
    proposals: Iterable[PromotionProposal],
    *,
    policy: AutoApplyPolicy | PromotionPolicy,
    live_override_path: str | os.PathLike[str],
) -> dict[str, Scalar]:
    """Write what may be applied automatically into the overrides file, and give it back: target -> value.

    Only in bounded_auto, only accepted numbers inside all bounds. The step is measured from the file's own value,
    else from the decision's `live_value` (what the caller of the filter said is live), never from `old_value`.
    Raises RepositoryRefused, and leaves the file as it is, when it cannot be read or edited safely.
    """
    whole = policy.as_promotion_policy() if isinstance(policy, AutoApplyPolicy) else policy
    if whole.mode is not AutoApplyMode.BOUNDED_AUTO:
        return {}
    path = Path(live_override_path)
    text = _read(path)
    accepted = [decision for proposal in proposals for decision in proposal.decisions if decision.accepted]
    told = {d.target: d.live_value for d in accepted if d.live_value is not None}
    # Judged again from the ground up: the file may have changed since, and this policy may be another one.
    fresh = filters.filter_candidates_for_live(
        (decision.candidate for decision in accepted),
        policy=whole,
        live=told | read_overrides(text, str(path)),
        evaluated_at=datetime.now(UTC),
    )
    plan = {target: value for target, value in overrides_of(changes_of(fresh)).items() if value is not None}
    if plan:
        _write(path, apply_overrides(text, plan, str(path)).encode("utf-8"))
    return plan


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return NEW_FILE
    except (OSError, UnicodeDecodeError) as error:
        raise RepositoryRefused(f"{path} cannot be read as UTF-8 text; mend it first") from error


def _write(path: Path, data: bytes) -> None:
    """Replace the file in one step, so that a reader sees the old or the new content and nothing between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.write_bytes(data)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
