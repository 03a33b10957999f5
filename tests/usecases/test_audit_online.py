"""`--online`: the forge is asked of each landing, in few requests, and its failure is never taken for an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from promobot.adapters.github import Forge, Patience, PullRequests
from promobot.adapters.github.merged import MergedPulls
from promobot.adapters.repository import Repository
from promobot.adapters.repository.records import read_records
from promobot.core.audit.events import Landing
from promobot.core.audit.statement import Approval
from promobot.errors import ForgeFailed, PromobotError, UsageError
from promobot.usecases.audit import online
from promobot.usecases.audit.history import first_policy, judged
from promobot.usecases.audit.online import Answer, Online
from promobot.usecases.audit.records import hold_records
from tests.support.fake_github import Fault, Review
from tests.support.hosted import NAME, Team
from tests.support.recording import LEVERAGE, WEIGHT, by_plain_git, head, landed, merged, record, team
from tests.support.workspace import patch

__all__ = ["team"]  # a fixture


def adapters(team: Team) -> Forge:
    patience = Patience(sleep=lambda _: None)
    token = team.forge.token_for("promobot[bot]")
    return Forge(team.forge.base_url, NAME, token, "https://forge.example", patience)


def proved(team: Team) -> tuple[Repository, tuple[Landing, ...], dict[str, Approval]]:
    """What the offline part hands on; nothing is wrong with it."""
    team.space.git("fetch", "--quiet", "origin")
    repository, at = Repository(team.space.clone), head(team)
    chronicle = judged(repository, "main", at, first_policy(repository, at), lambda *_: None)
    read = read_records(repository, "origin")
    told = hold_records(repository, chronicle, read, branch="main", remote="origin", require_record=False)
    assert (chronicle.findings, told.findings) == ((), [])
    return repository, chronicle.landings, told.approvals


def asked(team: Team, limit: int = online.LIMIT, progress: Callable[[int, int], None] = lambda *_: None) -> Answer:
    repository, landings, approvals = proved(team)
    forge = adapters(team)
    team.forge.requests.reset()
    question = Online(repository, MergedPulls(forge), PullRequests(forge), "main", head(team), progress, limit)
    return question.ask(landings, approvals)


def codes(told: Answer) -> list[tuple[str, str | None]]:
    return [(one.code, one.commit) for one in (*told.findings, *told.warnings)]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_what_was_recorded_is_confirmed_in_two_requests(team: Team, how: str) -> None:
    result = team.proposes(LEVERAGE)
    team.approve(result["pull_request"]["number"], "ben")
    merged(team, result["pull_request"]["number"], how)
    record(team)
    seen: list[tuple[int, int]] = []
    told = asked(team, progress=lambda done, of: seen.append((done, of)))
    assert codes(told) == []
    assert (told.requests, len(list(team.forge.requests)), told.found) == (2, 2, {})
    assert {one.method for one in team.forge.requests} == {"GET"}
    assert seen == [(0, 1), (1, 1)]


def test_a_rebase_of_two_commits_is_confirmed(team: Team) -> None:
    result = team.proposes(LEVERAGE)
    team.on_branch(result["branch"], "commit", "--quiet", "--allow-empty", "--message", "a person's own")
    merged(team, result["pull_request"]["number"], "rebase")
    record(team)
    assert codes(asked(team)) == []


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_without_a_record_it_is_looked_for_by_its_branch(team: Team, how: str) -> None:
    result = landed(team, LEVERAGE, how=how)
    told = asked(team)
    [(digest, pull)] = told.found.items()
    assert (codes(told), pull.number, pull.merger.login if pull.merger else "") == ([], 1, "ann")
    assert result["branch"].endswith(digest[:16])
    assert (told.requests, len(list(team.forge.requests))) == (3, 3)


def changed_merger(team: Team) -> None:
    pull = team.pull(1).pull
    assert pull
    pull.merged_by = team.forge.world.user("ben")


def changed_head(team: Team) -> None:
    pull = team.pull(1).pull
    assert pull
    pull.head_sha = head(team)


def changed_merge(team: Team) -> None:
    pull = team.pull(1).pull
    assert pull
    pull.merge_sha = pull.head_sha


def another_review(team: Team) -> None:
    pull = team.pull(1).pull
    assert pull
    assert pull.merged_at
    given = pull.merged_at - timedelta(seconds=1)
    pull.reviews.append(Review(77, team.forge.world.user("ben"), "APPROVED", "", pull.head_sha, given))


def not_merged(team: Team) -> None:
    pull = team.pull(1).pull
    assert pull
    pull.merged_at = None


def not_there(team: Team) -> None:
    team.forge.faults.add(match="GET /repos/*/pulls/1", nth=None, fault=Fault.status(404))


DIFFERENT: dict[str, tuple[Callable[[Team], None], list[str]]] = {
    "merger": (changed_merger, ["merger is"]),
    "reviewed head": (changed_head, ["reviewed_head is"]),
    "merge commit": (changed_merge, ["not as this landing", "pull_request.merge_commit is"]),
    "approver": (another_review, ["approvers: the record does not have"]),
    "never merged": (not_merged, ["pull_request.number: the forge has merged no #1"]),
    "no such number": (not_there, ["pull_request.number: the forge has merged no #1"]),
}


@pytest.mark.parametrize(("change", "named"), DIFFERENT.values(), ids=DIFFERENT)
def test_what_the_forge_does_not_confirm_is_a_finding(
    team: Team, change: Callable[[Team], None], named: list[str]
) -> None:
    landed(team, LEVERAGE)
    record(team)
    change(team)
    told = asked(team)
    assert codes(told) == [("online_mismatch", head(team))] * len(named)
    for one, words in zip(told.findings, named, strict=True):
        assert words in one.message
        assert (one.path or "").startswith("records/")


def test_an_approver_who_left_since_only_warns(team: Team) -> None:
    result = team.proposes(LEVERAGE)
    team.approve(result["pull_request"]["number"], "ben")
    merged(team, result["pull_request"]["number"])
    record(team)
    team.forge.repository(NAME).collaborators.remove("ben")
    told = asked(team)
    assert (told.findings, [one.code for one in told.warnings]) == ([], ["online_changed"])


def test_past_the_pull_request_and_without_a_record(team: Team) -> None:
    result = team.proposes(LEVERAGE)
    team.person(result["pull_request"]["number"]).edit(state="closed")
    by_plain_git(team, result["branch"], "squash")
    told = asked(team)
    assert (codes(told), told.requests) == ([("online_mismatch", head(team))], 1), "what was not merged is not read"
    record(team)
    assert codes(asked(team)) == [("online_nobody", head(team))], "the record says the same; nobody is known"


def test_a_merge_that_brought_nothing_is_not_the_landing(team: Team) -> None:
    result = team.proposes(LEVERAGE)
    by_plain_git(team, result["branch"], "squash")
    commit = head(team)
    merged(team, result["pull_request"]["number"])
    assert codes(asked(team)) == [("online_mismatch", commit)]


def test_a_record_that_hides_the_pull_request_is_found(team: Team) -> None:
    landed(team, LEVERAGE)
    repository, landings, _ = proved(team)
    forge = adapters(team)
    question = Online(repository, MergedPulls(forge), PullRequests(forge), "main", head(team))
    told = question.ask(landings, {landings[0].digest: Approval(asked=True)})
    assert codes(told) == [("online_mismatch", head(team))]
    question = Online(repository, MergedPulls(forge), PullRequests(forge), "main", head(team))
    assert codes(question.ask(landings, {landings[0].digest: Approval(asked=False)})) == [], "nobody had been asked"


FAILING = ["GET /repos/*/pulls", "GET /repos/*/pulls/[0-9]", "GET /repos/*/reviews"]
FAULTS = [Fault.status(500), Fault.status(403), Fault.status(401), Fault.reset(), Fault.truncated()]


@pytest.mark.parametrize("fault", FAULTS, ids=["500", "403", "401", "reset", "truncated"])
@pytest.mark.parametrize("what", FAILING)
def test_a_failure_of_the_forge_proves_nothing(team: Team, what: str, fault: Fault) -> None:
    landed(team, LEVERAGE)
    team.forge.faults.add(match=what, nth=None, fault=fault)
    with pytest.raises(ForgeFailed, match="asked about 0 of 1 landings, and nothing is proved") as caught:
        asked(team)
    assert caught.value.exit_code == 5


def test_a_token_that_may_not_see_pull_requests_is_no_answer(team: Team) -> None:
    """To it the forge says of every pull request that there is none."""
    landed(team, LEVERAGE)
    record(team)
    for path in ("GET /repos/*/pulls/1", "GET /repos/*/pulls"):
        team.forge.faults.add(match=path, nth=None, fault=Fault.status(404))
    with pytest.raises(ForgeFailed, match="not found; check GITHUB_REPOSITORY"):
        asked(team)


def test_that_one_may_look_is_asked_once(team: Team) -> None:
    for one in (LEVERAGE, WEIGHT):
        landed(team, one)
    record(team)
    team.forge.faults.add(match="GET /repos/*/pulls/[12]", nth=None, fault=Fault.status(404))
    assert len(asked(team).findings) == 2
    assert len(list(team.forge.requests)) == 3


def test_the_failure_of_a_later_one_keeps_nothing(team: Team) -> None:
    for one in (LEVERAGE, WEIGHT):
        landed(team, one)
    record(team)
    team.forge.faults.add(match="GET /repos/*/pulls/2", nth=None, fault=Fault.status(500))
    with pytest.raises(ForgeFailed, match="asked about 1 of 2 landings"):
        asked(team)


@pytest.mark.parametrize(("limit", "error"), [(3, UsageError), (4, None)])
def test_so_many_requests_and_no_more(team: Team, limit: int, error: type[PromobotError] | None) -> None:
    for one in (LEVERAGE, WEIGHT):
        landed(team, one)
    record(team)
    if error is None:
        assert asked(team, limit).requests == 4
        return
    with pytest.raises(error, match=r"about 4 requests for 2 landings, and one run sends at most 3; .* --since REV"):
        asked(team, limit)
    assert list(team.forge.requests) == []


def test_more_than_was_foreseen_ends_the_run(team: Team) -> None:
    """Two hundred reviews are two answers."""
    for one in (LEVERAGE, patch("macro.tilt", 0.35)):
        landed(team, one)
    record(team)
    pull, person = team.pull(1).pull, team.forge.world.user("ben")
    assert pull
    assert pull.merged_at
    pull.reviews += [Review(n, person, "COMMENTED", "", pull.head_sha, pull.merged_at) for n in range(200)]
    assert asked(team).requests == len(list(team.forge.requests)) == 5
    with pytest.raises(ForgeFailed, match="at most 4 requests"):
        asked(team, 4)
