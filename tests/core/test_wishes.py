"""Wishes, reverts and expiries become proposals like any other: what holds, what is only shown, what is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from promobot.core.base_state import BaseState, Landed
from promobot.core.canonical import sha256_of
from promobot.core.policy.file import parse_policy
from promobot.core.prepared import Prepared, Proposed
from promobot.core.wish import Wish
from promobot.core.wishes import expired_overrides, prepare_wish
from promobot.errors import PolicyError, RepositoryRefused, WishRefused
from tests.support.builders import NOW, policy
from tests.support.wishes import BASE, COMMIT, state

TARGET = "portfolio.leverage"
ID, DIGEST = "live_promotion_20261101T120000Z_" + "d" * 16, "d" * 64


def wish(values: dict[str, Any] | None = None, command: str = "set", **more: Any) -> Wish:
    source = {"command": command, **({"proposal": ID} if command == "apply" else {})}
    given: dict[str, Any] = {"kind": "operator", "values": values or {TARGET: 1.8}, "reason": "calmer"}
    return Wish(**{**given, "source": source, **more})


def revert(values: dict[str, Any], replaces: dict[str, Any]) -> Wish:
    return Wish("revert", values, "", {"command": "revert", "proposal": ID, "digest": DIGEST}, replaces)


def proposed(made: Prepared) -> Proposed:
    assert made.proposed is not None
    return made.proposed


def live_file(made: Prepared) -> str:
    return proposed(made).files["config/live_overrides/auto.toml"].decode()


LANDED = Landed(predecessors={TARGET: DIGEST})


@pytest.mark.parametrize("mode", ["bounded_auto", "manual_only", "disabled"])
def test_a_persons_value_is_applied_whatever_the_mode(mode: str) -> None:
    made = prepare_wish(state(rules=policy(mode=mode)), wish(), NOW)
    (change,) = made.changes
    assert (change.target, change.old, change.new, change.automatic) == (TARGET, 1.75, 1.8, True)
    assert live_file(made) == '[auto_applied]\n"portfolio.leverage" = 1.8\n'
    assert proposed(made).proposal.meta["mode"] == str(made.mode) == mode


def test_an_integer_for_a_float_key_is_written_as_a_float() -> None:
    assert '"portfolio.leverage" = 2.0\n' in live_file(prepare_wish(state(), wish({TARGET: 2}), NOW))


def test_taking_an_override_away_removes_its_line() -> None:
    made = prepare_wish(state(), wish({TARGET: None}, "unset"), NOW)
    assert live_file(made) == "[auto_applied]\n"
    assert proposed(made).proposal.meta["overrides"] == {TARGET: {"old": 1.75, "new": None}}
    assert proposed(made).proposal.title == "unset: portfolio.leverage 1.75 -> 1.5 (override removed)"


def test_the_meta_has_the_members_of_a_promotion_and_the_wish() -> None:
    made = proposed(prepare_wish(state(landed=LANDED), wish({TARGET: 2.5, "macro.tilt": 0.4}), NOW))
    meta = json.loads(made.files[f"{made.proposal.output_dir}/proposal_meta.json"])
    assert meta == made.proposal.meta
    assert (meta["kind"], meta["schema_version"]) == ("operator", 1)
    assert meta["export"] == {"sha256": None, "files": []}
    assert meta["base"] == {"branch": "main", "commit": COMMIT}
    assert meta["wish"] == {
        "kind": "operator", "values": {"macro.tilt": 0.4, TARGET: 2.5}, "reason": "calmer",
        "source": {"command": "set"}, "replaces": {},
    }  # fmt: skip
    assert meta["changes"] == [
        {"target": "macro.tilt", "old": 0.3, "new": 0.4, "automatic": True, "predecessor": None},
        {"target": TARGET, "old": 1.75, "new": 2.5, "automatic": True, "predecessor": DIGEST},
    ]
    assert meta["notices"] == {
        TARGET: [
            {"code": "above_max", "message": "above the maximum 2.0"},
            {"code": "step_too_large", "message": "a step of 0.75 is over the limit 0.25"},
        ]
    }
    told = {name: meta["facts"][name] for name in ("evaluated_at", "live_values", "base_values", "unknown_targets")}
    assert told == {
        "evaluated_at": "2026-11-22T12:00:00Z", "live_values": {"macro.tilt": 0.3, TARGET: 1.75},
        "base_values": {"macro.tilt": 0.3, TARGET: 1.5}, "unknown_targets": [],
    }  # fmt: skip
    assert "reverts" not in meta
    patches = json.loads(made.files[f"{made.proposal.output_dir}/config_patches.json"])
    assert patches == {"schema_version": 1, "proposal_id": made.proposal.proposal_id, "patches": []}


def test_the_time_of_creation_names_it_and_the_time_of_judging_stands_in_it() -> None:
    long_ago = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    now, then = (proposed(prepare_wish(state(), wish(), NOW, created)) for created in (None, long_ago))
    assert now.proposal.proposal_id.startswith("live_promotion_20261122T120000Z_")
    assert then.proposal.proposal_id.startswith("live_promotion_20260102T030405Z_")
    assert then.proposal.meta["facts"]["evaluated_at"] == "2026-11-22T12:00:00Z"
    assert now.digest == then.digest


def test_the_digest_is_that_of_the_question_alone() -> None:
    asked = {"kind": "operator", "base": "main", "mode": "bounded_auto"}
    unset = proposed(prepare_wish(state(landed=LANDED), wish({TARGET: None}, "unset"), NOW))
    assert unset.digest == sha256_of({**asked, "changes": [[TARGET, 1.75, None, True, DIGEST]]})
    plain = proposed(prepare_wish(state(), wish(), NOW))
    assert plain.digest == sha256_of({**asked, "changes": [[TARGET, 1.75, 1.8, True, None]]})
    said = proposed(prepare_wish(state(), wish(reason="another"), NOW + timedelta(days=1)))
    assert said.digest == plain.digest
    assert said.proposal.meta["evidence_digest"] != plain.proposal.meta["evidence_digest"]
    applied = proposed(prepare_wish(state(), wish(command="apply"), NOW))
    assert applied.digest == plain.digest
    others = [wish({TARGET: 1.9}), wish({TARGET: 1.8, "macro.tilt": 0.4}), revert({TARGET: 1.8}, {TARGET: 1.75})]
    digests = {proposed(prepare_wish(state(landed=LANDED), other, NOW)).digest for other in others}
    assert len({plain.digest, *digests}) == 4


SUBJECTS: dict[str, tuple[Wish, str]] = {
    "set": (wish(), "set: portfolio.leverage 1.75 -> 1.8"),
    "two": (wish({TARGET: 1.8, "macro.tilt": 0.4}, "apply"), "apply: macro.tilt 0.3 -> 0.4 (+1 more)"),
    "a text": (wish({"strategy.name": "secret"}), "set: strategy.name (text)"),
    "a boolean": (wish({"strategy.on": True}), "set: strategy.on false -> true"),
    "revert": (revert({TARGET: 1.25}, {TARGET: 1.75}), "revert: portfolio.leverage 1.75 -> 1.25"),
    "revert of a first landing": (
        revert({TARGET: None}, {TARGET: 1.75}), "revert: portfolio.leverage 1.75 -> 1.5 (override removed)"),
    "expiry": (
        Wish("expiry", {TARGET: None}, "", {"command": "expiry"}),
        "expire: portfolio.leverage 1.75 -> 1.5 (override removed)"),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "line"), SUBJECTS.values(), ids=SUBJECTS)
def test_the_subject_says_who_changes_what(asked: Wish, line: str) -> None:
    assert proposed(prepare_wish(state(landed=LANDED), asked, NOW)).proposal.title == line


def test_a_target_that_may_be_taken_for_a_reference_is_not_named() -> None:
    base = {"deadbeef": 1.0, "x" * 200: 1.0}
    for target in base:
        made = prepare_wish(state(base=base), wish({target: 2.0}), NOW)
        assert proposed(made).proposal.title == "set: 1 value"


def test_no_word_of_a_person_gets_into_the_message() -> None:
    reason = "a reason\n\nPromotion-Digest: 0\nSigned-off-by: x"
    quiet, loud = (prepare_wish(state(), wish(reason=text), NOW) for text in ("", reason))
    assert proposed(quiet).message("none", None) == proposed(loud).message("none", None)


def test_a_revert_names_what_it_reverts() -> None:
    made = proposed(prepare_wish(state(landed=LANDED), revert({TARGET: None}, {TARGET: 1.75}), NOW))
    assert made.proposal.meta["reverts"] == DIGEST
    assert "\nPromotion-Kind: revert\n" in made.message("none", None)
    assert f"\nPromotion-Reverts: {DIGEST}\n" in made.message("none", None)
    assert "Promotion-Reverts" not in proposed(prepare_wish(state(), wish(), NOW)).message("none", None)


HOLD: dict[str, tuple[Wish, str]] = {
    "a hard limit": (wish({TARGET: 3.25}), "above the hard limit 3.0"),
    "another type": (wish({TARGET: "2"}), "the live value is of type float"),
    "a float for an integer": (wish({"strategy.trigger_count": 6.0}), "the live value is of type integer"),
    "an unknown parameter": (wish({"portfolio.levrage": 1.8}), "no such parameter"),
    "what is live already": (wish({TARGET: 1.75}), "live already"),
    "no override to take away": (wish({"macro.tilt": None}, "unset"), "no override to take away"),
}


@pytest.mark.parametrize(("asked", "why"), HOLD.values(), ids=HOLD)
def test_four_rules_hold_for_a_person_too(asked: Wish, why: str) -> None:
    with pytest.raises(WishRefused, match=why) as caught:
        prepare_wish(state(), asked, NOW)
    assert (caught.value.code, caught.value.exit_code) == ("wish_refused", 2)
    (target,) = asked.values
    assert [detail.message.startswith(f"{target}: ") for detail in caught.value.details] == [True]


def test_every_refused_target_has_its_detail() -> None:
    asked = wish({TARGET: 9.0, "macro.tilt": True, "desk.size": 5.0}, "apply")
    with pytest.raises(WishRefused) as caught:
        prepare_wish(state(), asked, NOW)
    assert [detail.message.partition(":")[0] for detail in caught.value.details] == ["macro.tilt", TARGET]


def test_an_override_is_not_taken_away_where_the_base_config_is_over_the_hard_limit() -> None:
    with pytest.raises(WishRefused, match="hard limit"):
        prepare_wish(state(base={"portfolio": {"leverage": 5.0}}), wish({TARGET: None}, "unset"), NOW)


def test_an_override_that_the_live_system_ignores_can_be_taken_away() -> None:
    held = replace(state('[auto_applied]\n"gone.key" = 1\n'), live=state(None).live)
    made = prepare_wish(held, wish({"gone.key": None}, "unset"), NOW)
    assert live_file(made) == "[auto_applied]\n"
    assert [notice["code"] for notice in proposed(made).proposal.meta["notices"]["gone.key"]] == ["no_base_value"]


NOTICES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "lock": ({"lock": True}, {}, "lock"),
    "disabled": ({"mode": "disabled"}, {}, "mode"),
    "no grant": ({"eligibility": []}, {}, "not_eligible"),
    "a barred target": ({"blacklist": {"targets": ["macro"]}}, {"macro.tilt": 0.4}, "blacklisted_target"),
    "a barred tag": ({"blacklist": {"tags": ["leverage"]}}, {}, "blacklisted_tag"),
    "research": ({"research": {"targets": ["portfolio.*"]}}, {}, "research"),
    "not on the list": ({"auto_apply": {"allow": []}}, {}, "not_allowed"),
    "no bounds": ({}, {"desk.size": 5.0}, "no_bounds"),
    "no number": ({}, {"strategy.on": True}, "not_numeric"),
    "below": ({}, {TARGET: 0.5}, "below_min"),
    "above": ({}, {TARGET: 2.5}, "above_max"),
    "too far": ({}, {TARGET: 1.25}, "step_too_large"),
    "quota": ({"auto_apply": {"max_per_day": 0}}, {}, "quota"),
    "too many at once": ({"max_per_proposal": 0}, {}, "over_limit"),
}


@pytest.mark.parametrize(("sections", "values", "code"), NOTICES.values(), ids=NOTICES)
def test_every_bound_that_a_wish_passes_is_recorded_and_not_refused(
    sections: dict[str, Any], values: dict[str, Any], code: str
) -> None:
    made = proposed(prepare_wish(state(rules=policy(**sections)), wish(values or None), NOW))
    told = {target: [notice["code"] for notice in said] for target, said in made.proposal.meta["notices"].items()}
    assert code in told[next(iter(values or {TARGET: 0}))]
    assert "## Before you merge" in made.checklist


def test_without_a_base_config_a_value_is_new() -> None:
    made = proposed(prepare_wish(state(None, base=None), wish({"a.b": 1.5}), NOW))
    assert [notice["code"] for notice in made.proposal.meta["notices"]["a.b"]] == ["no_bounds", "no_live_value"]
    assert made.proposal.title == "set: a.b none -> 1.5"


def test_a_wish_within_all_bounds_has_no_notice() -> None:
    assert proposed(prepare_wish(state(), wish(), NOW)).proposal.meta["notices"] == {}


CLOSED = policy(lock=True, eligibility=[], auto_apply={"max_per_day": 0}, hard_limits={"leverage": 1.0})


def test_a_revert_passes_everything_and_says_so() -> None:
    made = prepare_wish(state(landed=LANDED, rules=CLOSED), revert({TARGET: 1.25}, {TARGET: 1.75}), NOW)
    assert '"portfolio.leverage" = 1.25\n' in live_file(made)
    told = [notice["code"] for notice in proposed(made).proposal.meta["notices"][TARGET]]
    assert told == ["lock", "not_eligible", "step_too_large", "hard_limit"]


CHANGED: dict[str, tuple[Wish, BaseState]] = {
    "another landing came after": (
        revert({TARGET: None}, {TARGET: 1.75}), state(landed=Landed(predecessors={TARGET: "e" * 64}))),
    "nothing landed": (revert({TARGET: None}, {TARGET: 1.75}), state()),
    "the value is another": (revert({TARGET: None}, {TARGET: 1.7}), state(landed=LANDED)),
    "the value is of another type": (revert({TARGET: None}, {TARGET: "1.75"}), state(landed=LANDED)),
    "the override is gone": (revert({TARGET: 1.2}, {TARGET: 1.75}), state(None, landed=LANDED)),
    "there is an override where none was": (revert({TARGET: 1.2}, {TARGET: None}), state(landed=LANDED)),
    "an expiry's override": (
        Wish("expiry", {TARGET: None}, "", {"command": "expiry"}, {TARGET: 1.5}), state()),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "base"), CHANGED.values(), ids=CHANGED)
def test_what_changed_since_is_not_taken_back(asked: Wish, base: BaseState) -> None:
    with pytest.raises(RepositoryRefused, match=r"portfolio\.leverage.*promobot set or promobot unset") as caught:
        prepare_wish(base, asked, NOW)
    assert caught.value.exit_code == 4


def test_a_value_that_came_back_is_not_called_changed() -> None:
    """1.5 -> 1.75 -> 2.0, the newest reverted: the older one's value stands, but by another landing."""
    landed = Landed(predecessors={TARGET: "e" * 64, "macro.tilt": DIGEST})
    asked = revert({TARGET: None, "macro.tilt": None}, {TARGET: 1.75, "macro.tilt": 0.4})
    text = f'[auto_applied]\n"{TARGET}" = 1.75\n"macro.tilt" = %s\n'
    with pytest.raises(RepositoryRefused) as caught:
        prepare_wish(state(text % 0.4, landed=landed), asked, NOW)
    assert caught.value.message.startswith(f"left alone, because something else has landed on it since: {TARGET}; look")
    assert [told.message for told in caught.value.details] == [
        f"{TARGET} is what it was then, but {'e' * 16} has landed on it since"
    ]
    with pytest.raises(RepositoryRefused) as caught:
        prepare_wish(state(text % 0.5, landed=landed), asked, NOW)
    assert caught.value.message.startswith(
        f"changed since and left alone: macro.tilt; left alone, because something else has landed on it since: {TARGET}"
    )
    assert [told.message for told in caught.value.details] == [
        "macro.tilt is not what it was then",
        f"{TARGET} is what it was then, but {'e' * 16} has landed on it since",
    ]


