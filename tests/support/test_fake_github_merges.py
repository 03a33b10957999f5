"""Merging through the API, judged by what git then says of the bare repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from github.PullRequest import PullRequest
from github.Repository import Repository

from tests.support.fake_github import FakeGitHub
from tests.support.fake_github.commits import read_commit, write_commit
from tests.support.fake_github.fixtures import Login, fake, git, login, pull, push, refused, repo
from tests.support.fake_github.git import Git
from tests.support.fake_github.scene import ANN, commit

__all__ = ["fake", "git", "login", "pull", "repo"]  # fixtures


def main(git: Git) -> str:
    return git.ref("refs/heads/main") or ""


@pytest.fixture
def moved(git: Git, pull: PullRequest) -> str:
    """The base has moved on beside the pull request, in another file."""
    return commit(git, "main", {"beside.txt": "beside\n"}, "beside")


def check_result(git: Git) -> None:
    """Both sides are in the base branch."""
    assert git.read("main", "beside.txt") == b"beside\n"
    assert git.read("main", "a.txt") == b"1\n2\n3\n4\n"
    assert git.read("main", "b.txt") is None


def test_a_merge_commit_has_both_parents(login: Login, pull: PullRequest, git: Git, moved: str) -> None:
    answer = login("ann").get_pull(pull.number).merge(sha=pull.head.sha)
    made = read_commit(git, main(git))
    assert (answer.merged, answer.sha) == (True, made.sha)
    assert made.parents == (moved, pull.head.sha)
    assert made.message == f"Merge pull request #{pull.number} from acme/work\n\nChange a"
    assert (made.author.name, made.committer.email) == ("ann", "noreply@github.com")
    check_result(git)
    again = login("ben").get_pull(pull.number)
    assert (again.state, again.merged, again.merged_by.login) == ("closed", True, "ann")
    assert (again.merge_commit_sha, again.is_merged()) == (made.sha, True)
    assert [c.sha for c in again.get_commits()] == [pull.head.sha], "still what was proposed"


def test_a_squash_of_one_commit_keeps_its_text_and_credits_its_author(
    login: Login, pull: PullRequest, git: Git, moved: str
) -> None:
    login("ann").get_pull(pull.number).merge(merge_method="squash")
    made = read_commit(git, main(git))
    assert made.parents == (moved,)
    assert made.message == f"change a (#{pull.number})\n\nWhy.\n\nCo-authored-by: Ann Example <ann@example.com>"
    assert made.author.name == "promobot[bot]"
    check_result(git)


def test_a_squash_of_several_lists_them(repo: Repository, pull: PullRequest, git: Git) -> None:
    commit(git, "work", {"more.txt": "m\n"}, "more")
    repo.get_pull(pull.number).merge(merge_method="squash", commit_title="By hand")
    text = read_commit(git, main(git)).message
    assert text.startswith("By hand\n\n* change a\n\nWhy.\n\n* more\n\n---------\n\nCo-authored-by: Ann Example")


def test_a_rebase_replays_each_commit_with_its_author(login: Login, pull: PullRequest, git: Git, moved: str) -> None:
    second = commit(git, "work", {"more.txt": "m\n"}, "more")
    login("ann").get_pull(pull.number).merge(merge_method="rebase")
    top = read_commit(git, main(git))
    below = read_commit(git, top.parents[0])
    assert (below.parents, below.message, top.message) == ((moved,), "change a\n\nWhy.\n", "more\n")
    assert (top.author, top.committer.name) == (read_commit(git, second).author, "ann")
    check_result(git)


def test_a_rebase_renews_commits_even_where_a_fast_forward_would_do(pull: PullRequest, git: Git) -> None:
    pull.merge(merge_method="rebase")
    assert main(git) != pull.head.sha
    assert git.resolve("main", "tree") == git.resolve("work", "tree")


@pytest.mark.parametrize("method", ["squash", "rebase"])
def test_a_merge_of_the_base_into_the_branch_leaves_no_trace(
    repo: Repository, pull: PullRequest, git: Git, moved: str, method: str
) -> None:
    tree = git.merge_trees(pull.head.sha, moved) or ""
    merged = write_commit(git, tree, [pull.head.sha, moved], (ANN, ANN), "Merge branch 'main' into work\n")
    push(git, "work", merged)
    repo.get_pull(pull.number).merge(merge_method=method)
    made = read_commit(git, main(git))
    assert made.parents == (moved,)
    assert made.subject == ("change a" if method == "rebase" else f"change a (#{pull.number})")
    check_result(git)


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_conflict_is_405_and_changes_nothing(repo: Repository, pull: PullRequest, git: Git, method: str) -> None:
    before = commit(git, "main", {"a.txt": "changed\n"}, "in the way")
    assert (repo.get_pull(pull.number).mergeable, repo.get_pull(pull.number).mergeable_state) == (False, "dirty")
    assert refused(405, pull.merge, merge_method=method)["message"] == "Pull Request is not mergeable"
    assert main(git) == before
    assert repo.get_pull(pull.number).state == "open"


def test_a_pinned_sha_that_is_not_the_head_is_409(pull: PullRequest, git: Git) -> None:
    before, reviewed = main(git), pull.head.sha
    commit(git, "work", {"late.txt": "late\n"}, "after the review")
    assert "Head branch was modified" in refused(409, pull.merge, sha=reviewed)["message"]
    assert main(git) == before


def test_closed_merged_draft_and_forbidden_methods_are_405(
    fake: FakeGitHub, repo: Repository, pull: PullRequest
) -> None:
    fake.repository("acme/live").merge_methods.discard("merge")
    assert "Merge commits are not allowed" in refused(405, pull.merge)["message"]
    pull.edit(state="closed")
    refused(405, pull.merge, merge_method="squash")
    draft = repo.create_pull("main", "work", title="draft", draft=True)
    assert "draft" in refused(405, draft.merge, merge_method="squash")["message"]
    draft.edit(state="closed")
    third = repo.create_pull("main", "work", title="third")
    third.merge(merge_method="squash")
    refused(405, third.merge, merge_method="squash")
    refused(422, third.merge, merge_method="octopus")
    assert "already merged" in str(refused(422, third.edit, state="open"))


def test_the_branch_goes_with_the_merge_where_the_repository_says_so(
    fake: FakeGitHub, pull: PullRequest, git: Git
) -> None:
    fake.repository("acme/live").delete_branch_on_merge = True
    pull.merge()
    assert git.ref("refs/heads/work") is None
    assert git.ref(f"refs/pull/{pull.number}/head") == pull.head.sha
    assert fake.repository("acme/live").issue(pull.number).pull is not None


def test_a_base_that_moves_under_the_merge_is_405(
    fake: FakeGitHub, pull: PullRequest, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge_trees = Git.merge_trees

    def somebody_pushes(self: Git, ours: str, theirs: str) -> str | None:
        tree = merge_trees(self, ours, theirs)
        commit(git, "main", {"beside.txt": "beside\n"}, "beside")
        return tree

    monkeypatch.setattr(Git, "merge_trees", somebody_pushes)
    assert "Base branch was modified" in refused(405, pull.merge)["message"]
    assert git.read("main", "beside.txt") == b"beside\n"
    assert git.read("main", "dir/new.txt") is None


def test_no_worktree_and_no_stray_file_is_left(pull: PullRequest, git: Git, tmp_path: Path) -> None:
    pull.merge(merge_method="squash")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["live.git"]
    assert not list(git.path.rglob("*.lock"))
    git.run("fsck", "--strict")
