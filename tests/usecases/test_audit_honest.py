"""No false alarm: what a team and a loop do honestly, by every way to merge, is proved and told as it was.

HONEST_HISTORIES sets how many histories are played (default 10); every merge in them was passed by the gate first.
A failure names the seed: `History.of(folder, seed).play()` builds the same repository again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from promobot.adapters.repository import Repository
from promobot.core.audit.checkpoint import Checkpoint, checkpoint_of
from promobot.core.audit.events import Event, PolicyChange, Undoing
from promobot.core.audit.proof import Proof
from promobot.usecases.audit.verify import Asked, verify
from tests.support.builders import NOW
from tests.support.builders import patch as built
from tests.support.gate import AUTO, CONFIG, POLICY, TILT, Gate, lever
from tests.support.honest import HISTORIES, History, Played
from tests.support.workspace import small_files

AT_ONCE = 10
MIXED = {
    "landing promotion", "landing operator", "landing revert", "landing expiry", "undoing promotion", "policy",
    "set", "unset", "apply", "merge", "squash", "rebase", "forward", "update branch", "refused", "stale", "founded",
    "long-lived", "import", "config", "owners", "feature", "move of live_overrides", "move of base_config",
}  # fmt: skip
"""What the first ten histories hold between them."""


def proof_of(
    clone: Path, *, revision: str = "main", since: str | None = None, checkpoint: Checkpoint | None = None
) -> Proof:
    """`promobot audit verify`, in a repository object of its own."""
    return verify(Repository(clone), Asked("main", None, revision, since, checkpoint), lambda *_: None)


def told(event: Event) -> Played:
    """An event as the player would tell it."""
    if isinstance(event, PolicyChange):
        return Played("policy", event.at.commit)
    landing = event.landing if isinstance(event, Undoing) else event
    what = "undoing" if isinstance(event, Undoing) else "landing"
    overrides = (event.overrides.before, event.overrides.after)
    return Played(what, event.at.commit, landing.kind, landing.digest, landing.changes, overrides)


@pytest.mark.parametrize("first", range(0, HISTORIES, AT_ONCE))
def test_honest_histories_are_proved_without_an_alarm(first: int, tmp_path: Path) -> None:
    kinds: set[str] = set()
    for seed in range(first, min(first + AT_ONCE, HISTORIES)):
        history = History.of(tmp_path / str(seed), seed).play()
        _proves(history)
        kinds |= history.kinds()
    # A player that never reverts would raise no false alarm either.
    assert first or HISTORIES < AT_ONCE or kinds >= MIXED, MIXED - kinds


def _proves(history: History) -> None:
    proof = proof_of(history.folder)
    assert proof.violations == (), (history.seed, history.told)
    assert {one.code for one in proof.warnings} <= {"no_ledger"}
    assert [told(event) for event in proof.chronicle.events] == history.played, (history.seed, history.told)
    assert proof_of(history.folder) == proof
    _goes_on_from_anywhere(history, proof)


def _goes_on_from_anywhere(history: History, proof: Proof) -> None:
    """A run that ends at a commit of the line, and one that goes on from there, find between them what one run does."""
    line, baseline = history.world.line, proof.chronicle.baseline
    place = history.dice.randrange(history.founded_at(), len(line))
    commit = line[place]
    tree = history.world.store.tree(history.world.trees[commit])
    first = proof_of(history.folder, revision=commit)
    rest = proof_of(history.folder, checkpoint=checkpoint_of(commit, tree, baseline, ()))
    assert first.violations + rest.violations == (), (history.seed, history.told, f"parted at {commit}")
    # Of what landed before the parting the second run recalls only what it needs, so the events are not compared whole.
    assert [told(event) for event in first.chronicle.events + rest.chronicle.events] == history.played


def test_a_history_is_the_same_each_time_and_sound_to_git(tmp_path: Path) -> None:
    one, other = (History.of(tmp_path / name, 7).play(rounds=5) for name in ("one", "other"))
    assert one.world.line == other.world.line
    assert one.played == other.played
    git = Repository(one.folder).git
    git.text("fsck", "--strict", "--no-dangling")
    assert git.text("rev-list", "--first-parent", "--reverse", "refs/heads/main").split() == one.world.line


def test_a_message_written_before_git_merged_the_lines_of_two_proposals_is_no_lie(tmp_path: Path) -> None:
    """Both change the overrides. The second one's message names the blobs of its own commit, and lands others."""
    apart = "[auto_applied]\n'macro.tilt' = 0.35\n\n# apart\n\n'portfolio.leverage' = 1.5\n"
    gate = Gate.at(tmp_path, overrides=apart)
    start = gate.git("rev-parse", "main")
    first, second = gate.propose(built(TILT, 0.4)), gate.propose(lever())
    gate.land(first.branch)
    gate.update(second.branch)
    assert gate.codes(second.branch) == set()
    message = gate.git("log", "-1", "--format=%B", f"{second.branch}^1")
    gate.land(second.branch, "squash")
    gate.git("commit", "--amend", "--quiet", "--message", message, env={"GIT_COMMITTER_DATE": NOW.isoformat()})
    assert proof_of(gate.space.clone, since=start).violations == ()
    forged = message.replace("Promotion-Overrides: ", "Promotion-Overrides: 1")
    gate.git("commit", "--amend", "--quiet", "--message", forged, env={"GIT_COMMITTER_DATE": NOW.isoformat()})
    assert [one.code for one in proof_of(gate.space.clone, since=start).violations] == ["false_trailers"]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_first_policy_with_empty_overrides_may_come_by_a_branch_behind_the_baseline(how: str, tmp_path: Path) -> None:
    """`promobot init` names the commit before it as the baseline, so that the commits that found it are judged."""
    gate = Gate.at(tmp_path)
    for path in (POLICY, AUTO, CONFIG):
        gate.git("rm", "-q", path)
    gate.git("commit", "-q", "-m", "nothing yet")
    start = gate.git("rev-parse", "main")
    head = gate.person(small_files())
    gate.on_main({"src/y.py": "y\n"})
    assert gate.codes(head) == set()
    gate.land(head, how)
    assert proof_of(gate.space.clone, since=start).violations == ()
    gate.git("reset", "--quiet", "--hard", start)
    gate.land(gate.person(small_files(overrides="[auto_applied]\nx = 1\n"), "valued"), how)
    assert "unexplained_values" in {one.code for one in proof_of(gate.space.clone, since=start).violations}


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
@pytest.mark.parametrize("early", [True, False], ids=["before it landed", "after it landed"])
@pytest.mark.parametrize("updated", [True, False], ids=["updated", "not updated"])
def test_who_tried_a_proposal_on_his_own_branch_raises_no_alarm(
    how: str, early: bool, updated: bool, tmp_path: Path
) -> None:
    """Of a branch that was brought up to date git shows the commits before those of main that it brought."""
    gate = Gate.at(tmp_path)
    branch, feature = gate.propose(lever()).branch, gate.person({"src/x.py": "x\n"})
    for landed in (False, True):
        if landed == early:
            gate.land(branch, how)
        else:
            gate.git("switch", "--quiet", feature)
            gate.git("merge", "--quiet", "--no-ff", "--message", "try it", branch)
    gate.on_main({"src/y.py": "y\n"}, when=NOW.isoformat())
    if updated:
        gate.update(feature)
    assert gate.codes(feature) == set()
    gate.land(feature)
    proof = proof_of(gate.space.clone)
    assert proof.violations == ()
    (landing,) = proof.chronicle.landings
    assert len(landing.brought) == (how == "merge")


