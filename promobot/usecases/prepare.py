"""From a base commit and an export to everything that a proposal consists of. Reads the base commit only."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from promobot.adapters.exports import Intake
from promobot.adapters.repository import Entry, Landed, Repository, landed
from promobot.adapters.repository.objects import REGULAR
from promobot.core.candidates import build_promotion_candidates_from_patches
from promobot.core.changes import Change, changes_of, overrides_of
from promobot.core.facts import LiveValues
from promobot.core.filters import filter_candidates_for_live
from promobot.core.models import PromotionDecision, PromotionProposal
from promobot.core.overrides import NEW_FILE, apply_overrides, read_overrides
from promobot.core.policy import Paths, PromotionPolicy, effective_mode
from promobot.core.policy_file import parse_policy
from promobot.core.policy_types import POLICY_PATH, AutoApplyMode
from promobot.core.problems import plain_message
from promobot.core.proposals import Ground, branch_name, build_promotion_proposals
from promobot.core.rendering.artifacts import CHECKLIST, render_artifacts
from promobot.core.rendering.message import commit_message
from promobot.errors import PolicyError, RepositoryRefused, UsageError


@dataclass(frozen=True)
class Question:
    """What is asked of a cycle: the base branch, the patches, the mode asked for, the time, and other paths.

    `policy_file` and the two paths stand in for the base branch's own; they are for work without a forge only.
    """

    base_branch: str
    intake: Intake
    at: datetime
    mode: AutoApplyMode | None = None
    policy_file: Path | None = None
    output_dir: str | None = None
    live_overrides_path: str | None = None


@dataclass(frozen=True)
class Prepared:
    """A cycle, decided and rendered. `files` are paths in the repository with their bytes; empty: no proposal."""

    policy: PromotionPolicy
    mode: AutoApplyMode
    base_commit: str
    decisions: tuple[PromotionDecision, ...] = ()
    changes: tuple[Change, ...] = ()
    landed: Landed = field(default_factory=Landed)
    proposal: PromotionProposal | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    overrides_blobs: str = "none"
    warnings: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The question's digest."""
        return str(self._proposed.meta["digest"])

    @property
    def branch(self) -> str:
        """The proposal's branch."""
        return branch_name(self.digest)

    @property
    def title(self) -> str:
        """The commit's subject and the pull request's title."""
        return self._proposed.title

    @property
    def checklist(self) -> str:
        """OPERATOR_CHECKLIST.md, which is the pull request's body."""
        return self.files[f"{self._proposed.output_dir}/{CHECKLIST}"].decode()

    @property
    def _proposed(self) -> PromotionProposal:
        if self.proposal is None:
            raise ValueError("this cycle proposes nothing")
        return self.proposal

    def message(self, run_url: str | None) -> str:
        """The commit's message."""
        return commit_message(self._proposed.title, self._proposed.meta, self.overrides_blobs, run_url)


def read_policy(repository: Repository, commit: str, question: Question) -> tuple[PromotionPolicy, str]:
    """The policy and its blob id. Raises PolicyError."""
    if question.policy_file is not None:
        try:
            data = question.policy_file.read_bytes()
        except OSError as error:
            raise UsageError(f"{question.policy_file} cannot be read: {error.strerror}") from error
        policy, blob = parse_policy(data, str(question.policy_file)), repository.blob_id(data)
    else:
        entry = repository.entry(commit, POLICY_PATH)
        if entry is None:
            raise PolicyError(
                f"there is no {POLICY_PATH} on branch {question.base_branch}; "
                "write one there by a reviewed merge (promobot init makes a first one)"
            )
        policy, blob = parse_policy(entry.data, POLICY_PATH), entry.blob
    given = {"reports": question.output_dir, "live_overrides": question.live_overrides_path}
    changed = {name: path for name, path in given.items() if path is not None}
    if not changed:
        return policy, blob
    try:
        paths = Paths.model_validate(policy.paths.model_dump() | changed)
    except ValidationError as error:
        told = "; ".join(plain_message(problem) for problem in error.errors())
        raise UsageError(f"--output-dir or --live-overrides-path cannot be used: {told}") from error
    return policy.model_copy(update={"paths": paths}), blob


