"""Edits by hand of the base config and the policy: what a live override hides, and what a new policy would exclude."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from promobot.core.candidates import build_promotion_candidates_from_patches
from promobot.core.facts import Facts, LiveValues, leaves
from promobot.core.gate.protected import Protected
from promobot.core.gate.values import line_of
from promobot.core.gate.verdict import Violation
from promobot.core.policy import PromotionPolicy, effective_mode
from promobot.core.policy.file import parse_policy
from promobot.core.rendering.text import visible
from promobot.core.rules import AUTO_APPLY_RULES, PROPOSAL_RULES
from promobot.core.values import as_scalar, same
from promobot.core.wish import patch_of
from promobot.errors import PolicyError

EXCLUDING = frozenset({
    "hard_limit", "blacklisted_target", "blacklisted_tag", "research", "below_min", "above_max", "not_eligible",
})  # fmt: skip
"""Rules whose no to a live value an author of a policy wants to hear of; `not_eligible` only of an override."""


def toml_of(data: bytes | None) -> dict[str, Any] | None:
    """The document, {} where there is no file, None where it cannot be read."""
    try:
        return {} if data is None else tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def config_edit(before: bytes | None, after: bytes | None, overrides: bytes | None, path: str) -> Iterator[Violation]:
    """An edit of the base config that the live overrides make void, or that takes their ground away.

    `overrides` is auto.toml as the merge leaves it; where it cannot be read, nothing here can be said.
    """
    old, new, live = toml_of(before), toml_of(after), toml_of(overrides)
    if new is None:
        yield Violation("base_config_unreadable", f"{path} is not valid TOML in UTF-8 after the merge", path)
        return
    table = (live or {}).get("auto_applied")
    if not isinstance(table, dict):
        return
    text = (after or b"").decode("utf-8")
    was, now = dict(leaves(old or {})), dict(leaves(new))
    for target, _ in leaves(table):
        line, name = line_of(text, target), visible(target)
        if target in was and target not in now:
            message = f"{name} is taken away, but a live override stands on it; first promobot unset it"
            yield Violation("overridden_key_removed", message, path)
        elif target in was and not same(was[target], now[target]):
            message = f"the new value of {name} has no effect: a live override hides it; use promobot unset or set"
            yield Violation("shadowed_edit", message, path, None, line)


def policy_edit(
    data: bytes | None, protected: Protected, live: LiveValues
) -> tuple[PromotionPolicy | None, list[Violation], list[Violation]]:
    """The head's policy (None: it cannot be used), its errors as violations, and as warnings what it would exclude."""
    path = protected.policy
    if data is None:
        return (
            None,
            [Violation("policy_removed", f"the merge takes {path} away; without it nothing is judged", path)],
            [],
        )
    try:
        policy = parse_policy(data, path)
    except PolicyError as error:
        told = [
            Violation("invalid_policy", f"{visible(d.pointer or path)}: {_plain(d.message)}", path, None, d.line)
            for d in error.details
        ]
        return None, told or [Violation("invalid_policy", _plain(error.message), path)], []
    return policy, [], list(_excluded(policy, live, path))


def _plain(message: str) -> str:
    """A sentence of ours that may quote a key of the policy."""
    return "".join(char if char.isprintable() else "?" for char in message)[:300]


def _excluded(policy: PromotionPolicy, live: LiveValues, path: str) -> Iterator[Violation]:
    facts = Facts(policy, effective_mode(policy, None)[0], live)
    for target, value in {**(live.base or {}), **live.overrides}.items():
        scalar = as_scalar(value)
        if scalar is None:
            continue
        try:
            candidate = build_promotion_candidates_from_patches([patch_of(target, scalar)])[0]
        except ValueError:
            continue
        codes = EXCLUDING if target in live.overrides else EXCLUDING - {"not_eligible", "research"}
        for rule in (*PROPOSAL_RULES, *AUTO_APPLY_RULES):
            reason = rule.reason(candidate, facts) if rule.code in codes else None
            if reason is not None:
                message = f"{visible(target)} is live, and this policy would not let it pass: {reason.message}"
                yield Violation(reason.code, message, path)


def moved(before: Protected, after: Protected, blobs: Mapping[str, str]) -> Iterator[Violation]:
    """A policy that names other files must name the same content. `blobs` are the ids by path: of the base at the old
    paths, of the merge result at the new ones; a path that is missing there holds nothing."""
    for code, old, new in (
        ("overrides_moved", before.overrides, after.overrides),
        ("base_config_moved", before.base_config, after.base_config),
    ):
        if old != new and blobs.get(old) != blobs.get(new):
            message = f"the policy would read {visible(new)} instead of {visible(old)}, and they differ"
            yield Violation(code, message, after.policy)
    if before.reports != after.reports:
        message = "the policy would look for proposals elsewhere, so that what has landed would be forgotten"
        yield Violation("reports_moved", message, after.policy)
