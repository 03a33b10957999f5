"""Refs, objects, labels and comments of the fake GitHub, through PyGithub."""

from __future__ import annotations

import base64

import pytest
from github import Github, InputGitAuthor, InputGitTreeElement
from github.PullRequest import PullRequest
from github.Repository import Repository

from tests.support.fake_github import FakeGitHub
from tests.support.fake_github.fixtures import Login, client, fake, git, login, pull, refused, repo
from tests.support.fake_github.git import Git
from tests.support.fake_github.scene import commit

__all__ = ["fake", "git", "login", "pull", "repo"]  # fixtures


def main(git: Git) -> str:
    return git.ref("refs/heads/main") or ""


def test_refs_are_read_exactly_and_by_prefix(repo: Repository, git: Git) -> None:
    for name in ("promobot/aa", "promobot/ab", "other"):
        commit(git, name, {"x": name}, name, onto=main(git))
    ref = repo.get_git_ref("heads/promobot/aa")
    assert (ref.ref, ref.object.sha, ref.object.type) == ("refs/heads/promobot/aa", git.ref(ref.ref), "commit")
    assert [r.ref for r in repo.get_git_matching_refs("heads/promobot/a")] == [
        "refs/heads/promobot/aa",
        "refs/heads/promobot/ab",
    ]
    assert list(repo.get_git_matching_refs("heads/none")) == []
    refused(404, repo.get_git_ref, "heads/promobot")


def test_creating_a_ref_is_a_lock(repo: Repository, git: Git) -> None:
    sha = main(git)
    assert repo.create_git_ref("refs/heads/promobot/1", sha).object.sha == sha
    assert git.ref("refs/heads/promobot/1") == sha
    assert refused(422, repo.create_git_ref, "refs/heads/promobot/1", sha)["message"] == "Reference already exists"
    assert refused(422, repo.create_git_ref, "refs/heads/x", "1" * 40)["message"] == "Object does not exist"
    assert refused(422, repo.create_git_ref, "refs/heads/promobot", sha)["message"] == "Reference update failed"
    assert "two slashes" in refused(422, repo.create_git_ref, "heads/x", sha)["message"]
    tree = git.resolve("main", "tree") or ""
    assert refused(422, repo.create_git_ref, "refs/heads/tree", tree)["message"] == "Reference update failed"
    assert set(git.refs("refs/")) == {"refs/heads/main", "refs/heads/promobot/1"}


def test_a_ref_moves_forward_or_by_force_and_can_be_deleted(repo: Repository, git: Git) -> None:
    base = main(git)
    ahead = commit(git, "ahead", {"x": "x"}, "x", onto=base)
    aside = commit(git, "aside", {"y": "y"}, "y", onto=base)
    ref = repo.create_git_ref("refs/heads/work", base)
    ref.edit(ahead)
    assert git.ref("refs/heads/work") == ahead
    assert refused(422, ref.edit, aside)["message"] == "Update is not a fast forward"
    assert refused(422, ref.edit, "1" * 40, force=True)["message"] == "Object does not exist"
    tree = git.resolve("main", "tree") or ""
    assert refused(422, ref.edit, tree, force=True)["message"] == "Reference update failed"
    assert refused(422, ref.edit, tree)["message"] == "Reference update failed"
    ref.edit(aside, force=True)
    assert git.ref("refs/heads/work") == aside
    ref.delete()
    assert git.ref("refs/heads/work") is None
    assert refused(422, ref.delete)["message"] == "Reference does not exist"
    assert refused(422, ref.edit, base)["message"] == "Reference does not exist"
    refused(422, repo.get_git_ref("heads/main").delete)


def test_deleting_a_branch_through_the_api_closes_its_pull_request(repo: Repository, pull: PullRequest) -> None:
    repo.get_git_ref("heads/work").delete()
    assert repo.get_pull(pull.number).state == "closed"


def test_blobs_are_bytes(repo: Repository, git: Git) -> None:
    data = bytes(range(256)) * 3
    blob = repo.create_git_blob(base64.b64encode(data).decode(), "base64")
    assert git.run("cat-file", "blob", blob.sha).stdout == data
    assert base64.b64decode(repo.get_git_blob(blob.sha).content) == data
    assert repo.create_git_blob("grün\r\n", "utf-8").sha == git.write("blob", "grün\r\n".encode())
    refused(404, repo.get_git_blob, "1" * 40)
    refused(422, repo.create_git_blob, "x", "latin-1")


