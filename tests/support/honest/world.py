"""A team's repository, its branches and the ways to merge them: what git and a forge do, without a checkout.

A merge is made path by path, as git makes it of files that one side alone changed; where both changed the overrides,
git itself merges their text. The gate merges the same commits by `git merge-tree`; the player holds it to one result.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from promobot.adapters.repository import Repository
from tests.support.honest.store import REGULAR, Entry, Files, Stamp, Store

Edit = Mapping[str, bytes | Entry | None]
"""Path -> its new content; None: it goes."""

BOT = ("promobot", "promobot@noreply.invalid")
# A name proves nothing: whoever calls himself promobot is a person all the same.
PEOPLE = (
    ("A Person", "person@example.invalid"),
    ("Zoë Ångström", "zoe@example.invalid"),
    BOT,
    ('O\'Neil "Ned"', "ned+work@example.invalid"),
)
FORGE = ("GitHub", "noreply@github.com")
ZONES = ("+0000", "+0000", "+0100", "-0330", "+0545", "+1400", "-1100")


class Conflict(Exception):
    """Git could not merge; somebody has to bring the branch up to date."""


@dataclass(frozen=True)
class Work:
    """A branch: its head, the newest commit of main in it, and its plain commits, oldest first.

    `straight` says that these stand on that commit of main, without any merge; `tried` that a proposal's branch was
    merged into it, which is another's to land.
    """

    head: str
    base: str
    steps: tuple[str, ...] = ()
    straight: bool = True
    tried: bool = False


@dataclass
class World:
    """The commits made so far. `line` is main's first-parent line, oldest first; `clock` the time of its head.

    `bodies` are the pull requests' texts, by their first commit.
    """

    store: Store
    repository: Repository
    dice: random.Random
    clock: datetime
    line: list[str] = field(default_factory=list)
    trees: dict[str, Files] = field(default_factory=dict)
    parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    _contents: dict[str, bytes] = field(default_factory=dict)

    @property
    def main(self) -> str:
        """The head of main."""
        return self.line[-1]

    @property
    def files(self) -> Files:
        """The tree of main."""
        return self.trees[self.main]

    def content(self, path: str) -> bytes | None:
        """A file of main."""
        entry = self.files.get(path)
        return None if entry is None else self._contents[entry.blob]

    def blob(self, data: bytes) -> str:
        """The id of a content, once it is written."""
        name = self.store.blob(data)
        self._contents[name] = data
        return name

    def edited(self, files: Files, edit: Edit) -> Files:
        """A tree with an edit."""
        after = dict(files)
        for path, new in edit.items():
            if new is None:
                del after[path]
            else:
                after[path] = new if isinstance(new, Entry) else Entry(REGULAR, self.blob(new))
        return after

    def commit(
        self, files: Files, parents: Iterable[str], by: Stamp, message: str, *, author: Stamp | None = None,
        encoding: str = "utf-8",
    ) -> str:  # fmt: skip
        """Write a commit of a whole tree."""
        before, tree = tuple(parents), self.store.tree(files)
        made = self.store.commit(tree, before, author or by, by, message, encoding)
        self.trees[made], self.parents[made], self.messages[made] = files, before, message
        return made

    def somebody(self, at: datetime | None = None) -> Stamp:
        """A person at a desk of some time zone; without a time, about when main last moved, by a clock that may be
        some minutes off."""
        name, email = self.dice.choice(PEOPLE)
        when = at or self.clock + timedelta(seconds=self.dice.randint(-300, 120))
        return Stamp(name, email, when, self.dice.choice(ZONES))

    def branch(self, *edits: Edit, by: Stamp | None = None, message: str = "by hand") -> Work:
        """A branch from main, one commit for each edit."""
        work = Work(self.main, self.main)
        for edit in edits:
            work = self.more(work, edit, by, message)
        return work

    def more(self, work: Work, edit: Edit, by: Stamp | None = None, message: str = "by hand") -> Work:
        """One more commit on a branch."""
        files = self.edited(self.trees[work.head], edit)
        made = self.commit(files, (work.head,), by or self.somebody(), message, encoding=_encoding(message))
        return replace(work, head=made, steps=(*work.steps, made))

    def update(self, work: Work) -> Work:
        """Main merged into a branch, as the forge's "Update branch" button does it. Raises Conflict."""
        files = self.merged(work.base, self.main, work.head)
        made = self.commit(files, (work.head, self.main), self.somebody(), "Merge branch 'main'")
        return replace(work, head=made, base=self.main, straight=False)

    def joined(self, work: Work, *others: Work, by: Stamp | None = None) -> Work:
        """Other people's branches merged into one, several at once as an octopus."""
        files, base = self.trees[work.head], work.base
        for other in others:
            older, newer = sorted((base, other.base), key=self.line.index)
            files = self._merge(self.trees[older], self.trees[other.head], files)
            base = newer
        heads = (work.head, *(other.head for other in others))
        made = self.commit(files, heads, by or self.somebody(), f"Merge {len(others)} branches")
        steps = (*work.steps, *(step for other in others for step in other.steps))
        tried = work.tried or any(other.tried for other in others)
        return Work(made, base, tuple(dict.fromkeys(steps)), straight=False, tried=tried)

    def trying(self, work: Work, proposal: Work) -> Work:
        """A proposal's branch merged into somebody's, to see what it does. Raises Conflict."""
        return replace(self.joined(work, proposal), steps=work.steps, tried=True)

    def imported(self, edit: Edit) -> Work:
        """A branch from main that takes in a history of its own, without a common root."""
        root = self.commit(self.edited({}, edit), (), self.somebody(), "another beginning")
        files = {**self.files, **self.trees[root]}
        made = self.commit(files, (self.main, root), self.somebody(), "Merge another history")
        return Work(made, self.main, (root,), straight=False)

    def merged(self, base: str, theirs: str, ours: str) -> Files:
        """The merge of two commits whose merge base is the first. Raises Conflict."""
        return self._merge(self.trees[base], self.trees[theirs], self.trees[ours])

    def land(self, work: Work, how: str, at: datetime) -> list[str]:
        """Main with a branch merged: the commits that this adds to its first-parent line. Raises Conflict."""
        before = len(self.line)
        by = Stamp(*FORGE, at) if self.dice.random() < 0.6 else self.somebody(at)
        if how == "rebase":
            self.line += self._rebased(work, by)
        elif how == "forward":
            self.line += self._forward(work)
        else:
            files = self.merged(work.base, self.main, work.head)
            parents = (self.main, work.head) if how == "merge" else (self.main,)
            self.line.append(self.commit(files, parents, by, self._said(work, how, before)))
        self.clock = max(self.clock, at)
        self.store.point("refs/heads/main", self.main)
        return self.line[before:]

    def _forward(self, work: Work) -> list[str]:
        """The branch's own commits, where main is what they stand on."""
        found = []
        head = work.head
        while head != self.main:
            found.append(head)
            head = self.parents[head][0]
        return found[::-1]

    def _rebased(self, work: Work, by: Stamp) -> list[str]:
        head, made = self.main, []
        for step in work.steps:
            before = self.trees[self.parents[step][0]] if self.parents[step] else {}
            files = self._merge(before, self.trees[step], self.trees[head])
            message = self.messages[step]
            head = self.commit(files, (head,), by, message, author=self.somebody(), encoding=_encoding(message))
            made.append(head)
        return made

    def _said(self, work: Work, how: str, number: int) -> str:
        """The message that a forge writes. A repository's settings and the person who merges choose among these."""
        told = [self.messages[step] for step in work.steps] or ["nothing"]
        title, _, rest = told[-1].partition("\n")
        if how == "merge":
            return f"Merge pull request #{number} from acme/branch\n\n{title}"
        listed = "\n\n".join(f"* {one}" for one in told)
        # A body that was ticked in a browser has its line ends.
        body = self.bodies.get(work.steps[0], "no words").replace("\n", "\r\n") if work.steps else ""
        thanks = "\n\nCo-authored-by: A Person <person@example.invalid>\n"
        return f"{title} (#{number})" + self.dice.choice(
            (rest, rest, f"{rest}{thanks}", f"\n\n{listed}", f"\n\n{body}", "")
        )

    def _merge(self, base: Files, theirs: Files, ours: Files) -> Files:
        after = dict(ours)
        for path in base.keys() | theirs.keys():
            old, new, own = base.get(path), theirs.get(path), ours.get(path)
            if new in (old, own):
                continue
            if own != old:
                new = self._text(old, new, own)
            if new is None:
                del after[path]
            else:
                after[path] = new
        return after

    def _text(self, base: Entry | None, theirs: Entry | None, ours: Entry | None) -> Entry:
        if base is None or theirs is None or ours is None:
            raise Conflict
        texts = (self._contents[entry.blob] for entry in (ours, base, theirs))
        found = self.repository.merged_text(*texts)
        if found is None:
            raise Conflict
        return Entry(REGULAR, self.blob(found))


def _encoding(message: str) -> str:
    """Git keeps the bytes and names the encoding; a reader that takes everything for UTF-8 stumbles over it."""
    return "iso-8859-1" if "ß" in message else "utf-8"
