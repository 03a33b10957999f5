"""Finding one landed proposal on real git: by every name, after every way to merge, and why not."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from promobot.adapters.repository import Repository
from promobot.adapters.repository.landings import find_landing
from promobot.core.changes import Change
from promobot.core.landing import Landing
from promobot.core.prepared import Proposed
from promobot.core.wishes import prepare_wish
from promobot.errors import RepositoryRefused, UsageError
from promobot.usecases.wishes import revert
from tests.support.builders import NOW, patch
from tests.support.wishes import base_state, land, proposal
from tests.support.workspace import Workspace, make_workspace, small_files

REPORTS, OVERRIDES = "reports/live_promotion", "config/live_overrides/auto.toml"
TARGET = "portfolio.leverage"
LATER = NOW + timedelta(days=1)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path, remote=False, files=small_files())


def find(space: Workspace, asked: str) -> Landing:
    head = space.git("rev-parse", "main")
    return find_landing(Repository(space.clone), head, reports=REPORTS, overrides=OVERRIDES, asked=asked)


def one(space: Workspace) -> Proposed:
    """Leverage 1.5 -> 1.6 is applied; the trigger's step is too large and left by hand."""
    return proposal(space, patch(TARGET, 1.6), patch("strategy.trigger_delay", 14.0, id="p-2"))


def meta_path(made: Proposed) -> str:
    return f"{REPORTS}/{made.proposal.proposal_id}/proposal_meta.json"


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_whatever_way_it_landed_it_reads_alike(space: Workspace, how: str) -> None:
    made = one(space)
    commit = land(space, made, how)
    space.commit({"notes.txt": "something later"})
    assert find(space, made.proposal.proposal_id) == Landing(
        proposal_id=made.proposal.proposal_id,
        digest=made.digest,
        changes=(
            Change(TARGET, 1.5, 1.6, True, None),
            Change("strategy.trigger_delay", 10.0, 14.0, False, None),
        ),
        before={},
        after={TARGET: 1.6},
        commit=commit,
    )


def test_what_stood_before_is_that_of_its_own_step(space: Workspace) -> None:
    first = proposal(space, patch(TARGET, 1.6))
    land(space, first, "squash")
    second = proposal(space, patch(TARGET, 1.7), at=LATER)
    land(space, second, "rebase")
    space.commit({OVERRIDES: f'[auto_applied]\n"{TARGET}" = 1.1\n'}, "a person's own edit")
    found = find(space, second.proposal.proposal_id)
    assert (found.before, found.after) == ({TARGET: 1.6}, {TARGET: 1.7})
    assert [change.predecessor for change in found.changes] == [first.digest]
    assert (find(space, first.proposal.proposal_id).before, find(space, first.digest).after) == ({}, {TARGET: 1.6})


def test_a_branch_that_merged_the_base_brings_only_its_own(space: Workspace) -> None:
    made = one(space)
    space.git("switch", "--quiet", "--create", "side")
    space.write(made.files)
    space.git("add", "--all")
    space.git("commit", "--quiet", "--message", "ours")
    space.git("switch", "--quiet", "main")
    space.commit({"notes.txt": "the base moves"})
    space.git("switch", "--quiet", "side")
    space.git("merge", "--quiet", "--no-edit", "main")
    space.git("switch", "--quiet", "main")
    space.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    found = find(space, made.digest)
    assert (found.before, found.after, found.commit) == ({}, {TARGET: 1.6}, space.git("rev-parse", "main"))


def test_by_hand_only_touches_no_value(space: Workspace) -> None:
    made = proposal(space, patch(TARGET, 2.5))
    land(space, made)
    found = find(space, made.digest)
    assert (found.before, found.after, [change.automatic for change in found.changes]) == ({}, {}, [False])


def test_every_name_will_do(space: Workspace) -> None:
    made = one(space)
    land(space, made)
    names = (made.proposal.proposal_id, made.digest, made.digest[:16], made.proposal.proposal_id[:-3],
             "live_promotion_2026", f"  {made.digest}\n")  # fmt: skip
    assert {find(space, name).digest for name in names} == {made.digest}


def test_a_start_of_several_ids_names_them(space: Workspace) -> None:
    first = proposal(space, patch(TARGET, 1.6))
    land(space, first)
    second = proposal(space, patch(TARGET, 1.7), at=LATER)
    land(space, second)
    with pytest.raises(UsageError, match="names 2 landed proposals") as caught:
        find(space, "live_promotion_")
    assert [d.message for d in caught.value.details] == [second.proposal.proposal_id, first.proposal.proposal_id]


