"""Proposals that were never decided like this, or were tampered with after they landed.

The forgeries are skilled: promobot itself renders them, from a state that lies, so that every digest in them fits.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from promobot.core.audit.events import Undoing
from promobot.core.changes import Change, overrides_of
from promobot.core.intake import Intake
from promobot.core.models import ConfigPatch
from promobot.core.overrides import apply_overrides
from promobot.core.policy.file import parse_policy
from promobot.core.policy.types import AutoApplyMode
from promobot.core.prepared import Proposed, prepare
from promobot.core.proposals import Ground, question_digest
from promobot.core.version import __version__
from promobot.core.wish import Wish
from promobot.core.wishes import prepare_wish
from tests.support.audit import DAY, Case, Tamper, Trail, named, tampered
from tests.support.builders import NOW
from tests.support.builders import patch as built
from tests.support.gate import AUTO, LEVERAGE, POLICY, REPORTS, ROOMY, TRIGGER, WEIGHT, lever

META, PATCHES, CHECKLIST = "proposal_meta.json", "config_patches.json", "OPERATOR_CHECKLIST.md"
STRICT = ROOMY.replace("max_per_day = 100", "max_per_day = 1")


def folder(trail: Trail, landing: str = "main") -> str:
    """The folder of the proposal that a commit landed."""
    told = trail.git("diff", "--name-only", f"{landing}^1", landing, "--", REPORTS)
    return told.split("\n")[0].rpartition("/")[0]


def made(trail: Trail, *patches: ConfigPatch, at: datetime = NOW, base: str = "main", policy: str = "",
         landed: dict[str, Any] | None = None, engine: str = __version__, **state: Any) -> Proposed:  # fmt: skip
    """What promobot makes of patches on a state that is partly invented."""
    ground = trail.gate.state(at, base)
    if policy:
        state["policy"] = parse_policy(policy.encode(), POLICY)
    ground = replace(ground, landed=replace(ground.landed, **(landed or {})), **state)
    proposed = prepare(ground, Intake(patches or (lever(1.7),)), None, at, engine=engine).proposed
    assert proposed is not None
    return proposed


def forged(*patches: ConfigPatch, before: Tamper | None = None, **lies: Any) -> Tamper:
    """It is put on main as a squash would; the policy that was there before comes back behind it."""

    def tamper(trail: Trail) -> list[str]:
        if before is not None:
            before(trail)
        return [trail.commit(made(trail, *patches, **lies).files), trail.commit({POLICY: ROOMY})][:1]

    return tamper


def wished(wish: Wish, **lies: Any) -> Tamper:
    def tamper(trail: Trail) -> list[str]:
        state = trail.gate.state()
        if "policy" in lies:
            state = replace(state, policy=parse_policy(lies["policy"].encode(), POLICY))
        proposed = prepare_wish(state, wish, NOW).proposed
        assert proposed is not None
        return [trail.commit(proposed.files)]

    return tamper


def told_otherwise(wish: Wish, kind: str, value: float) -> Tamper:
    """The wish as an engine would write it that nobody has, so that nobody can make it again; then its kind and value
    are others, with the digest and the id that fit."""

    def tamper(trail: Trail) -> list[str]:
        proposed = prepare_wish(trail.gate.state(), wish, NOW, engine="99.0.0").proposed
        assert proposed is not None
        meta = json.loads(proposed.files[f"{proposed.proposal.output_dir}/{META}"])
        meta["kind"], meta["changes"][0]["new"] = kind, value
        changes = [Change(**change) for change in meta["changes"]]
        ground = Ground(NOW, mode=AutoApplyMode(meta["mode"]), kind=meta["kind"], base_branch="main")
        meta["digest"] = question_digest(changes, ground)
        name = meta["proposal_id"] = meta["proposal_id"].replace(proposed.digest[:16], meta["digest"][:16])
        kept = {name: proposed.files[f"{proposed.proposal.output_dir}/{name}"] for name in (PATCHES, CHECKLIST)}
        files = {f"{REPORTS}/{name}/{file}": data for file, data in kept.items()}
        values = apply_overrides(trail.text(AUTO), overrides_of(changes), AUTO)
        return [trail.commit({f"{REPORTS}/{name}/{META}": json.dumps(meta), AUTO: values, **files})]

    return tamper


def restored(trail: Trail) -> Wish:
    """What a revert of the first landing would be."""
    landing = next(iter(trail.proof().chronicle.landings))
    source = {"command": "revert", "proposal": landing.proposal_id, "digest": landing.digest}
    return Wish("revert", {LEVERAGE: 1.5}, "x", source, {LEVERAGE: 1.6})


def altered(name: str, old: str, new: str) -> Tamper:
    """A file of the first landing, and back again."""

    def tamper(trail: Trail) -> list[str]:
        path = f"{folder(trail, trail.first)}/{name}"
        before = trail.text(path)
        assert old in before
        return [trail.commit({path: before.replace(old, new)}), trail.commit({path: before})]

    return tamper


def removed(trail: Trail) -> list[str]:
    before = trail.git("rev-parse", "main^{tree}")
    return [trail.commit({folder(trail, trail.first): None}), trail.commit(tree=before)]


def moved(trail: Trail) -> list[str]:
    path = folder(trail, trail.first)
    files = {f"{REPORTS}/archive_2026/{name}": trail.text(f"{path}/{name}") for name in (META, PATCHES, CHECKLIST)}
    return [trail.commit({path: None, **files})]


def id_reused(trail: Trail) -> list[str]:
    """Another proposal in the place of the first."""
    path, other = folder(trail, trail.first), made(trail, lever(1.7))
    files = {f"{path}/{name.rpartition('/')[2]}": text for name, text in other.files.items() if name != AUTO}
    return [trail.commit({**files, AUTO: other.files[AUTO]})]


def landed_twice(trail: Trail) -> list[str]:
    """Merged, taken back by the forge's button, and merged again."""
    head, before = trail.gate.propose(lever(1.7)).branch, trail.git("rev-parse", "main^{tree}")
    first = trail.merge(head)
    trail.commit(tree=before)
    return [trail.commit(tree=first)]


