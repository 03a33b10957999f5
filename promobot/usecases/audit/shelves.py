"""The audit's library over a clone: contents by blob id, each proved by its name, and what they mean."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from promobot.adapters.repository import Entry, Repository
from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.listing import attributes
from promobot.adapters.repository.mainline import RAW, lies_behind
from promobot.core.audit.events import NO_BLOB
from promobot.core.audit.replay import Files, Remade, remade
from promobot.core.audit.steps import NOTHING, Standing, blob_id, entry_of
from promobot.core.audit.steps import Entry as TreeEntry
from promobot.core.base_state import BaseState
from promobot.core.gate.edits import toml_of
from promobot.core.gate.protected import POLICY, Protected
from promobot.core.overrides import read_overrides
from promobot.core.policy import PromotionPolicy
from promobot.core.policy.file import parse_policy
from promobot.errors import PolicyError, PromobotError, RepositoryRefused
from promobot.usecases.audit.ahead import Ahead
from promobot.usecases.base import with_values

CONTENTS = 1024
"""How many contents stay when more are put beside them: those of the windows that are judged or come next."""

KEPT = 256
"""How many contents, versions of the overrides and states are kept at once; a landing needs those just behind it."""


class Shelves:
    """`start` is the commit behind the audited line: what it has behind it lies before the line. `ahead` makes
    proposals again before they are asked for."""

    def __init__(self, repository: Repository, start: str, ahead: Ahead | None = None) -> None:
        self._repository, self._start, self._ahead = repository, start, ahead
        self._contents: OrderedDict[str, bytes] = OrderedDict()
        self._states: OrderedDict[Standing, BaseState] = OrderedDict()
        self._values: OrderedDict[str, Mapping[str, Any] | None] = OrderedDict()
        self._policies: dict[str, PromotionPolicy | PolicyError] = {}
        self._protected: dict[str, Protected] = {NO_BLOB: Protected()}
        self._before: dict[str, bool] = {}

    def keep(self, contents: Mapping[str, bytes]) -> None:
        """Put contents on the shelves; what was asked for longest ago makes room."""
        _trim(self._contents, CONTENTS)
        self._contents.update(contents)

    def data(self, blob: str) -> bytes:
        """A blob's content. Raises RepositoryRefused."""
        if blob == NO_BLOB:
            raise RepositoryRefused("a file is asked for that is not there; run git fsck")
        if blob not in self._contents:
            self._contents.update(self.read([blob]))
        return self._contents[blob]

    def policy(self, blob: str) -> PromotionPolicy:
        """A policy by its blob. Raises PolicyError."""
        if blob not in self._policies:
            try:
                self._policies[blob] = parse_policy(self.data(blob), POLICY)
            except PolicyError as error:
                self._policies[blob] = error
        found = self._policies[blob]
        if isinstance(found, PolicyError):
            raise found
        return found

    def protected(self, blob: str) -> Protected:
        """The protected places of a policy; the defaults where it cannot be read."""
        if blob not in self._protected:
            self._protected[blob] = Protected.of(toml_of(self.data(blob)))
        return self._protected[blob]

    def state(self, branch: str, commit: str, standing: Standing) -> BaseState:
        """The base branch at a commit, without its history. Raises PolicyError, RepositoryRefused."""
        if standing not in self._states:
            ground = BaseState(branch, commit, self.policy(standing.policy[1]), POLICY, standing.policy[1])
            state = with_values(ground, self.file(standing.overrides), self.file(standing.config))
            self._states[standing] = state
            _trim(self._states, KEPT)
        return replace(self._states[standing], branch=branch, commit=commit)

    def remade(self, files: Files, branch: str, ground: Standing, predecessors: Mapping[str, str]) -> Remade:
        """A proposal made again; perhaps another process has done so already. Raises PolicyError, RepositoryRefused."""
        done = None if self._ahead is None else self._ahead.answer(files, ground, predecessors)
        if done is not None:
            return done
        return remade(files, self.state(branch, files.meta["base"]["commit"], ground), predecessors)

    def values(self, blob: str) -> Mapping[str, Any] | None:
        """The values of a version of the overrides; None where it cannot be understood."""
        if blob == NO_BLOB:
            return {}
        if blob not in self._values:
            try:
                self._values[blob] = read_overrides(self.data(blob).decode("utf-8"), "the overrides")
            except (UnicodeDecodeError, PromobotError):
                self._values[blob] = None
            _trim(self._values, KEPT)
        return self._values[blob]

    def standing(self, commit: str) -> Standing:
        """What a commit outside the audited history holds."""
        policy = self.entry(commit, POLICY)
        protected = self.protected(policy[1])
        return Standing(self.entry(commit, protected.overrides), policy, self.entry(commit, protected.base_config))

    def entry(self, commit: str, path: str) -> TreeEntry:
        """What stands at a path of a commit; NOTHING where there is nothing. Raises RepositoryRefused."""
        if "\0" in path or not all(name.strip(".") for name in path.split("/")):
            # A policy may name anything until it is judged, and git cannot even be asked for these.
            return NOTHING
        words = ("ls-tree", "-z", "--full-tree", "--end-of-options", commit, "--", f":(literal){path}")
        try:
            told = self._repository.git.output(*words)
        except GitFailed as error:
            raise RepositoryRefused(f"{path} at {commit} cannot be read: {error}; run git fsck") from error
        for row in told.split(b"\0"):
            form, _, name = row.partition(b"\t")
            if name == path.encode("utf-8", "surrogateescape"):
                mode, _, blob = form.decode("ascii").split(" ")
                return entry_of(int(mode, 8), blob)
        return NOTHING

    def is_before(self, commit: str) -> bool:
        """Whether a commit lies behind the audited line."""
        if commit not in self._before:
            named = len(commit) == 40 and commit.isalnum()
            self._before[commit] = named and lies_behind(self._repository, commit, self._start)
        return self._before[commit]

    def attributes(self, commit: str, paths: Iterable[str]) -> Mapping[str, Iterable[str]]:
        """For each path the attributes that the commit gives it. Raises RepositoryRefused."""
        return attributes(self._repository, commit, paths)

    def merged(self, parents: tuple[str, ...], path: str) -> bytes | None:
        """What git makes of two parents' versions of a file; None where they conflict or there are more."""
        if len(parents) != 2:
            return None
        base = self._repository.git.ask(*RAW, "merge-base", *parents)
        entries = [self.entry(commit, path) for commit in (parents[0], base or parents[0], parents[1])]
        if base is None or any(blob == NO_BLOB for _, blob in entries):
            return None
        ours, ancestor, theirs = (self.data(blob) for _, blob in entries)
        return self._repository.merged_text(ours, ancestor, theirs)

    def file(self, entry: TreeEntry) -> Entry | None:
        """What stands in a tree, with its content; None where there is nothing."""
        return None if entry[1] == NO_BLOB else Entry(entry[0], entry[1], self.data(entry[1]))

    def read(self, blobs: Iterable[str]) -> dict[str, bytes]:
        """Read many at once, and prove each by its name. Raises RepositoryRefused."""
        wanted = [blob for blob in dict.fromkeys(blobs) if blob != NO_BLOB]
        try:
            found = self._repository.blobs(wanted) if wanted else {}
        except (GitFailed, ValueError) as error:
            raise RepositoryRefused(f"objects cannot be read: {error}; run git fsck") from error
        for blob in wanted:
            if blob not in found:
                raise RepositoryRefused(f"object {blob} is missing or no file; fetch all of the history, run git fsck")
            if blob_id(found[blob]) != blob:
                raise RepositoryRefused(f"object {blob} does not hold what its name says; run git fsck")
        return found


def _trim(kept: OrderedDict[Any, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
