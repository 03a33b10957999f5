"""A proposal that somebody bent: its artifacts, its values, the form of its files. Each case has its own code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.gate import AUTO, CONFIG, LEVERAGE, POLICY, REPORTS, TILT, Gate, lever, replaced, written
from tests.support.workspace import Workspace

Change = Callable[[Path], object]
META, PATCHES, CHECKLIST = (f"{REPORTS}/*/{name}" for name in
                            ("proposal_meta.json", "config_patches.json", "OPERATOR_CHECKLIST.md"))  # fmt: skip


def removed(path: str) -> Change:
    def change(root: Path) -> None:
        next(iter(root.glob(path))).unlink()

    return change


def link(path: str, to: str) -> Change:
    def change(root: Path) -> None:
        place = root / path
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        place.symlink_to(to)

    return change


def folder_renamed(root: Path) -> None:
    folder = next(iter((root / REPORTS).iterdir()))
    folder.rename(folder.with_name("live_promotion_20260101T000000Z_0123456789abcdef"))


def second_proposal(root: Path) -> None:
    folder = next(iter((root / REPORTS).iterdir()))
    shutil.copytree(folder, folder.with_name("live_promotion_20260101T000000Z_0123456789abcdef"))


def evidence_gone(root: Path) -> None:
    """The patches say something else; the meta does not know."""
    place = next(iter(root.glob(PATCHES)))
    document = json.loads(place.read_bytes())
    document["patches"][0]["patch"]["new_value"] = 1.6
    place.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")


def file_for_proposals(root: Path) -> None:
    shutil.rmtree(root / REPORTS)
    written(REPORTS, "")(root)


def folder_of_overrides(root: Path) -> None:
    (root / AUTO).unlink()
    written(f"{AUTO}/x.toml", "")(root)


BENT: dict[str, tuple[Change, str]] = {
    "the meta is missing": (removed(META), "artifact_missing"),
    "the patches are missing": (removed(PATCHES), "artifact_missing"),
    "the checklist is missing": (removed(CHECKLIST), "artifact_missing"),
    "the checklist shows another value": (replaced(CHECKLIST, ("1.75", "1.6")), "artifact_altered"),
    "a box is taken out of the checklist": (replaced(CHECKLIST, ("- [ ] Go/No", "Go/No")), "artifact_altered"),
    "a recorded fact is another": (replaced(META, ('"landed_today": 0', '"landed_today": 1')), "artifact_altered"),
    "a patch got a nicer confidence": (replaced(PATCHES, ('score": 0.9', 'score": 0.99')), "artifact_altered"),
    "a decision is taken out of the patches": (replaced(PATCHES, ("ACCEPTED_FOR_PROPOSAL", "PENDING")),
                                               "artifact_altered"),
    "a patch asks for another value": (evidence_gone, "patches_mismatch"),
    "the patches hold no patch list": (replaced(PATCHES, ('"patches"', '"petches"')), "artifact_unreadable"),
    "the meta is no JSON": (replaced(META, ("{", "[")), "artifact_unreadable"),
    "the patches are no JSON": (replaced(PATCHES, ("{", "[")), "artifact_unreadable"),
    "the meta lacks the facts": (replaced(META, ('"facts"', '"fakts"')), "artifact_unreadable"),
    "the meta's changes are others": (replaced(META, ('"new": 1.75', '"new": 1.6')), "digest_mismatch"),
    "the meta's kind is another": (replaced(META, ('"promotion"', '"operator"')), "digest_mismatch"),
    "the folder has another name": (folder_renamed, "id_mismatch"),
    "the proposal id is another": (replaced(META, ('"live_promotion_2026', '"live_promotion_2025')), "id_mismatch"),
    "it was made for another branch": (replaced(META, ('"branch": "main"', '"branch": "next"')), "other_base"),
    "another engine made it": (replaced(META, ('"engine_version": "', '"engine_version": "9')), "other_engine"),
    "it names a base that nobody has": (replaced(META, ('"commit": "', '"commit": "00'), ), "unknown_base"),
    "two proposals at once": (second_proposal, "several_proposals"),
    "another file in its folder": (written(f"{REPORTS}/live_promotion_x/run.sh", ""), "several_proposals"),
    "a source file": (written("src/app.py", "print(2)\n"), "foreign_path"),
    "a new file anywhere": (written("notes.txt", ""), "foreign_path"),
    "the base config": (replaced(CONFIG, ("tilt = 0.3", "tilt = 0.9")), "foreign_path"),
    "a workflow": (written(".github/workflows/gate.yml", "on: push\n"), "foreign_path"),
    "code owners": (written("CODEOWNERS", "* @nobody\n"), "foreign_path"),
    "the policy": (replaced(POLICY, ("version = 1", "version = 1\nmax_per_proposal = 9")), "policy_with_values"),
    "a value above the maximum": (replaced(AUTO, ("1.75", "2.5")), "above_max"),
    "a value above the hard limit": (replaced(AUTO, ("1.75", "50.0")), "hard_limit"),
    "a value below the minimum": (replaced(AUTO, ("1.75", "0.5")), "below_min"),
    "a value too far away": (replaced(AUTO, ("1.75", "1.95")), "step_too_large"),
    "another value, within bounds": (replaced(AUTO, ("1.75", "1.6")), "other_value"),
    "a value of another type": (replaced(AUTO, ("1.75", '"1.75"')), "type_mismatch"),
    "a value that is a list": (replaced(AUTO, ("1.75", "[1.75]")), "not_numeric"),
    "one value more": (replaced(AUTO, ("1.75", f'1.75\n"{TILT}" = 0.35')), "extra_value"),
    "one that the config does not know": (replaced(AUTO, ("1.75", '1.75\n"x.y" = 1')), "unknown_target"),
    "the value nested": (replaced(AUTO, (f'"{LEVERAGE}"', LEVERAGE)), "overrides_text"),
    "the value is not written": (written(AUTO, "# ours\n[auto_applied]\n"), "value_missing"),
    "a comment more": (replaced(AUTO, ("# ours", "# ours\n# trust me")), "overrides_text"),
    "a comment less": (replaced(AUTO, ("# ours\n", "")), "overrides_text"),
    "other line ends": (replaced(AUTO, ("\n", "\r\n")), "overrides_text"),
    "another table": (replaced(AUTO, ("1.75", "1.75\n[more]\nx = 1")), "overrides_text"),
    "no TOML": (replaced(AUTO, ("[auto_applied]", "[auto_applied")), "overrides_unreadable"),
    "a key twice": (replaced(AUTO, ("1.75", "1.75\nportfolio.leverage = 1.0")), "overrides_unreadable"),
    "no UTF-8": (written(AUTO, b"# \xff\n[auto_applied]\n"), "overrides_unreadable"),
    "the overrides are gone": (removed(AUTO), "overrides_removed"),
    "a link for the overrides": (link(AUTO, "../../src/app.py"), "symlink"),
    "a link for their folder": (link("config/live_overrides", "../src"), "symlink"),
    "a link for the proposals": (link("reports", "src"), "symlink"),
    "a file for the proposals' folder": (file_for_proposals, "not_a_folder"),
    "a folder for the overrides": (folder_of_overrides, "not_a_file"),
    "an executable": (lambda root: (root / AUTO).chmod(0o755), "file_mode"),
    "an executable artifact": (lambda root: next(iter(root.glob(META))).chmod(0o755), "file_mode"),
    "a twin in other case": (written("config/live_overrides/Auto.toml", ""), "twin"),
    "a twin folder": (written("Config/promobot.toml", ""), "twin"),
    "a twin in another Unicode form": (written("config/live_overrides/auto.tom\u217c", ""), "twin"),
    "a twin with an invisible character": (written("config/live_overrides/au\u200dto.toml", ""), "twin"),
    "a twin with a dot at its end": (written("config/promobot.toml.", ""), "twin"),
    "a twin with a space at its end": (written("config/config.toml ", ""), "twin"),
    "a twin for NTFS": (written("config/promobot.toml::$DATA", ""), "twin"),
    "a twin by a backslash": (written("config\\promobot.toml", ""), "twin"),
    "a twin of the proposals": (written("Reports/live_promotion/x", ""), "twin"),
    "a twin of the attributes": (written(".GitAttributes", ""), "twin"),
    "attributes at the top": (written(".gitattributes", "*.toml filter=lfs\n"), "attributes"),
    "attributes in a folder": (written("config/live_overrides/.gitattributes", "auto.toml merge=ours\n"), "attributes"),
    "attributes that hide a diff": (written("reports/.gitattributes", "** -diff\n"), "attributes"),
    "attributes by a macro": (written(".gitattributes", "[attr]x binary\nconfig/** x\n"), "attributes"),
}  # fmt: skip


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One proposal as promobot made it; every case bends a copy."""
    folder = tmp_path_factory.mktemp("honest")
    gate = Gate.at(folder)
    gate.git("branch", "proposal", gate.propose(lever()).branch)
    assert gate.codes("proposal") == set()
    return folder