def grants(*given: dict[str, Any]) -> BaseState:
    return state(rules=policy(eligibility=[{"targets": ["*"], **grant} for grant in given]))


OVER, LATER = NOW, NOW + timedelta(seconds=1)
EXPIRED: dict[str, tuple[BaseState, bool]] = {
    "passed": (grants({"override_expires": OVER}), True),
    "a date that has begun": (grants({"override_expires": NOW.date()}), True),
    "not yet": (grants({"override_expires": LATER}), False),
    "tomorrow": (grants({"override_expires": NOW.date() + timedelta(days=1)}), False),
    "without an offset UTC": (grants({"override_expires": datetime(2026, 11, 22, 12)}), True),  # noqa: DTZ001
    "none given": (grants({}), False),
    "all of them passed": (grants({"override_expires": OVER}, {"override_expires": OVER - timedelta(days=9)}), True),
    "one has none": (grants({"override_expires": OVER}, {}), False),
    "one is later": (grants({"override_expires": OVER}, {"override_expires": LATER}), False),
    "the later one is another target's": (
        grants({"override_expires": OVER}, {"override_expires": LATER, "targets": ["macro.*"]}), True),
    "no grant matches": (grants({"override_expires": OVER, "targets": ["macro.*"]}), False),
}  # fmt: skip


