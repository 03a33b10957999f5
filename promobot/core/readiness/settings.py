"""The settings of the forge: rules of the base branch and of the ledger's, and what Actions may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from promobot.core.readiness.seen import GATE_CHECK, Branch, ForgeSeen, Rules, Unknown
from promobot.core.readiness.verdicts import Answer

APP_SECRETS = frozenset({"PROMOBOT_APP_ID", "PROMOBOT_PRIVATE_KEY"})
RULES = "in Settings > Rules > Rulesets"


def requires_gate(rules: Rules) -> bool:
    """Whether a required check has the gate's name, whatever its source."""
    return any(check.name == GATE_CHECK for check in rules.checks)


def _pins_gate(rules: Rules) -> bool:
    return any(check.name == GATE_CHECK and check.app is not None for check in rules.checks)


def _up_to_date(rules: Rules) -> bool:
    return rules.merge_queue or (rules.strict and bool(rules.checks))


# code, what the rules must ask for, that it does (of a branch), why its absence matters, the mend
_Point = tuple[str, Callable[[Rules], bool], str, str, str]

_SHARED: tuple[_Point, ...] = (
    (
        "no_force_push",
        lambda rules: rules.no_force_push,
        "{} cannot be force-pushed",
        "history, which is the record, could be rewritten",
        f"tick Block force pushes {RULES}",
    ),
    (
        "no_deletion",
        lambda rules: rules.no_deletion,
        "{} cannot be deleted",
        "the record could go with the branch",
        f"tick Restrict deletions {RULES}",
    ),
)
_BASE: tuple[_Point, ...] = (
    (
        "pull_request",
        lambda rules: rules.pull_request,
        "{} changes by pull request only",
        "whoever may write can push live values past gate and reviewers",
        f"tick Require a pull request before merging {RULES}",
    ),
    (
        "gate_required",
        requires_gate,
        f"{{}} requires the check {GATE_CHECK}",
        "a pull request can be merged whatever the gate says",
        f"add {GATE_CHECK} to Require status checks to pass {RULES}",
    ),
    (
        "gate_pinned",
        _pins_gate,
        f"{{}} takes the check {GATE_CHECK} from one App only",
        "anybody who may write can set a check of that name to green",
        f"choose GitHub Actions as the source of {GATE_CHECK} {RULES}",
    ),
    (
        "up_to_date",
        _up_to_date,
        "{} asks the gate again when it has moved",
        "two proposals, each valid alone, can jointly pass step or quota: a verdict holds for one base commit only",
        f"tick Require branches to be up to date before merging, or Require merge queue, {RULES}",
    ),
    (
        "review_required",
        lambda rules: rules.approvals > 0,
        "{} requires an approval by somebody else than the author",
        "who opens a pull request can merge it alone",
        f"set Required approvals to 1 or more {RULES}",
    ),
    (
        "review_last_push",
        lambda rules: rules.last_push,
        "{} requires that somebody else than the pusher approves the last push",
        "a reviewer can push a commit and approve it",
        f"tick Require approval of the most recent reviewable push {RULES}",
    ),
    (
        "review_dismissed",
        lambda rules: rules.dismiss_stale,
        "{} dismisses approvals on a push",
        "what is merged need not be what was approved",
        f"tick Dismiss stale pull request approvals when new commits are pushed {RULES}",
    ),
    (
        "code_owner_review",
        lambda rules: rules.code_owners,
        "{} requires the review of code owners",
        "anybody's approval lets policy and live values change",
        f"tick Require review from Code Owners {RULES}",
    ),
    *_SHARED,
)


def branch_answers(forge: ForgeSeen) -> Iterator[Answer]:
    """The rules of the base branch, then those of the ledger's."""
    for code, wanted, well, harm, mend in _BASE:
        # A check that nobody requires is pinned by nobody; one finding says so.
        if code != "gate_pinned" or forge.base.holds(requires_gate) is not False:
            yield _answer(code, forge.base, wanted, (well, harm, mend))
    for code, wanted, well, harm, mend in _SHARED:
        yield _answer(f"ledger_{code}", forge.ledger, wanted, (well, harm, mend))
    name = forge.ledger.name
    closed = forge.ledger.holds(lambda rules: rules.pull_request)
    yield Answer(
        "ledger_writable",
        closed if isinstance(closed, Unknown) else not closed,
        f"{name} takes promobot's commits without a pull request",
        f"{name} changes by pull request only, so promobot needs a bypass to write to it",
        f"leave Require a pull request off for {name}, or let promobot's App bypass it",
        advice=True,
    )


def _answer(code: str, branch: Branch, wanted: Callable[[Rules], bool], words: tuple[str, str, str]) -> Answer:
    well, harm, mend = words
    place = branch.name if branch.exists else f"{branch.name} (not there yet)"
    ill = f"no rule says that {well.format(place)}: {harm}"
    return Answer(code, branch.holds(wanted), well.format(place), ill, f"{mend}, for {branch.name}")


def bypass_answers(forge: ForgeSeen) -> Iterator[Answer]:
    """Who the rules do not bind. Somebody may have to be there for the worst night, so it is advice."""
    for code, branch in (("bypass", forge.base), ("ledger_bypass", forge.ledger)):
        seen = [rules.bypass for rules in branch.sources if isinstance(rules, Rules)]
        unseen = [source for source in (*branch.sources, *seen) if isinstance(source, Unknown)]
        named = sorted({name for names in seen if not isinstance(names, Unknown) for name in names})
        # Where there are no rules there is nothing to bypass, and the findings above say what is missing.
        if seen or unseen:
            yield Answer(
                code,
                False if named else unseen[0] if unseen else True,
                f"nobody may bypass the rules of {branch.name}",
                f"the rules of {branch.name} do not bind {', '.join(named)}",
                f"empty the bypass list {RULES}, or know each name on it, for {branch.name}",
                advice=True,
            )


def forge_answers(forge: ForgeSeen) -> Iterator[Answer]:
    """The repository's own settings."""
    app = forge.secrets if isinstance(forge.secrets, Unknown) else forge.secrets >= APP_SECRETS
    opens = forge.actions_open_pulls
    if app is not True:
        # With an App's token it does not matter; where the App is not seen, a no is no more than that.
        unclear = isinstance(app, Unknown) and opens is False
        yield Answer(
            "actions_open_pulls",
            app if unclear else opens,
            "Actions may open pull requests",
            "Actions may not open pull requests, and there is no App whose token could",
            "tick Settings > Actions > General > Allow GitHub Actions to create and approve pull requests",
        )
    yield Answer(
        "app_token",
        app,
        "proposals are opened with the token of a GitHub App",
        "proposals are opened with GITHUB_TOKEN: their workflows, the gate among them, start only after a person has "
        "approved the run",
        "make a GitHub App that may write contents and pull requests, and set the secrets "
        + " and ".join(sorted(APP_SECRETS)),
        advice=True,
    )
    base, default = forge.base.name, forge.default_branch
    yield Answer(
        "default_branch",
        base == default,
        f"{base} is the default branch, whose workflows run on schedules, dispatches and merges",
        f"the base branch is {base}, the default branch {default}: schedules, dispatches and the gate run the "
        "workflows of the default branch",
        "make the base branch the default one, or keep the workflows of both the same",
    )
