"""Pull requests of the fake GitHub, driven by PyGithub and by git."""

from __future__ import annotations

from pathlib import Path

from github.PullRequest import PullRequest
from github.Repository import Repository

from tests.support.fake_github import FakeGitHub
from tests.support.fake_github.fixtures import Login, client, fake, git, login, pull, push, refused, repo
from tests.support.fake_github.git import ZERO, Git
from tests.support.fake_github.scene import commit, new_bare

__all__ = ["fake", "git", "login", "pull", "repo"]  # fixtures


def test_a_new_pull_request_reads_back_as_it_was_written(repo: Repository, pull: PullRequest, git: Git) -> None:
    again = repo.get_pull(pull.number)
    assert (again.title, again.body, again.state, again.merged) == ("Change a", "- [ ] tick\r\n\nend ", "open", False)
    assert (again.head.label, again.base.label) == ("acme:work", "acme:main")
    assert (again.head.sha, again.base.sha) == (git.ref("refs/heads/work"), git.ref("refs/heads/main"))
    assert (again.mergeable, again.commits, again.changed_files, again.additions, again.deletions) == (True, 1, 3, 2, 1)
    assert (again.user.login, again.user.type) == ("promobot[bot]", "Bot")
    assert git.ref(f"refs/pull/{pull.number}/head") == again.head.sha


def test_what_cannot_be_opened_is_422_in_githubs_words(repo: Repository, pull: PullRequest, git: Git) -> None:
    twin = refused(422, repo.create_pull, "main", "work", title="again")
    assert twin["message"] == "Validation Failed"
    assert twin["errors"] == [
        {"resource": "PullRequest", "code": "custom", "message": "A pull request already exists for acme:work."}
    ]
    assert "documentation_url" in twin
    refused(422, repo.create_pull, "main", "acme:work", title="again, with the owner")
    for base, head, field in (
        ("main", "missing", "head"),
        ("missing", "work", "base"),
        ("main", "nobody:work", "head"),
    ):
        errors = refused(422, repo.create_pull, base, head, title="t")["errors"]
        assert errors == [{"resource": "PullRequest", "code": "invalid", "field": field}]
    push(git, "same", git.ref("refs/heads/main") or "")
    assert "No commits between main and same" in str(refused(422, repo.create_pull, "main", "same", title="t"))
    push(git, "alien", new_bare_head(git))
    assert "no history in common" in str(refused(422, repo.create_pull, "main", "alien", title="t"))
    assert repo.get_pulls(state="all").totalCount == 1


def new_bare_head(git: Git) -> str:
    """A commit without parents in this repository."""
    commit(git, "orphan", {"x": "x"}, "orphan")
    return git.ref("refs/heads/orphan") or ""


def test_a_closed_twin_is_no_obstacle(repo: Repository, pull: PullRequest) -> None:
    pull.edit(state="closed")
    assert repo.create_pull("main", "work", title="second").number == pull.number + 1
    assert "already an open pull request" in str(refused(422, pull.edit, state="open"))


def test_texts_have_githubs_limits(repo: Repository, pull: PullRequest) -> None:
    longest = "ä" * 65536
    pull.edit(body=longest)
    assert repo.get_pull(pull.number).body == longest
    told = refused(422, pull.edit, body=longest + "x")["errors"][0]["message"]
    assert told == "body is too long (maximum is 65536 characters)"
    refused(422, pull.create_issue_comment, longest + "x")
    refused(422, pull.edit, title="t" * 257)
    assert repo.get_pull(pull.number).body == longest


def test_lists_filter_sort_and_page(repo: Repository, git: Git) -> None:
    main = git.ref("refs/heads/main")
    for n in range(5):
        commit(git, f"work{n}", {f"{n}.txt": "x\n"}, f"work {n}", onto=main)
        repo.create_pull("main", f"work{n}", title=str(n))
    repo.get_pull(2).edit(state="closed")
    assert [p.number for p in repo.get_pulls()] == [5, 4, 3, 1]
    assert [p.number for p in repo.get_pulls(state="closed")] == [2]
    assert [p.number for p in repo.get_pulls(state="all", direction="asc")] == [1, 2, 3, 4, 5]
    assert [p.number for p in repo.get_pulls(head="acme:work3")] == [4]
    assert [p.number for p in repo.get_pulls(head="acme:nothing")] == []
    assert len(list(repo.get_pulls(head="nothing"))) == 4, "without an owner the filter is ignored"
    assert list(repo.get_pulls(base="other")) == []
    assert repo.get_pulls(state="all").totalCount == 5, "counted by PyGithub from the Link header"


