"""The record of a landing: an in-toto statement, what it holds, and what it does not believe."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.changes import Change
from promobot.core.landed import Proposal, landed_proposal
from promobot.core.landing_facts import Account, Check, File, GitFacts, MergedPull, Review, Search
from promobot.core.proposals import Ground, question_digest
from promobot.core.record import PREDICATE, latest_words, record_entry, ticks
from tests.support.builders import NOW

ANN, BEN, BOT = Account("ann", 1, "User"), Account("ben", 2, "User"), Account("ci[bot]", 3, "Bot")
HEAD, LANDING, BLOB = "a" * 40, "b" * 40, "c" * 40
CHECKLIST = "# Promotion proposal\n\n- [ ] I have read it.\n- [ ] It is a Go.\n"
CHANGE = Change("portfolio.leverage", 1.5, 1.75, True, None)
META: dict[str, Any] = {
    "kind": "promotion",
    "mode": "bounded_auto",
    "base": {"branch": "main", "commit": "d" * 40},
    "policy": {"path": "config/promobot.toml", "blob": "e" * 40},
    "evidence_digest": "f" * 64,
    "changes": [{"target": CHANGE.target, "old": 1.5, "new": 1.75, "automatic": True, "predecessor": None}],
}


def review(by: Account | None = BEN, state: str = "APPROVED", after: int = -60, **changed: Any) -> Review:
    """A word given so many seconds after the merge."""
    at = NOW + timedelta(seconds=after)
    return replace(Review(by, state, HEAD, at, "COLLABORATOR"), **changed)


def pull(**changed: Any) -> MergedPull:
    author = Account("promobot[bot]", 9, "Bot")
    plain = MergedPull(7, "https://forge.example/7", HEAD, LANDING, NOW, 1, author, ANN, CHECKLIST)
    return replace(plain, **changed)


def meta(**changed: Any) -> dict[str, Any]:
    """A meta whose digest is that of its question, unless `changed` says otherwise afterwards."""
    ground = Ground(created_at=NOW, mode=META["mode"], base_branch="main")
    digest = question_digest([CHANGE], ground)
    own = {"digest": digest, "proposal_id": f"live_promotion_20261122T120000Z_{digest[:16]}"}
    return META | own | changed


def believed(told: Any, *, reports: str = "reports") -> Proposal:
    name = told["proposal_id"] if isinstance(told, dict) else "x"
    data = told if isinstance(told, bytes) else json.dumps(told).encode()
    return landed_proposal(data, f"{reports}/{name}/proposal_meta.json", "reports", "main")


def entry(search: Search, **changed: Any) -> tuple[str, bytes]:
    patches = {"patches": [{"patch": {}, "decision": {"status": "ACCEPTED_FOR_PROPOSAL"}}, {"decision": None}]}
    facts = GitFacts(
        commit=LANDING,
        committer=("A Person", "person@example.invalid"),
        committed_at=NOW,
        policy_path="config/promobot.toml",
        policy_blob="e" * 40,
        overrides_path="live/auto.toml",
        before=None,
        overrides=File("live/auto.toml", BLOB, b"[auto_applied]\n"),
        artifacts={
            "OPERATOR_CHECKLIST.md": File("r/OPERATOR_CHECKLIST.md", BLOB, CHECKLIST.encode()),
            "config_patches.json": File("r/config_patches.json", BLOB, json.dumps(patches).encode()),
        },
    )
    return record_entry(believed(meta()), replace(facts, **changed), search, NOW)


def predicate(search: Search, **changed: Any) -> Any:
    return json.loads(entry(search, **changed)[1])["predicate"]


def test_the_statement_has_the_form_of_in_toto() -> None:
    path, content = entry(Search(True, pull()))
    statement = json.loads(content)
    assert path == f"records/{meta()['digest']}.json"
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == PREDICATE == "tag:promobot.invalid,2026:landing/v1"
    assert statement["subject"][0] == {
        "name": "live/auto.toml",
        # printf "[auto_applied]\n" | sha256sum
        "digest": {"gitBlob": BLOB, "sha256": "09ab804211e73a9e37b00fed66e2ad2bbfb0e252dda21f68ea9e2ed0e0c8860d"},
    }
    assert [part["name"] for part in statement["subject"][1:]] == ["r/OPERATOR_CHECKLIST.md", "r/config_patches.json"]


def test_the_same_facts_are_the_same_bytes() -> None:
    checks = (Check("b", "status", None, None), Check("a", "check_run", "ci", "success"))
    first = entry(Search(True, pull(checks=checks)))
    assert first == entry(Search(True, pull(checks=checks[::-1] + checks)))
    content = first[1]
    assert content == (json.dumps(json.loads(content), indent=2, sort_keys=True) + "\n").encode()


def test_hostile_names_stay_ascii() -> None:
    evil = "\u202e\x1b[2J\n::error::"
    content = entry(Search(True, pull(checks=(Check(evil, "check_run", evil, "success"),))))[1]
    assert content.isascii()
    assert min(set(content) - set(b"\n")) >= 32, "no control character but the line's end"
    assert json.loads(content)["predicate"]["checks"][0]["name"] == evil


def test_nobody_is_known_without_a_pull_request() -> None:
    said = predicate(Search(False))
    assert said["forge"] == {"asked": False, "unmatched_pull_requests": []}
    nothing = ("pull_request", "merger", "reviewed_head", "ticks", "checks")
    assert [said[name] for name in nothing] == [None] * len(nothing)
    assert said["approvers"] == []
    assert predicate(Search(True, None, (9, 7)))["forge"] == {"asked": True, "unmatched_pull_requests": [7, 9]}


def test_no_value_is_repeated() -> None:
    text = entry(Search(True, pull()))[1].decode()
    assert "1.75" not in text
    assert '"portfolio.leverage"' in text


@pytest.mark.parametrize(
    "broken", [b"", b"[]", b"{}", b'{"patches": [{"decision": {"status": "MAYBE"}}]}', b"[" * 10**5]
)
def test_patches_that_cannot_be_read_are_not_counted(broken: bytes) -> None:
    files = {"config_patches.json": File("r/config_patches.json", BLOB, broken)}
    said = predicate(Search(True, pull()), artifacts=files)
    assert (said["decision"]["patches"], said["ticks"]) == (None, None)


def test_patches_are_counted_by_status() -> None:
    assert predicate(Search(False))["decision"]["patches"] == {"ACCEPTED_FOR_PROPOSAL": 1}


COUNTED: dict[str, tuple[Review, bool]] = {
    "a member's": (review(), True),
    "the owner's": (review(association="OWNER"), True),
    "a stranger's": (review(association="NONE"), False),
    "a former contributor's": (review(association="CONTRIBUTOR"), False),
    "a bot's": (review(BOT), False),
    "the author's": (review(Account("promobot", 9, "User")), True),
    "of another commit": (review(commit="0" * 40), False),
    "of no commit": (review(commit=None), False),
    "a deleted account's": (review(None), False),
    "a request for changes": (review(state="CHANGES_REQUESTED"), False),
    "a dismissed one": (review(state="DISMISSED"), False),
}


@pytest.mark.parametrize(("word", "counted"), COUNTED.values(), ids=COUNTED)
def test_which_words_count(word: Review, counted: bool) -> None:
    [told] = predicate(Search(True, pull(reviews=(word,))))["approvers"]
    assert (told["counted"], told["state"]) == (counted, word.state)


def test_nobody_approves_what_is_their_own() -> None:
    [told] = predicate(Search(True, pull(author=BEN, reviews=(review(),))))["approvers"]
    assert told["counted"] is False


WORDS: dict[str, tuple[list[Review], list[str]]] = {
    "a comment changes nothing": ([review(), review(state="COMMENTED")], ["APPROVED"]),
    "the last word": ([review(state="CHANGES_REQUESTED"), review()], ["APPROVED"]),
    "taken back": ([review(), review(state="CHANGES_REQUESTED")], ["CHANGES_REQUESTED"]),
    "dismissed since": ([review(), review(state="DISMISSED")], ["DISMISSED"]),
    "at the very moment": ([review(after=0)], ["APPROVED"]),
    "after the merge": ([review(after=1)], []),
    "taken back after the merge": ([review(), review(state="CHANGES_REQUESTED", after=1)], ["APPROVED"]),
    "at no time": ([review(at=None)], []),
    "two deleted accounts": ([review(None), review(None)], ["APPROVED", "APPROVED"]),
    "in the order of the last words": (
        [review(ANN), review(BEN, "DISMISSED"), review(ANN, "CHANGES_REQUESTED")],
        ["DISMISSED", "CHANGES_REQUESTED"],
    ),
}


@pytest.mark.parametrize(("reviews", "states"), WORDS.values(), ids=WORDS)
def test_the_last_word_before_the_merge(reviews: list[Review], states: list[str]) -> None:
    assert [word.state for word in latest_words(reviews, NOW)] == states


TICKS: dict[str, tuple[str, tuple[int, int, int]]] = {
    "none": (CHECKLIST, (0, 2, 0)),
    "one": (CHECKLIST.replace("[ ]", "[x]", 1), (1, 1, 0)),
    "all, in a browser": (CHECKLIST.replace("[ ]", "[X]").replace("\n", "\r\n"), (2, 0, 0)),
    "a box that was taken out": (CHECKLIST.replace("- [ ] It is a Go.\n", ""), (0, 1, 1)),
    "a box that was reworded": (CHECKLIST.replace("[ ] It is a Go", "[x] It is a No-Go"), (0, 1, 1)),
    "an emptied body": ("", (0, 0, 2)),
    "one box twice, ticked once": (CHECKLIST + "- [x] It is a Go.", (0, 2, 0)),
    "another list mark": (CHECKLIST.replace("- [ ]", "* [x]"), (2, 0, 0)),
    "a box of the operator's own": (CHECKLIST + "- [x] Lunch", (0, 2, 0)),
    "a tick in the middle of a line": (CHECKLIST.replace("- [ ] It", "so - [x] It"), (0, 1, 1)),
}


@pytest.mark.parametrize(("body", "counts"), TICKS.values(), ids=TICKS)
def test_ticks_are_those_of_the_committed_boxes(body: str, counts: tuple[int, int, int]) -> None:
    told = ticks(CHECKLIST, body)
    assert (len(told["ticked"]), len(told["unticked"]), len(told["missing"])) == counts


def test_a_true_meta_is_believed() -> None:
    found = believed(meta())
    assert (found.changes, found.kind, found.mode) == ((CHANGE,), "promotion", "bounded_auto")
    assert found.branch == f"promobot/{found.digest[:16]}"


FORGED: dict[str, Any] = {
    "another digest": meta(digest="0" * 64),
    "an id of another digest": meta(proposal_id="live_promotion_20261122T120000Z_0123456789abcdef"),
    "an id that is none": meta(proposal_id="../../records"),
    "another kind": meta(kind="revert"),
    "an unknown kind": meta(kind="gift"),
    "a kind that is none": meta(kind=[]),
    "another mode": meta(mode="manual_only"),
    "an unknown mode": meta(mode="yolo"),
    "another base": meta(base={"branch": "elsewhere"}),
    "no base": meta(base=None),
    "another value": meta(changes=[META["changes"][0] | {"new": 1.76}]),
    "an integer for a float": meta(changes=[META["changes"][0] | {"new": 2, "old": 1}]),
    "a value that is none": meta(changes=[META["changes"][0] | {"new": [1.75]}]),
    "an old value that is none": meta(changes=[META["changes"][0] | {"old": {}}]),
    "by hand": meta(changes=[META["changes"][0] | {"automatic": False}]),
    "perhaps automatic": meta(changes=[META["changes"][0] | {"automatic": 1}]),
    "a surrogate": meta(changes=[META["changes"][0] | {"target": "\ud800"}]),
    "a list": [],
    "nothing": b"",
    "no text": b"\xff\xfe",
    "a deep one": b"[" * 10**5,
}


@pytest.mark.parametrize("told", FORGED.values(), ids=FORGED)
def test_a_forged_meta_is_not_believed(told: Any) -> None:
    with pytest.raises(ValueError):
        believed(told)


def asked(change: Change, base: str, **changed: Any) -> dict[str, Any]:
    """A meta with the true digest of this question, and what it then says of it."""
    digest = question_digest([change], Ground(created_at=NOW, mode=META["mode"], base_branch=base))
    told = META["changes"][0] | {"old": change.old, "new": change.new} | changed
    own = {"digest": digest, "proposal_id": f"live_promotion_20261122T120000Z_{digest[:16]}"}
    return META | own | {"base": {"branch": base}, "changes": [told]}


ITS_OWN: dict[str, dict[str, Any]] = {
    "a question about another base": asked(CHANGE, "elsewhere"),
    "an old value that is none": asked(replace(CHANGE, old=None), "main", old={}),
    "a new value that is none": asked(replace(CHANGE, new=None), "main", new=[]),
    "one as a yes": asked(replace(CHANGE, automatic=1), "main", automatic=1),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("told", ITS_OWN.values(), ids=ITS_OWN)
def test_the_digest_alone_makes_no_proposal_of_this_base(told: Any) -> None:
    with pytest.raises(ValueError):
        believed(told)


def test_a_true_meta_in_another_place_is_not_believed() -> None:
    with pytest.raises(ValueError, match="not where"):
        believed(meta(), reports="docs")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(meta())), JSON)
def test_whatever_stands_in_a_meta_is_a_plain_no_or_the_same_question(name: str, value: Any) -> None:
    told = meta(**{name: value})
    try:
        found = landed_proposal(
            json.dumps(told).encode(), f"reports/{meta()['proposal_id']}/proposal_meta.json", "reports", "main"
        )
    except ValueError:
        return
    assert found.digest == meta()["digest"]
    assert name in ("policy", "evidence_digest") or value == meta()[name]