def button_on(revision: str, files: dict[str, str] | None = None) -> Tamper:
    """The inverse of a landing as the forge's button makes it, perhaps with something else."""

    def tamper(trail: Trail) -> list[str]:
        commit = trail.first if revision == "first" else trail.tip(revision)
        parent = ("-m", "1") if revision == "first" else ()
        trail.git("checkout", "--quiet", "--force", "--detach", "main")
        trail.git("revert", "--no-edit", *parent, commit)
        return [trail.commit(files, tree="HEAD")]

    return tamper


def today(trail: Trail) -> list[str]:
    """One value lands, all that the day's quota allows."""
    trail.commit({POLICY: STRICT})
    return [trail.merge(trail.gate.propose(built(WEIGHT, 0.3)).branch)]


def by_hand_written(trail: Trail) -> list[str]:
    """The proposal leaves the value to a person, and the same commit writes it."""
    left = made(trail, lever(1.7, confidence_score=0.5))
    return [trail.commit({**left.files, AUTO: trail.text(AUTO).replace("1.6", "1.7")})]


def reverting_to(value: float) -> Tamper:
    return lambda trail: wished(replace(restored(trail), values={LEVERAGE: value}))(trail)


def applying(trail: Trail) -> list[str]:
    name = folder(trail, trail.first).rpartition("/")[2]
    return wished(Wish("operator", {TRIGGER: 12.0}, "x", {"command": "apply", "proposal": name}))(trail)


