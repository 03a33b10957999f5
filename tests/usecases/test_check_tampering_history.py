"""Commits, history, a base that moved, wishes, edits by hand: what the gate must stop, each case by its own code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from promobot.core.changes import by_hand_key
from promobot.core.wish import Wish
from tests.support.builders import NOW
from tests.support.builders import patch as built
from tests.support.gate import AUTO, CONFIG, LEVERAGE, POLICY, TILT, TRIGGER, Gate, lever, replaced, written
from tests.support.workspace import OVERRIDES, small_files
from tests.support.workspace import POLICY as PLAIN

Setup = Callable[[Gate], str]
TODAY = NOW.isoformat()
TWO = OVERRIDES + '"portfolio.leverage" = 1.5\n"macro.tilt" = 0.3\n'
"""auto.toml with both keys, so that edits of either touch one line."""


def another_commit(gate: Gate) -> str:
    head = gate.propose(lever()).branch
    gate.edit(head, lambda _: None, amend=False)
    return head


def a_commit_and_its_undoing(gate: Gate) -> str:
    head = gate.propose(lever()).branch
    gate.edit(head, written("src/new.py", "x"), amend=False)
    gate.edit(head, lambda root: (root / "src/new.py").unlink(), amend=False)
    return head


def other_message(gate: Gate) -> str:
    head = gate.propose(lever()).branch
    gate.git("switch", "-q", head)
    gate.git("commit", "-q", "--amend", "-m", "trust me")
    return head


def rebased(gate: Gate) -> str:
    head = gate.propose(lever()).branch
    gate.on_main({"src/app.py": "2\n"})
    gate.git("rebase", "-q", "main", head)
    return head


def evil_merge(gate: Gate) -> str:
    head = gate.propose(lever()).branch
    gate.on_main({"src/app.py": "2\n"})
    gate.update(head)
    gate.edit(head, written("src/evil.py", "x"))
    return head


def merged_another(gate: Gate) -> str:
    head, other = gate.propose(lever()).branch, gate.person({"src/new.py": "x"})
    gate.git("switch", "-q", head)
    gate.git("merge", "-q", "--no-edit", other)
    return head


def merged_another_proposal(gate: Gate) -> str:
    head = gate.propose(lever()).branch
    other = gate.propose(built(TRIGGER, 14.0, confidence_score=None)).branch
    gate.git("switch", "-q", head)
    gate.git("merge", "-q", "--no-edit", other)
    return head


def squashed_proposal(gate: Gate) -> str:
    """The same content in a person's own commit."""
    made = gate.propose(lever())
    gate.git("switch", "-q", "-c", "mine", "main")
    gate.git("merge", "-q", "--squash", made.branch)
    gate.git("commit", "-q", "-m", "mine")
    return "mine"


def landed_again(gate: Gate) -> str:
    first, start = gate.propose(lever()).branch, gate.git("rev-parse", "main")
    gate.git("branch", "-m", first, "first")
    second = gate.propose(lever(), at=NOW + timedelta(minutes=1), base=start).branch
    gate.land("first", "squash")
    return second


def revert_reverted(gate: Gate) -> str:
    gate.land(gate.propose(lever()).branch)
    gate.land(gate.press_revert())
    return gate.press_revert(name="revert-revert")


def merged_after_its_undoing(gate: Gate) -> str:
    head = gate.propose(lever()).branch
    gate.land(head, "squash")
    gate.land(gate.press_revert(), "squash")
    return head


def refused_whole(gate: Gate) -> str:
    made = gate.propose(lever())
    gate.refuse(made.digest, NOW + timedelta(hours=1))
    return made.branch


def refused_step(gate: Gate) -> str:
    head = gate.propose(lever()).branch
    gate.refuse(by_hand_key(LEVERAGE, 1.5, 1.75, None), NOW + timedelta(hours=1))
    return head


def policy_then(*lines: str, proposed: Callable[[Gate], str] | None = None) -> Setup:
    """The base's policy gets these lines after the proposal was made."""

    def setup(gate: Gate) -> str:
        head = proposed(gate) if proposed else gate.propose(lever()).branch
        gate.on_main({POLICY: "\n".join(lines) + "\n"})
        return head

    return setup


