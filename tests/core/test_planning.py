"""What to do about a proposal: the whole truth table. Every state leads to the same one branch and pull request."""

from __future__ import annotations

from itertools import combinations, permutations, product

import pytest

from promobot.core.planning import BranchState, Outcome, PullRequest, Step, plan

BRANCH = BranchState("c" * 40, "t" * 40, ("b" * 40,), "promote: x")
STATES = ("open", "closed", "merged")
FORGES: tuple[tuple[str, ...] | None, ...] = (
    None, *(states for size in range(4) for states in combinations(STATES, size)), ("closed", "closed", "open")
)  # fmt: skip

Told = tuple[Outcome, str | None, tuple[Step, ...]]


def expected(landed: bool, branch: bool, ours: bool, states: tuple[str, ...] | None) -> Told:
    """The contract in words, one line a case; the first that holds decides."""
    found = set(states or ())
    if landed or "merged" in found:
        return Outcome.ALREADY_APPROVED, "landed", ()
    if found == {"closed"}:
        return Outcome.SUPPRESSED, "closed_by_a_person", ()
    if branch and not ours:
        return Outcome.BLOCKED, "not_ours", ()
    missing = states is not None and "open" not in found
    if not branch:
        return Outcome.OPENED, None, (Step.CREATE_BRANCH, Step.OPEN_PULL_REQUEST)[: 1 + missing]
    if missing:
        return Outcome.ADOPTED, "branch_found", (Step.OPEN_PULL_REQUEST,)
    return Outcome.UNCHANGED, None, ()


@pytest.mark.parametrize("states", FORGES, ids=str)
@pytest.mark.parametrize(("landed", "branch", "ours"), [*product((False, True), repeat=3)])
def test_the_whole_truth_table(landed: bool, branch: bool, ours: bool, states: tuple[str, ...] | None) -> None:
    outcome, code, steps = expected(landed, branch, ours, states)
    for order in permutations(states or ()):
        pulls = None if states is None else [PullRequest(n, f"https://x/{n}", state) for n, state in enumerate(order)]
        made = plan(landed=landed, branch=BRANCH if branch else None, ours=ours, pulls=pulls)
        assert (made.outcome, made.steps) == (outcome, steps)
        assert [reason.code for reason in made.reasons] == ([code] if code else [])
        assert all(reason.message for reason in made.reasons)


@pytest.mark.parametrize(
    ("branch", "ours", "pulls", "outcome"),
    [
        (None, False, None, Outcome.OPENED),
        (None, False, [], Outcome.OPENED),
        (BRANCH, True, None, Outcome.UNCHANGED),
        (BRANCH, True, [], Outcome.ADOPTED),
        (BRANCH, True, [PullRequest(1, "u", "open")], Outcome.UNCHANGED),
        (BRANCH, True, [PullRequest(1, "u", "closed")], Outcome.SUPPRESSED),
        (BRANCH, False, [PullRequest(1, "u", "open")], Outcome.BLOCKED),
        (None, False, [PullRequest(1, "u", "merged")], Outcome.ALREADY_APPROVED),
    ],
)
def test_the_everyday_cases(
    branch: BranchState | None, ours: bool, pulls: list[PullRequest] | None, outcome: Outcome
) -> None:
    assert plan(landed=False, branch=branch, ours=ours, pulls=pulls).outcome is outcome


def test_a_branch_that_somebody_changed_is_left_alone() -> None:
    for pulls in (None, [], [PullRequest(1, "u", "open")]):
        assert plan(landed=False, branch=BRANCH, ours=False, pulls=pulls).steps == ()


def test_the_outcomes_are_the_contracts_one_list() -> None:
    assert {str(outcome) for outcome in Outcome} == {
        "opened", "adopted", "updated", "unchanged", "waiting", "already_approved", "suppressed", "blocked",
        "nothing_to_propose", "closed", "disabled", "dry_run",
    }  # fmt: skip