def test_paging_follows_links(fake: FakeGitHub, repo: Repository, git: Git) -> None:
    main = git.ref("refs/heads/main")
    for n in range(5):
        commit(git, f"work{n}", {f"{n}.txt": "x\n"}, f"work {n}", onto=main)
        repo.create_pull("main", f"work{n}", title=str(n))
    fake.requests.reset()
    with client(fake.enterprise_url, "bot-token", per_page=2) as forge:
        pulls = forge.get_repo("acme/live").get_pulls(state="open", head="acme:")
        assert list(pulls) == []
        found = [p.number for p in forge.get_repo("acme/live").get_pulls()]
    assert found == [5, 4, 3, 2, 1]
    assert len(fake.requests.filter("GET", "/repos/acme/live/pulls")) == 4
    assert "page=3" in fake.requests.exchanges[-1].query


def test_the_head_follows_the_branch(repo: Repository, pull: PullRequest, git: Git) -> None:
    pushed = commit(git, "work", {"a.txt": "other\n"}, "more")
    again = repo.get_pull(pull.number)
    assert (again.head.sha, again.commits) == (pushed, 2)
    assert [c.sha for c in again.get_commits()][-1] == pushed
    assert git.ref(f"refs/pull/{pull.number}/head") == pushed


def test_deleting_the_head_branch_closes_and_its_return_allows_reopening(
    repo: Repository, pull: PullRequest, git: Git
) -> None:
    sha = pull.head.sha
    push(git, "work", ZERO)
    closed = repo.get_pull(pull.number)
    assert (closed.state, closed.merged, closed.head.sha) == ("closed", False, sha)
    assert "has been deleted" in str(refused(422, closed.edit, state="open"))
    push(git, "work", sha)
    closed.edit(state="open")
    assert repo.get_pull(pull.number).state == "open"


def test_a_recreated_branch_cannot_be_reopened(repo: Repository, pull: PullRequest, git: Git) -> None:
    pull.edit(state="closed")
    commit(git, "work", {"a.txt": "rewritten\n"}, "rewritten", onto=git.ref("refs/heads/main"))
    assert "force-pushed or recreated" in str(refused(422, pull.edit, state="open"))


def test_a_push_of_the_base_merges_and_a_head_reset_to_the_base_only_closes(
    repo: Repository, pull: PullRequest, git: Git
) -> None:
    main = git.ref("refs/heads/main") or ""
    commit(git, "reset", {"z": "z"}, "z", onto=main)
    other = repo.create_pull("main", "reset", title="reset")
    push(git, "reset", main)
    assert (repo.get_pull(other.number).state, repo.get_pull(other.number).merged) == ("closed", False)
    push(git, "main", pull.head.sha)
    push(git, "work", ZERO)
    merged = repo.get_pull(pull.number)
    assert (merged.state, merged.merged, merged.commits) == ("closed", True, 1)


def test_commits_and_files_come_from_git(repo: Repository, pull: PullRequest, git: Git) -> None:
    (only,) = pull.get_commits()
    assert (only.sha, only.commit.message) == (pull.head.sha, "change a\n\nWhy.")
    assert only.commit.tree.sha == git.resolve("work", "tree")
    files = {f.filename: (f.status, f.additions, f.deletions, f.sha) for f in pull.get_files()}
    blob = git.write("blob", git.read("work", "a.txt") or b"")
    assert files["a.txt"] == ("modified", 1, 0, blob)
    assert files["b.txt"][:3] == ("removed", 0, 1)
    assert files["dir/new.txt"][:3] == ("added", 1, 0)
    assert next(f.patch for f in pull.get_files() if f.filename == "a.txt") == "@@ -1,3 +1,4 @@\n 1\n 2\n 3\n+4"