def element(path: str, **what: str | None) -> InputGitTreeElement:
    return InputGitTreeElement(path, "100644", "blob", **what)  # type: ignore[arg-type]


def test_a_tree_is_its_base_with_changes(repo: Repository, git: Git) -> None:
    expected = commit(git, "by-git", {"a.txt": "new\n", "dir/sub/ü.txt": "ü\n", "b.txt": None}, "t", onto=main(git))
    base = repo.get_git_tree("main")
    blob = repo.create_git_blob("ü\n", "utf-8")
    made = repo.create_git_tree(
        [element("a.txt", content="new\n"), element("dir/sub/ü.txt", sha=blob.sha), element("b.txt", sha=None)], base
    )
    assert made.sha == git.resolve(expected, "tree")
    listed = {row.path: row.type for row in repo.get_git_tree(made.sha, recursive=True).tree}
    assert listed == {"a.txt": "blob", "dir": "tree", "dir/sub": "tree", "dir/sub/ü.txt": "blob"}
    assert [row.path for row in made.tree] == ["a.txt", "dir"]


def test_a_file_may_replace_a_directory_and_the_other_way_round(repo: Repository, git: Git) -> None:
    expected = commit(git, "by-git", {"a.txt": None, "a.txt/inner": "x"}, "t", onto=main(git))
    made = repo.create_git_tree([element("a.txt/inner", content="x")], repo.get_git_tree("main"))
    assert made.sha == git.resolve(expected, "tree")
    back = repo.create_git_tree([element("a.txt", content="1\n2\n3\n")], made)
    assert back.sha == git.resolve("main", "tree")


@pytest.mark.parametrize(
    ("path", "what", "message"),
    [
        ("x", {"sha": "1" * 40}, "is not a valid blob"),
        ("absent", {"sha": None}, "BadObjectState"),
        ("../x", {"content": ""}, "malformed path"),
        (".GIT/config", {"content": ""}, "malformed path"),
        ("a//b", {"content": ""}, "malformed path"),
    ],
)
def test_bad_tree_entries_are_422(repo: Repository, path: str, what: dict[str, str | None], message: str) -> None:
    told = refused(422, repo.create_git_tree, [element(path, **what)], repo.get_git_tree("main"))
    assert message in told["message"]


def test_commits_keep_their_message_and_name_their_author(repo: Repository, git: Git) -> None:
    tree, parent = repo.get_git_tree("main"), repo.get_git_commit(main(git))
    author = InputGitAuthor("Ann", "ann@example.com", "2026-01-02T03:04:05+02:00")
    made = repo.create_git_commit("subject\n\nKey: value", tree, [parent], author=author)
    assert git.run("cat-file", "commit", made.sha).stdout.decode() == (
        f"tree {tree.sha}\nparent {parent.sha}\nauthor Ann <ann@example.com> 1767315845 +0200\n"
        "committer Ann <ann@example.com> 1767315845 +0200\n\nsubject\n\nKey: value"
    )
    assert not made.verification.verified
    assert [p.sha for p in repo.get_git_commit(made.sha).parents] == [parent.sha]


def test_only_an_app_that_names_nobody_gets_a_verified_commit(login: Login, repo: Repository, git: Git) -> None:
    tree = repo.get_git_tree("main")
    made = repo.create_git_commit("by the app", tree, [])
    assert (made.verification.verified, made.verification.reason) == (True, "valid")
    assert made.author.name == "promobot[bot]"
    assert repo.get_git_commit(made.sha).verification.verified
    assert not login("ann").create_git_commit("by ann", tree, []).verification.verified


def test_a_commit_needs_its_tree_and_parents(fake: FakeGitHub, repo: Repository, git: Git) -> None:
    parent = main(git)
    for tree, parents, message in (
        ("1" * 40, [parent], "Tree SHA does not exist"),
        (git.resolve("main", "tree"), ["1" * 40], "Parent SHA does not exist or is not a commit object"),
    ):
        body = {"message": "m", "tree": tree, "parents": parents}
        told = refused(422, repo.requester.requestJsonAndCheck, "POST", f"{repo.url}/git/commits", input=body)
        assert told["message"] == message


def test_branches(repo: Repository, git: Git) -> None:
    commit(git, "promobot/1", {"x": "x"}, "x", onto=main(git))
    branch = repo.get_branch("promobot/1")
    assert (branch.name, branch.commit.sha) == ("promobot/1", git.ref("refs/heads/promobot/1"))
    assert refused(404, repo.get_branch, "missing")["message"] == "Branch not found"


