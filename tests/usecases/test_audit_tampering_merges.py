"""What the shape of a history can hide: side branches, merges of every form, first parents.

Each history has honest landings before and after the tampering, which must stay without a finding.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.audit import LINK, Case, Content, Tamper, Trail, edited, tampered
from tests.support.builders import patch as built
from tests.support.gate import AUTO, POLICY, REPORTS, ROOMY, WEIGHT, lever


def evil_merge(trail: Trail) -> list[str]:
    trail.branch("feature", {"src/new.py": "x\n"})
    return [trail.merge("feature", files={AUTO: edited(trail)})]


def in_a_merged_branch(trail: Trail) -> list[str]:
    inner = trail.commit({AUTO: edited(trail)}, onto="feature", parents=("main",))
    return [inner, trail.merge("feature")]


def undone_in_the_branch(trail: Trail) -> list[str]:
    before = trail.text(AUTO)
    inner = trail.commit({AUTO: edited(trail)}, onto="feature", parents=("main",))
    back = trail.commit({AUTO: before, "src/new.py": "x\n"}, onto="feature")
    trail.merge("feature")
    return [inner, back]


def dropped_by_the_merge(trail: Trail) -> list[str]:
    inner = trail.commit({AUTO: edited(trail)}, onto="feature", parents=("main",))
    trail.merge("feature", tree="main")
    return [inner]


def in_a_branch_of_a_branch(trail: Trail) -> list[str]:
    inner = trail.commit({AUTO: edited(trail)}, onto="inner", parents=("main",))
    trail.branch("outer", {"src/new.py": "x\n"})
    trail.merge("inner", onto="outer")
    return [inner, trail.merge("outer")]


def by_an_update_of_a_branch(trail: Trail) -> list[str]:
    trail.branch("feature", {"src/new.py": "x\n"}, start="main~1")
    update = trail.merge("main", onto="feature", files={AUTO: edited(trail)})
    return [update, trail.merge("feature")]


def undone_whole(path: str, content: Content) -> Tamper:
    """A file in a branch, and all of it as main has it before the merge."""

    def tamper(trail: Trail) -> list[str]:
        inner = trail.commit({path: content}, onto="feature", parents=("main",))
        back = trail.commit(onto="feature", tree="main")
        trail.merge("feature")
        return [inner, back]

    return tamper


def updated_with(path: str, content: Content) -> Tamper:
    """The same in a merge of the base into the branch."""

    def tamper(trail: Trail) -> list[str]:
        trail.branch("feature", {"src/new.py": "x\n"}, start="main~1")
        update = trail.merge("main", onto="feature", files={path: content})
        back = trail.commit(onto="feature", tree="main")
        trail.merge("feature")
        return [update, back]

    return tamper


def where_the_policy_looks_away(trail: Trail) -> list[str]:
    """In the branch the policy reads another file, so that the overrides are no protected path there; all is undone."""
    before = trail.git("rev-parse", "main^{tree}")
    paths = '[paths]\nlive_overrides = "config/new.toml"\n'
    trail.branch("feature", {"src/new.py": "x\n"})
    away = trail.commit({POLICY: ROOMY + paths, "config/new.toml": "[auto_applied]\n"}, onto="feature")
    trail.commit({AUTO: edited(trail)}, onto="feature")
    back = trail.commit(onto="feature", tree=before)
    trail.merge("feature")
    return [away, back]


def octopus(*, evil: bool) -> Tamper:
    def tamper(trail: Trail) -> list[str]:
        heads = [trail.branch(name, {f"src/{name}.py": "x\n"}) for name in ("one", "two")]
        if evil:
            return [trail.merge(*heads, files={AUTO: edited(trail)})]
        inner = trail.commit({AUTO: edited(trail)}, onto="three", parents=("main",))
        return [inner, trail.merge(*heads, "three")]

    return tamper


def octopus_in_a_branch(trail: Trail) -> list[str]:
    """An octopus beside the line that makes up a value, which the branch takes back before it is merged."""
    before = trail.text(AUTO)
    heads = [trail.branch(name, {f"src/{name}.py": "x\n"}) for name in ("feature", "two", "three")]
    evil = trail.merge(*heads[1:], onto="feature", files={AUTO: edited(trail)})
    back = trail.commit({AUTO: before}, onto="feature")
    trail.merge("feature")
    return [evil, back]


def criss_cross(trail: Trail) -> list[str]:
    inner = trail.commit({AUTO: edited(trail)}, onto="feature", parents=("main~1",))
    trail.commit({"src/new.py": "x\n"})
    feature, main = trail.tip("feature"), trail.tip()
    landed = trail.merge(feature)
    trail.merge(main, onto="feature")
    trail.merge("feature")
    return [inner, landed]


def unrelated(trail: Trail) -> list[str]:
    """Another repository's history, which has a file at the same place; the merge takes nothing of it."""
    root = trail.feed("commit-tree", trail.feed("mktree", stdin=b""), stdin=b"another beginning\n")
    inner = trail.commit({AUTO: edited(trail)}, onto="other", parents=(root,))
    trail.merge("other", tree="main")
    return [inner]


