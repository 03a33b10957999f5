"""The team: what people do with git on the origin, or with the buttons of the forge. Nothing of promobot is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from github import GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository

from tests.support.fake_github.commits import Person, commits_between, read_commit, replay, write_commit
from tests.support.fake_github.git import ZERO, Git
from tests.support.fake_github.scene import commit

MAIN = "refs/heads/main"


class People:
    """One person who may write. `now` is the time of what they do; `forge` their view of the forge, where there is one.

    `commits` are their own commits on the bot's branches, by branch; `direct` their own commits to the live file.
    """

    def __init__(self, git: Git, now: Callable[[], datetime], forge: Repository | None) -> None:
        self.git, self._now, self.forge = git, now, forge
        self.commits: dict[str, list[str]] = {}
        self.direct: set[str] = set()

    @property
    def who(self) -> Person:
        return Person("Ann Example", "ann@example.com", self._now())

    def main(self) -> str:
        head = self.git.ref(MAIN)
        assert head is not None
        return head

    def merge_to_main(self, files: Mapping[str, str | None], message: str = "a reviewed change") -> str:
        """A reviewed merge of these files."""
        return commit(self.git, "main", files, message, by=self.who)

    def commit_to(self, branch: str, path: str, text: str) -> None:
        """A commit on a proposal's branch, which the bot must never lose."""
        if self.git.ref(f"refs/heads/{branch}"):
            made = commit(self.git, branch, {path: text}, "a person's word", by=self.who)
            self.commits.setdefault(branch, []).append(made)

    def update_branch(self, branch: str) -> None:
        """The forge's button "Update branch"."""
        head = self.git.ref(f"refs/heads/{branch}")
        if head is None or self.git.is_ancestor(self.main(), head):
            return
        tree = self.git.merge_trees(head, self.main())
        if tree is not None:
            message = f"Merge branch 'main' into {branch}\n"
            made = write_commit(self.git, tree, [head, self.main()], (self.who, self.who), message)
            assert self.git.update_ref(f"refs/heads/{branch}", made, head)

    def delete(self, branch: str) -> None:
        head = self.git.ref(f"refs/heads/{branch}")
        if head is not None:
            self.commits.pop(branch, None)
            assert self.git.update_ref(f"refs/heads/{branch}", ZERO, head)

    def land(self, branch: str, how: str) -> bool:
        """Merge, squash or rebase by plain git; False on conflict or where there is nothing to land."""
        base, head = self.main(), self.git.ref(f"refs/heads/{branch}")
        if head is None or self.git.is_ancestor(head, base):
            return False
        made = self._rebased(base, head) if how == "rebase" else self._merged(base, head, how, branch)
        return made is not None and made != base and self.git.update_ref(MAIN, made, base)

    def _merged(self, base: str, head: str, how: str, branch: str) -> str | None:
        tree = self.git.merge_trees(base, head)
        parents = [base, head] if how == "merge" else [base]
        message = f"Merge {branch}\n" if how == "merge" else "squashed\n"
        return None if tree is None else write_commit(self.git, tree, parents, (self.who, self.who), message)

    def _rebased(self, base: str, head: str) -> str | None:
        tip: str | None = base
        for sha in commits_between(self.git, base, head):
            found = read_commit(self.git, sha)
            if tip is not None and len(found.parents) < 2:
                tip = replay(self.git, found, tip, self.who)
        return tip

    def inverse(self, landing: str) -> bool:
        """The forge's Revert button, merged at once: the landing's change taken out of main."""
        git, ghost = self.git, (self.who, self.who)
        before = read_commit(git, read_commit(git, landing).parents[0]).tree
        root = write_commit(git, read_commit(git, landing).tree, [], ghost, "root")
        ours = write_commit(git, read_commit(git, self.main()).tree, [root], ghost, "ours")
        theirs = write_commit(git, before, [root], ghost, "theirs")
        tree = git.merge_trees(ours, theirs)
        if tree is None or tree == read_commit(git, self.main()).tree:
            return False
        made = write_commit(git, tree, [self.main()], ghost, f"Revert {landing[:7]}\n")
        return git.update_ref(MAIN, made, self.main())

    def press(self, number: int, button: Callable[[PullRequest], object]) -> bool:
        """A button of a pull request; False where the forge refuses."""
        assert self.forge is not None
        try:
            button(self.forge.get_pull(number))
        except GithubException as error:
            assert error.status in (405, 409, 422), error
            return False
        return True