def quota_used(gate: Gate) -> str:
    gate.on_main({POLICY: PLAIN + "[auto_apply]\nmax_per_day = 1\n", AUTO: TWO})
    first, second = gate.propose(lever()).branch, gate.propose(built(TILT, 0.35)).branch
    gate.land(first)
    return second


def step_used(gate: Gate) -> str:
    """1.5 -> 1.75 is fine, and from 1.3 it is too far."""
    head = gate.propose(lever()).branch
    gate.on_main({AUTO: OVERRIDES + '"portfolio.leverage" = 1.3\n'})
    return head


def config_moved(gate: Gate) -> str:
    head = gate.propose(lever()).branch
    gate.on_main({CONFIG: str(small_files()[CONFIG]).replace("leverage = 1.5", "leverage = 1.6")})
    return head


def landed_beneath(gate: Gate) -> str:
    gate.on_main({AUTO: TWO})
    first, second = gate.propose(lever(1.6)).branch, gate.propose(lever()).branch
    gate.land(first)
    return second


def aged(gate: Gate) -> str:
    head = gate.propose(lever(generated_at=(NOW - timedelta(days=9)).isoformat())).branch
    gate.on_main({POLICY: PLAIN + "[patches]\nmax_age_days = 5\n"})
    return head


def criss_cross(gate: Gate) -> str:
    head = gate.person({CONFIG: small_files(config="[a]\nb = 1\n")[CONFIG]})
    tip, main = gate.git("rev-parse", head), gate.git("rev-parse", "main")
    gate.git("switch", "-q", "-c", "side", main)
    gate.git("commit", "-q", "--allow-empty", "-m", "side")
    side = gate.git("rev-parse", "side")
    gate.git("switch", "-q", head)
    gate.git("merge", "-q", "--no-ff", "--no-edit", side)
    gate.edit(head, written(CONFIG, "[a]\nb = 2\n"), amend=False)
    gate.git("switch", "-q", "main")
    gate.git("merge", "-q", "--no-ff", "--no-edit", side)
    gate.git("merge", "-q", "--no-ff", "--no-edit", "-s", "ours", tip)
    return head


def both_edit(gate: Gate) -> str:
    head = gate.person({"src/app.py": "theirs\n"})
    gate.on_main({"src/app.py": "ours\n"})
    return head


def unrelated(gate: Gate) -> str:
    gate.git("switch", "-q", "--orphan", "other")
    gate.git("commit", "-q", "--allow-empty", "-m", "other")
    return "other"


def reverting(replaces: float, value: float | None) -> Setup:
    def setup(gate: Gate) -> str:
        made = gate.propose(lever())
        gate.land(made.branch)
        source = {"command": "revert", "proposal": made.proposal.proposal_id, "digest": made.digest}
        return gate.wish(Wish("revert", {LEVERAGE: value}, "x", source, {LEVERAGE: replaces})).branch

    return setup


def reverted_too_late(gate: Gate) -> str:
    head = reverting(1.75, None)(gate)
    gate.on_main({AUTO: OVERRIDES + '"portfolio.leverage" = 1.8\n'})
    return head


def applying(gate: Gate) -> str:
    made = gate.propose(lever(), built(TRIGGER, 14.0, id="p-2"))
    gate.land(made.branch)
    source = {"command": "apply", "proposal": made.proposal.proposal_id}
    return gate.wish(Wish("operator", {TRIGGER: 13.0}, "x", source)).branch


def applying_nothing_known(gate: Gate) -> str:
    source = {"command": "apply", "proposal": "live_promotion_20260101T000000Z_0123456789abcdef"}
    return gate.wish(Wish("operator", {TRIGGER: 13.0}, "x", source)).branch


def expiring(gate: Gate) -> str:
    gate.on_main({AUTO: TWO})
    return gate.wish(Wish("expiry", {TILT: None}, "x", {"command": "expiry"}, {TILT: 0.3})).branch


def wished(value: float) -> Setup:
    return lambda gate: gate.wish(Wish("operator", {LEVERAGE: value}, "x", {"command": "set"})).branch


def by_hand(path: str, old: str, new: str) -> Setup:
    def setup(gate: Gate) -> str:
        gate.git("switch", "-q", "-c", "feature", "main")
        gate.git("switch", "-q", "main")
        gate.edit("feature", replaced(path, (old, new)), amend=False)
        return "feature"

    return setup


