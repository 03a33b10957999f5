"""What to do about a proposal: each rule of the lifecycle by itself, and what holds for all of it at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.found import HOLD, REMARKED, SUPERSEDED, WITHDRAWN, BranchState, Other, Own, PullRequest, Wanted
from promobot.core.models import ProposalKind
from promobot.core.planning import Outcome, Plan, Step, plan, plan_without
from tests.core.strategies import relaxed

BRANCH = BranchState("c" * 40, "t" * 40, ("b" * 40,), "promote: x")
LOOP = Wanted("promotion", frozenset({"a.b"}))


def pull(number: int = 1, state: str = "open", *labels: str, branch: str = "promobot/own") -> PullRequest:
    return PullRequest(number, f"https://x/{number}", state, branch, "c" * 40, frozenset(labels))


def other(number: int = 1, *labels: str, **given: object) -> Other:
    plain = {"branch": f"promobot/{number}", "commit": "d" * 40, "kind": "promotion", "targets": frozenset({"a.b"})}
    return Other(**{**plain, "pull": pull(number, "open", *labels, branch=f"promobot/{number}"), **given})  # type: ignore[arg-type]


def told(made: Plan) -> tuple[Outcome, list[str], tuple[Step, ...]]:
    return made.outcome, [reason.code for reason in made.reasons], made.steps


OURS = Own(BRANCH, ours=True, pulls=())
OPEN = replace(OURS, pulls=(pull(),))
CREATE, EDIT, REPLACE, OPEN_IT, DECORATE = Step

CASES: dict[str, tuple[Own, Outcome, list[str], tuple[Step, ...]]] = {
    "nothing there, no forge": (Own(), Outcome.OPENED, [], (CREATE,)),
    "nothing there": (Own(pulls=()), Outcome.OPENED, [], (CREATE, OPEN_IT)),
    "landed": (Own(pulls=(), landed=True), Outcome.ALREADY_APPROVED, ["landed"], ()),
    "landed wins over all": (replace(OPEN, ours=False, landed=True), Outcome.ALREADY_APPROVED, ["landed"], ()),
    "merged": (replace(OURS, pulls=(pull(1, "merged"),)), Outcome.ALREADY_APPROVED, ["landed"], ()),
    "the branch is there, no forge": (replace(OURS, pulls=None), Outcome.UNCHANGED, [], ()),
    "its pull request is missing": (OURS, Outcome.ADOPTED, ["branch_found"], (OPEN_IT,)),
    "missing, on other evidence": (
        replace(OURS, same_evidence=False), Outcome.ADOPTED, ["branch_found"], (REPLACE, OPEN_IT)),
    "missing, and stale": (replace(OURS, stale=True), Outcome.ADOPTED, ["branch_found"], (REPLACE, OPEN_IT)),
    "open": (OPEN, Outcome.UNCHANGED, [], ()),
    "open, on other evidence": (replace(OPEN, same_evidence=False), Outcome.UNCHANGED, ["other_evidence"], ()),
    "open, and the base has moved": (replace(OPEN, stale=True), Outcome.UPDATED, ["base_moved"], (EDIT, REPLACE)),
    "open, and cut off before its labels": (replace(OPEN, bare=True), Outcome.UNCHANGED, [], (DECORATE,)),
    "moved, no forge": (replace(OURS, pulls=None, stale=True), Outcome.UPDATED, ["base_moved"], (REPLACE,)),
    "a person closed it": (replace(OURS, pulls=(pull(1, "closed"),)), Outcome.SUPPRESSED, ["closed_by_a_person"], ()),
    "a person closed it, and the branch is gone": (
        Own(pulls=(pull(1, "closed"),)), Outcome.SUPPRESSED, ["closed_by_a_person"], ()),
    "a person closed it, on other evidence": (
        replace(OURS, pulls=(pull(1, "closed"),), refused_same=False, same_evidence=False),
        Outcome.ADOPTED, ["branch_found"], (REPLACE, OPEN_IT)),
    "we superseded it": (Own(pulls=(pull(1, "closed", SUPERSEDED),)), Outcome.OPENED, [], (CREATE, OPEN_IT)),
    "we withdrew it": (Own(pulls=(pull(1, "closed", WITHDRAWN),)), Outcome.OPENED, [], (CREATE, OPEN_IT)),
    "closed, then opened again": (
        replace(OURS, pulls=(pull(1, "closed"), pull(2))), Outcome.UNCHANGED, [], ()),
    "the ledger holds a no": (Own(pulls=(), refused=True), Outcome.SUPPRESSED, ["refused"], ()),
    "the ledger holds a no, no forge": (replace(OURS, pulls=None, refused=True), Outcome.SUPPRESSED, ["refused"], ()),
    "a person's commit": (replace(OPEN, ours=False), Outcome.BLOCKED, ["not_ours"], ()),
    "a person's commit, no forge": (Own(BRANCH), Outcome.BLOCKED, ["not_ours"], ()),
    "held": (replace(OPEN, pulls=(pull(1, "open", HOLD),)), Outcome.BLOCKED, ["held"], ()),
    "held and stale": (replace(OPEN, pulls=(pull(1, "open", HOLD),), stale=True), Outcome.BLOCKED, ["held"], ()),
    "remarked upon is not held": (replace(OPEN, pulls=(pull(1, "open", REMARKED),)), Outcome.UNCHANGED, [], ()),
}  # fmt: skip


@pytest.mark.parametrize(("own", "outcome", "codes", "steps"), CASES.values(), ids=CASES)
def test_the_same_question(own: Own, outcome: Outcome, codes: list[str], steps: tuple[Step, ...]) -> None:
    assert told(plan(LOOP, own)) == (outcome, codes, steps)


def test_a_no_can_be_reconsidered() -> None:
    closed = replace(OURS, pulls=(pull(1, "closed"),))
    assert told(plan(LOOP, closed, reconsider=True)) == (Outcome.ADOPTED, ["branch_found"], (OPEN_IT,))
    assert plan(LOOP, Own(pulls=(), refused=True), reconsider=True).outcome is Outcome.OPENED
    assert plan(LOOP, Own(pulls=(), landed=True), reconsider=True).outcome is Outcome.ALREADY_APPROVED


@pytest.mark.parametrize("own", [replace(OPEN, ours=False), replace(OPEN, pulls=(pull(1, "open", HOLD),))])
def test_the_pull_request_that_is_left_alone_is_told_why(own: Own) -> None:
    assert [each.number for each in plan(LOOP, own).remark] == [1]


def test_a_new_question_supersedes_what_is_open() -> None:
    made = plan(LOOP, Own(pulls=()), (other(1), other(2, approved=True, holds=False)))
    assert made.outcome is Outcome.OPENED
    assert [each.name for each in made.supersede] == ["#1", "#2"]


def test_a_run_that_died_after_opening_is_finished_by_the_next() -> None:
    own = replace(OPEN, pulls=(pull(5),))
    made = plan(LOOP, own, (other(3),))
    assert (made.outcome, [each.name for each in made.supersede], made.by) == (Outcome.UNCHANGED, ["#3"], None)


def test_of_two_open_ones_the_newer_stays() -> None:
    made = plan(LOOP, OPEN, (other(7),))
    assert told(made) == (Outcome.WAITING, ["newer_is_open"], ())
    assert [each.name for each in made.supersede] == ["#1"]
    assert made.by == other(7).pull


def test_an_approved_one_stays_beside_a_newer() -> None:
    made = plan(LOOP, replace(OPEN, approved=True), (other(7),))
    assert told(made) == (Outcome.UNCHANGED, [], ())
    assert made.supersede == (other(7),)


def test_a_persons_wish_stays_beside_a_newer_one_of_the_loop() -> None:
    made = plan(Wanted("operator", LOOP.targets), OPEN, (other(7),))
    assert (made.outcome, made.supersede) == (Outcome.UNCHANGED, (other(7),))


@pytest.mark.parametrize("first", [other(7, kind="operator"), other(7, approved=True)], ids=["a wish", "approved"])
def test_what_has_to_wait_does_not_stay_open_beside_it(first: Other) -> None:
    made = plan(LOOP, OPEN, (first,))
    assert told(made) == (Outcome.WAITING, ["other_first"], ())
    assert ([each.name for each in made.supersede], made.by) == (["#1"], first.pull)
    approved = plan(LOOP, replace(OPEN, approved=True), (first,))
    assert (approved.outcome, approved.supersede) == (Outcome.WAITING, ())


def test_of_two_wishes_for_different_values_none_is_lost() -> None:
    first = other(7, kind="operator", targets=frozenset({"x.y"}))
    made = plan(Wanted("operator", frozenset({"a.b"})), OPEN, (first,))
    assert (made.outcome, made.supersede) == (Outcome.WAITING, ())


UNTOUCHABLE = {"a person's commit": other(3, ours=False), "held": other(3, HOLD)}


@pytest.mark.parametrize("own", [Own(pulls=()), OURS, OPEN], ids=["new", "branch", "open"])
@pytest.mark.parametrize("found", UNTOUCHABLE.values(), ids=UNTOUCHABLE)
def test_another_one_that_must_not_be_touched_blocks(own: Own, found: Other) -> None:
    made = plan(LOOP, own, (other(2), found))
    assert told(made) == (Outcome.BLOCKED, ["other_untouchable"], ())
    assert (made.supersede, [each.number for each in made.remark]) == ((), [3])


def test_an_approved_one_that_still_passes_is_waited_for() -> None:
    made = plan(LOOP, Own(pulls=()), (other(1, approved=True),))
    assert told(made) == (Outcome.WAITING, ["other_first"], ())
    assert made.supersede == ()


FIRST: list[tuple[ProposalKind, ProposalKind, bool, bool, Outcome]] = [
    # wanted, open, open one approved, same targets -> outcome
    ("promotion", "expiry", False, True, Outcome.WAITING),
    ("promotion", "operator", False, True, Outcome.WAITING),
    ("promotion", "revert", False, True, Outcome.WAITING),
    ("expiry", "promotion", False, True, Outcome.OPENED),
    ("expiry", "promotion", True, True, Outcome.WAITING),
    ("expiry", "expiry", False, False, Outcome.OPENED),
    ("operator", "promotion", True, True, Outcome.OPENED),
    ("operator", "operator", False, True, Outcome.OPENED),
    ("operator", "operator", False, False, Outcome.WAITING),
    ("revert", "promotion", True, False, Outcome.OPENED),
    ("revert", "operator", True, False, Outcome.OPENED),
    ("revert", "revert", False, True, Outcome.OPENED),
    ("revert", "revert", False, False, Outcome.WAITING),
]


@pytest.mark.parametrize(("wanted", "kind", "approved", "same", "outcome"), FIRST)
def test_which_kind_comes_first(
    wanted: ProposalKind, kind: ProposalKind, approved: bool, same: bool, outcome: Outcome
) -> None:
    """A person's wish is not pushed aside by the loop, nor by another wish that would lose it."""
    targets = frozenset({"a.b"} if same else {"a.b", "x.y"})
    found = other(1, kind=kind, approved=approved, targets=targets)
    assert plan(Wanted(wanted, frozenset({"a.b"})), Own(pulls=()), (found,)).outcome is outcome


