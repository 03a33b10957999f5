"""Commit objects: written byte by byte, read back, and replayed onto another parent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .git import Git


@dataclass(frozen=True)
class Person:
    """A name, an address and a moment, as a commit holds them."""

    name: str
    email: str
    when: datetime

    def line(self) -> str:
        clean = str.maketrans("", "", "<>\n\r\0")
        offset = self.when.strftime("%z") or "+0000"
        return f"{self.name.translate(clean)} <{self.email.translate(clean)}> {int(self.when.timestamp())} {offset}"


@dataclass(frozen=True)
class Commit:
    """What a commit object says. `message` is whole, as stored."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str

    @property
    def subject(self) -> str:
        return self.message.split("\n", 1)[0]

    @property
    def body(self) -> str:
        """The message below its subject, without surrounding blank lines."""
        return self.message.partition("\n")[2].strip("\n")


def write_commit(git: Git, tree: str, parents: Sequence[str], people: tuple[Person, Person], message: str) -> str:
    """Store a commit object by (author, committer) and return its name. The message is kept to the byte."""
    author, committer = people
    head = [f"tree {tree}", *(f"parent {sha}" for sha in parents)]
    head += [f"author {author.line()}", f"committer {committer.line()}"]
    return git.write("commit", "\n".join([*head, "", message]).encode("utf-8", "surrogateescape"))


def read_commit(git: Git, sha: str) -> Commit:
    raw = git.run("cat-file", "commit", sha).stdout.decode("utf-8", "replace")
    head, _, message = raw.partition("\n\n")
    fields = [line.split(" ", 1) for line in head.split("\n") if line and not line.startswith(" ")]
    first = {row[0]: row[1] for row in reversed(fields)}
    parents = tuple(value for name, value in fields if name == "parent")
    return Commit(sha, first["tree"], parents, _person(first["author"]), _person(first["committer"]), message)


def _person(line: str) -> Person:
    name, _, rest = line.partition(" <")
    email, _, stamp = rest.rpartition("> ")
    return Person(name, email, datetime.fromtimestamp(int(stamp.split(" ")[0]), UTC))


def commits_between(git: Git, base: str, head: str) -> list[str]:
    """Names of the commits that `head` has and `base` has not, oldest first."""
    return git.text("rev-list", "--topo-order", "--reverse", head, f"^{base}").split()


def replay(git: Git, commit: Commit, onto: str, committer: Person) -> str | None:
    """The change of `commit` as a new commit on `onto`, author and message kept; None on conflict.

    `git merge-tree --merge-base` came only with git 2.40. Before that, two throw-away commits on one root force the
    merge base: root = parent's tree, theirs = the commit's tree, ours = the tree of `onto`.
    """
    ghost = (committer, committer)
    parent_tree = read_commit(git, commit.parents[0]).tree if commit.parents else git.write("tree", b"")
    root = write_commit(git, parent_tree, [], ghost, "root")
    ours = write_commit(git, read_commit(git, onto).tree, [root], ghost, "ours")
    theirs = write_commit(git, commit.tree, [root], ghost, "theirs")
    tree = git.merge_trees(ours, theirs)
    return None if tree is None else write_commit(git, tree, [onto], (commit.author, committer), commit.message)