def prepare(repository: Repository, commit: str, question: Question) -> Prepared:
    """Decide and render one cycle on a base commit. Same commit and question, same bytes."""
    policy, policy_blob = read_policy(repository, commit, question)
    mode, warnings = effective_mode(policy, question.mode)
    if mode is AutoApplyMode.DISABLED:
        return Prepared(policy, mode, commit, warnings=warnings)
    at = question.at.astimezone(UTC).replace(microsecond=0)
    paths = policy.paths
    overrides = _overrides_entry(repository, commit, paths.live_overrides)
    live = _live_values(repository, commit, overrides, paths)
    before = landed(repository, commit, reports=paths.reports, overrides=paths.live_overrides, today=at)
    candidates = build_promotion_candidates_from_patches(question.intake.patches)
    decisions = tuple(
        filter_candidates_for_live(
            candidates, policy=policy, mode=mode, live=live, evaluated_at=at, landed_today=before.values_today
        )
    )
    ground = Ground(
        created_at=at,
        mode=mode,
        base_branch=question.base_branch,
        base_commit=commit,
        policy_path=POLICY_PATH if question.policy_file is None else None,
        policy_blob=policy_blob,
        overrides_path=paths.live_overrides,
        reports_path=paths.reports,
        landed_today=before.values_today,
        exports=question.intake.files,
        predecessors=before.predecessors,
        unknown_targets=frozenset(d.target for d in decisions if not live.knows(d.target)),
    )
    chosen = {id(candidate.patch) for candidate in candidates}
    skipped = sorted((p for p in question.intake.patches if id(p) not in chosen), key=lambda patch: patch.id)
    proposals = build_promotion_proposals(decisions, ground=ground, skipped=skipped)
    prepared = Prepared(
        policy, mode, commit, decisions, tuple(changes_of(decisions, before.predecessors)), before,
        warnings=(*warnings, *_from_the_future(question.intake, at)),
    )  # fmt: skip
    return prepared if not proposals else _rendered(repository, prepared, proposals[0], overrides)


def _rendered(
    repository: Repository, prepared: Prepared, proposal: PromotionProposal, overrides: Entry | None
) -> Prepared:
    """Add the files: three artifacts, and the overrides where anything is applied."""
    artifacts = render_artifacts(proposal, prepared.policy)
    files = {f"{proposal.output_dir}/{name}": data for name, data in artifacts.items()}
    plan, path, blobs = overrides_of(prepared.changes), prepared.policy.paths.live_overrides, "none"
    if plan:
        text = NEW_FILE if overrides is None else overrides.data.decode("utf-8")
        files[path] = apply_overrides(text, plan, path).encode("utf-8")
        old = "none" if overrides is None else overrides.blob
        blobs = f"{old}..{repository.blob_id(files[path])}"
    return replace(prepared, proposal=proposal, files=files, overrides_blobs=blobs)


def _overrides_entry(repository: Repository, commit: str, path: str) -> Entry | None:
    entry = repository.entry(commit, path)
    if entry is not None and entry.mode != REGULAR:
        raise RepositoryRefused(f"{path} has mode {entry.mode:o} where 100644 should be; mend it on the base branch")
    return entry


def _live_values(repository: Repository, commit: str, overrides: Entry | None, paths: Paths) -> LiveValues:
    applied = {} if overrides is None else read_overrides(_text(overrides, paths.live_overrides), paths.live_overrides)
    base = repository.entry(commit, paths.base_config)
    return LiveValues.of(applied, None if base is None else _toml(base, paths.base_config))


def _toml(entry: Entry, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(entry, path))
    except (ValueError, RecursionError) as error:
        raise RepositoryRefused(f"{path} is not valid TOML ({error}); mend it on the base branch first") from error


def _text(entry: Entry, path: str) -> str:
    try:
        return entry.data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RepositoryRefused(f"{path} is not UTF-8 text; mend it on the base branch first") from error


def _from_the_future(intake: Intake, at: datetime) -> list[str]:
    return [
        f"patch {patch.id}: {name} lies in the future"
        for patch in intake.patches
        for name in ("generated_at", "applied_at", "promoted_at")
        if (moment := getattr(patch, name)) is not None and moment > at
    ]