@pytest.mark.parametrize("kind", ["expiry", "operator", "revert"])
def test_a_wish_that_nobody_can_merge_any_more_is_not_waited_for(kind: ProposalKind) -> None:
    made = plan(LOOP, Own(pulls=()), (other(1, kind=kind, empty=True, holds=False),))
    assert (made.outcome, [each.name for each in made.supersede]) == (Outcome.OPENED, ["#1"])


def test_what_is_over_is_withdrawn() -> None:
    made = plan_without((other(1, empty=True), other(2), other(3, HOLD, empty=True), other(4, ours=False, empty=True)))
    assert (made.outcome, [each.name for each in made.withdraw]) == (Outcome.CLOSED, ["#1"])
    assert plan_without((other(2),)).outcome is Outcome.NOTHING_TO_PROPOSE
    assert plan_without(()) == Plan(Outcome.NOTHING_TO_PROPOSE)


numbers = st.integers(1, 9)
labels = st.sampled_from([(), (), (), (HOLD,), (REMARKED,)])
closed = st.builds(lambda n, s, word: pull(n, s, *word), numbers, st.sampled_from(["closed", "merged"]),
                   st.sampled_from([(), (SUPERSEDED,), (WITHDRAWN,)]))  # fmt: skip
kinds: st.SearchStrategy[ProposalKind] = st.sampled_from(["promotion", "expiry", "operator", "revert"])
targets = st.frozensets(st.sampled_from("abc"), min_size=1)
flags = st.booleans()
# Judged today: it still asks the same, another question, or none.
judged = st.sampled_from(
    [{"holds": True, "empty": False}, {"holds": False, "empty": False}, {"holds": False, "empty": True}]
)


