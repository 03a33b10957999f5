"""`promobot reject`: what is said no to stays away, and what cannot be said no to is told."""

from __future__ import annotations

import json

import pytest

from tests.support.workspace import NOW, Ran, Workspace, patch

LEVERAGE = patch("portfolio.leverage", 1.75, old_value=1.5)
TILT = patch("macro.tilt", 0.35)


def reject(space: Workspace, *arguments: str) -> Ran:
    fixed = ("--forge", "none", "--format", "json", "--now", NOW.isoformat())
    return space.promobot("reject", *arguments, "--reason", "not in a holiday week", *fixed)


def test_a_whole_proposal(space: Workspace) -> None:
    made = space.proposed(LEVERAGE)
    before = space.traces()
    ran = reject(space, made["proposal_id"])
    assert ran.code == 0, ran.err
    assert ran.json["refused"] == {
        "proposal_id": made["proposal_id"],
        "digest": ran.json["refused"]["digest"],
        "target": None,
    }
    assert list(space.branches()) == ["main"]
    kept = json.loads(space.ledger()[ran.json["ledger"]["path"]])
    assert (kept["reason"], kept["by"]["verified"]) == ("not in a holiday week", False)
    again = space.proposed(LEVERAGE)
    assert (again["outcome"], again["reasons"][0]["code"]) == ("suppressed", "refused")
    assert list(space.branches()) == ["main"]
    anew = space.propose(space.export(LEVERAGE), "--reconsider").json
    assert (anew["outcome"], anew["branch"]) == ("opened", made["branch"])
    assert space.traces() == before


def test_one_value_of_it(space: Workspace) -> None:
    made = space.proposed(LEVERAGE, TILT)
    ran = reject(space, made["branch"], "--target", "macro.tilt")
    assert (ran.code, ran.json["ledger"]["written"]) == (0, True)
    assert reject(space, made["branch"], "--target", "macro.tilt").json["ledger"]["written"] is False
    rest = space.proposed(LEVERAGE, TILT)
    codes = {d["target"]: [reason["code"] for reason in d["reasons"]] for d in rest["decisions"]}
    assert codes == {"portfolio.leverage": [], "macro.tilt": ["refused"]}
    assert sorted(space.branches()) == ["main", rest["branch"]], "the old question is superseded"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("0123456789abcdef",), "there is no open proposal"),
        (("{branch}", "--target", "macro.tilt"), "does not change macro.tilt; it changes portfolio.leverage"),
    ],
)
def test_what_is_not_there(space: Workspace, arguments: tuple[str, ...], told: str) -> None:
    made = space.proposed(LEVERAGE)
    ran = reject(space, *(word.format(branch=made["branch"]) for word in arguments))
    assert (ran.code, ran.json["error"]["exit_code"]) == (2, 2)
    assert told in ran.json["error"]["message"]
    assert not [name for name in space.ledger() if name.startswith("refusals/")]
    assert made["branch"] in space.branches()


def test_only_what_can_still_be_said_no_to_is_offered(space: Workspace) -> None:
    merged = space.proposed(LEVERAGE)["branch"]
    space.merge(merged, "squash")
    told = reject(space, "0123456789abcdef").json["error"]["message"]
    assert told == "there is no open proposal 0123456789abcdef; branches of proposals that are not merged: none"
    standing = space.proposed(TILT)["branch"]
    assert set(space.branches()) == {"main", merged, standing}
    assert reject(space, "0123456789abcdef").json["error"]["message"].endswith(f"not merged: {standing}")


def test_one_value_of_a_persons_wish(space: Workspace) -> None:
    fixed = ("--forge", "none", "--format", "json", "--now", NOW.isoformat())
    made = space.promobot("set", "macro.tilt", "0.4", "--reason", "hedge", *fixed).json
    ran = reject(space, made["branch"], "--target", "macro.tilt")
    assert (ran.code, "reject the whole" in ran.json["error"]["message"]) == (2, True)
    assert reject(space, made["branch"]).code == 0
    assert list(space.branches()) == ["main"]


def test_what_has_landed_is_reverted_and_not_rejected(space: Workspace) -> None:
    made = space.proposed(LEVERAGE)
    space.merge(made["branch"])
    ran = reject(space, made["proposal_id"])
    assert ran.code == 2
    assert "promobot revert" in ran.json["error"]["message"]
    assert made["branch"] in space.branches()


def test_a_branch_with_a_persons_commit_is_left_alone(space: Workspace) -> None:
    made = space.proposed(LEVERAGE)
    space.git("fetch", "--quiet", "origin")
    space.git("switch", "--quiet", "--create", "mine", f"origin/{made['branch']}")
    space.git("commit", "--quiet", "--allow-empty", "--message", "a person's")
    space.git("push", "--quiet", "origin", f"HEAD:{made['branch']}")
    space.git("switch", "--quiet", "main")
    head = space.branches()[made["branch"]]
    ran = reject(space, made["proposal_id"])
    assert ran.code == 4
    assert space.branches()[made["branch"]] == head
