"""The signatures of many commits, read out of the raw objects and judged by the keys of a policy alone.

`git log %G?` would ask the repository's own setting whom to trust; here git only hands out the objects.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha1
from itertools import islice
from pathlib import Path

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.objects import Repository
from promobot.adapters.repository.verifiers import Gpg, SshKeygen
from promobot.core.audit.signatures import GPG_BEGIN, SSH_BEGIN, Signature, State, split
from promobot.core.policy.audit import Audit
from promobot.errors import RepositoryRefused

AT_ONCE = 1000
"""How many commits are held in memory."""

WORKERS = 4
"""How many signatures are verified at a time, each by a process of its own."""


def read_signatures(repository: Repository, commits: Iterable[str], audit: Audit) -> dict[str, Signature]:
    """Commit -> the state of its signature under the allowed keys. Only a signed commit costs a process.

    Raises RepositoryRefused for a commit that is not here.
    """
    found: dict[str, Signature] = {}
    with tempfile.TemporaryDirectory(prefix="promobot-") as scratch, ThreadPoolExecutor(WORKERS) as workers:
        judge = _Judge(audit, Path(scratch))
        for raws in _raws(repository, commits):
            parts = {commit: _parts(commit, raw) for commit, raw in raws.items()}
            signed = {commit: part for commit, part in parts.items() if not isinstance(part, Signature)}
            judged = dict(zip(signed, workers.map(judge.signature, signed.items()), strict=True))
            found.update({commit: part for commit, part in parts.items() if isinstance(part, Signature)} | judged)
    return found


def _parts(commit: str, raw: bytes) -> Signature | tuple[bytes, bytes]:
    """What is signed and the signature over it, or what can be said without asking anybody."""
    if sha1(b"commit %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest() != commit:
        return Signature(State.BAD, why="the object is not what its id says; run git fsck")
    payload, signatures = split(raw)
    if len(signatures) == 1:
        return payload, signatures[0]
    return Signature(State.BAD, why="more than one signature") if signatures else Signature(State.UNSIGNED)


class _Judge:
    """The tools, with one policy's keys."""

    def __init__(self, audit: Audit, scratch: Path) -> None:
        self._ssh = SshKeygen(audit.allowed_ssh_keys, scratch)
        self._gpg = Gpg(audit.allowed_gpg_keys, scratch)

    def signature(self, signed: tuple[str, tuple[bytes, bytes]]) -> Signature:
        commit, (payload, armour) = signed
        if armour.startswith(SSH_BEGIN):
            return self._ssh.verify(commit, payload, armour)
        if armour.startswith(GPG_BEGIN):
            return self._gpg.verify(commit, payload, armour)
        # An X.509 signature is honest work, too; it only counts for nothing here.
        return Signature(State.UNVERIFIABLE, why="its form is neither SSH's nor OpenPGP's")


def _raws(repository: Repository, commits: Iterable[str]) -> Iterator[dict[str, bytes]]:
    """The raw objects of the commits, some at a time. git does not check here that content and id belong together."""
    rest = iter(dict.fromkeys(commits))
    while wanted := list(islice(rest, AT_ONCE)):
        try:
            told = repository.git.output("cat-file", "--batch", stdin="".join(f"{id_}\n" for id_ in wanted).encode())
        except GitFailed as error:
            raise RepositoryRefused(f"the commits of the base branch cannot be read: {error}; run git fsck") from error
        raws: dict[str, bytes] = {}
        place = 0
        for id_ in wanted:
            end = told.index(b"\n", place)
            name, kind, size = (*told[place:end].decode("utf-8", "replace").split(" "), "", "")[:3]
            if name != id_ or kind != "commit":
                raise RepositoryRefused(
                    f"{id_} is not a commit of this clone; fetch all of its history, or run git fsck"
                )
            raws[id_] = told[end + 1 : end + 1 + int(size)]
            place = end + 2 + int(size)
        yield raws