def landed_then(change: Callable[[Path], object]) -> Setup:
    def setup(gate: Gate) -> str:
        gate.land(gate.propose(lever()).branch)
        gate.git("branch", "feature")
        gate.edit("feature", change, amend=False)
        return "feature"

    return setup


def a_meta(root: Path) -> Path:
    return next(iter(root.glob("reports/live_promotion/*/proposal_meta.json")))


def broken_base(gate: Gate) -> str:
    head = gate.propose(lever()).branch
    gate.on_main({POLICY: "version = 2\n"})
    return head


def overridden(path: str, old: str, new: str) -> Setup:
    def setup(gate: Gate) -> str:
        gate.on_main({AUTO: TWO})
        return by_hand(path, old, new)(gate)

    return setup


def paths_moved(line: str) -> Setup:
    return lambda gate: gate.person({POLICY: f"{PLAIN}[paths]\n{line}\n", "config/new.toml": "[auto_applied]\nx = 1\n"})


WRONG: dict[str, tuple[Setup, str]] = {
    "an empty commit behind it": (another_commit, "foreign_commit"),
    "a commit that was undone": (a_commit_and_its_undoing, "foreign_commit"),
    "the content in a person's commit": (squashed_proposal, "message_altered"),
    "another message": (other_message, "message_altered"),
    "moved to another base commit": (rebased, "other_parent"),
    "a merge of the base that brings more": (evil_merge, "evil_merge"),
    "a merge of something else": (merged_another, "foreign_merge"),
    "a merge of another proposal": (merged_another_proposal, "several_commits"),
    "the question landed": (landed_again, "already_landed"),
    "the revert is reverted": (revert_reverted, "reverted_digest"),
    "merged again after its undoing": (merged_after_its_undoing, "reverted_digest"),
    "a person rejected it": (refused_whole, "refused_digest"),
    "a person rejected its value": (refused_step, "refused"),
    "the quota of the day is used up": (quota_used, "quota"),
    "too far from the value that is live now": (step_used, "step_too_large"),
    "auto.toml changed beneath": (step_used, "stale_path"),
    "the live value changed beneath": (config_moved, "live_changed"),
    "another proposal landed beneath": (landed_beneath, "landed_since"),
    "both on one line": (landed_beneath, "conflict"),
    "the policy is locked": (policy_then(PLAIN.replace("mode", "lock = true\nmode")), "lock"),
    "the mode is lowered": (policy_then(PLAIN.replace("bounded_auto", "manual_only")), "mode"),
    "the mode is disabled": (policy_then(PLAIN.replace("bounded_auto", "disabled")), "mode"),
    "the grant is gone": (policy_then(PLAIN.replace('"*"', '"macro.*"')), "not_eligible"),
    "the grant has expired": (policy_then(PLAIN + "expires = 2026-11-22"), "not_eligible"),
    "the target is barred": (policy_then(PLAIN + f'[blacklist]\ntargets = ["{LEVERAGE}"]'), "blacklisted_target"),
    "the bound is tightened": (policy_then(PLAIN + "[bounds.leverage]\nmax_step = 0.1"), "step_too_large"),
    "the allow list is emptied": (policy_then(PLAIN + "[auto_apply]\nallow = []"), "not_allowed"),
    "the confidence asked for is raised": (policy_then(PLAIN + "min_confidence = 0.95"), "low_confidence"),
    "the evidence was too old for the policy of now": (aged, "expired_patch"),
    "the base's policy is broken": (broken_base, "base_policy"),
    "several merge bases": (criss_cross, "criss_cross"),
    "a conflict anywhere": (both_edit, "conflict"),
    "no common history": (unrelated, "unrelated"),
    "a revert to another value": (reverting(1.75, 1.6), "not_the_inverse"),
    "a revert of what changed since": (reverted_too_late, "changed_since"),
    "an apply of another value": (applying, "not_left_by_hand"),
    "an apply of nothing that landed": (applying_nothing_known, "no_such_landing"),
    "an expiry before its time": (expiring, "not_expired"),
    "a wish beyond the hard limit of now": (policy_then(PLAIN, "[hard_limits]\nleverage = 2.0", proposed=wished(2.5)),
                                            "hard_limit"),
    "a wish that nobody may have": (policy_then(PLAIN, "[hard_limits]\nleverage = 2.0", proposed=wished(2.5)),
                                    "wish_refused"),
    "a value by hand": (by_hand(AUTO, "[auto_applied]", '[auto_applied]\n"macro.tilt" = 0.3'), "unexplained_values"),
    "a comment by hand": (by_hand(AUTO, "# ours", "# mine"), "unexplained_values"),
    "a landed proposal rewritten": (landed_then(lambda root: a_meta(root).write_text("{}")), "proposal_altered"),
    "a landed proposal removed": (landed_then(lambda root: a_meta(root).unlink()), "proposal_removed"),
    "a file put beside a landed one": (landed_then(lambda root: a_meta(root).with_name("x").touch()),
                                       "proposal_altered"),
    "half of a revert": (landed_then(replaced(AUTO, ('"portfolio.leverage" = 1.75\n', ""))), "unexplained_values"),
    "a loose file among the proposals": (lambda g: g.person({"reports/live_promotion/x": ""}), "proposal_altered"),
    "an invalid policy": (by_hand(POLICY, "version = 1", "version = 2"), "invalid_policy"),
    "a policy that is no TOML": (by_hand(POLICY, "version = 1", "version ="), "invalid_policy"),
    "policy and values": (lambda g: g.person({POLICY: PLAIN + "\n", AUTO: TWO}), "policy_with_values"),
    "a policy that reads other overrides": (paths_moved('live_overrides = "config/new.toml"'), "overrides_moved"),
    "and brings them along": (paths_moved('live_overrides = "config/new.toml"'), "policy_with_values"),
    "a policy that reads another config": (paths_moved('base_config = "config/new.toml"'), "base_config_moved"),
    "a policy that forgets the proposals": (paths_moved('reports = "other"'), "reports_moved"),
    "an edit that an override hides": (overridden(CONFIG, "tilt = 0.3", "tilt = 0.4"), "shadowed_edit"),
    "a key that an override stands on": (overridden(CONFIG, "tilt = 0.3", ""), "overridden_key_removed"),
    "a base config that is no TOML": (by_hand(CONFIG, "[macro]", "[macro"), "base_config_unreadable"),
}  # fmt: skip