@pytest.mark.parametrize(("base", "over"), EXPIRED.values(), ids=EXPIRED)
def test_an_override_expires_when_every_grant_says_so(base: BaseState, over: bool) -> None:
    found = expired_overrides(base, NOW)
    assert (found is not None) is over
    if found is not None:
        assert (found.kind, found.values, found.replaces) == ("expiry", {TARGET: None}, {TARGET: 1.75})
        made = prepare_wish(base, found, NOW)
        assert live_file(made) == "[auto_applied]\n"


def test_the_policy_file_gives_a_date_and_nothing_else() -> None:
    text = b"[[eligibility]]\ntargets = ['*']\noverride_expires = %b\n"
    (grant,) = parse_policy(text % b"2026-11-22", "p").eligibility
    assert (grant.override_ended(NOW), grant.override_ended(NOW - timedelta(hours=13))) == (True, False)
    assert grant.in_force(NOW - timedelta(hours=13))
    assert not grant.in_force(NOW), "what it let pass now would be taken back at once"
    assert not grant.in_force(None)
    with pytest.raises(PolicyError) as caught:
        parse_policy(text % b"'soon'", "p")
    assert [detail.pointer for detail in caught.value.details] == ["eligibility[0].override_expires"]


def test_without_an_override_nothing_expires() -> None:
    rules = policy(eligibility=[{"targets": ["*"], "override_expires": OVER}])
    assert expired_overrides(state(None, rules=rules), NOW) is None


def test_as_many_expire_at_once_as_a_proposal_may_hold() -> None:
    rules = policy(eligibility=[{"targets": ["*"], "override_expires": OVER}], max_per_proposal=2)
    text = "[auto_applied]\n" + "".join(f'"desk.{name}" = 1\n' for name in "cabd")
    found = expired_overrides(state(text, rules=rules), NOW)
    assert found is not None
    assert list(found.values) == ["desk.a", "desk.b"]


def test_a_key_that_no_proposal_can_name_is_left_to_a_person() -> None:
    rules = policy(eligibility=[{"targets": ["*"], "override_expires": OVER}])
    long = "x" * 256
    assert (
        expired_overrides(state(f'[auto_applied]\n"no target" = 1\n{long} = 1\n"an.array" = [1]\n', rules=rules), NOW)
        is None
    )


def test_the_same_wish_gives_the_same_bytes() -> None:
    one, two = (prepare_wish(state(base=dict(BASE)), wish(), NOW) for _ in range(2))
    assert proposed(one).files == proposed(two).files
