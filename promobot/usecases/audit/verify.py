"""`promobot audit verify`: the history after the baseline judged, with its records, signatures and checkpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from promobot.adapters.repository import Repository
from promobot.adapters.repository.chronicle import PLAIN
from promobot.adapters.repository.mainline import lies_behind, mainline
from promobot.adapters.repository.records import Records, proved_blobs, read_records
from promobot.adapters.repository.signatures import read_signatures
from promobot.core.audit.checkpoint import Checkpoint, against, other_baseline
from promobot.core.audit.events import Chronicle, Landing
from promobot.core.audit.proof import Proof, sorted_out, unsigned
from promobot.core.audit.records import judge_record, of_nothing, unrecorded
from promobot.core.audit.statement import Approval, Filed
from promobot.core.gate.protected import POLICY
from promobot.core.gate.verdict import Violation
from promobot.core.policy.audit import Audit
from promobot.core.policy.file import parse_policy
from promobot.core.rendering.text import log_line
from promobot.errors import PolicyError, RepositoryRefused, UsageError
from promobot.usecases.audit.history import Progress, first_policy, judged

AT_ONCE = 500
"""Records that are read at once."""


@dataclass(frozen=True)
class Asked:
    """`branch` is the base branch's name and `remote` where its ledger was fetched from (None: this clone's own).

    `since` is a revision to begin at in place of the policy's baseline; `checkpoint` what an earlier run left.
    """

    branch: str
    remote: str | None = None
    revision: str = "HEAD"
    since: str | None = None
    checkpoint: Checkpoint | None = None


def verify(repository: Repository, asked: Asked, progress: Progress) -> Proof:
    """Prove the history behind a revision. Raises UsageError, PolicyError where there never was a policy, and
    RepositoryRefused for what cannot be read.
    """
    head = commit_of(repository, asked.revision)
    audit, found = _policy(repository, head)
    warnings = list(_bent(repository))
    found += _grafted(repository)
    baseline, more = _baseline(repository, head, asked, audit)
    found += more
    records = read_records(repository, asked.remote)
    warnings += records.warnings
    if asked.checkpoint is not None:
        tree = mainline(repository, head).get(asked.checkpoint.commit)
        found += against(asked.checkpoint, tree, records.filed, records.head)
    chronicle = judged(repository, asked.branch, head, baseline, progress)
    told, approvals = _records(repository, chronicle, records, audit)
    commits = [commit for one in chronicle.landings for commit in (one.at.commit, *one.brought)]
    signatures = read_signatures(repository, commits, audit)
    found += [*chronicle.findings, *records.findings, *told, *unsigned(chronicle.landings, signatures, audit)]
    violations, acknowledged = sorted_out(found, audit.acknowledged)
    warnings += chronicle.warnings
    return Proof(chronicle, violations, acknowledged, tuple(warnings), approvals, signatures, len(records.filed))


def commit_of(repository: Repository, revision: str) -> str:
    """A revision's commit, in full. Raises UsageError."""
    told = repository.git.ask(*PLAIN, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if told is None:
        raise UsageError(f"{revision!a} is no commit of this clone; fetch it, or name another")
    return told


def _policy(repository: Repository, head: str) -> tuple[Audit, list[Violation]]:
    """What the newest policy asks of the audit; one that cannot be read asks for nothing and is a finding."""
    try:
        entry = repository.entry(head, POLICY)
        if entry is None:
            return Audit(), [Violation("no_policy", f"{POLICY} is not there", POLICY, head)]
        return parse_policy(entry.data, POLICY).audit, []
    except (PolicyError, RepositoryRefused) as error:
        return Audit(), [Violation("invalid_policy", log_line(error.message), POLICY, head)]


def _baseline(repository: Repository, head: str, asked: Asked, audit: Audit) -> tuple[str, list[Violation]]:
    """The commit to begin at. A baseline that is not behind the revision is a finding, and the default holds."""
    if asked.since is not None:
        since = commit_of(repository, asked.since)
        if not lies_behind(repository, since, head):
            raise UsageError(f"--since {asked.since} does not lie behind {asked.revision}; name a commit that does")
        return since, []
    first = audit.baseline or first_policy(repository, head)
    found: list[Violation] = []
    if not lies_behind(repository, first, head):
        told = "[audit] baseline is no commit behind this revision; the commit that first brought the policy is taken"
        found, first = [Violation("baseline_off_line", told, POLICY, head)], first_policy(repository, head)
    point = asked.checkpoint
    if point is None or not lies_behind(repository, point.commit, head):
        return first, found
    moved = other_baseline(point, first)
    return point.commit, found + ([moved] if moved else [])


def _records(
    repository: Repository, chronicle: Chronicle, records: Records, audit: Audit
) -> tuple[list[Violation], dict[str, Approval]]:
    landings = {landing.digest: landing for landing in chronicle.landings}
    found: list[Violation] = []
    approvals: dict[str, Approval] = {}
    for filed in _in_parts(records.filed):
        contents = proved_blobs(repository, (one.blob for one in filed))
        sums = _sums(repository, [landings[one.digest] for one in filed if one.digest in landings])
        for one in filed:
            landing, content = landings.get(one.digest), contents.get(one.blob)
            if landing is None:
                nothing = of_nothing(one, content, lambda commit: _elsewhere(repository, chronicle, commit))
                found += [nothing] if nothing else []
                continue
            approval, wrong = judge_record(landing, one, content, sums.get)
            found += wrong
            if approval is not None:
                approvals[one.digest] = approval
    if audit.require_record:
        found += unrecorded(landings.values(), frozenset(one.digest for one in records.filed))
    return found, approvals


def _in_parts(filed: Sequence[Filed]) -> Iterator[Sequence[Filed]]:
    return (filed[place : place + AT_ONCE] for place in range(0, len(filed), AT_ONCE))


def _sums(repository: Repository, landings: Iterable[Landing]) -> dict[str, str]:
    """Blob -> sha256 of its content, for everything that these landings' records name."""
    blobs = {blob for one in landings for blob in (*one.artifacts.values(), one.overrides.after) if blob}
    return {blob: hashlib.sha256(data).hexdigest() for blob, data in proved_blobs(repository, blobs).items()}


def _elsewhere(repository: Repository, chronicle: Chronicle, commit: str) -> bool:
    """Whether a commit lies before what was judged, or after it."""
    before = lies_behind(repository, commit, chronicle.baseline)
    return before or (commit != chronicle.head and lies_behind(repository, chronicle.head, commit))


def _grafted(repository: Repository) -> Iterator[Violation]:
    """Grafts are not believed here, but they are in every other look at this clone."""
    folder = Path(repository.git.text("rev-parse", "--path-format=absolute", "--git-common-dir"))
    grafts = folder / "info" / "grafts"
    if grafts.is_file() and grafts.read_bytes().strip():
        yield Violation("grafted", f"this clone has grafts ({grafts.name}), which bend what git shows; take them away")


def _bent(repository: Repository) -> Iterator[Violation]:
    for ref in (repository.git.ask("for-each-ref", "--format=%(refname)", "refs/replace/") or "").split():
        commit = ref.rpartition("/")[2]
        yield Violation("replace_ref", "git shows another object in its place here; this proof does not", None, commit)
