"""The base branch at one commit, as far as a proposal depends on it. Read by a use case, judged by the core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from promobot.core.facts import LiveValues
from promobot.core.lately import Lately
from promobot.core.policy import PromotionPolicy


@dataclass(frozen=True)
class Landed:
    """What the base branch's history says of earlier proposals.

    `digests` are the questions that landed; `by_hand` the single changes in them that were left to a person, by the
    key of `changes.by_hand_key`; `predecessors` maps a target to the digest of the landing that last
    changed it; `values_today` counts the values that landed on the UTC day of the evaluation; `lately` is read only
    as far back as the policy's rules look.
    """

    digests: frozenset[str] = frozenset()
    by_hand: frozenset[str] = frozenset()
    predecessors: Mapping[str, str] = field(default_factory=dict)
    values_today: int = 0
    lately: Lately = field(default_factory=Lately)


@dataclass(frozen=True)
class BaseState:
    """Policy, live values and history at a commit.

    `policy_path` is None where the policy was given from elsewhere; `base_config` is None where there is none;
    `ignored` are the overrides that the live system does not take, and why; `overrides` is auto.toml's text, None
    where there is no such file; the blobs are git's ids of what was read; `refused` are the keys of what a person
    said no to, from the ledger: single changes by `changes.by_hand_key`, whole proposals by their digest.
    """

    branch: str
    commit: str
    policy: PromotionPolicy
    policy_path: str | None
    policy_blob: str
    live: LiveValues = field(default_factory=LiveValues)
    base_config: dict[str, Any] | None = None
    ignored: Mapping[str, str] = field(default_factory=dict)
    overrides: str | None = None
    overrides_blob: str | None = None
    landed: Landed = field(default_factory=Landed)
    refused: frozenset[str] = frozenset()