@pytest.mark.parametrize(("change", "code"), BENT.values(), ids=BENT)
def test_a_bent_proposal_is_told_by_its_code(change: Change, code: str, honest: Path, tmp_path: Path) -> None:
    gate = copy_of(honest, tmp_path)
    gate.edit("proposal", change)
    verdict = gate.check("proposal")
    assert code in {one.code for one in verdict.violations}, verdict
    # Amended into the bot's own commit, it is not the bot's any more, where it still carries a proposal.
    assert {one.code for one in verdict.violations} & {"foreign_commit", "unexplained_values"}


def copy_of(folder: Path, tmp_path: Path) -> Gate:
    shutil.copytree(folder / "clone", tmp_path / "clone", symlinks=True)
    return Gate(Workspace(tmp_path, None))


def gitlink(path: str) -> Callable[[Gate], Any]:
    def change(gate: Gate) -> None:
        commit = gate.git("rev-parse", "main")
        gate.git("switch", "--quiet", "proposal")
        gate.git("rm", "--quiet", "-r", "--cached", "--ignore-unmatch", path)
        gate.git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
        gate.git("commit", "--quiet", "--amend", "--no-edit")

    return change


@pytest.mark.parametrize("path", [AUTO, "config", "config/live_overrides", REPORTS, ".github"])
def test_a_submodule_at_or_above_a_protected_path(path: str, honest: Path, tmp_path: Path) -> None:
    gate = copy_of(honest, tmp_path)
    gitlink(path)(gate)
    assert "gitlink" in gate.codes("proposal")
