"""The checkpoint file: what it holds, what is refused, and what shows against it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.audit.checkpoint import (
    Checkpoint,
    against,
    checkpoint_of,
    checkpoint_text,
    other_baseline,
    read_checkpoint,
    records_sha256,
)
from promobot.core.audit.statement import Filed
from promobot.errors import UsageError

COMMIT, TREE, BASELINE, LEDGER = "a" * 40, "b" * 40, "c" * 40, "d" * 40
FILED = tuple(Filed(f"{n:064x}", f"{n:040x}", f"{n + 100:040x}") for n in (5, 3, 9, 1))
MADE = checkpoint_of(COMMIT, TREE, BASELINE, FILED)


def test_the_file_is_what_the_readme_says() -> None:
    text = checkpoint_text(MADE)
    told = json.loads(text)
    assert told == {
        "schema_version": 1,
        "commit": COMMIT,
        "tree": TREE,
        "baseline": BASELINE,
        "records": {"count": 4, "sha256": MADE.records_sha256},
        "made_by": MADE.made_by,
    }
    assert text == (json.dumps(told, indent=2, sort_keys=True) + "\n").encode()
    assert read_checkpoint(text, "cp.json") == MADE


def test_another_tool_can_compute_the_digest() -> None:
    pairs = ",".join(f'["{one.digest}","{one.blob}"]' for one in FILED)
    assert records_sha256(FILED) == hashlib.sha256(f"[{pairs}]".encode()).hexdigest()


def changed(change: Callable[[Any], object]) -> bytes:
    told = json.loads(checkpoint_text(MADE))
    change(told)
    return json.dumps(told).encode()


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not JSON"),
    "cut off": (checkpoint_text(MADE)[:-3], "not JSON"),
    "no text": (b"\xff", "not UTF-8"),
    "a list": (b"[]", "not a JSON object"),
    "a deep one": (b"[" * 60000, "nested too deep"),
    "a long one": (b" " * 70000, "too long"),
    "no version": (changed(lambda told: told.pop("schema_version")), "schema_version"),
    "another version": (changed(lambda told: told.update(schema_version=2)), "schema_version"),
    "a version that is true": (changed(lambda told: told.update(schema_version=True)), "schema_version"),
    "a version that is no integer": (changed(lambda told: told.update(schema_version=1.0)), "schema_version"),
    "an unknown member": (changed(lambda told: told.update(Tree=TREE)), 'unknown member "Tree"'),
    "an unknown member of records": (changed(lambda told: told["records"].update(x=1)), 'unknown member records."x"'),
    "no tree": (changed(lambda told: told.pop("tree")), "tree is missing"),
    "no count": (changed(lambda told: told["records"].pop("count")), "records.count is missing"),
    "a member twice": (checkpoint_text(MADE).replace(b'"tree"', b'"tree": "x", "tree"'), "twice"),
    "a name for a commit": (changed(lambda told: told.update(commit="HEAD")), "commit must be 40"),
    "an option for a commit": (changed(lambda told: told.update(commit="--all")), "commit must be 40"),
    "a line more": (changed(lambda told: told.update(commit=COMMIT + "\n")), "commit must be 40"),
    "upper case": (changed(lambda told: told.update(tree=TREE.upper())), "tree must be 40"),
    "no baseline": (changed(lambda told: told.update(baseline=None)), "baseline must be 40"),
    "records that are none": (changed(lambda told: told.update(records=[])), "records must be"),
    "less than none": (changed(lambda told: told["records"].update(count=-1)), "records.count must be"),
    "a count that is true": (changed(lambda told: told["records"].update(count=True)), "records.count must be"),
    "half a record": (changed(lambda told: told["records"].update(count=1.5)), "records.count must be"),
    "another digest": (changed(lambda told: told["records"].update(sha256="0" * 40)), "records.sha256 must be 64"),
    "an engine of many words": (changed(lambda told: told.update(made_by="a b")), "made_by must be"),
}


@pytest.mark.parametrize(("data", "named"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_checkpoint_is_refused_by_name(data: bytes, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_checkpoint(data, "audit/cp.json")
    assert (caught.value.exit_code, caught.value.message.startswith("audit/cp.json is no checkpoint: ")) == (2, True)
    assert named in caught.value.message
    assert "take this one away" in caught.value.message
    assert caught.value.message.isprintable()


@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_nothing_else_is_raised(data: bytes | str) -> None:
    with pytest.raises(UsageError):
        read_checkpoint(data if isinstance(data, bytes) else data.encode(), "cp.json")


def found(checkpoint: Checkpoint = MADE, *, tree: str | None = TREE, filed: tuple[Filed, ...] = FILED) -> list[Any]:
    return list(against(checkpoint, tree, filed, LEDGER if filed else None))


def test_what_has_only_grown_is_in_order() -> None:
    assert found() == []
    assert found(filed=(*FILED, Filed("e" * 64, "e" * 40, LEDGER))) == []
    assert found(checkpoint_of(COMMIT, TREE, BASELINE, ()), filed=()) == []


@pytest.mark.parametrize(("tree", "words"), [(None, "not on the first-parent line"), ("0" * 40, f"not {'0' * 40}")])
def test_a_rewritten_line_names_the_checkpoints_commit(tree: str | None, words: str) -> None:
    [one] = found(tree=tree)
    assert (one.code, one.commit, words in one.message) == ("rewritten", COMMIT, True)


LEDGERS: dict[str, tuple[Filed, ...]] = {
    "dropped at the end": FILED[:-1],
    "dropped at the beginning": FILED[1:],
    "dropped and another added": (*FILED[:-1], Filed("e" * 64, "e" * 40, LEDGER)),
    "altered": (*FILED[:2], FILED[2]._replace(blob="0" * 40), FILED[3]),
    "of another proposal": (*FILED[:2], FILED[2]._replace(digest="0" * 64), FILED[3]),
    "put elsewhere": (FILED[1], FILED[0], *FILED[2:]),
    "one put before them": (Filed("e" * 64, "e" * 40, LEDGER), *FILED),
    "all": (),
}


@pytest.mark.parametrize("filed", LEDGERS.values(), ids=LEDGERS)
def test_records_that_are_not_what_they_were(filed: tuple[Filed, ...]) -> None:
    [one] = found(filed=filed)
    assert (one.code, one.commit) == ("records_rewritten", LEDGER if filed else None)
    assert "the first 4 records are not those of the checkpoint" in one.message
    assert f"the ledger holds {len(filed)} now" in one.message
    assert ("fetch the branch promobot-ledger" in one.message) == (not filed)


def test_that_the_ledgers_own_commits_are_new_is_no_matter() -> None:
    """The order and the contents are held fast, not who wrote the ledger's commits."""
    assert found(filed=tuple(one._replace(commit="0" * 40) for one in FILED)) == []


def test_both_are_told() -> None:
    assert [one.code for one in found(tree=None, filed=())] == ["rewritten", "records_rewritten"]


def test_another_baseline_is_worth_knowing() -> None:
    assert other_baseline(MADE, BASELINE) is None
    warning = other_baseline(replace(MADE, baseline="0" * 40), BASELINE)
    assert warning is not None
    assert (warning.code, warning.commit, "0" * 40 in warning.message) == ("baseline_moved", BASELINE, True)
