"""Which of the two revisions names no commit of a clone, in the words of whoever gave them, and the mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from promobot.adapters.merged_tree.scratch import Unmergeable, run


def unknown(git: Sequence[str], environment: dict[str, str], given: Mapping[str, str]) -> Unmergeable:
    """The refusal, for revisions of which one at least is unknown.

    `git` is the command line up to its subcommand; `given` has each revision by its part: `base`, `head`.
    """

    def known(revision: str) -> bool:
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return run([*git, *asked], environment).returncode == 0

    missing = {part: revision for part, revision in given.items() if not known(revision)}
    told = " and ".join(f"the {part} {revision!a}" for part, revision in missing.items())
    # A branch that was pushed, and is not checked out, has the remote's name before its own.
    seen = [f"origin/{revision}" for revision in missing.values() if known(f"refs/remotes/origin/{revision}")]
    mend = f"name it as {' and '.join(seen)}" if seen and len(seen) == len(missing) else "fetch first, or name another"
    are = "is no commit" if len(missing) == 1 else "are no commits"
    return Unmergeable("unknown_revision", f"{told} {are} of this clone; {mend}")
