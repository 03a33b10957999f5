"""Reading the base branch at a commit: policy, overrides, base config, history. Nothing of the checkout counts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from promobot.adapters.live_config import live_overrides
from promobot.adapters.repository import Entry, Repository, landed
from promobot.adapters.repository.entries import REGULAR
from promobot.core.base_state import BaseState
from promobot.core.changes import Change, overrides_of
from promobot.core.facts import LiveValues
from promobot.core.overrides import overrides_document, read_overrides
from promobot.core.policy import Paths, PromotionPolicy
from promobot.core.policy.file import parse_policy
from promobot.core.policy.types import POLICY_PATH
from promobot.core.prepared import Proposed
from promobot.core.problems import plain_message
from promobot.core.values import same
from promobot.errors import PolicyError, RepositoryRefused, UsageError


@dataclass(frozen=True)
class Elsewhere:
    """A policy file and two paths that stand in for the base branch's own; for work without a forge only."""

    policy_file: Path | None = None
    output_dir: str | None = None
    live_overrides_path: str | None = None


def read_policy(repository: Repository, branch: str, commit: str, elsewhere: Elsewhere) -> tuple[PromotionPolicy, str]:
    """The policy and its blob id. Raises PolicyError, or UsageError for a stand-in that cannot be used."""
    if elsewhere.policy_file is not None:
        try:
            data = elsewhere.policy_file.read_bytes()
        except OSError as error:
            raise UsageError(f"{elsewhere.policy_file} cannot be read: {error.strerror}") from error
        policy, blob = parse_policy(data, str(elsewhere.policy_file)), repository.blob_id(data)
    else:
        entry = repository.entry(commit, POLICY_PATH)
        if entry is None:
            raise PolicyError(
                f"there is no {POLICY_PATH} on branch {branch} (one in the checkout does not count); "
                "merge one there; promobot's own is an example, and promobot init makes a first one"
            )
        policy, blob = parse_policy(entry.data, POLICY_PATH), entry.blob
    return _with_paths(policy, elsewhere), blob


def read_base(repository: Repository, branch: str, commit: str, elsewhere: Elsewhere, at: datetime) -> BaseState:
    """Everything that a proposal on this commit depends on. `at` is the time whose UTC day the quota counts.

    Raises PolicyError, or RepositoryRefused for a file that is not as it must be; it names the file.
    """
    policy, blob = read_policy(repository, branch, commit, elsewhere)
    paths = policy.paths
    policy_path = POLICY_PATH if elsewhere.policy_file is None else None
    ground = BaseState(branch=branch, commit=commit, policy=policy, policy_path=policy_path, policy_blob=blob)
    overrides, config = (repository.entry(commit, path) for path in (paths.live_overrides, paths.base_config))
    state = with_values(ground, overrides, config)
    return replace(
        state,
        landed=landed(
            repository,
            commit,
            reports=paths.reports,
            overrides=paths.live_overrides,
            today=at,
            lately_days=policy.lately_days,
            base=state.live.base,
        ),
    )


def with_values(ground: BaseState, overrides: Entry | None, config: Entry | None) -> BaseState:
    """The state with what these versions of auto.toml and the base config make live. Raises RepositoryRefused."""
    paths = ground.policy.paths
    if overrides is not None and overrides.mode != REGULAR:
        mode = f"{overrides.mode:o}"
        raise RepositoryRefused(f"{paths.live_overrides} has mode {mode}, not 100644; mend it on the base branch")
    text = None if overrides is None else _text(overrides, paths.live_overrides)
    applied = {} if text is None else read_overrides(text, paths.live_overrides)
    base_config = None if config is None else _toml(config, paths.base_config)
    ignored: dict[str, str] = {}
    if base_config is not None and text is not None and applied:
        applied, ignored = _as_read(base_config, text, paths.live_overrides)
    return replace(
        ground,
        live=LiveValues.of(applied, base_config),
        base_config=base_config,
        ignored=ignored,
        overrides=text,
        overrides_blob=None if overrides is None else overrides.blob,
    )


def prove_read(state: BaseState, proposed: Proposed, changes: tuple[Change, ...]) -> None:
    """Refuse a proposal that the live system would not read exactly as it is meant.

    Each planned value is read as written, or, where its override goes, no override is read; all others stay.
    """
    path = state.policy.paths.live_overrides
    plan, data = overrides_of(changes), proposed.files.get(path)
    if state.base_config is None or data is None:
        return
    read, ignored = _as_read(state.base_config, data.decode("utf-8"), path)
    for target, value in (dict(state.live.overrides) | plan).items():
        if not same(read.get(target), value):
            why = ignored.get(target, "it reads another value")
            raise RepositoryRefused(
                f"{path}: the live system would not read {target} as written ({why}); mend it first"
            )


def _as_read(base_config: dict[str, Any], text: str, path: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The overrides that the live system's own reader takes, and why it ignores the others."""
    try:
        taken, ignored = live_overrides(base_config, text.encode("utf-8"), overrides_document(text))
    except (ValueError, RecursionError) as error:
        raise RepositoryRefused(f"the live system ignores {path} whole: {error}; mend it first") from error
    return {target: override.live for target, override in taken.items()}, ignored


def _with_paths(policy: PromotionPolicy, elsewhere: Elsewhere) -> PromotionPolicy:
    given = {"reports": elsewhere.output_dir, "live_overrides": elsewhere.live_overrides_path}
    changed = {name: path for name, path in given.items() if path is not None}
    if not changed:
        return policy
    try:
        paths = Paths.model_validate(policy.paths.model_dump() | changed)
    except ValidationError as error:
        told = "; ".join(plain_message(problem) for problem in error.errors())
        raise UsageError(f"--output-dir or --live-overrides-path cannot be used: {told}") from error
    return policy.model_copy(update={"paths": paths})


def _toml(entry: Entry, path: str) -> dict[str, Any]:
    try:
        return _document(_text(entry, path))
    except (ValueError, RecursionError) as error:
        raise RepositoryRefused(f"{path} is not valid TOML ({error}); mend it on the base branch first") from error


@lru_cache(maxsize=4)
def _document(text: str) -> dict[str, Any]:
    """To be read only: an audit reads the same base config below thousands of overrides."""
    return tomllib.loads(text)


def _text(entry: Entry, path: str) -> str:
    try:
        return entry.data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RepositoryRefused(f"{path} is not UTF-8 text; mend it on the base branch first") from error