UNKNOWN = "live_promotion_20261122T120000Z_0123456789abcdef"
MISSED: dict[str, tuple[str, type[Exception], str]] = {
    "another word": ("leverage", UsageError, "no landed proposal is named 'leverage'; the latest are live_promotion_"),
    "nothing": ("", UsageError, "no landed proposal is named ''"),
    "a way out of the folder": ("../..", UsageError, "no landed proposal"),
    "an id that has not landed": (UNKNOWN, RepositoryRefused, "has not landed on this base branch"),
    "a digest that has not landed": (UNKNOWN[-16:], RepositoryRefused, "has not landed on this base branch"),
}


@pytest.mark.parametrize(("asked", "kind", "why"), MISSED.values(), ids=MISSED)
def test_what_is_not_there_is_told(space: Workspace, asked: str, kind: type[Exception], why: str) -> None:
    land(space, one(space))
    with pytest.raises(kind, match=re.escape(why)):
        find(space, asked)


def test_before_anything_has_landed(space: Workspace) -> None:
    with pytest.raises(UsageError, match="none has landed yet"):
        find(space, "live")


def test_a_branch_that_is_not_merged_has_not_landed(space: Workspace) -> None:
    made = one(space)
    space.git("switch", "--quiet", "--create", made.branch)
    space.write(made.files)
    space.git("add", "--all")
    space.git("commit", "--quiet", "--message", "proposed")
    space.git("switch", "--quiet", "main")
    with pytest.raises(RepositoryRefused, match="has not landed"):
        find(space, made.proposal.proposal_id)


def test_another_digest_with_the_same_short_name_is_not_the_one(space: Workspace) -> None:
    made = one(space)
    land(space, made)
    with pytest.raises(UsageError, match=made.digest):
        find(space, made.digest[:16] + "0" * 48)


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_the_forges_revert_button_takes_it_back(space: Workspace, how: str) -> None:
    made = one(space)
    land(space, made, how)
    mainline = ("-m", "1") if how == "merge" else ()
    space.git("revert", "--no-edit", *mainline, "HEAD")
    for name in (made.proposal.proposal_id, made.digest):
        with pytest.raises(RepositoryRefused, match="was taken back already"):
            find(space, name)


def test_a_landed_revert_takes_it_back_once(space: Workspace) -> None:
    made = one(space)
    land(space, made, "squash")
    back = prepare_wish(base_state(space), revert(find(space, made.digest), ""), LATER).proposed
    assert back is not None
    land(space, back, "rebase")
    assert space.git("show", f"main:{OVERRIDES}") == "# ours\n[auto_applied]", "the very bytes of before"
    with pytest.raises(RepositoryRefused, match=f"taken back already, by {back.proposal.proposal_id}"):
        find(space, made.digest)
    again = find(space, back.digest)
    assert (again.before, again.after) == ({TARGET: 1.6}, {})
    assert again.changes == (Change(TARGET, 1.6, None, True, made.digest),)


BROKEN: dict[str, Any] = {
    "another's id": {"proposal_id": UNKNOWN},
    "no digest": {"digest": "0"},
    "changes that are none": {"changes": [{"target": TARGET}]},
    "a value that is none": {
        "changes": [{"target": TARGET, "old": [1], "new": 2, "automatic": True, "predecessor": None}]
    },
    "a list": None,
}


@pytest.mark.parametrize("changed", BROKEN.values(), ids=BROKEN)
def test_a_landing_that_cannot_be_read_is_refused_by_name(space: Workspace, changed: Any) -> None:
    made = one(space)
    meta = [] if changed is None else json.loads(made.files[meta_path(made)]) | changed
    space.commit({**made.files, meta_path(made): json.dumps(meta)}, "landed")
    with pytest.raises(RepositoryRefused, match=f"{made.proposal.proposal_id}/proposal_meta.json has landed and can"):
        find(space, made.proposal.proposal_id)


def test_overrides_that_cannot_be_understood_are_told(space: Workspace) -> None:
    made = one(space)
    space.commit({OVERRIDES: "[auto_applied"})
    space.commit(made.files, "landed")
    with pytest.raises(RepositoryRefused, match=f"{OVERRIDES} cannot be understood before or after [0-9a-f]{{40}}"):
        find(space, made.digest)


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_a_landing_from_before_the_overrides_moved_is_read_where_they_were(space: Workspace, how: str) -> None:
    first, moved = proposal(space, patch(TARGET, 1.6)), "config/elsewhere/auto.toml"
    land(space, first, how)
    text = (space.clone / OVERRIDES).read_text()
    space.git("rm", "--quiet", OVERRIDES)
    space.commit({moved: text}, "the overrides lie elsewhere now")
    head = space.git("rev-parse", "main")
    found = find_landing(Repository(space.clone), head, reports=REPORTS, overrides=moved, asked=first.digest)
    assert (found.before, found.after) == ({}, {TARGET: 1.6})