@pytest.mark.parametrize(("setup", "code"), WRONG.values(), ids=WRONG)
def test_it_is_told_by_its_code(setup: Setup, code: str, tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    head = setup(gate)
    verdict = gate.check(head)
    assert code in {one.code for one in verdict.violations}, verdict


def test_the_policy_removed(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    gate.git("branch", "feature")
    gate.edit("feature", lambda root: (root / POLICY).unlink(), amend=False)
    assert gate.codes("feature") == {"policy_removed"}


def test_a_proposal_from_the_future(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    head = gate.propose(lever(), at=NOW + timedelta(hours=2)).branch
    assert "from_the_future" in gate.codes(head)
    assert gate.codes(head, now=NOW + timedelta(hours=2)) == set()


def test_a_shallow_clone_is_no_ground_for_a_verdict(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    gate.on_main({"src/app.py": "2\n"})
    gate.git("clone", "-q", "--depth=1", f"file://{gate.space.clone}", str(tmp_path / "shallow"))
    there = Gate(replace(gate.space, folder=tmp_path / "x"))
    (tmp_path / "x").mkdir()
    (tmp_path / "shallow").rename(there.space.clone)
    assert there.codes("main") == {"unreadable"}


def test_two_of_one_step_are_one_too_many(tmp_path: Path) -> None:
    """Each is valid alone; once the first has landed, the second passes the quota."""
    gate = Gate.at(tmp_path, policy=PLAIN + "[auto_apply]\nmax_per_day = 1\n", overrides=TWO)
    first, second = gate.propose(lever()).branch, gate.propose(built(TILT, 0.35)).branch
    assert gate.codes(first) == gate.codes(second) == set()
    gate.land(first)
    assert {"stale_path", "quota", "other_question"} <= gate.codes(second)


def test_what_calls_itself_a_proposal_elsewhere_has_no_word(tmp_path: Path) -> None:
    """Any unprotected merge may bring such a file; it must neither use up a question nor stand behind a value."""
    gate = Gate.at(tmp_path)
    made = gate.propose(lever())
    meta = f'{{"digest": "{made.digest}", "overrides": {{"portfolio.leverage": {{}}}}}}'
    decoy = gate.person({"docs/x/proposal_meta.json": meta})
    assert gate.codes(decoy) == set()
    gate.land(decoy)
    assert gate.codes(made.branch) == set()