@st.composite
def owns(draw: st.DrawFn) -> Own:
    open_one = [pull(draw(numbers), "open", *draw(labels))] if draw(flags) else []
    pulls = tuple(draw(st.lists(closed, max_size=2)) + open_one) if draw(flags) else None
    branch = BRANCH if draw(flags) or open_one else None
    return Own(
        branch,
        branch is not None and draw(flags),
        draw(flags),
        draw(flags),
        pulls,
        landed=draw(flags),
        refused_same=draw(flags),
        refused=draw(flags),
        bare=bool(open_one) and pulls is not None and draw(flags),
        approved=draw(flags),
    )


@st.composite
def rest(draw: st.DrawFn) -> list[Other]:
    found = draw(st.lists(st.integers(10, 19) | numbers, max_size=3, unique=True))
    return [
        other(number, *draw(labels), kind=draw(kinds), targets=draw(targets), ours=draw(flags), approved=draw(flags),
              **draw(judged))
        for number in found
    ]  # fmt: skip


@relaxed
@given(st.builds(Wanted, kinds, targets), owns(), rest(), flags)
def test_whatever_is_found(wanted: Wanted, own: Own, others: list[Other], reconsider: bool) -> None:
    made = plan(wanted, own, others, reconsider=reconsider)
    untouchable = [each for each in others if not each.ours or each.held]
    assert not set(made.supersede) & set(untouchable)
    mine = {each for each in made.supersede if own.open_pull and each.pull == own.open_pull}
    if mine:
        assert made.outcome is Outcome.WAITING
        assert made.by in [each.pull for each in others], "closed in favour of one that stays open"
        assert not own.approved, "what a person approved is not pushed aside"
    assert not made.withdraw
    if made.steps:
        # Whatever else is written, labels and reviewers may be made up for.
        written = set(made.steps) - {Step.DECORATE}
        assert made.outcome in (Outcome.OPENED, Outcome.ADOPTED, Outcome.UPDATED) or not written
        assert own.branch is None or own.ours, "a person's branch is never written"
        assert not untouchable
        assert set(made.supersede) == set(others), "one open proposal at rest"
        assert not own.landed
        assert (Step.OPEN_PULL_REQUEST in made.steps) <= (own.open_pull is None)
        if wanted.kind in ("promotion", "expiry"):
            assert not any(each.approved and each.holds for each in made.supersede)
    if made.outcome is Outcome.BLOCKED and own.pulls is not None:
        assert made.remark or own.open_pull is None
    assert plan(wanted, own, others, reconsider=reconsider) == made


def test_the_outcomes_are_the_contracts_one_list() -> None:
    assert {str(outcome) for outcome in Outcome} == {
        "opened", "adopted", "updated", "unchanged", "waiting", "already_approved", "suppressed", "blocked",
        "nothing_to_propose", "closed", "disabled", "dry_run",
    }  # fmt: skip