def first_parents_swapped(trail: Trail) -> list[str]:
    """Main is put on a branch that had merged it: what landed there hides behind a second parent."""
    trail.branch("feature", {"src/new.py": "x\n"})
    trail.merge(trail.gate.propose(lever(1.75)).branch)
    merge = trail.merge("main", onto="feature")
    trail.git("update-ref", "refs/heads/main", "feature")
    return [merge]


def swapped_with_an_edit(trail: Trail) -> list[str]:
    before = trail.text(AUTO)
    edit = trail.commit({AUTO: edited(trail)}, onto="feature", parents=("main",))
    back = trail.commit({AUTO: before}, onto="feature")
    trail.merge(trail.gate.propose(built(WEIGHT, 0.3)).branch)
    merge = trail.merge("main", onto="feature")
    trail.git("update-ref", "refs/heads/main", "feature")
    return [edit, back, merge]


def two_in_one_merge(trail: Trail) -> list[str]:
    one, two = (trail.gate.propose(patch).branch for patch in (lever(1.7), built(WEIGHT, 0.3)))
    trail.merge(two, onto=one)
    return [trail.merge(one)]


def two_in_one_octopus(trail: Trail) -> list[str]:
    return [trail.merge(*(trail.gate.propose(patch).branch for patch in (lever(1.7), built(WEIGHT, 0.3))))]


def among_thousands(trail: Trail) -> list[str]:
    files = {f"data/{number}/x": f"{number}" for number in range(3000)}
    inner = trail.commit({**files, AUTO: edited(trail)}, onto="feature", parents=("main",))
    return [inner, trail.merge("feature")]


CASES: dict[str, Case] = {
    "an evil merge": (evil_merge, "unexplained_values"),
    "in the second parent of a merge": (in_a_merged_branch, "unexplained_values", "unexplained_values"),
    "in a branch that undid it before the merge": (undone_in_the_branch, "unexplained_values", "unexplained_values"),
    "in a branch of which the merge takes nothing": (dropped_by_the_merge, "unexplained_values"),
    "in a branch of a branch": (in_a_branch_of_a_branch, "unexplained_values", "unexplained_values"),
    "in an update of a branch from the base": (by_an_update_of_a_branch, "evil_merge", "unexplained_values"),
    "in a branch whose policy looks away": (where_the_policy_looks_away, "overrides_moved",
                                            "overrides_moved unexplained_values policy_with_values"),
    "a link in a branch, undone": (undone_whole(AUTO, (LINK, "x")), "unexplained_values", "unexplained_values"),
    "a file among the proposals in a branch, undone": (undone_whole(f"{REPORTS}/x", ""), "proposal_altered",
                                                       "proposal_removed"),
    "the overrides deleted by an update, undone": (updated_with(AUTO, None), "evil_merge", "unexplained_values"),
    "a file among the proposals by an update, undone": (updated_with(f"{REPORTS}/x", ""), "evil_merge",
                                                        "proposal_removed"),
    "in the third head of an octopus": (octopus(evil=False), "unexplained_values", "unexplained_values"),
    "an evil octopus": (octopus(evil=True), "unexplained_values"),
    "an evil octopus in a branch, undone": (octopus_in_a_branch, "evil_merge", "unexplained_values"),
    "criss-cross": (criss_cross, "unexplained_values", "unexplained_values"),
    "another repository's history": (unrelated, "unexplained_values"),
    "first parents swapped by a fast-forward": (first_parents_swapped, "swapped_parents"),
    "swapped around an edit and its undoing": (swapped_with_an_edit, "unexplained_values", "unexplained_values",
                                               "swapped_parents"),
    "two landings in one merge": (two_in_one_merge, "several_proposals extra_value wrong_diff swapped_parents"),
    "two landings in one octopus": (two_in_one_octopus, "several_proposals extra_value wrong_diff"),
    "among thousands of paths in a merge": (among_thousands, "unexplained_values", "unexplained_values"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_commit_is_named(case: Case, tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    wanted = tampered(trail, case)
    trail.land_later()
    assert trail.found() == wanted


def test_a_history_that_begins_anew_is_named_at_its_beginning(tmp_path: Path) -> None:
    """Main becomes a merge whose first parent is a root with another value in it, and the old main is the second."""
    trail = Trail.at(tmp_path)
    trail.commit({AUTO: edited(trail)}, onto="new", parents=("main",))
    root = trail.feed("commit-tree", "new^{tree}", stdin=b"start\n")
    trail.commit(parents=(root, "main"), tree=root)
    assert ("baseline_off_line", root) in trail.found()