def test_a_renamed_file_names_where_it_came_from(repo: Repository, git: Git) -> None:
    commit(git, "move", {"b.txt": None, "c.txt": "b\n"}, "move", onto=git.ref("refs/heads/main"))
    (only,) = repo.create_pull("main", "move", title="move").get_files()
    assert (only.status, only.previous_filename, only.filename) == ("renamed", "b.txt", "c.txt")


def test_the_base_can_change_and_must_exist(repo: Repository, pull: PullRequest, git: Git) -> None:
    push(git, "release", git.ref("refs/heads/main") or "")
    pull.edit(base="release", title="Retitled")
    again = repo.get_pull(pull.number)
    assert (again.base.ref, again.title, again.body) == ("release", "Retitled", pull.body)
    refused(422, pull.edit, base="missing", title="not this one")
    assert repo.get_pull(pull.number).title == "Retitled"


def test_reviews_and_review_requests(login: Login, repo: Repository, pull: PullRequest) -> None:
    told = refused(422, pull.create_review_request, reviewers=["ann", "stranger"])
    assert "not a collaborator of the acme/live repository" in told["message"]
    refused(422, pull.create_review_request, team_reviewers=["ops"])
    pull.create_review_request(reviewers=["ann", "ben"])
    assert [u.login for u in repo.get_pull(pull.number).requested_reviewers] == ["ann", "ben"]
    pull.delete_review_request(reviewers=["ben"])
    login("ann").get_pull(pull.number).create_review(body="good", event="APPROVE")
    assert [u.login for u in repo.get_pull(pull.number).requested_reviewers] == []
    (review,) = repo.get_pull(pull.number).get_reviews()
    assert (review.user.login, review.state, review.commit_id) == ("ann", "APPROVED", pull.head.sha)
    assert "own pull request" in str(refused(422, pull.create_review, event="APPROVE"))
    refused(422, login("ben").get_pull(pull.number).create_review, event="REQUEST_CHANGES")


def test_a_review_says_who_wrote_it_and_can_be_dismissed(login: Login, repo: Repository, pull: PullRequest) -> None:
    for name in ("acme", "ann", "stranger"):
        login(name).get_pull(pull.number).create_review(body="good", event="APPROVE")
    reviews = list(pull.get_reviews())
    assert [review.author_association for review in reviews] == ["OWNER", "COLLABORATOR", "NONE"]
    reviews[1].dismiss("moved on")
    assert [review.state for review in pull.get_reviews()] == ["APPROVED", "DISMISSED", "APPROVED"]
    refused(422, reviews[1].dismiss, "again")
    refused(422, reviews[0].dismiss, "")


def test_a_pending_review_is_its_authors_only(login: Login, repo: Repository, pull: PullRequest) -> None:
    login("ann").get_pull(pull.number).create_review(body="not yet")
    assert list(pull.get_reviews()) == []
    assert [r.state for r in login("ann").get_pull(pull.number).get_reviews()] == ["PENDING"]


def test_a_fork_with_the_same_branch_name_is_another_head(
    fake: FakeGitHub, login: Login, pull: PullRequest, tmp_path: Path, git: Git
) -> None:
    repo = login("promobot[bot]")
    theirs = new_bare(tmp_path / "theirs.git")
    theirs.run("fetch", "--quiet", str(git.path), "+refs/heads/*:refs/heads/*")
    sha = commit(theirs, "work", {"evil.txt": "x\n"}, "evil", onto=git.ref("refs/heads/main"))
    fake.add_repository("mallory/live", theirs.path, fork_of="acme/live")
    opened = login("mallory").create_pull("main", "mallory:work", title="also work")
    assert (opened.head.label, opened.head.sha, opened.head.repo.full_name) == ("mallory:work", sha, "mallory/live")
    assert [p.number for p in repo.get_pulls(head="mallory:work")] == [opened.number]
    assert [p.number for p in repo.get_pulls(head="acme:work")] == [pull.number]
    assert git.ref(f"refs/pull/{opened.number}/head") == sha
    assert repo.get_pull(opened.number).merge(merge_method="rebase").merged
    assert git.read("main", "evil.txt") == b"x\n"
