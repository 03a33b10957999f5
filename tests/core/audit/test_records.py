"""A record against the landing that it is about: what agrees, and which member is named where it does not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.audit.events import Landing, Moment, Switch
from promobot.core.audit.records import judge_record, of_nothing, record_path, unrecorded
from promobot.core.audit.statement import Filed, read_statement
from promobot.core.landing_facts import File, GitFacts, Search
from promobot.core.record import record_entry
from tests.core.test_record import ANN, BEN, BOT, CHANGE, HEAD, JSON, LANDING, believed, meta, pull, review
from tests.support.builders import NOW

PROPOSAL = believed(meta())
FOLDER, LIVE, POLICY = f"reports/{PROPOSAL.proposal_id}", "live/auto.toml", "e" * 40
FILES = {name: name.encode() for name in ("proposal_meta.json", "config_patches.json", "OPERATOR_CHECKLIST.md")}
OVERRIDES = b'[auto_applied]\n"portfolio.leverage" = 1.75\n'
FILED = Filed(PROPOSAL.digest, "7" * 40, "8" * 40)


def blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(data), data)).hexdigest()


CONTENTS = {blob(data): hashlib.sha256(data).hexdigest() for data in (*FILES.values(), OVERRIDES)}
LANDED = Landing(
    at=Moment(LANDING, int(NOW.timestamp())),
    parent="9" * 40,
    folder=FOLDER,
    proposal_id=PROPOSAL.proposal_id,
    digest=PROPOSAL.digest,
    evidence_digest=PROPOSAL.evidence_digest,
    kind="promotion",
    mode="bounded_auto",
    changes=(CHANGE,),
    overrides=Switch(LIVE, None, blob(OVERRIDES)),
    policy=POLICY,
    artifacts={name: blob(data) for name, data in FILES.items()},
)


def recorded(search: Search | None = None, **changed: Any) -> bytes:
    """The record that promobot writes of LANDED; `changed` are git's facts as it saw them."""
    facts = GitFacts(
        commit=LANDING,
        committer=("A Person", "person@example.invalid"),
        committed_at=NOW,
        policy_path="config/promobot.toml",
        policy_blob=POLICY,
        overrides_path=LIVE,
        before=None,
        overrides=File(LIVE, blob(OVERRIDES), OVERRIDES),
        artifacts={name: File(f"{FOLDER}/{name}", blob(data), data) for name, data in FILES.items()},
    )
    return record_entry(PROPOSAL, replace(facts, **changed), search or Search(True, pull()), NOW)[1]


def judged(content: bytes | None, landing: Landing = LANDED) -> list[tuple[str, str]]:
    return [(found.code, found.message) for found in judge_record(landing, FILED, content, CONTENTS.get)[1]]


def test_a_true_record_agrees() -> None:
    approval, findings = judge_record(LANDED, FILED, recorded(), CONTENTS.get)
    assert findings == []
    assert approval is not None
    assert approval.pull is not None
    assert (approval.asked, approval.pull.number, approval.pull.head) == (True, 7, HEAD)
    assert approval.pull.url == "https://forge.example/7"


def test_a_landing_without_values_agrees_too() -> None:
    """By hand, before there was an overrides file; and by hand, where one is and stays."""
    by_hand = replace(CHANGE, automatic=False)
    manual = replace(PROPOSAL, changes=(by_hand,))
    for before in (None, blob(OVERRIDES)):
        file = None if before is None else File(LIVE, before, OVERRIDES)
        facts: dict[str, Any] = {"overrides": file, "before": before}
        landing = replace(LANDED, changes=(by_hand,), overrides=Switch(LIVE, before, before))
        content = json.loads(recorded(**facts))
        content["predicate"]["decision"] = {"applied": [], "by_hand": [manual.changes[0].target], "patches": None}
        assert judged(json.dumps(content).encode(), landing) == []


def test_only_words_that_counted_approve() -> None:
    reviews = (review(BEN), review(ANN, commit="0" * 40), review(BOT))
    approval, _ = judge_record(LANDED, FILED, recorded(Search(True, pull(reviews=reviews))), CONTENTS.get)
    assert approval is not None
    assert (approval.approvers, approval.merger) == (("ben",), "ann")


@pytest.mark.parametrize("asked", [True, False])
def test_without_a_pull_request_nobody_is_known(asked: bool) -> None:
    approval, findings = judge_record(LANDED, FILED, recorded(Search(asked)), CONTENTS.get)
    assert approval is not None
    assert (approval.asked, approval.pull, approval.approvers, approval.merger) == (asked, None, (), None)
    assert findings == []


