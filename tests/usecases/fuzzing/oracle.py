"""An independent judge of what a cycle would write. It reads the same bytes with the standard library only."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from tests.usecases.fuzzing.world import NOW, World

DEFAULTS = {  # DESIGN 3.2
    "leverage": {"min_value": 1.0, "max_value": 2.0, "max_step": 0.25},
    "trigger": {"min_value": 3.0, "max_value": 15.0, "max_step": 2.0},
    "macro": {"min_value": 0.0, "max_value": 0.8, "max_step": 0.1},
}
Table = dict[str, Any]


def flat(table: Table, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}.")
        else:
            yield above + name, value


def toml(data: bytes | None) -> Table:
    return tomllib.loads((data or b"").decode())


def exact(value: Any) -> Decimal:
    assert type(value) in (int, float), f"{value!r} is no number"
    return Decimal(repr(value))


def patches_of(world: World) -> list[Table]:
    suffix, data = world.export
    if suffix == ".jsonl":
        return [json.loads(row) for row in data.decode().split("\n") if row.strip()]
    whole = json.loads(data)
    found = whole if isinstance(whole, list) else whole.get("patches", [whole])
    return list(found)


def check(world: World, written: bytes | None, planned: dict[str, Any]) -> None:
    """Everything that was written was asked for, allowed, measured, and is the only thing that differs."""
    before, after = dict(flat(toml(world.auto).get("auto_applied", {}))), dict(before_or(world, written))
    changed = {key: after.get(key) for key in before | after if told(before.get(key)) != told(after.get(key))}
    assert {key: told(value) for key, value in changed.items()} == {key: told(v) for key, v in planned.items()}
    policy = toml(world.policy)
    if planned:
        old, new = toml(world.auto), toml(written)
        old.pop("auto_applied", None), new.pop("auto_applied")
        assert told(old) == told(new), "another table was touched"
        assert policy["mode"] == "bounded_auto"
        assert policy.get("lock", False) is False
        assert len(planned) <= min(
            policy.get("max_per_proposal", 50), policy.get("auto_apply", {}).get("max_per_day", 3)
        )
        health(policy, world)
    for target, value in planned.items():
        bounded(policy, target, value, live_value(world, target))
        permitted(policy, target)
        asked(policy, target, value, patches_of(world))


def before_or(world: World, written: bytes | None) -> Iterator[tuple[str, Any]]:
    return flat(toml(world.auto if written is None else written).get("auto_applied", {}))


def told(value: Any) -> str:
    """Type and value as one text; tables in any order."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {told(value[key])}' for key in sorted(value))}}}"
    return f"{type(value).__name__} {value!r}"


def live_value(world: World, target: str) -> Any:
    """What is live: the override if it has the base's type, else the base's own value."""
    overrides = dict(flat(toml(world.auto).get("auto_applied", {})))
    if world.base is None:
        return overrides[target]
    names = [name for name, _ in flat(toml(world.base))]
    assert names.count(target) == 1, "no leaf of the base config, or two"
    base = dict(flat(toml(world.base)))[target]
    override = overrides.get(target)
    return override if type(override) in (int, float) and type(base) in (int, float) else base


def bounded(policy: Table, target: str, value: Any, live: Any) -> None:
    assert type(value) is type(live) or (type(value), type(live)) == (float, int), f"{live!r} -> {value!r}"
    own = [one for one in policy.get("bounds_for", []) if any(fnmatchcase(target, glob) for glob in one["targets"])]
    tags = {tag: {**DEFAULTS.get(tag, {}), **policy.get("bounds", {}).get(tag, {})}
            for tag in {*DEFAULTS, *policy.get("bounds", {})}}  # fmt: skip
    limits = own or [keys for tag, keys in tags.items() if tag in target.lower()]
    assert limits, "nobody bounded it"
    for keys in limits:
        assert exact(keys["min_value"]) <= exact(value) <= exact(keys["max_value"])
        assert abs(exact(value) - exact(live)) <= exact(keys["max_step"])
    for tag, most in {"leverage": 3.0, **policy.get("hard_limits", {})}.items():
        assert tag not in target.lower() or exact(value) <= exact(most)


def permitted(policy: Table, target: str) -> None:
    allow = policy.get("auto_apply", {}).get("allow")
    assert allow is None or any(fnmatchcase(target, glob) for glob in allow)
    barred = policy.get("blacklist", {}).get("targets", [])
    assert not any(f"{target}.".lower().startswith(f"{entry}.".lower()) for entry in barred)


def asked(policy: Table, target: str, value: Any, patches: list[Table]) -> None:
    """Everybody who asked for this target asked for this, with all that grant and evidence want."""
    wanted = [one for one in patches if one["target"] == target and one["status"] in ("APPLIED_OFFLINE", "PROMOTED")]
    assert wanted, "nobody asked for it"
    for one in wanted:
        assert exact(one["new_value"]) == exact(value)
        score = one.get("confidence_score")
        assert score is not None
        assert score >= policy.get("auto_apply", {}).get("min_confidence", 0.8)
        meta = one.get("meta") or {}
        assert any(granted(grant, target, score, meta) for grant in policy["eligibility"]), "no grant"
        assert meta.get("tier") != "research"
        assert not (one.get("source_experiment_id") or "").startswith("rnd-")
        evidence(policy, one, meta)


def granted(grant: Table, target: str, score: float, meta: Table) -> bool:
    end = grant.get("expires")
    if isinstance(end, date) and not isinstance(end, datetime):
        end = datetime.combine(end, time())
    return (
        any(fnmatchcase(target, glob) for glob in grant["targets"])
        and score >= grant.get("min_confidence", 0)
        and (not grant.get("require_live_ready", False) or meta.get("is_live_ready") is True)
        and (end is None or (end if end.tzinfo else end.replace(tzinfo=NOW.tzinfo)) > NOW)
    )


def evidence(policy: Table, one: Table, meta: Table) -> None:
    claimed = meta.get("metrics")
    metrics = claimed if isinstance(claimed, dict) else {}
    for name, limits in policy.get("performance", {}).get("metrics", {}).items():
        if name in metrics or limits.get("required", True):
            shown = exact(metrics[name])
            assert exact(limits.get("min", -(10**400))) <= shown <= exact(limits.get("max", 10**400))
    days = policy.get("patches", {}).get("max_age_days")
    if days is not None:
        made = datetime.fromisoformat(one["generated_at"])
        made = made if made.tzinfo else made.replace(tzinfo=NOW.tzinfo)
        assert (NOW - made).total_seconds() <= days * 86400


def health(policy: Table, world: World) -> None:
    """A Go needs a report that says so. (JUnit's own tests count its cases.)"""
    asked_for = policy.get("test_health")
    if asked_for is None:
        return
    assert world.health is not None
    if asked_for["report"].lower().endswith(".json"):
        report = json.loads(world.health)
        assert exact(report["health_score"]) >= exact(asked_for.get("min_score", 100.0))
        assert report["failed_checks"] <= asked_for.get("max_failures", 0)
        assert not report.get("trigger_violations")
