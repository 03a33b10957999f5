"""`promobot audit verify`: the history after the baseline judged, with its records, signatures and checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from promobot.adapters.repository import Repository
from promobot.adapters.repository.chronicle import PLAIN
from promobot.adapters.repository.mainline import lies_behind, mainline
from promobot.adapters.repository.records import proved_blobs, read_records
from promobot.adapters.repository.signatures import read_signatures
from promobot.core.audit.checkpoint import Checkpoint, against, checkpoint_of, other_baseline
from promobot.core.audit.events import Chronicle, Landing, PolicyChange
from promobot.core.audit.proof import Proof, moved_baselines, sorted_out, unsigned, with_answer
from promobot.core.audit.signatures import Signature
from promobot.core.gate.protected import POLICY
from promobot.core.gate.verdict import Violation
from promobot.core.policy.audit import Audit
from promobot.core.policy.file import parse_policy
from promobot.core.rendering.text import log_line
from promobot.errors import PolicyError, RepositoryRefused, UsageError
from promobot.usecases.audit.history import Progress, first_policy, ill_founded, judged
from promobot.usecases.audit.online import Online
from promobot.usecases.audit.records import hold_records


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
    start = baseline
    records = read_records(repository, asked.remote)
    if asked.checkpoint is not None:
        tree = mainline(repository, head).get(asked.checkpoint.commit)
        found += against(asked.checkpoint, tree, records.filed, records.head)
        moved = other_baseline(asked.checkpoint, baseline)
        warnings += [moved] if moved else []
        start = baseline if tree is None else asked.checkpoint.commit
    chronicle = judged(repository, asked.branch, head, start, progress)
    held = hold_records(
        repository,
        chronicle,
        records,
        branch=asked.branch,
        remote=asked.remote,
        require_record=audit.require_record,
    )
    signatures, unwanted = _signatures(repository, chronicle)
    found += [*chronicle.findings, *held.findings, *unwanted]
    violations, acknowledged = sorted_out(found, audit.acknowledged)
    warnings += [*chronicle.warnings, *held.warnings, *moved_baselines(_policy_changes(repository, chronicle))]
    return Proof(
        chronicle, violations, acknowledged, tuple(warnings), held.approvals, signatures, records.filed, baseline
    )


def ask_forge(repository: Repository, proof: Proof, asker: Online) -> Proof:
    """What the forge says of the landings, beside the proof. Raises UsageError, ForgeFailed."""
    answer = asker.ask(proof.chronicle.landings, proof.approvals)
    audit, _ = _policy(repository, proof.chronicle.head)
    return with_answer(proof, answer.findings, answer.warnings, audit.acknowledged)


def checkpoint_after(repository: Repository, proof: Proof) -> Checkpoint:
    """What a run without findings leaves for the next one. Raises RepositoryRefused."""
    head = proof.chronicle.head
    return checkpoint_of(head, mainline(repository, head)[head], proof.baseline, proof.records)


def commit_of(repository: Repository, revision: str) -> str:
    """A revision's commit, in full. Raises UsageError, also for a name that a tag and a branch share."""
    names = [f"refs/{kind}/{revision}" for kind in ("heads", "tags", "remotes")]
    known = (repository.git.ask("for-each-ref", "--format=%(refname)", *names) or "").split("\n")
    several = [name for name in names if name in known]
    if len(several) > 1:
        raise UsageError(f"{revision!a} names several: {', '.join(several)}; give one of them in full")
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
    if asked.since is not None and asked.checkpoint is not None:
        raise UsageError("--since and --checkpoint both say where to begin; give one of them")
    if asked.since is not None:
        since = commit_of(repository, asked.since)
        if not lies_behind(repository, since, head):
            raise UsageError(f"--since {asked.since} does not lie behind {asked.revision}; name a commit that does")
        return since, []
    if audit.baseline is not None and lies_behind(repository, audit.baseline, head):
        return audit.baseline, []
    first = first_policy(repository, head)
    found = list(ill_founded(repository, first))
    if audit.baseline is not None:
        told = "[audit] baseline is no commit behind this revision; the commit that first brought the policy is taken"
        found.append(Violation("baseline_off_line", told, POLICY, head))
    return first, found


def _signatures(repository: Repository, chronicle: Chronicle) -> tuple[dict[str, Signature], list[Violation]]:
    """Each landing's by the keys of the policy that it landed under: a key that is taken out later was good then."""
    signatures: dict[str, Signature] = {}
    found: list[Violation] = []
    under: dict[str | None, list[Landing]] = {}
    for landing in chronicle.landings:
        under.setdefault(landing.policy, []).append(landing)
    for blob, landings in under.items():
        audit = _audit(repository, blob)
        commits = [commit for one in landings for commit in (one.at.commit, *one.brought)]
        signatures |= read_signatures(repository, commits, audit)
        found += unsigned(landings, signatures, audit)
    return signatures, found


def _audit(repository: Repository, blob: str | None) -> Audit:
    """What a policy's blob asks of the audit; one that cannot be read asks for nothing."""
    try:
        return Audit() if blob is None else parse_policy(proved_blobs(repository, [blob])[blob], POLICY).audit
    except (PolicyError, LookupError):
        return Audit()


def _policy_changes(repository: Repository, chronicle: Chronicle) -> Iterator[tuple[PolicyChange, Audit, Audit]]:
    for event in chronicle.events:
        if isinstance(event, PolicyChange):
            yield event, _audit(repository, event.policy.before), _audit(repository, event.policy.after)


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