def test_a_merger_who_is_gone_is_no_merger() -> None:
    approval, _ = judge_record(LANDED, FILED, recorded(Search(True, pull(merger=None))), CONTENTS.get)
    assert approval is not None
    assert (approval.merger, approval.pull is None) == (None, False)


GIT_SAYS: dict[str, tuple[dict[str, Any], str]] = {
    "another commit": ({"at": Moment("1" * 40, 0)}, "predicate.landing.commit"),
    "another id": ({"proposal_id": "live_promotion_20200101T000000Z_0123456789abcdef"}, "predicate.proposal.id"),
    "another digest": ({"digest": "0" * 64}, "predicate.proposal.digest"),
    "another evidence": ({"evidence_digest": None}, "predicate.proposal.evidence_digest"),
    "another kind": ({"kind": "operator"}, "predicate.proposal.kind"),
    "another mode": ({"mode": "manual_only"}, "predicate.proposal.mode"),
    "it reverts": ({"reverts": "0" * 64}, "predicate.proposal.reverts"),
    "another policy": ({"policy": "1" * 40}, "predicate.policy.landed_under"),
    "no policy": ({"policy": None}, "predicate.policy.landed_under"),
    "by hand": ({"changes": (replace(CHANGE, automatic=False),)}, "predicate.decision.applied"),
    "more by hand": ({"changes": (CHANGE, replace(CHANGE, automatic=False))}, "predicate.decision.by_hand"),
    "another overrides path": (
        {"overrides": Switch("live/other.toml", None, blob(OVERRIDES))},
        "predicate.landing.overrides.path",
    ),
    "overrides before": (
        {"overrides": Switch(LIVE, "1" * 40, blob(OVERRIDES))},
        "predicate.landing.overrides.before",
    ),
    "overrides after": ({"overrides": Switch(LIVE, None, "1" * 40)}, "predicate.landing.overrides.after"),
    "no overrides after": ({"overrides": Switch(LIVE, None, None)}, "which did not land"),
    "another artifact": (
        {"artifacts": {**LANDED.artifacts, "config_patches.json": "1" * 40}},
        "config_patches.json gitBlob",
    ),
    "one artifact more": ({"folder": "reports/elsewhere"}, "its subject lacks"),
}


@pytest.mark.parametrize(("changed", "named"), GIT_SAYS.values(), ids=GIT_SAYS)
def test_each_member_that_is_wrong_is_named(changed: dict[str, Any], named: str) -> None:
    landing = replace(LANDED, **changed)
    found = judge_record(landing, FILED, recorded(), CONTENTS.get)[1]
    assert {(one.code, one.path, one.commit) for one in found} == {
        ("record_mismatch", f"records/{PROPOSAL.digest}.json", landing.at.commit)
    }
    assert any(named in one.message for one in found), [one.message for one in found]


@pytest.mark.parametrize("wrong", ["another", None])
def test_a_file_is_named_by_both_of_its_digests(wrong: str | None) -> None:
    """sha1 can be made to meet; the record has sha256 beside it."""
    sha256 = CONTENTS | {blob(OVERRIDES): wrong}
    [found] = judge_record(LANDED, FILED, recorded(), sha256.get)[1]
    assert (found.code, "subject live/auto.toml sha256" in found.message) == ("record_mismatch", True)


def changed(change: Callable[[Any], object]) -> bytes:
    statement = json.loads(recorded())
    change(statement)
    return json.dumps(statement).encode()


def test_a_branch_that_is_not_the_proposals_is_named() -> None:
    [(code, message)] = judged(changed(lambda told: told["predicate"]["proposal"].update(branch="promobot/0")))
    assert (code, "predicate.proposal.branch" in message) == ("record_mismatch", True)


def test_what_members_of_another_form_mean_is_not_guessed() -> None:
    content = changed(lambda told: told.update(predicateType="elsewhere", subject=[]))
    assert [code for code, _ in judged(content)] == ["record_mismatch"]


FORMS = {
    "_type": changed(lambda told: told.update(_type="https://in-toto.io/Statement/v0.1")),
    "predicateType": changed(lambda told: told.update(predicateType="https://slsa.dev/provenance/v1")),
}


