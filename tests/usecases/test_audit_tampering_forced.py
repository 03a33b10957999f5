"""What the gate refuses, merged by somebody who may: the audit finds it on the commit by which it came.

The cases are the gate's own; each is merged and squashed into a main of its own.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from promobot.core.gate.verdict import Violation
from tests.support.audit import Trail
from tests.support.fake_github.git import clean_env
from tests.support.gate import AUTO, REPORTS, Gate, lever
from tests.support.workspace import PERSON
from tests.usecases.test_check_tampering_files import BENT, copy_of, gitlink
from tests.usecases.test_check_tampering_history import WRONG

NO_TAMPERING: dict[str, str] = {
    "a recorded fact is another": "a count above the truth could only hold values back",
    "another engine made it": "its decisions cannot be computed again; the proof says so beside the findings",
    "an empty commit behind it": "commits beside the line that touch nothing of ours are anybody's",
    "a commit that was undone": "commits beside the line that touch nothing of ours are anybody's",
    "the content in a person's commit": "a commit's message and author prove nothing",
    "another message": "a commit's message proves nothing",
    "a person rejected it": "what people refused stands on the ledger, which the base branch's history does not hold",
    "a person rejected its value": "what people refused stands on the ledger",
    "the confidence asked for is raised": "the evidence was judged under the policy of the base commit",
    "the evidence was too old for the policy of now": "the evidence was judged under the policy of the base commit",
    "several merge bases": "of the shape of a history nothing follows, only of what it does",
    "a conflict anywhere": "nothing of ours was touched",
    "an edit that an override hides": "the base config is no live value of promobot's",
    "a key that an override stands on": "the base config is no live value of promobot's",
    "a base config that is no TOML": "the base config is no live value of promobot's",
}
"""What the gate has to refuse before a merge, and what is none the worse for having happened: case -> why."""

GONE_BY_A_SQUASH = frozenset({"moved to another base commit"})

OTHERWISE: dict[str, str] = {
    "a merge of the base that brings more": "foreign_path",
    "a merge of something else": "foreign_path",
    "a merge of another proposal": "several_proposals",
    "the revert is reverted": "already_landed",
    "merged again after its undoing": "already_landed",
    "auto.toml changed beneath": "live_changed",
    "both on one line": "landed_since",
    "the base's policy is broken": "base_unreadable",
    "no common history": "policy_removed",
    "a revert of what changed since": "live_changed",
    "a wish that nobody may have": "hard_limit",
    "and brings them along": "overrides_moved",
}
"""What the audit calls it where the gate, which looks before a merge, has another word."""


def tree_of(gate: Gate, head: str) -> str:
    """The merge's tree; where git finds conflicts or no common past, the head's."""
    done = subprocess.run(["git", "merge-tree", "--write-tree", "main", head], cwd=gate.space.clone,
                          env=clean_env(PERSON), capture_output=True, text=True, check=False)  # fmt: skip
    return done.stdout.strip() if done.returncode == 0 else head


def forced(gate: Gate, head: str, before: frozenset[Violation]) -> dict[str, set[str]]:
    """Way to merge -> the codes of what the audit finds; it must stand on the commit by which it came, or on those that
    came with it. `before` is what was found already."""
    trail = Trail(gate, "", "", "")
    tree, base = tree_of(gate, head), trail.tip()
    brought = set(trail.git("rev-list", head, f"^{base}").split("\n"))
    found = {}
    for how, parents, beside in (("merge", (base, head), brought), ("squash", (base,), set[str]())):
        landed = trail.commit(parents=parents, tree=tree)
        told = set(trail.proof().violations) - before
        assert {one.commit for one in told} <= beside | {landed}
        found[how] = {one.code for one in told}
    return found


def judge(name: str, code: str, found: dict[str, set[str]]) -> None:
    """The gate's own code, or the audit's for it, by either way; what is no tampering must be none by both."""
    if name in NO_TAMPERING:
        assert found == {"merge": set(), "squash": set()}, "is it none after all?"
        return
    wanted = OTHERWISE.get(name, code)
    ways = {"merge"} if name in GONE_BY_A_SQUASH else {"merge", "squash"}
    assert {how for how, codes in found.items() if wanted in codes} == ways, found


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One proposal as promobot made it; every case bends a copy."""
    folder = tmp_path_factory.mktemp("honest")
    gate = Gate.at(folder)
    gate.git("branch", "proposal", gate.propose(lever()).branch)
    assert forced(gate, "proposal", frozenset()) == {"merge": set(), "squash": set()}
    gate.git("update-ref", "refs/heads/main", "main~1")
    return folder


@pytest.mark.parametrize("name", BENT)
def test_a_bent_proposal(name: str, honest: Path, tmp_path: Path) -> None:
    change, code = BENT[name]
    gate = copy_of(honest, tmp_path)
    gate.edit("proposal", change)
    judge(name, code, forced(gate, "proposal", frozenset()))


@pytest.mark.parametrize("path", [AUTO, "config", "config/live_overrides", REPORTS, ".github"])
def test_a_submodule_at_or_above_a_protected_path(path: str, honest: Path, tmp_path: Path) -> None:
    gate = copy_of(honest, tmp_path)
    gitlink(path)(gate)
    judge(path, "gitlink", forced(gate, "proposal", frozenset()))


@pytest.mark.parametrize("name", WRONG)
def test_a_history_that_the_gate_refuses(name: str, tmp_path: Path) -> None:
    setup, code = WRONG[name]
    gate = Gate.at(tmp_path)
    head = setup(gate)
    # Some of the gate's cases stand on values that somebody wrote by hand.
    before = frozenset(Trail(gate, "", "", "").proof().violations)
    judge(name, code, forced(gate, head, before))
