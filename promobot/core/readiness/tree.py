"""What the base branch itself holds: CODEOWNERS, attributes, workflows, exports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promobot.core.codeowners import PLACEHOLDER, PLACES, unowned
from promobot.core.policy import PromotionPolicy
from promobot.core.readiness.seen import ForgeSeen, TreeSeen, Unknown
from promobot.core.readiness.verdicts import Answer

EXAMPLE_EXPORT = "example.json"
"""The file that `promobot init` puts into the exports folder; it is no sign of how the loop's exports arrive."""

TASKS = {"promote": "propose", "gate": "check", "record": "record"}
"""A workflow of promobot, and the action that a workflow of one's own may use in its place."""

NAMED = 3
"""How many of the forge's complaints are quoted."""

_PINNED = re.compile(r"@[0-9a-f]{40}\b")


def tree_answers(policy: PromotionPolicy, forge: ForgeSeen, tree: TreeSeen) -> Iterator[Answer]:
    """CODEOWNERS over the protected paths, attributes, the three workflows, where exports arrive."""
    base = forge.base.name
    yield _codeowners(policy, base, tree)
    if tree.codeowners is not None:
        wrong = forge.owner_errors
        yield Answer(
            "codeowners_valid",
            wrong if isinstance(wrong, Unknown) else not wrong,
            "the forge understands every line of CODEOWNERS",
            f"the forge cannot use CODEOWNERS: {'' if isinstance(wrong, Unknown) else '; '.join(wrong[:NAMED])}",
            "name people or teams that may write to the repository",
        )
    bent = [f"{path} ({', '.join(names)})" for path, names in tree.attributes.items() if names]
    yield Answer(
        "attributes",
        not bent,
        "no attribute changes a protected file on its way into a checkout",
        f"attributes apply to protected files, so a checkout need not hold what was reviewed: {', '.join(bent)}",
        "take these paths out of .gitattributes",
    )
    yield from (_workflow(task, base, tree) for task in TASKS)
    folder = policy.paths.exports
    arrived = [path for path in tree.exports if not path.endswith(f"/{EXAMPLE_EXPORT}")]
    yield Answer(
        "exports_off_base",
        not arrived,
        f"{base} holds no export of the loop",
        f"exports arrive in {folder} on {base} ({len(arrived)} there): each moves the base, so that open proposals "
        "must be judged again, and the loop needs a way past the branch rules",
        "let the loop send its exports: repository_dispatch of type promobot-export",
        advice=True,
    )


def _codeowners(policy: PromotionPolicy, base: str, tree: TreeSeen) -> Answer:
    path, text = tree.codeowners or (PLACES[0], "")
    open_places = [place.pattern for place in unowned(text, policy.paths)]
    if PLACEHOLDER in text:
        ill = f"{path} names {PLACEHOLDER}, who is nobody"
    elif tree.codeowners is None:
        ill = f"there is no CODEOWNERS on {base}"
    else:
        ill = f"{path} leaves protected paths to nobody: {', '.join(open_places)}"
    return Answer(
        "codeowners",
        not open_places and PLACEHOLDER not in text,
        f"{path} names owners for every protected path",
        ill,
        "name those who answer for live values; promobot init adds the lines",
    )


def uses_of(task: str, text: str) -> list[str]:
    """What the jobs of a workflow use of promobot for a task: its workflow or its action, here or elsewhere."""
    place = rf"\S*/\.github/(?:workflows/{task}\.yml|actions/{TASKS[task]})"
    return re.findall(rf"^\s*(?:- )?uses: *[\"']?({place}(?=[@\s\"']|$)\S*)", text, re.M)


def _workflow(task: str, base: str, tree: TreeSeen) -> Answer:
    uses = [found for text in tree.workflows.values() for found in uses_of(task, text)]
    foreign = [found for found in uses if not found.startswith(("./", "$/"))]
    loose = [found for found in foreign if not _PINNED.search(found)]
    ill = f"no workflow on {base} runs promobot's {task}"
    mend = f"promobot init writes .github/workflows/{task}.yml; merge it"
    if loose:
        ill = f"promobot's {task} is not pinned to a commit: {loose[0]}"
        mend = "name the repository that holds promobot, and a commit of it: OWNER/promobot/...@<40 hex digits>"
    return Answer(
        f"workflow_{task}", bool(uses) and not loose, f"a workflow on {base} runs promobot's {task}", ill, mend
    )
