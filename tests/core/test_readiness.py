"""What was seen of a repository's settings -> findings, one point after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from promobot.core.explain import Finding, Severity
from promobot.core.ledger import LEDGER
from promobot.core.policy import PromotionPolicy
from promobot.core.readiness import GATE_CHECK, Branch, Check, ForgeSeen, Rules, TreeSeen, Unknown, readiness

AUTO = PromotionPolicy.model_validate({"mode": "bounded_auto"})
MANUAL = PromotionPolicy.model_validate({"mode": "manual_only"})
FIXED = Rules(no_force_push=True, no_deletion=True)
WHOLE = replace(
    FIXED,
    pull_request=True,
    approvals=1,
    last_push=True,
    dismiss_stale=True,
    code_owners=True,
    checks=(Check(GATE_CHECK, 15368), Check("tests")),
    strict=True,
)
FORGE = ForgeSeen(
    repository="acme/live",
    default_branch="main",
    base=Branch("main", sources=(WHOLE,)),
    ledger=Branch(LEDGER, sources=(FIXED,)),
    actions_open_pulls=True,
    secrets=frozenset({"PROMOBOT_APP_ID", "PROMOBOT_PRIVATE_KEY"}),
)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CALLS = {
    f".github/workflows/{name}.yml": f"jobs:\n  x:\n    uses: acme/promobot/.github/workflows/{name}.yml@{COMMIT}\n"
    for name in ("promote", "gate", "record")
}
TREE = TreeSeen(codeowners=(".github/CODEOWNERS", "* @acme/operators\n"), workflows=CALLS)
NOT_SEEN = Unknown("Administration: read")


def found(forge: ForgeSeen = FORGE, tree: TreeSeen = TREE, policy: PromotionPolicy = AUTO) -> dict[str, Finding]:
    told = list(readiness(policy, forge, tree))
    by_code = {finding.code: finding for finding in told}
    assert len(by_code) == len(told), "each point is told once"
    assert all(finding.mend for finding in told if finding.severity is not Severity.OK)
    return by_code


def ill(told: dict[str, Finding]) -> set[str]:
    """What is not well, the limits aside that no setting takes away."""
    return {name for name, finding in told.items() if finding.severity is not Severity.OK} - {"gate_by_name"}


def ruled(**changed: Any) -> ForgeSeen:
    return replace(FORGE, base=Branch("main", sources=(replace(WHOLE, **changed),)))


def ledger(*sources: Rules | Unknown, exists: bool = True) -> ForgeSeen:
    return replace(FORGE, ledger=Branch(LEDGER, exists, sources))


def with_workflow(name: str, text: str) -> TreeSeen:
    return replace(TREE, workflows={**CALLS, f".github/workflows/{name}.yml": text})


def test_where_everything_stands_everything_is_ok() -> None:
    told = found()
    assert ill(told) == set()
    assert len(told) == 26
    assert told["bounded_auto"].message == "all that it rests on stands: ready for bounded_auto"


FAULTS: dict[str, tuple[ForgeSeen, TreeSeen, str]] = {
    "pull_request": (ruled(pull_request=False), TREE, "past gate and reviewers"),
    "gate_required": (ruled(checks=(Check("tests", 15368),)), TREE, GATE_CHECK),
    "gate_pinned": (ruled(checks=(Check(GATE_CHECK), Check("tests", 15368))), TREE, "anybody who may write"),
    "up_to_date": (ruled(strict=False), TREE, "jointly pass step or quota"),
    "review_required": (ruled(approvals=0), TREE, "can merge it alone"),
    "review_last_push": (ruled(last_push=False), TREE, "push a commit and approve it"),
    "review_dismissed": (ruled(dismiss_stale=False), TREE, "need not be what was approved"),
    "code_owner_review": (ruled(code_owners=False), TREE, "anybody's approval"),
    "no_force_push": (ruled(no_force_push=False), TREE, "rewritten"),
    "no_deletion": (ruled(no_deletion=False), TREE, "main cannot be deleted"),
    "ledger_no_force_push": (ledger(Rules(no_deletion=True)), TREE, f"{LEDGER} cannot be force-pushed"),
    "ledger_no_deletion": (ledger(Rules(no_force_push=True), exists=False), TREE, f"{LEDGER} (not there yet)"),
    "actions_open_pulls": (
        replace(FORGE, actions_open_pulls=False, secrets=frozenset()), TREE, "there is no App whose token could"),
    "default_branch": (replace(FORGE, default_branch="trunk"), TREE, "the default branch trunk"),
    "codeowners": (FORGE, replace(TREE, codeowners=("CODEOWNERS", "/config/ @a\n")), "/.github/"),
    "codeowners_valid": (replace(FORGE, owner_errors=("CODEOWNERS line 1: Unknown owner",)), TREE, "Unknown owner"),
    "attributes": (
        FORGE, replace(TREE, attributes={"config/config.toml": ("text=auto",)}), "config/config.toml (text=auto)"),
    "workflow_gate": (FORGE, with_workflow("gate", "jobs: {}\n"), "no workflow on main runs promobot's gate"),
    "workflow_record": (
        FORGE, with_workflow("record", "    uses: a/b/.github/workflows/record.yml@v1\n"), "not pinned to a commit"),
    "workflow_promote": (
        FORGE, with_workflow("promote", "    uses: OWNER/promobot/.github/workflows/promote.yml@COMMIT\n"), "OWNER"),
}  # fmt: skip


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("policy", [AUTO, MANUAL], ids=["bounded_auto", "manual_only"])
def test_one_thing_missing_is_one_finding_and_the_mode_says_how_bad(code: str, policy: PromotionPolicy) -> None:
    forge, tree, words = FAULTS[code]
    told = found(forge, tree, policy)
    assert ill(told) - {"app_token"} == {code, "bounded_auto"}
    severe = policy is AUTO
    assert told[code].severity is (Severity.ERROR if severe else Severity.WARNING)
    assert told["bounded_auto"].severity is (Severity.ERROR if severe else Severity.NOTE)
    assert words in told[code].message
    assert told["bounded_auto"].message == f"not ready for bounded_auto: {code}"


ADVICE: dict[str, tuple[ForgeSeen, TreeSeen, str]] = {
    "app_token": (replace(FORGE, secrets=frozenset({"PROMOBOT_APP_ID"})), TREE, "after a person has approved the run"),
    "bypass": (ruled(bypass=("administrators",)), TREE, "do not bind administrators"),
    "ledger_bypass": (ledger(replace(FIXED, bypass=("Team 7",))), TREE, "do not bind Team 7"),
    "ledger_writable": (ledger(replace(FIXED, pull_request=True)), TREE, "promobot needs a bypass"),
    "exports_off_base": (
        FORGE,
        replace(TREE, exports=("in/1.json", "in/example.json")),
        "(1 there): each moves the base",
    ),
}


@pytest.mark.parametrize("code", ADVICE)
def test_what_is_advice_warns_and_leaves_bounded_auto_ready(code: str) -> None:
    forge, tree, words = ADVICE[code]
    told = found(forge, tree)
    assert ill(told) == {code}
    assert told[code].severity is Severity.WARNING
    assert words in told[code].message


def test_nothing_that_was_not_seen_is_called_well() -> None:
    blind = replace(
        FORGE,
        base=Branch("main", sources=(NOT_SEEN,)),
        ledger=Branch(LEDGER, sources=(NOT_SEEN,)),
        actions_open_pulls=NOT_SEEN,
        secrets=Unknown("Secrets: read"),
        owner_errors=Unknown("Contents: read"),
    )
    told = found(blind)
    well = {name for name, finding in told.items() if finding.severity is Severity.OK}
    assert well == {
        "default_branch", "codeowners", "attributes", "exports_off_base",
        "workflow_promote", "workflow_gate", "workflow_record",
    }  # fmt: skip
    assert {finding.severity for finding in told.values()} == {Severity.OK, Severity.UNKNOWN}
    assert "the permission Administration: read" in told["gate_required"].mend
    assert "the permission Secrets: read" in told["app_token"].mend
    assert "whether it is ready for bounded_auto was not seen" in told["bounded_auto"].message
    assert "not seen: pull_request, gate" in told["bounded_auto"].message


def test_a_source_that_was_not_seen_may_hold_what_the_others_lack_but_takes_nothing_away() -> None:
    told = found(replace(FORGE, base=Branch("main", sources=(NOT_SEEN, replace(WHOLE, last_push=False)))))
    assert told["review_last_push"].severity is Severity.UNKNOWN
    assert told["review_dismissed"].severity is Severity.OK
    assert told["bypass"].severity is Severity.UNKNOWN


def test_sources_add_up_but_a_pin_belongs_to_its_own_check() -> None:
    halves = (replace(FIXED, checks=(Check(GATE_CHECK),)), replace(WHOLE, checks=(Check("x", 1),), no_deletion=False))
    told = found(replace(FORGE, base=Branch("main", sources=halves)))
    assert {code for code, finding in told.items() if finding.severity is Severity.ERROR} == {
        "gate_pinned",
        "bounded_auto",
    }


def test_strict_without_a_check_asks_for_nothing_and_a_merge_queue_is_as_good() -> None:
    assert found(ruled(checks=()))["up_to_date"].severity is Severity.ERROR
    assert found(ruled(strict=False, merge_queue=True))["up_to_date"].severity is Severity.OK


def test_a_gate_that_nobody_requires_is_not_told_twice() -> None:
    assert "gate_pinned" not in found(ruled(checks=()))


def test_what_no_setting_takes_away_is_a_note_where_the_rules_bring_it() -> None:
    told = found(ruled(merge_queue=True))
    limits = {code: finding for code, finding in told.items() if finding.severity is Severity.NOTE}
    assert set(limits) == {"gate_by_name", "queue_workflows"}
    assert f"sets {GATE_CHECK} to green" in limits["gate_by_name"].message
    assert "judges its own group" in limits["queue_workflows"].message
    assert told["bounded_auto"].severity is Severity.OK
    assert not {"gate_by_name", "queue_workflows"} & found(ruled(checks=(Check("tests", 15368),))).keys()


def test_no_rules_at_all_are_missing_and_nobody_bypasses_them() -> None:
    told = found(replace(FORGE, base=Branch("main"), ledger=Branch(LEDGER, exists=False)))
    assert told["pull_request"].severity is Severity.ERROR
    assert "bypass" not in told
    assert "ledger_bypass" not in told


@pytest.mark.parametrize(
    ("opens", "secrets", "severity"),
    [
        (False, FORGE.secrets, None),
        (NOT_SEEN, FORGE.secrets, None),
        (True, frozenset(), Severity.OK),
        (False, frozenset(), Severity.ERROR),
        (NOT_SEEN, frozenset(), Severity.UNKNOWN),
        (True, Unknown("Secrets: read"), Severity.OK),
        (False, Unknown("Secrets: read"), Severity.UNKNOWN),
    ],
)
def test_whether_actions_may_open_pull_requests_matters_without_an_app(
    opens: bool | Unknown, secrets: Any, severity: Severity | None
) -> None:
    told = found(replace(FORGE, actions_open_pulls=opens, secrets=secrets))
    finding = told.get("actions_open_pulls")
    assert (finding and finding.severity) == severity


WORKFLOWS: dict[str, Callable[[str], str]] = {
    "the reusable workflow": lambda sha: f"    uses: acme/promobot/.github/workflows/gate.yml@{sha}\n",
    "the action in a step": lambda sha: f"      - uses: acme/promobot/.github/actions/check@{sha} # v1\n",
    "the action in a named step": lambda sha: f"        uses: 'acme/promobot/.github/actions/check@{sha}'\n",
    "this repository's own": lambda _: "        uses: $/.github/actions/check\n",
}


@pytest.mark.parametrize("story", WORKFLOWS)
def test_a_workflow_is_known_by_what_it_uses(story: str) -> None:
    tree = replace(TREE, workflows={**CALLS, ".github/workflows/gate.yml": WORKFLOWS[story](COMMIT)})
    assert found(tree=tree)["workflow_gate"].severity is Severity.OK
    other = with_workflow("gate", WORKFLOWS[story](COMMIT).replace("gate.yml", "gate2.yml").replace("check", "checks"))
    assert found(tree=other)["workflow_gate"].severity is Severity.ERROR
    commented = with_workflow("gate", f"#{WORKFLOWS[story](COMMIT)}")
    assert found(tree=commented)["workflow_gate"].severity is Severity.ERROR


def test_owners_that_nobody_has_named_yet_are_nobody() -> None:
    tree = replace(TREE, codeowners=(".github/CODEOWNERS", "* @OWNER/operators\n"))
    assert found(tree=tree)["codeowners"].message == ".github/CODEOWNERS names @OWNER/operators, who is nobody"
    none = found(tree=replace(TREE, codeowners=None))
    assert none["codeowners"].message == "there is no CODEOWNERS on main"
    assert "codeowners_valid" not in none