@pytest.mark.parametrize(("member", "content"), FORMS.items(), ids=FORMS)
def test_a_statement_of_another_form_is_named_as_that(member: str, content: bytes) -> None:
    [(code, message)] = judged(content)
    assert (code, f" {member} is" in message) == ("record_mismatch", True)


def test_members_that_a_later_version_adds_are_passed_over() -> None:
    assert judged(changed(lambda told: told["predicate"].update(new_member={"a": 1}))) == []


def test_a_member_of_another_type_does_not_agree() -> None:
    told = judged(changed(lambda told: told["predicate"]["landing"].update(overrides=["before"])))
    assert [code for code, _ in told] == ["record_mismatch"] * 2


BROKEN: dict[str, bytes | None] = {
    "not here": None,
    "nothing": b"",
    "a list": b"[]",
    "no text": b"\xff\xfe",
    "UTF-16": recorded().decode().encode("utf-16"),
    "a BOM": b"\xef\xbb\xbf" + recorded(),
    "cut off": recorded()[:-10],
    "a member twice": recorded().replace(b'"predicateType"', b'"predicateType": "x", "predicateType"'),
    "NaN": recorded().replace(b'"run_url": null', b'"run_url": NaN'),
    "a number that is true": changed(lambda told: told["predicate"]["pull_request"].update(number=True)),
    "a number that is none": changed(lambda told: told["predicate"]["pull_request"].update(number=0)),
    "a deep one": b"[" * 10**5,
    "no predicate": changed(lambda told: told.pop("predicate")),
    "no approvers": changed(lambda told: told["predicate"].pop("approvers")),
    "an approver who is none": changed(lambda told: told["predicate"].update(approvers=[None])),
    "perhaps asked": changed(lambda told: told["predicate"]["forge"].update(asked=1)),
    "people and no pull request": changed(lambda told: told["predicate"].update(pull_request=None)),
    "a file twice": changed(lambda told: told["subject"].append(told["subject"][0])),
    "a subject that is none": changed(lambda told: told.update(subject={})),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_a_finding(content: bytes | None) -> None:
    approval, [found] = judge_record(LANDED, FILED, content, CONTENTS.get)
    assert approval is None
    assert (found.code, found.commit, found.path) == ("record_unreadable", LANDING, record_path(PROPOSAL.digest))


@given(st.sampled_from(sorted(json.loads(recorded())["predicate"])), JSON)
def test_whatever_stands_in_a_record_is_a_finding_or_agrees(name: str, value: Any) -> None:
    content = changed(lambda told: told["predicate"].update({name: value}))
    approval, found = judge_record(LANDED, FILED, content, CONTENTS.get)
    assert (approval is None) == any(one.code == "record_unreadable" for one in found)
    if name in ("proposal", "policy", "landing", "decision"):
        assert found
    assert all(one.message.isprintable() for one in found)


@given(JSON)
def test_any_document_is_read_or_refused(told: Any) -> None:
    with pytest.raises(ValueError):
        read_statement(json.dumps(told).encode())


# Records beside the landings.


def test_a_record_of_what_never_landed() -> None:
    found = of_nothing(FILED, recorded(), lambda _: False)
    assert found is not None
    assert (found.code, found.commit, found.path) == ("record_of_nothing", FILED.commit, record_path(FILED.digest))
    assert LANDING in found.message


def test_a_record_of_a_landing_that_was_not_looked_at() -> None:
    assert of_nothing(FILED, recorded(), {LANDING}.__contains__) is None


@pytest.mark.parametrize("commit", [None, 7, ["a"], {}])
def test_a_record_that_names_no_commit_is_of_nothing(commit: Any) -> None:
    content = changed(lambda told: told["predicate"]["landing"].update(commit=commit))
    found = of_nothing(FILED, content, lambda _: True)
    assert found is not None
    assert found.code == "record_of_nothing"


@pytest.mark.parametrize(("content", "code"), [(b"{}", "record_unreadable"), (None, "record_unreadable")])
def test_an_unreadable_record_of_nothing(content: bytes | None, code: str) -> None:
    found = of_nothing(FILED, content, lambda _: True)
    assert found is not None
    assert (found.code, found.commit) == (code, FILED.commit)


def test_landings_without_a_record_are_told_where_the_policy_asks() -> None:
    other = replace(LANDED, digest="0" * 64, at=Moment("1" * 40, 0))
    [found] = unrecorded([LANDED, other], frozenset({LANDED.digest}))
    assert (found.code, found.commit, found.path) == ("no_record", "1" * 40, f"records/{'0' * 64}.json")