def test_contents_of_a_revision(repo: Repository, git: Git) -> None:
    old = main(git)
    commit(git, "main", {"dir/ü b.txt": "grün\r\n", "dir/sub/x": "", "big": "x" * (1024 * 1024 + 1)}, "files")
    file = repo.get_contents("dir/ü b.txt", ref="main")
    assert not isinstance(file, list)
    assert (file.decoded_content, file.type, file.path) == ("grün\r\n".encode(), "file", "dir/ü b.txt")
    assert file.sha == git.write("blob", "grün\r\n".encode())
    listed = repo.get_contents("dir")
    assert isinstance(listed, list)
    assert [(row.name, row.type) for row in listed] == [("sub", "dir"), ("ü b.txt", "file")]
    big = repo.get_contents("big")
    assert not isinstance(big, list)
    assert (big.encoding, big.size) == ("none", 1024 * 1024 + 1)
    refused(404, repo.get_contents, "dir/ü b.txt", ref=old)
    refused(404, repo.get_contents, "d*", ref="main")
    assert "No commit found" in refused(404, repo.get_contents, "a.txt", ref="missing")["message"]


def test_labels_of_the_repository(repo: Repository) -> None:
    repo.create_label("promobot:hold", "ff0000", "a person says wait")
    assert refused(422, repo.create_label, "Promobot:HOLD", "00ff00")["errors"] == [
        {"resource": "Label", "code": "already_exists", "field": "name"}
    ]
    label = repo.get_label("promobot:hold")
    assert (label.name, label.color, label.description) == ("promobot:hold", "ff0000", "a person says wait")
    refused(422, repo.create_label, "bad", "red")
    refused(404, repo.get_label, "missing")
    assert [each.name for each in repo.get_labels()] == ["promobot:hold"]


def test_labels_of_a_pull_request(repo: Repository, pull: PullRequest) -> None:
    pull.add_to_labels("promobot:hold", "new one")
    assert sorted(each.name for each in repo.get_labels()) == ["new one", "promobot:hold"], "created by the way"
    pull.add_to_labels("NEW ONE")
    assert [each.name for each in repo.get_pull(pull.number).labels] == ["promobot:hold", "new one"]
    pull.remove_from_labels("promobot:hold")
    assert refused(404, pull.remove_from_labels, "promobot:hold")["message"] == "Label does not exist"
    pull.set_labels("other")
    assert [each.name for each in pull.get_labels()] == ["other"]
    pull.delete_labels()
    assert list(pull.get_labels()) == []
    refused(422, pull.add_to_labels, "x" * 51)


def test_comments_and_the_issue_half(login: Login, repo: Repository, pull: PullRequest) -> None:
    login("ann").get_pull(pull.number).create_issue_comment("please\r\nwait")
    assert [(c.user.login, c.body) for c in pull.get_issue_comments()] == [("ann", "please\r\nwait")]
    refused(422, pull.create_issue_comment, "")
    issue = pull.as_issue()
    issue.edit(state="closed", labels=["promobot:withdrawn"])
    again = repo.get_pull(pull.number)
    assert (again.state, [each.name for each in again.labels], again.comments) == ("closed", ["promobot:withdrawn"], 1)
    assert again.body == pull.body


def test_users_tokens_and_unknown_things(fake: FakeGitHub, repo: Repository) -> None:
    for base in (fake.base_url, fake.enterprise_url):
        with client(base, fake.token_for("ann")) as forge:
            assert forge.get_user().login == "ann"
            assert forge.get_repo("ACME/Live").default_branch == "main"
            assert forge.get_repo("acme/live").url.startswith(base)
            refused(404, forge.get_repo, "acme/missing")
        with client(base, "wrong") as forge:
            assert refused(401, forge.get_repo, "acme/live")["message"] == "Bad credentials"
        with Github(base_url=base, retry=None) as forge:
            refused(401, forge.get_repo, "acme/live")
    refused(404, repo.get_pull, 99)
    assert "does not implement GET /repos/acme/live/topics" in refused(501, repo.get_topics)["message"]


def test_an_app_is_not_a_user(fake: FakeGitHub) -> None:
    with client(fake.base_url, "bot-token") as forge:
        told = refused(403, lambda: forge.get_user().login)
        assert told["message"] == "Resource not accessible by integration"
