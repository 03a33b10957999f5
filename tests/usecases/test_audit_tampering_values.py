"""Live values and policies changed past promobot: the audit names the commit, whatever was done to hide it.

Each history has honest landings before and after the tampering, which must stay without a finding.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from promobot.core.audit.events import PolicyChange
from tests.support.audit import GITLINK, LINK, Case, Tamper, Trail, edited, named, tampered
from tests.support.gate import AUTO, CONFIG, POLICY, REPORTS, ROOMY, lever
from tests.support.workspace import CONFIG as BASE

COMMENT = "# ours", "# mine"
NEW = "config/new.toml"
NAMED = "live_promotion_20260101T000000Z_0123456789abcdef"


def by_hand(*change: str) -> Tamper:
    return lambda trail: [trail.commit({AUTO: edited(trail, *change)})]


def and_back(*change: str) -> Tamper:
    def tamper(trail: Trail) -> list[str]:
        before = trail.text(AUTO)
        return [trail.commit({AUTO: edited(trail, *change)}), trail.commit({AUTO: before})]

    return tamper


def mode_and_back(number: str, target: str = "") -> Tamper:
    def tamper(trail: Trail) -> list[str]:
        before = trail.text(AUTO)
        return [trail.commit({AUTO: (number, target or before)}), trail.commit({AUTO: before})]

    return tamper


def put(path: str, content: str | tuple[str, str] = "") -> Tamper:
    """A path, and everything back again."""

    def tamper(trail: Trail) -> list[str]:
        before = trail.git("rev-parse", "main^{tree}")
        return [trail.commit({path: content}), trail.commit(tree=before)]

    return tamper


def removed_and_restored(trail: Trail) -> list[str]:
    before = trail.text(AUTO)
    return [trail.commit({AUTO: None}), trail.commit({AUTO: before})]


def renamed(trail: Trail) -> list[str]:
    before = trail.text(AUTO)
    return [trail.commit({AUTO: None, "config/live_overrides/old.toml": before}), trail.commit({AUTO: before})]


def submodule(path: str) -> Tamper:
    """In place of what stands there, and that back again."""

    def tamper(trail: Trail) -> list[str]:
        before = trail.git("rev-parse", "main^{tree}")
        return [trail.commit({path: (GITLINK, trail.start)}), trail.commit(tree=before)]

    return tamper


def under(policy: Callable[[str], str], files: dict[str, str] | None = None) -> Tamper:
    """The policy rewritten, perhaps with other files, and everything back again at once."""

    def tamper(trail: Trail) -> list[str]:
        before = trail.git("rev-parse", "main^{tree}")
        changed = trail.commit({POLICY: policy(trail.text(POLICY)), **(files or {})})
        return [changed, trail.commit(tree=before)]

    return tamper


def path(line: str) -> Callable[[str], str]:
    return lambda policy: f"{policy}[paths]\n{line}\n"


def policy_with_value(trail: Trail) -> list[str]:
    return [trail.commit({POLICY: trail.text(POLICY) + "[bounds.leverage]\nmax_step = 9.0\n", AUTO: edited(trail)})]


def policy_gone_meanwhile(trail: Trail) -> list[str]:
    policy = trail.text(POLICY)
    gone = trail.commit({POLICY: None})
    changed = trail.commit({AUTO: edited(trail)})
    trail.commit({POLICY: policy})
    return [gone, changed]


def founded_anew_over_values(trail: Trail) -> list[str]:
    """The policy and the overrides go, and both come again as if it were the beginning."""
    policy = trail.text(POLICY)
    values = edited(trail)
    gone = trail.commit({POLICY: None, AUTO: None})
    return [gone, trail.commit({POLICY: policy, AUTO: values})]


def other_file_first(trail: Trail) -> list[str]:
    """Unprotected while nobody reads it; then the policy reads it."""
    trail.commit({NEW: edited(trail)})
    before = trail.text(POLICY)
    moved = trail.commit({POLICY: path(f'live_overrides = "{NEW}"')(before)})
    return [moved, trail.commit({POLICY: before})]


def parked_elsewhere(trail: Trail) -> list[str]:
    """The policy looks away, to an identical file, while the old one is edited, and then looks back."""
    before = trail.text(POLICY)
    trail.commit({NEW: trail.text(AUTO)})
    trail.commit({POLICY: path(f'live_overrides = "{NEW}"')(before)})
    trail.commit({AUTO: edited(trail)})
    return [trail.commit({POLICY: before})]


CASES: dict[str, Case] = {
    "a value by hand": (by_hand(), "unexplained_values"),
    "a value by hand and back again": (and_back(), "unexplained_values", "unexplained_values"),
    "a comment only": (by_hand(*COMMENT), "unexplained_values"),
    "a comment and back again": (and_back(*COMMENT), "unexplained_values", "unexplained_values"),
    "line ends and back again": (and_back("\n", "\r\n"), "unexplained_values", "unexplained_values"),
    "no TOML any more, and back": (and_back("[auto", "[[auto"), "unexplained_values", "unexplained_values"),
    "executable and back again": (mode_and_back("100755"), "file_mode unexplained_values", "unexplained_values"),
    "a link in its place": (mode_and_back(LINK, "../../src/app.py"), "symlink unexplained_values",
                            "unexplained_values"),
    "a link whose target's name is the old text": (mode_and_back(LINK), "symlink unexplained_values",
                                                   "unexplained_values"),
    "taken away and restored": (removed_and_restored, "unexplained_values", "unexplained_values"),
    "renamed and back": (renamed, "unexplained_values", "unexplained_values"),
    "a submodule for its folder": (submodule("config/live_overrides"), "gitlink unexplained_values",
                                   "unexplained_values"),
    "a submodule in its place": (submodule(AUTO), "gitlink unexplained_values", "unexplained_values"),
    "a submodule in the policy's place": (submodule(POLICY), "gitlink policy_removed", ""),
    "a submodule in the base config's place": (submodule(CONFIG), "gitlink", ""),
    "a submodule for a proposal's file": (submodule(f"{REPORTS}/{NAMED}/proposal_meta.json"),
                                          "artifact_missing gitlink", "proposal_removed"),
    "a submodule for the proposals": (submodule(REPORTS), "gitlink proposal_removed", "proposal_altered"),
    "a twin in other case": (put("config/live_overrides/Auto.toml"), "twin", ""),
    "a twin of the policy": (put("Config/promobot.toml"), "twin", ""),
    "a link above the proposals": (put("reports", (LINK, "src")), "symlink proposal_removed", "proposal_altered"),
    "a folder in its place": (put(f"{AUTO}/x"), "not_a_file unexplained_values", "unexplained_values"),
    "attributes at the top": (put(".gitattributes", "*.toml filter=lfs\n"), "attributes", ""),
    "attributes in its folder, for one commit": (put("config/live_overrides/.gitattributes", "* merge=ours\n"),
                                                 "attributes", ""),
    "attributes that hide proposals": (put("reports/.gitattributes", "** -diff\n"), "attributes", ""),
    "policy and value together": (policy_with_value, "policy_with_values unexplained_values"),
    "an invalid policy": (under(lambda policy: policy.replace("version = 1", "version = 2")), "invalid_policy", ""),
    "a policy that is no TOML": (under(lambda policy: policy + "["), "invalid_policy", ""),
    "the policy reads other overrides": (under(path(f'live_overrides = "{NEW}"'), {NEW: "[auto_applied]\n"}),
                                         "overrides_moved", "overrides_moved policy_with_values unexplained_values"),
    "the policy reads what stood ready": (other_file_first, "overrides_moved", "overrides_moved"),
    "the policy looks away during an edit": (parked_elsewhere, "overrides_moved"),
    "the policy reads overrides that are not there": (under(path('live_overrides = "config/none.toml"')),
                                                      "overrides_moved", "overrides_moved"),
    "the policy reads a folder": (under(path('live_overrides = "src"')), "overrides_moved", "overrides_moved"),
    "the policy reads nothing": (under(path('live_overrides = ""')), "invalid_policy", "overrides_moved"),
    "the policy reads what lies outside": (under(path('live_overrides = "../x"')), "invalid_policy", "overrides_moved"),
    "the policy reads a name with NUL": (under(path('live_overrides = "a\\u0000b"')), "invalid_policy",
                                         "overrides_moved"),
    "the policy reads a folder as base config": (under(path('base_config = "src"')), "base_config_moved",
                                                 "base_config_moved"),
    "the policy reads another base config": (under(path(f'base_config = "{NEW}"'), {NEW: BASE.replace("1.5", "1.7")}),
                                             "base_config_moved", "base_config_moved"),
    "the policy forgets the proposals": (under(path('reports = "other"')), "reports_moved", "reports_moved"),
    "the policy gone, a value, the policy back": (policy_gone_meanwhile, "policy_removed",
                                                  "unexplained_values no_policy"),
    "founded anew over the values": (founded_anew_over_values, "policy_removed policy_with_values unexplained_values",
                                     "unexplained_values policy_with_values no_policy"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_commit_is_named(case: Case, tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    wanted = tampered(trail, case)
    trail.land_later()
    assert trail.found() == wanted


def path_moved_to_an_identical_file(trail: Trail) -> None:
    trail.commit({NEW: trail.text(AUTO)})
    trail.commit({POLICY: path(f'live_overrides = "{NEW}"')(trail.text(POLICY))})
    trail.commit({POLICY: ROOMY})


HONEST: dict[str, Callable[[Trail], object]] = {
    "nothing at all": Trail.tip,
    "attributes for line ends": put(".gitattributes", "* text=auto eol=lf\n"),
    "the overrides' path moved to an identical file and back": path_moved_to_an_identical_file,
    "a policy made stricter": lambda trail: trail.commit({POLICY: ROOMY.replace("100", "99")}),
    "a base config edited": lambda trail: trail.commit({CONFIG: BASE.replace("count = 5", "count = 6")}),
    "files that look like ours elsewhere": lambda trail: trail.commit({f"docs/{AUTO}": "", "x/proposal_meta.json": ""}),
}


@pytest.mark.parametrize("change", HONEST.values(), ids=HONEST)
def test_an_untampered_twin_is_clean(change: Callable[[Trail], object], tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    change(trail)
    trail.land_later()
    proof = trail.proof()
    assert named(proof) == set()
    assert proof.chronicle.warnings == ()
    assert len(proof.chronicle.landings) == 3


def test_a_policy_relaxed_used_and_restored_is_shown(tmp_path: Path) -> None:
    """Each step was merged by a person, so that it is no finding; both changes stand in the log, with their author."""
    trail = Trail.at(tmp_path)
    loose = trail.commit({POLICY: ROOMY + "[bounds.leverage]\nmax_step = 1.0\n"}, who="Mallory <m@example.invalid>")
    used = trail.merge(trail.gate.propose(lever(1.9)).branch)
    back = trail.commit({POLICY: ROOMY}, who="Mallory <m@example.invalid>")
    trail.land_later()
    proof = trail.proof()
    assert named(proof) == set()
    shown = [(event.at.commit, isinstance(event, PolicyChange)) for event in proof.chronicle.events]
    assert shown[2:5] == [(loose, True), (used, False), (back, True)]
    authors = {event.author for event in proof.chronicle.events if isinstance(event, PolicyChange)}
    assert authors == {("Mallory", "m@example.invalid")}


def test_used_without_the_relaxed_policy_it_is_named(tmp_path: Path) -> None:
    """The bound that counts is the parent's: the policy was restored before the merge."""
    trail = Trail.at(tmp_path)
    trail.commit({POLICY: ROOMY + "[bounds.leverage]\nmax_step = 1.0\n"})
    head = trail.gate.propose(lever(1.9)).branch
    trail.commit({POLICY: ROOMY})
    used = trail.merge(head)
    trail.land_later()
    assert trail.found() == {("step_too_large", used)}