def test_a_base_that_was_moved_to_a_side_branch_is_told_from_it(tmp_path: Path) -> None:
    """The side branch has merged main with the landing, and main is then forwarded to it: its parents are swapped."""
    gate = Gate.at(tmp_path)
    branch, feature = gate.propose(lever()).branch, gate.person({"src/x.py": "x\n"})
    gate.land(branch)
    landing = gate.git("rev-parse", "main")
    gate.update(feature)
    gate.git("merge", "--quiet", "--ff-only", feature)
    (found,) = proof_of(gate.space.clone).violations
    assert (found.code, found.commit) == ("swapped_parents", gate.git("rev-parse", "main"))
    assert landing in found.message


def test_a_proposal_that_a_merged_branch_took_back_itself_never_landed(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    branch, feature = gate.propose(lever()).branch, gate.person({"src/x.py": "x\n"})
    gate.git("switch", "--quiet", feature)
    gate.git("merge", "--quiet", "--no-ff", "--message", "try it", branch)
    gate.git("revert", "--no-edit", "-m", "1", "HEAD")
    gate.land(feature)
    assert "never_landed" in {one.code for one in proof_of(gate.space.clone).violations}


@pytest.mark.parametrize("seed", [109, 133, 244])
def test_what_landed_before_a_later_beginning_is_told_right(seed: int, tmp_path: Path) -> None:
    """A proposal that stands on a commit before it; a revert of what landed before the overrides were moved."""
    _proves(History.of(tmp_path / "history", seed).play())
