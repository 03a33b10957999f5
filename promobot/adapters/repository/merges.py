"""What a clone knows besides two commits: what people refused, and the landing that an inverse would take back."""

from __future__ import annotations

from promobot.adapters.repository.command import GitFailed
from promobot.adapters.repository.history import history_steps
from promobot.adapters.repository.objects import Repository
from promobot.core.ledger import LEDGER, REFUSALS
from promobot.errors import RepositoryRefused


def refusals(repository: Repository) -> dict[str, bytes]:
    """File name -> content of every refusal in the ledgers that this clone has, its own and its remotes'.

    A clone without a ledger knows of none: whoever runs the gate fetches the ledger's branch. Raises RepositoryRefused.
    """
    git = repository.git
    try:
        names = (f"refs/heads/{LEDGER}", f"refs/remotes/*/{LEDGER}")
        refs = git.text("for-each-ref", "--format=%(objectname)", *names).split()
        blobs: dict[str, str] = {}
        for commit in dict.fromkeys(refs):
            told = git.output("ls-tree", "-z", "--full-tree", "--end-of-options", commit, "--", f"{REFUSALS}/")
            for line in told.decode("utf-8", "surrogateescape").split("\0"):
                form, _, path = line.partition("\t")
                if form.startswith("100"):
                    blobs[path.removeprefix(f"{REFUSALS}/")] = form.split(" ")[2]
        contents = repository.blobs(blobs.values()) if blobs else {}
    except (GitFailed, ValueError) as error:
        raise RepositoryRefused(f"the refusals on {LEDGER} cannot be read: {error}") from error
    return {name: contents.get(blob, b"") for name, blob in blobs.items()}


def latest_landing(repository: Repository, commit: str, overrides: str, reports: str) -> str | None:
    """The newest first-parent commit that touched live values or proposals, where it brought a proposal; else None."""
    step = next(history_steps(repository, commit, overrides, reports), None)
    return step.commit if step is not None and step.added else None