LOOSE = ROOMY + "[bounds.leverage]\nmax_value = 9.0\nmax_step = 9.0\n[hard_limits]\nleverage = 9.0\n"
SET = Wish("operator", {LEVERAGE: 5.0}, "x", {"command": "set"})
SMALL = Wish("operator", {LEVERAGE: 1.9}, "x", {"command": "set"})
EXPIRY = Wish("expiry", {TRIGGER: None}, "x", {"command": "expiry"}, {TRIGGER: 11.0})
CASES: dict[str, Case] = {
    "the meta altered and back": (altered(META, "1.6", "1.7"), "proposal_altered", "proposal_altered"),
    "the patches altered and back": (altered(PATCHES, "1.6", "1.7"), "proposal_altered", "proposal_altered"),
    "the checklist altered and back": (altered(CHECKLIST, "1.6", "1.7"), "proposal_altered", "proposal_altered"),
    "deleted and restored": (removed, "proposal_removed", "proposal_altered"),
    "moved": (moved, "proposal_removed id_mismatch landed_since live_changed already_landed artifact_altered"),
    "its id reused": (id_reused, "proposal_altered unexplained_values"),
    "landed twice, with a button's revert between": (landed_twice, "already_landed landed_since"),
    "an older landing taken back as by the button": (button_on("first"), "proposal_removed unexplained_values"),
    "a button's revert that does more": (button_on("main", {"src/new.py": "x\n"}),
                                         "proposal_removed unexplained_values"),
    "a false predecessor": (forged(landed={"predecessors": {}}), "landed_since patches_mismatch"),
    "a false count of the day": (forged(before=today, landed={"values_today": 0}), "untrue_facts quota"),
    "decided for another day than it landed on": (forged(before=today, at=NOW + DAY), "quota"),
    "a base commit that is none": (forged(commit="0" * 40), "unknown_base"),
    "a base commit on a side branch": (lambda trail: forged(commit=trail.tip(trail.later))(trail), "unknown_base"),
    "another base commit of this branch": (lambda trail: forged(commit=trail.start)(trail), "patches_mismatch"),
    "made for another branch": (forged(branch="next"), "other_base patches_mismatch"),
    "decided under a looser policy": (forged(lever(2.5), policy=LOOSE), "above_max step_too_large patches_mismatch"),
    "above the hard limit": (forged(lever(3.5), policy=LOOSE), "hard_limit above_max step_too_large patches_mismatch"),
    "decided as if there were no lock": (forged(before=lambda t: [t.commit({POLICY: "lock = true\n" + ROOMY})],
                                                policy=ROOMY), "lock patches_mismatch"),
    "decided as if it were eligible": (forged(before=lambda t: [t.commit({POLICY: ROOMY.replace('"*"', '"macro.*"')})],
                                              policy=ROOMY), "not_eligible patches_mismatch"),
    "by an engine that nobody has, above the maximum": (forged(lever(2.5), policy=LOOSE, engine="99.0.0"),
                                                        "above_max step_too_large"),
    "by that engine, a revert that is somebody's wish": (told_otherwise(SMALL, "revert", 5.0), "patches_mismatch"),
    "by that engine, an expiry that sets a value": (told_otherwise(SMALL, "expiry", 5.0), "patches_mismatch"),
    "by that engine, a revert to another value": (lambda trail: told_otherwise(restored(trail), "revert", 5.0)(trail),
                                                  "patches_mismatch"),
    "by that engine, a wish that is not what changes": (told_otherwise(SMALL, "operator", 2.1), "patches_mismatch"),
    "a value written that was left by hand": (by_hand_written, "extra_value wrong_diff"),
    "a person's wish above the hard limit": (wished(SET, policy=LOOSE), "hard_limit patches_mismatch"),
    "a revert that restores something else": (reverting_to(1.4), "not_the_inverse"),
    "an expiry before its time": (wished(EXPIRY), "not_expired"),
    "an apply of what was not left by hand": (applying, "not_left_by_hand"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_commit_is_named(case: Case, tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    wanted = tampered(trail, case)
    trail.land_later()
    assert trail.found() == wanted


def test_the_forgers_tool_makes_an_honest_proposal_of_an_honest_state(tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    forged()(trail)
    trail.land_later()
    assert trail.found() == set()


def test_the_forges_button_is_an_event(tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    (commit,) = button_on("main")(trail)
    trail.land_later()
    proof = trail.proof()
    assert named(proof) == set()
    assert [one.at.commit for one in proof.chronicle.events if isinstance(one, Undoing)] == [commit]
